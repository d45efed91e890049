//! The producer's binding.

use super::crossing::{
    Given, Outcome, STEP_CREDENTIALS, STEP_SEND, STEP_SETTLED, head_of, tell_text, wait_ms,
};
use super::things::Thing;
use super::{DIGEST_BYTES_MIN, command, put_error, tell};
use crate::entry::Content;
use crate::flight::RequestId;
use crate::json::{put_number, put_string};
use crate::ledger::{Report, Settlement};
use crate::options::{Aggregation, Options};
use crate::producer::{self, Outgoing, Step};
use crate::text::text;

/// See [`producer::Producer`].
pub struct Producer {
    machine: producer::Producer,
}

impl Producer {
    /// Makes a producer of a client, which is gone where that fails. Its number is its handle's until that frees it. The first number is 1 where order is kept, and the second how
    /// it aggregates: 1 by key, 2 by shard. The text has the stream's name and ARN, and the bytes are numbers, in the order of
    /// `COUNTS` in the shim.
    pub fn of(thing: &mut Thing, given: &Given) -> Outcome {
        let Thing::Client(owner) = core::mem::replace(thing, Thing::Taken) else {
            unreachable!("a producer is made of a client");
        };
        let client = owner.client;
        let mut fields = given.fields();
        let (numbers, _) = given.bytes.as_chunks::<8>();
        let number = |index: usize| numbers.get(index).copied().map_or(0.0, f64::from_le_bytes);
        let count = |index| whole(number(index));
        let small = |index| u32::try_from(count(index)).unwrap_or(u32::MAX);
        let options = Options {
            stream_name: fields.optional().map(str::to_owned),
            stream_arn: fields.optional().map(str::to_owned),
            aggregation: match given.count(1) {
                1 => Aggregation::Key,
                2 => Aggregation::Shard,
                _ => Aggregation::Off,
            },
            ordered: given.count(0) == 1,
            limits: client.limits,
            linger_ms: small(0),
            request_records_max: count(1),
            aggregate_bytes_max: count(2),
            requests_in_flight_max: count(3),
            buffer_bytes_max: count(4),
            buffer_records_max: count(5),
            record_attempts_max: small(6),
            record_ttl_ms: small(7),
            request_timeout_ms: small(8),
            shard_rate_limit: number(9),
        };
        *thing = Thing::Producer(Box::new(Self {
            machine: producer::Producer::new(client, options)?,
        }));
        Ok(0.0)
    }

    /// The second number is the name of a request, where it is for one.
    pub fn run(&mut self, command: u32, given: &mut Given) -> Outcome {
        let machine = &mut self.machine;
        let now = given.now();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it was one before
        let id = given.numbers[1] as RequestId;
        match command {
            command::PUT => return self.put(given),
            command::PUT_TEXTS => return self.put_texts(given),
            command::POLL => return Ok(self.poll(given)),
            command::STORE_CREDENTIALS => return given.store_credentials(&mut machine.client),
            command::WANTS_POLL => return Ok(f64::from(machine.wants_poll(now))),
            // Whether so many records (the first number) of so many bytes together would be taken.
            command::HAS_ROOM => {
                return Ok(f64::from(
                    machine.has_room_for(given.count(0), given.count(1)),
                ));
            }
            command::PREPARE_KEEPALIVE => {
                // A request that outlives the page, of so many bytes at most. 0 where there is nothing more that fits.
                return Ok(match machine.send_keepalive(now, given.count(1)) {
                    Some(Step::Send { id, .. }) => STEP_SEND - f64::from(id),
                    _ => 0.0,
                });
            }
            // Names a wait for all that is buffered.
            command::FLUSH => return Ok(f64::from(machine.flush())),
            command::PREPARE => {
                // Tells the body where the host may be quicker to hash it.
                let body = machine
                    .body(id)
                    .filter(|body| body.len() >= DIGEST_BYTES_MIN);
                if let Some(body) = body {
                    tell(b"", body);
                }
            }
            command::SEND => self.send(id, given),
            command::HANDLE_ANSWER => machine.handle_answer(now, id, given.answer()),
            command::HANDLE_FAILURE => machine.handle_failure(now, id, &given.failure()),
            command::HANDLE_CREDENTIALS => {
                machine.handle_credentials(now, given.provider_failure());
            }
            // What the host says of the connection.
            command::HANDLE_ONLINE => machine.handle_online(now, given.count(1) == 1),
            command::TELL_STATS => self.tell_stats(),
            _ => unreachable!("no such command"),
        }
        Ok(0.0)
    }

    /// Takes a record and names it, by a negative number where it is to be polled now.
    fn put(&mut self, given: &mut Given) -> Outcome {
        let now = given.now();
        let name = js_number(self.machine.put(now, given.content())?);
        let wants_poll = self.machine.wants_poll(now);
        Ok(if wants_poll { -1.0 - name } else { name })
    }

    /// Takes many records, each without an explicit hash key. They are named in order from the number that this gives on; a
    /// negative one says that nothing was taken, and they are to be put one by one.
    fn put_texts(&mut self, given: &Given) -> Outcome {
        let count = given.bytes.len() / 8;
        // A random key may come to each.
        let has_room = self
            .machine
            .has_room_for(count, given.text.len() + 16 * count);
        let Some(records) = given.records().filter(|_| has_room) else {
            return Ok(-1.0);
        };
        let mut first = None;
        for (data, partition_key) in records {
            let content = Content::new(data, partition_key, None);
            let id = self.machine.put(given.now(), content)?;
            first.get_or_insert(id);
        }
        Ok(js_number(first.unwrap_or_default()))
    }

    /// What to do now. What has settled is told.
    fn poll(&mut self, given: &Given) -> f64 {
        match self.machine.poll(given.now()) {
            Step::Settled(report) => {
                tell_text(&report_json(&report));
                STEP_SETTLED
            }
            Step::Credentials => STEP_CREDENTIALS,
            Step::Send { id, .. } => STEP_SEND - f64::from(id),
            Step::Wait(until) => wait_ms(until, given),
        }
    }

    /// Sends a request that was prepared, the text being the hash of its body if the host has made one: tells head and body,
    /// or nothing where there is nothing to send any more.
    fn send(&mut self, id: RequestId, given: &Given) {
        let hash = Some(&*given.text).filter(|hash| !hash.is_empty());
        if let Some(signed) = self.machine.sign(id, given.now(), hash) {
            let Outgoing { headers, url, body } = signed;
            tell(head_of(&url, &headers).as_bytes(), &body);
        }
    }

    /// The counts, in the order of `STATS` in the shim.
    fn tell_stats(&self) {
        let ledger = self.machine.ledger();
        let stats = &ledger.stats;
        let mut json = b"[".to_vec();
        for count in [
            stats.records_put,
            stats.records_delivered,
            stats.records_failed,
            ledger.buffered_records() as u64,
            ledger.buffered_bytes() as u64,
            stats.requests,
            stats.requests_failed,
            stats.records_retried,
            stats.records_throttled,
            stats.bytes_sent,
        ] {
            put_number(&mut json, count);
        }
        let offset_ms = self.machine.client.clock.offset_ms();
        let sign = if offset_ms < 0 { ",-" } else { "," };
        let member = text![sign, offset_ms.unsigned_abs(), "]"];
        json.extend_from_slice(member.as_bytes());
        tell_text(&json);
    }
}

/// `[[count, id …, attempts, shardId, sequenceNumber, count, id …, attempts, error, 0 …], [flush, delivered, failed …]]`
fn report_json(report: &Report) -> Vec<u8> {
    let mut json = b"[[".to_vec();
    for settlement in &report.settlements {
        put_settlement(&mut json, settlement);
    }
    json.extend_from_slice(b"],[");
    for flush in &report.flushes {
        for number in [
            u64::from(flush.id),
            flush.delivered as u64,
            flush.failed as u64,
        ] {
            put_number(&mut json, number);
        }
    }
    json.extend_from_slice(b"]]");
    json
}

fn put_settlement(json: &mut Vec<u8>, settlement: &Settlement) {
    put_number(json, settlement.records.count() as u64);
    for id in settlement.records.iter() {
        put_number(json, id);
    }
    put_number(json, u64::from(settlement.attempts));
    json.push(b',');
    match &settlement.outcome {
        Ok(landed) => {
            put_string(json, &landed.shard_id);
            json.push(b',');
            put_string(json, &landed.sequence_number);
        }
        Err(error) => {
            put_error(json, error);
            json.extend_from_slice(b",0");
        }
    }
}

#[allow(clippy::cast_precision_loss)] // counts stay far below 2⁵³
fn js_number(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the shim has checked the range
fn whole(number: f64) -> usize {
    number as usize
}

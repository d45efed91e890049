//! The producer's binding.

use super::crossing::{Facts, Texts};
use super::{
    Client, Fetch, JsStep, Sent, Signal, digest_of, failure, head_of, joined, js_ms, keys, pieces,
    put_error, store, unix_ms,
};
use crate::aggregate;
use crate::entry::Content;
use crate::error::{Code, Error};
use crate::flight::RequestId;
use crate::json::put_string;
use crate::ledger::{Report, Settlement};
use crate::options::{Aggregation, Options};
use crate::producer::{self, Outgoing, Step};
use crate::text::text;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    /// Adds a user record to a list of them.
    #[wasm_bindgen(js_name = pushUserRecord)]
    fn push_user_record(list: &JsValue, key: &str, hash_key: Option<&str>, data: &[u8]);
}

/// See [`producer::Producer`].
#[wasm_bindgen]
pub struct Producer {
    machine: producer::Producer,
    /// The request that is to be sent, and whether it outlives the page.
    sending: Option<(RequestId, bool)>,
    report: Option<Report>,
}

#[wasm_bindgen]
impl Producer {
    /// Takes a client over. `counts` are in the order of `COUNTS` in the shim.
    #[wasm_bindgen(constructor)]
    pub fn new(
        client: Client,
        stream_name: Option<String>,
        stream_arn: Option<String>,
        aggregation: &str,
        ordered: bool,
        counts: Vec<f64>,
    ) -> Result<Producer, JsValue> {
        let client = client.client;
        let count = |index: usize| whole(counts.get(index).copied().unwrap_or_default());
        let milliseconds = |index| u32::try_from(count(index)).unwrap_or(u32::MAX);
        let options = Options {
            stream_name,
            stream_arn,
            aggregation: match aggregation {
                "key" => Aggregation::Key,
                "shard" => Aggregation::Shard,
                _ => Aggregation::Off,
            },
            ordered,
            limits: client.limits,
            linger_ms: milliseconds(0),
            request_records_max: count(1),
            aggregate_bytes_max: count(2),
            requests_in_flight_max: count(3),
            buffer_bytes_max: count(4),
            buffer_records_max: count(5),
            record_attempts_max: milliseconds(6),
            record_ttl_ms: milliseconds(7),
            request_timeout_ms: milliseconds(8),
            shard_rate_limit: counts.get(9).copied().unwrap_or_default(),
        };
        Ok(Self {
            machine: producer::Producer::new(client, options)?,
            sending: None,
            report: None,
        })
    }

    /// Takes many records in one text (see `Texts`), each without an explicit hash key. They are named in order from the number
    /// that this gives on; a negative one says that nothing was taken, and they are to be put one by one.
    #[wasm_bindgen(js_name = putTexts)]
    pub fn put_texts(
        &mut self,
        now: f64,
        text: &JsValue,
        text_len: usize,
        lengths: &[u32],
    ) -> Result<f64, JsValue> {
        let now = unix_ms(now);
        let records = lengths.len() / 2;
        // A random key may come to each.
        if !self.machine.has_room_for(records, text_len + 16 * records) {
            return Ok(-1.0);
        }
        let Some(texts) = Texts::read(text, text_len) else {
            return Ok(-1.0);
        };
        let mut first = None;
        for (data, partition_key) in texts.records(lengths) {
            let id = self
                .machine
                .put(now, Content::new(data, partition_key, None))?;
            first.get_or_insert(id);
        }
        Ok(js_number(first.unwrap_or_default()))
    }

    /// Whether there is anything to do now.
    #[wasm_bindgen(js_name = wantsPoll)]
    pub fn wants_poll(&self, now: f64) -> bool {
        self.machine.wants_poll(unix_ms(now))
    }

    /// Takes a record in one piece and names it, by a negative number where it is to be polled now.
    #[wasm_bindgen(js_name = putText)]
    pub fn put_text(
        &mut self,
        now: f64,
        content: String,
        key_len: usize,
        hash_key_len: usize,
    ) -> Result<f64, JsValue> {
        self.put(now, pieces(content.into_bytes(), key_len, hash_key_len))
    }

    /// The same of bytes, and keys in one piece.
    #[wasm_bindgen(js_name = putBytes)]
    pub fn put_bytes(
        &mut self,
        now: f64,
        data: Vec<u8>,
        keys: &str,
        key_len: usize,
    ) -> Result<f64, JsValue> {
        self.put(now, joined(data, keys, key_len))
    }

    fn put(&mut self, now: f64, content: Content) -> Result<f64, JsValue> {
        let now = unix_ms(now);
        let name = js_number(self.machine.put(now, content)?);
        let wants_poll = self.machine.wants_poll(now);
        Ok(if wants_poll { -1.0 - name } else { name })
    }

    /// What to do now.
    pub fn poll(&mut self, now: f64) -> JsStep {
        let step = match self.machine.poll(unix_ms(now)) {
            Step::Settled(report) => {
                self.report = Some(report);
                "settled".into()
            }
            Step::Credentials => "credentials".into(),
            Step::Send { id, keepalive } => {
                self.sending = Some((id, keepalive));
                "send".into()
            }
            Step::Wait(until) => JsValue::from_f64(js_ms(until) - now),
        };
        step.unchecked_into()
    }

    /// What has settled, as JSON: `[[count, id …, attempts, shardId, sequenceNumber, count, id …, attempts, error, 0 …],
    /// [flush, delivered, failed …]]`.
    #[wasm_bindgen(js_name = takeReport)]
    pub fn take_report(&mut self) -> String {
        let json = self.report.take().map(|report| report_json(&report));
        String::from_utf8(json.unwrap_or_default()).unwrap_or_default()
    }

    /// The name of the request that is to be sent.
    #[wasm_bindgen(getter, js_name = requestId)]
    pub fn request_id(&self) -> Option<RequestId> {
        self.sending.map(|(id, _)| id)
    }

    /// What the host's `digest` gives for the body of a request that is to be sent. With `keepalive` there is no time for a
    /// promise.
    pub fn digest(&self, id: RequestId, may_wait: bool) -> JsValue {
        let is_last_moment = matches!(self.sending, Some((_, true)));
        digest_of(self.machine.body(id), may_wait && !is_last_moment)
    }

    /// Sends a request that `poll` or `sendKeepalive` has prepared: see `Call.send`.
    pub fn send(
        &mut self,
        id: RequestId,
        now: f64,
        fetch: &Fetch,
        signal: &Signal,
        copies: bool,
        payload_hash: Option<String>,
    ) -> Option<Sent> {
        let keepalive = matches!(self.sending, Some((sending, true)) if sending == id);
        let signed = self
            .machine
            .sign(id, unix_ms(now), payload_hash.as_deref())?;
        let Outgoing { headers, url, body } = signed;
        let head = head_of(&url, &headers);
        Some(super::post(fetch, signal, &head, &body, copies, keepalive))
    }

    /// Prepares a request that outlives the page. False where there is nothing more that fits.
    #[wasm_bindgen(js_name = sendKeepalive)]
    pub fn send_keepalive(&mut self, now: f64, bytes_max: usize) -> bool {
        let step = self.machine.send_keepalive(unix_ms(now), bytes_max);
        let Some(Step::Send { id, keepalive }) = step else {
            return false;
        };
        self.sending = Some((id, keepalive));
        true
    }

    /// Names a wait for all that is buffered.
    pub fn flush(&mut self) -> u32 {
        self.machine.flush()
    }

    /// The answer, read to its end: see `Facts`.
    #[wasm_bindgen(js_name = handleAnswer)]
    pub fn handle_answer(
        &mut self,
        now: f64,
        id: RequestId,
        status: u16,
        facts: &str,
        body: &[u8],
    ) {
        let answer = Facts::read(facts).answer(status, body);
        self.machine.handle_answer(unix_ms(now), id, answer);
    }

    /// No answer in time, or none at all. The status is there where the answer broke off.
    #[wasm_bindgen(js_name = handleFailure)]
    pub fn handle_failure(
        &mut self,
        now: f64,
        id: RequestId,
        timed_out: bool,
        message: &str,
        status: Option<u16>,
    ) {
        let error = failure(timed_out, message, status);
        self.machine.handle_failure(unix_ms(now), id, &error);
    }

    /// Takes what the provider gave.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(
        &mut self,
        id: String,
        secret: String,
        token: Option<String>,
        expiration: Option<f64>,
        now: f64,
    ) -> Result<(), JsValue> {
        let keys = keys(id, secret, token, expiration)?;
        store(&mut self.machine.client, keys, unix_ms(now));
        Ok(())
    }

    /// The provider has answered, or has failed with a message.
    #[wasm_bindgen(js_name = handleCredentials)]
    pub fn handle_credentials(&mut self, now: f64, failure: Option<String>) {
        let failure = failure.map(|message| Error::new(Code::Credentials, message));
        self.machine.handle_credentials(unix_ms(now), failure);
    }

    /// What the host says of the connection.
    #[wasm_bindgen(js_name = handleOnline)]
    pub fn handle_online(&mut self, now: f64, online: bool) {
        self.machine.handle_online(unix_ms(now), online);
    }

    /// Whether a record of so many bytes would be taken.
    #[wasm_bindgen(js_name = hasRoom)]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.machine.has_room(bytes)
    }

    /// Whether so many records of so many bytes together would be taken.
    #[wasm_bindgen(js_name = hasRoomFor)]
    pub fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        self.machine.has_room_for(records, bytes)
    }

    /// The counts, in the order of `STATS` in the shim.
    pub fn stats(&self) -> Vec<f64> {
        let ledger = self.machine.ledger();
        let stats = &ledger.stats;
        vec![
            js_number(stats.records_put),
            js_number(stats.records_delivered),
            js_number(stats.records_failed),
            js_number(ledger.buffered_records() as u64),
            js_number(ledger.buffered_bytes() as u64),
            js_number(stats.requests),
            js_number(stats.requests_failed),
            js_number(stats.records_retried),
            js_number(stats.records_throttled),
            js_number(stats.bytes_sent),
            js_ms(self.machine.client.clock.offset_ms()),
        ]
    }
}

/// Puts the user records in a record into a list.
#[wasm_bindgen]
pub fn deaggregate(
    list: &JsValue,
    data: &[u8],
    partition_key: &str,
    explicit_hash_key: Option<String>,
) {
    for record in aggregate::deaggregate(data, partition_key, explicit_hash_key.as_deref()) {
        push_user_record(
            list,
            record.partition_key,
            record.explicit_hash_key,
            record.data,
        );
    }
}

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

/// A number, after a comma where something stands before it.
fn put_number(json: &mut Vec<u8>, number: u64) {
    if json.last() != Some(&b'[') {
        json.push(b',');
    }
    json.extend_from_slice(text![number].as_bytes());
}

#[allow(clippy::cast_precision_loss)] // counts stay far below 2⁵³
fn js_number(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the shim has checked the range
fn whole(number: f64) -> usize {
    number as usize
}

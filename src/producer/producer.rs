//! Put and forget: batching, retry, order, limits and reporting as one machine without I/O.
//!
//! # The loop contract
//! After every call that changes the producer, [`poll`](Producer::poll) until it says [`Step::Wait`]. Time comes in as `now`
//! on each call; it should not go backwards, and need not be the time of day.

use crate::api::Stream;
use crate::api::response::{Answer, Signed};
use crate::client::clock::UnixMs;
use crate::client::{Client, Headers};
use crate::error::{Code, Error};
use crate::producer::aggregator::Collector;
use crate::producer::connectivity::{Online, Permit};
use crate::producer::entry::{Content, Entry, Lane, RecordId};
use crate::producer::in_flight::{Cargo, Flight, RequestId};
use crate::producer::options::Options;
use crate::producer::ordering::Lanes;
use crate::producer::record_account::{Landed, Ledger, Report};
use crate::producer::send_queue::Queue;

use super::routing::Listing;
use crate::client::retry::{Class, backoff_ms};
use crate::producer::shard_map::ShardMap;
use crate::text::text;
use std::collections::VecDeque;

/// The machine.
pub struct Producer {
    /// Credentials, clock and signatures.
    pub client: Client,
    pub(super) options: Options,
    pub(super) ledger: Ledger,
    pub(super) online: Online,
    pub(super) collector: Collector,
    pub(super) lanes: Lanes,
    /// The partition key of the last record and its lane: the next one most often has the same.
    pub(super) last_lane: Option<(String, Lane)>,
    pub(super) queue: Queue,
    pub(super) shards: ShardMap,
    /// Records that cannot be routed before the shards were listed.
    pub(super) unrouted: VecDeque<Entry>,
    /// Pages of the list of shards, while it goes on.
    pub(super) listing: Option<Listing>,
    /// Aggregates that landed on a shard that is not known yet.
    pub(super) held: Vec<(Entry, Landed)>,
    pub(super) flights: Vec<Flight>,
    pub(super) next_request: RequestId,
    /// When what is collected has waited long enough.
    pub(super) due: Option<UnixMs>,
    /// What the last poll has said to wait until.
    pub(super) told_at: UnixMs,
    /// Since then something has come that wants to be looked at before.
    pub(super) wakes_sooner: bool,
    pub(super) provider: ProviderState,
}

/// What the machine wants next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Records have settled, or flushes are complete.
    Settled(Report),
    /// Ask the provider and store what it gives in [`Producer::client`]; then `handle_credentials`. A provider that has not
    /// answered in time counts as failed, and is asked again while the first question may still be open.
    Credentials,
    /// Send what [`Producer::sign`] gives; then `handle_answer` or `handle_failure`.
    Send {
        /// Names the request.
        id: RequestId,
        /// So that it outlives the page.
        keepalive: bool,
    },
    /// Nothing until then.
    Wait(UnixMs),
}

/// What is sent, and where to.
#[derive(Debug)]
pub struct Outgoing {
    /// Those that sign it among them.
    pub headers: Headers,
    /// Where to, without a slash at its end.
    pub url: String,
    /// Encoded. It is not kept, as it can be made again.
    pub body: Vec<u8>,
}

/// What the producer knows of the credentials provider.
#[derive(Debug, Default)]
pub(super) struct ProviderState {
    /// While it is asked: when it counts as failed. A host such as a worker may end the request that asked, and then nobody
    /// reports what became of it.
    pub(super) deadline: Option<UnixMs>,
    pub(super) not_before: UnixMs,
    pub(super) failures: u32,
    /// Those that count: offline a provider cannot but fail.
    pub(super) failures_online: u32,
}

impl Producer {
    /// An empty producer.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for options that make no sense.
    pub fn new(mut client: Client, options: Options) -> Result<Self, Error> {
        options.check()?;
        Stream::new(options.stream_name.as_deref(), options.stream_arn.as_deref())?;
        let seed = client.random.next_u64();
        Ok(Self {
            ledger: Ledger::new(options.buffer_bytes_max, options.buffer_records_max),
            online: Online::default(),
            collector: Collector::new(options.aggregate_bytes_max, seed),
            lanes: Lanes::new(seed),
            last_lane: None,
            queue: Queue::default(),
            shards: ShardMap::new(options.shard_rate_limit),
            unrouted: VecDeque::new(),
            listing: None,
            held: Vec::new(),
            flights: Vec::new(),
            next_request: 0,
            due: None,
            told_at: UnixMs::MAX,
            wakes_sooner: false,
            provider: ProviderState::default(),
            client,
            options,
        })
    }

    /// Takes a record. Without a partition key it gets a random one.
    ///
    /// # Errors
    /// What [`crate::api::record::Record::new`] refuses, and [`Code::BufferFull`]. Nothing that was taken before is touched.
    pub fn put(&mut self, now: UnixMs, mut content: Content) -> Result<RecordId, Error> {
        if content.partition_key_len == 0 {
            self.draw_partition_key(&mut content);
        }
        let record = content.record();
        record.check(self.options.limits.record_bytes_max, None)?;
        let id = self.ledger.admit(record.bytes())?;
        let expires_at = self.online.time(now) + i64::from(self.options.record_ttl_ms);
        let mut wakes_at = self.online.when(expires_at);
        if self.due.is_none() {
            let due = now + i64::from(self.options.linger_ms);
            self.due = Some(due);
            wakes_at = wakes_at.min(due);
        }
        // While nothing is buffered nothing is asked for: neither credentials nor shards.
        let is_first = self.ledger.buffered_records() == 1;
        self.wakes_sooner |= is_first || wakes_at < self.told_at;
        self.route(Entry::new(id, content, expires_at));
        Ok(id)
    }

    /// Whether a poll would find anything to do after a put, or wait for less long than the last one has told. Most puts only
    /// join others, and to poll after each of them would cost more than they do.
    #[must_use]
    pub fn wants_poll(&self, now: UnixMs) -> bool {
        let (records_max, limits) = (self.options.request_records_max, self.options.limits);
        let is_full = self.queue.fills(records_max, limits.request_bytes_max);
        self.wakes_sooner || is_full && self.may_send(now)
    }

    /// Sends what is buffered without further wait. The report names the flush when all of it has settled.
    pub fn flush(&mut self) -> u32 {
        self.ledger.flush()
    }

    /// Whether a record of so many bytes would be taken.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.ledger.has_room(bytes)
    }

    /// Whether so many records of so many bytes together would be taken.
    #[must_use]
    pub fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        self.ledger.has_room_for(records, bytes)
    }

    /// Counts since the start and what is buffered.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the host says of the connection.
    pub fn handle_online(&mut self, now: UnixMs, online: bool) {
        self.online.handle_host(now, online);
    }

    /// The body of a request that is to be sent, for a host that hashes large ones quicker than this does.
    #[must_use]
    pub fn body(&self, id: RequestId) -> Option<&[u8]> {
        let flight = self.flights.iter().find(|flight| flight.id == id)?;
        Some(&flight.request.body)
    }

    /// Where a request is to be sent: a URL without a trailing slash.
    #[must_use]
    pub fn url(&self, id: RequestId) -> Option<String> {
        let flight = self.flights.iter().find(|flight| flight.id == id)?;
        self.client.url(&flight.request).ok()
    }

    /// The request to send, once for each [`Step::Send`]. `payload_hash` is the SHA-256 of the body in hexadecimal, where the
    /// host has it. None where the credentials have gone meanwhile: the request is off again and does not count.
    pub fn sign(&mut self, id: RequestId, now: UnixMs, payload_hash: Option<&str>) -> Option<Outgoing> {
        let flight = self.flights.iter_mut().find(|flight| flight.id == id)?;
        flight.signed = Signed::now(&self.client, now);
        let url = self.client.url(&flight.request).unwrap_or_default();
        if let Some(headers) = self.client.sign(&flight.request, &url, payload_hash, now) {
            return Some(Outgoing {
                headers,
                url,
                body: core::mem::take(&mut flight.request.body),
            });
        }
        self.take_back(id);
        None
    }

    /// What to do now.
    pub fn poll(&mut self, now: UnixMs) -> Step {
        self.give_up_late_requests(now);
        self.give_up_late_provider(now);
        self.expire(now);
        if let Some(report) = self.ledger.take() {
            return Step::Settled(report);
        }
        if self.wants_credentials(now) {
            self.provider.deadline = Some(self.deadline(now));
            return Step::Credentials;
        }
        if let Some(step) = self.next_send(now) {
            return step;
        }
        // Sending may have settled what could not be sent.
        if let Some(report) = self.ledger.take() {
            return Step::Settled(report);
        }
        self.told_at = self.wakes_at(now);
        self.wakes_sooner = false;
        Step::Wait(self.told_at)
    }

    /// The provider has answered, or has failed with an error. Once the question was given up, credentials are still taken, and a
    /// failure is ignored.
    pub fn handle_credentials(&mut self, now: UnixMs, failure: Option<Error>) {
        let is_awaited = self.provider.deadline.take().is_some();
        let Some(error) = failure else {
            self.provider = ProviderState::default();
            // Some providers give again and again what has expired.
            self.provider.not_before = now + CREDENTIALS_AGAIN_MS;
            return;
        };
        if !is_awaited {
            return;
        }
        self.provider.failures += 1;
        let counts = self.online.permit(now) == Permit::Any;
        self.provider.failures_online += u32::from(counts);
        let wait_ms = backoff_ms(Class::Throttle, self.provider.failures, None, &mut self.client.random);
        self.provider.not_before = now + i64::from(wait_ms);
        if counts
            && self.provider.failures_online >= self.options.record_attempts_max
            && self.client.credentials.current().is_none()
        {
            self.provider.failures_online = 0;
            self.give_up_all(&error);
        }
    }

    /// The answer to a request has arrived in full.
    pub fn handle_answer(&mut self, now: UnixMs, id: RequestId, answer: Answer) {
        let Some(flight) = self.land(id) else {
            return;
        };
        self.online.handle_answer(now);
        answer.teach_clock(&mut self.client, flight.signed, now);
        if answer.is_good() {
            match flight.cargo {
                Cargo::Entries(_) => self.read_results(now, flight, answer),
                Cargo::Shards(_) => self.read_shards(now, flight, answer),
            }
            return;
        }
        self.ledger.stats.requests_failed += 1;
        let (class, error) = answer.diagnose(&mut self.client, flight.signed, now);
        self.return_cargo(now, flight, class, answer.retry_after_ms, &error);
    }

    /// A request, or its answer, was lost.
    pub fn handle_failure(&mut self, now: UnixMs, id: RequestId, error: &Error) {
        let Some(mut flight) = self.land(id) else {
            return;
        };
        self.ledger.stats.requests_failed += 1;
        if error.status.is_some() {
            // The answer broke off, but there was one.
            self.online.handle_answer(now);
        }
        if self
            .online
            .handle_failure(now, flight.signed.at, &mut self.client.random)
        {
            self.return_cargo(now, flight, Class::Transient, None, error);
            return;
        }
        if let Cargo::Entries(entries) = &mut flight.cargo {
            for entry in entries {
                entry.attempts -= 1;
            }
        }
        self.return_cargo(now, flight, Class::Clock, None, error);
    }

    fn draw_partition_key(&mut self, content: &mut Content) {
        let key = hex_digits(self.client.random.next_u64());
        let end = content.bytes.len() - content.hash_key_len;
        let hash_key = content.bytes[end..].to_vec();
        content.bytes.truncate(end);
        content.bytes.reserve_exact(key.len() + hash_key.len());
        content.bytes.extend_from_slice(&key);
        content.bytes.extend_from_slice(&hash_key);
        content.partition_key_len = key.len();
    }

    pub(super) fn settle(&mut self, entry: Entry, outcome: Result<Landed, Error>) {
        let lane = entry.lane;
        self.ledger.settle(entry, outcome);
        if self.options.ordered {
            // These have lingered already.
            for next in self.lanes.leave(lane) {
                self.queue.put_back(next);
            }
        }
    }

    /// Undoes a request that was never sent: it does not count, and neither does the attempt of what it carries.
    fn take_back(&mut self, id: RequestId) {
        let Some(flight) = self.land(id) else {
            return;
        };
        let Flight { request, cargo, .. } = flight;
        self.ledger.stats.requests -= 1;
        self.ledger.stats.bytes_sent -= request.body.len() as u64;
        match cargo {
            Cargo::Entries(entries) => {
                for mut entry in entries {
                    entry.attempts -= 1;
                    self.queue.put_back(entry);
                }
            }
            Cargo::Shards(shards) => self.listing = Some(Listing { request, shards }),
        }
    }

    fn land(&mut self, id: RequestId) -> Option<Flight> {
        let index = self.flights.iter().position(|flight| flight.id == id)?;
        Some(self.flights.swap_remove(index))
    }

    fn give_up_late_requests(&mut self, now: UnixMs) {
        while let Some(flight) = self.flights.iter().find(|flight| flight.deadline <= now) {
            let message = text![
                "no answer within ",
                self.options.request_timeout_ms,
                " ms (requestTimeoutMs)"
            ];
            let mut error = Error::new(Code::Timeout, message);
            error.name = Some("TimeoutError".to_owned());
            self.handle_failure(now, flight.id, &error);
        }
    }

    fn give_up_late_provider(&mut self, now: UnixMs) {
        if self.provider.deadline.is_some_and(|at| at <= now) {
            let message = text![
                "credentials: the provider did not answer within ",
                self.options.request_timeout_ms,
                " ms (requestTimeoutMs)"
            ];
            self.handle_credentials(now, Some(Error::new(Code::Credentials, message)));
        }
    }

    /// When a request or a question that starts now counts as lost, if nobody reports before.
    pub(super) fn deadline(&self, now: UnixMs) -> UnixMs {
        now + i64::from(self.options.request_timeout_ms) + TIMEOUT_GRACE_MS
    }

    fn expire(&mut self, now: UnixMs) {
        let time = self.online.time(now);
        if self.collector.first_expiry().is_some_and(|at| at <= time) {
            self.close_aggregates();
        }
        while let Some(entry) = self.queue.pop_expired(time) {
            self.give_up(entry, Code::Expired);
        }
        let is_past = |(entry, _): &(Entry, Landed)| entry.expires_at <= time;
        while let Some(index) = self.held.iter().position(is_past) {
            let (entry, _) = self.held.remove(index);
            self.give_up(entry, Code::Expired);
        }
        while self.unrouted.front().is_some_and(|waiting| waiting.expires_at <= time) {
            if let Some(entry) = self.unrouted.pop_front() {
                // It is in no lane yet.
                let code = Code::Expired;
                let message = text![
                    "not delivered within ",
                    self.options.record_ttl_ms,
                    " ms (recordTtlMs): the shards could not be listed"
                ];
                self.ledger.settle(entry, Err(Error::new(code, message)));
            }
        }
    }
}

fn hex_digits(number: u64) -> [u8; 16] {
    let digit = |nibble: u64| if nibble < 10 { b'0' } else { b'a' - 10 };
    core::array::from_fn(|index| {
        let nibble = number >> (60 - 4 * index) & 15;
        digit(nibble) + nibble.to_le_bytes()[0]
    })
}

/// The host reports a time-out by itself; where it has died with whoever awaited it, this is how much later it is known.
const TIMEOUT_GRACE_MS: i64 = 1000;
/// Between two questions to a provider that answers.
const CREDENTIALS_AGAIN_MS: i64 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::endpoint::Config;
    use crate::client::credentials::{Credentials, Keeper};
    use crate::producer::options::Aggregation;

    const NOW: UnixMs = 1_795_229_130_000;

    fn producer(options: Options) -> Producer {
        let endpoint = Config {
            region: "us-east-1".into(),
            ..Config::default()
        };
        let client = Client::new(endpoint, Keeper::default(), options.limits, 3, 1).unwrap();
        Producer::new(client, options).unwrap()
    }

    fn options() -> Options {
        Options {
            stream_name: Some("clicks".into()),
            linger_ms: 0,
            ..Options::default()
        }
    }

    /// A producer that has a record and asks for credentials.
    fn asks(options: Options) -> Producer {
        let mut producer = producer(options);
        producer.put(NOW, Content::new(b"a", "key", None)).unwrap();
        assert_eq!(producer.poll(NOW), Step::Credentials);
        producer
    }

    fn give_credentials(producer: &mut Producer, now: UnixMs) {
        let credentials = Credentials::new("a".into(), "secret".into(), None, None).unwrap();
        producer.client.credentials.store(credentials, now);
        producer.handle_credentials(now, None);
    }

    fn next_request(producer: &mut Producer, now: UnixMs) -> RequestId {
        match producer.poll(now) {
            Step::Send { id, .. } => id,
            step => panic!("{step:?}"),
        }
    }

    /// Lets the credentials vanish between `poll` and `sign`, and gives others.
    fn lose_credentials(producer: &mut Producer, now: UnixMs) {
        let before = (producer.ledger.stats.requests, producer.ledger.stats.bytes_sent);
        let id = next_request(producer, now);
        let generation = producer.client.credentials.generation();
        producer.client.credentials.refuse(generation);
        assert!(producer.sign(id, now, None).is_none());
        let after = (producer.ledger.stats.requests, producer.ledger.stats.bytes_sent);
        assert_eq!(before, after);
        give_credentials(producer, now);
    }

    #[test]
    fn credentials_that_vanish_before_the_signature_cost_no_attempt() {
        let mut producer = asks(Options {
            record_attempts_max: 1,
            ..options()
        });
        give_credentials(&mut producer, NOW);
        lose_credentials(&mut producer, NOW);
        lose_credentials(&mut producer, NOW);
        let id = next_request(&mut producer, NOW);
        let body = producer.sign(id, NOW, None).unwrap().body;
        let stats = &producer.ledger.stats;
        assert_eq!((stats.requests, stats.records_retried), (1, 0));
        assert_eq!(stats.bytes_sent, body.len() as u64);
        let answer = Answer {
            status: 500,
            ..Answer::default()
        };
        producer.handle_answer(NOW, id, answer);
        let Step::Settled(report) = producer.poll(NOW) else {
            panic!("the record has failed");
        };
        let settlement = &report.settlements[0];
        let error = settlement.outcome.as_ref().unwrap_err();
        assert_eq!((error.code, settlement.attempts), (Code::Attempts, 1));
    }

    #[test]
    fn credentials_that_vanish_do_not_delay_the_list_of_shards() {
        let mut producer = asks(Options {
            aggregation: Aggregation::Shard,
            ..options()
        });
        give_credentials(&mut producer, NOW);
        lose_credentials(&mut producer, NOW);
        let id = next_request(&mut producer, NOW);
        let sent = producer.sign(id, NOW, None).unwrap();
        assert_eq!(sent.headers.target, "Kinesis_20131202.ListShards");
        assert!(!sent.body.is_empty());
    }

    #[test]
    fn a_provider_that_never_answers_is_asked_again() {
        let mut producer = asks(Options {
            request_timeout_ms: 5000,
            ..options()
        });
        let deadline = NOW + 6000;
        assert_eq!(producer.poll(NOW), Step::Wait(deadline));
        assert_eq!(producer.poll(deadline - 1), Step::Wait(deadline));
        let Step::Wait(again_at) = producer.poll(deadline) else {
            panic!("no wait after a failure");
        };
        assert_eq!(producer.poll(again_at), Step::Credentials);
        assert_eq!(producer.poll(again_at), Step::Wait(again_at + 6000));
    }

    #[test]
    fn an_answer_of_the_provider_after_its_deadline_is_taken() {
        let mut producer = asks(options());
        let Step::Wait(deadline) = producer.poll(NOW) else {
            panic!("no deadline");
        };
        let failed = producer.poll(deadline);
        assert!(matches!(failed, Step::Wait(_)));
        let error = Error::new(Code::Credentials, "too late");
        producer.handle_credentials(deadline, Some(error));
        assert_eq!(producer.poll(deadline), failed);
        give_credentials(&mut producer, deadline);
        next_request(&mut producer, deadline);
    }

    #[test]
    fn a_provider_that_never_answers_fails_what_is_buffered_in_the_end() {
        let mut producer = asks(Options {
            record_attempts_max: 3,
            ..options()
        });
        let (mut now, mut asked) = (NOW, 1);
        let report = loop {
            match producer.poll(now) {
                Step::Credentials => asked += 1,
                Step::Wait(until) => now = until,
                Step::Settled(report) => break report,
                step @ Step::Send { .. } => panic!("{step:?}"),
            }
        };
        assert_eq!(asked, 3);
        let error = report.settlements[0].outcome.as_ref().unwrap_err();
        assert_eq!(error.code, Code::Credentials);
    }
}

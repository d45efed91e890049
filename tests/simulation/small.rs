//! All runs of a few small cases: everything that can happen to three records, in every order, up to a depth.

use super::connection::Connection;
use super::invariants::Invariants;
use super::kinesis::{Arrival, Kinesis, STREAM, THROTTLED};
use super::records::Serial;
use super::request::{self, Input, Item, Limits};
use super::world::START;
use kinesis_edge::api::Response;
use kinesis_edge::api::encoding::Encoding;
use kinesis_edge::api::endpoint::EndpointConfig;
use kinesis_edge::client::Client;
use kinesis_edge::client::credential_cache::CredentialCache;
use kinesis_edge::error::{Code, Error};
use kinesis_edge::producer::in_flight::RequestId;
use kinesis_edge::producer::options::{Aggregation, Options};
use kinesis_edge::producer::packed_record::PackedRecord;
use kinesis_edge::producer::{Producer, Step};
use kinesis_edge::sigv4::Credentials;
use kinesis_edge::time::UnixMs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The options of a case.
pub fn options(aggregation: Aggregation, ordered: bool, request_records_max: usize) -> Options {
    Options {
        stream_name: Some(STREAM.to_owned()),
        aggregation,
        ordered,
        linger_ms: 0,
        request_records_max,
        record_attempts_max: 3,
        ..Options::default()
    }
}

/// Runs a case once for every sequence of choices, and returns the number of runs.
pub fn run_all(options: &Options, encoding: Encoding, depth: usize) -> usize {
    let mut choices = Choices {
        made: Vec::new(),
        next: 0,
        depth,
    };
    let mut runs = 0;
    loop {
        let run = AssertUnwindSafe(|| Case::new(options, encoding).run(&mut choices));
        if let Err(panic) = catch_unwind(run) {
            eprintln!("{encoding:?}, {options:?} fails on the path {:?}", choices.made);
            resume_unwind(panic);
        }
        runs += 1;
        if !choices.advance() {
            return runs;
        }
    }
}

/// A path through the tree of choices. Beyond the depth it always has the first branch, which has no fault.
struct Choices {
    /// The branch of each choice, and the number of its branches.
    made: Vec<(usize, usize)>,
    next: usize,
    depth: usize,
}

impl Choices {
    fn pick(&mut self, of: usize) -> usize {
        if of == 1 || self.next == self.depth {
            return 0;
        }
        if self.next == self.made.len() {
            self.made.push((0, of));
        }
        self.next += 1;
        self.made[self.next - 1].0
    }

    /// Moves to the next path. Returns whether there is one.
    fn advance(&mut self) -> bool {
        self.next = 0;
        while let Some((branch, of)) = self.made.pop() {
            if branch + 1 < of {
                self.made.push((branch + 1, of));
                return true;
            }
        }
        false
    }
}

struct Case {
    now: UnixMs,
    producer: Producer,
    kinesis: Kinesis,
    invariants: Invariants,
    connection: Connection,
    exchanges: Vec<Exchange>,
    wake_at: UnixMs,
}

struct Exchange {
    request: RequestId,
    sent_at: UnixMs,
    arrival: Arrival,
    items: Vec<Item>,
    entries: Vec<Vec<Serial>>,
    stored: Vec<Serial>,
    response: ResponseState,
}

enum ResponseState {
    NotYet,
    Lost,
    With(Vec<u8>),
}

impl Case {
    fn new(options: &Options, encoding: Encoding) -> Self {
        let keys = Credentials::new("AKIDEXAMPLE".into(), "secret".into(), None, None);
        let cache = CredentialCache::fixed(keys.expect("good credentials"));
        let endpoint = EndpointConfig {
            region: "us-east-1".to_owned(),
            ..EndpointConfig::default()
        };
        let mut client = Client::new(endpoint, cache, options.limits, 3, 1).expect("a good endpoint");
        client.encoding = encoding;
        Self {
            now: START,
            producer: Producer::new(client, options.clone()).expect("good options"),
            kinesis: Kinesis::new(2, LIMITS),
            invariants: Invariants::new(options),
            connection: Connection::default(),
            exchanges: Vec::new(),
            wake_at: UnixMs::MAX,
        }
    }

    fn run(mut self, choices: &mut Choices) {
        for (data, key) in RECORDS {
            let id = self
                .producer
                .put(self.now, PackedRecord::new(data.as_bytes(), key, None));
            let item = (data.as_bytes().to_vec(), Some(key.to_owned()), None);
            self.invariants.put(self.now, id.expect("room"), item);
        }
        self.invariants.flush(self.producer.flush());
        for _ in 0..STEPS_MAX {
            self.poll_until_wait();
            if self.invariants.buffered_records() == 0 {
                self.invariants.check_end();
                return;
            }
            self.happen(choices);
        }
        panic!("no end after {:?}", choices.made);
    }

    /// A request arrives, a response arrives, or time passes.
    fn happen(&mut self, choices: &mut Choices) {
        let may_wait = self.exchanges.is_empty() || self.wake_at < self.now + SOON_MS;
        let index = choices.pick(self.exchanges.len() + usize::from(may_wait));
        if index == self.exchanges.len() {
            let waits_long = self.wake_at > self.now + WAIT_MS_MAX;
            assert!(!waits_long, "waits too long after {:?}", choices.made);
            self.now = self.wake_at;
        } else if matches!(self.exchanges[index].response, ResponseState::NotYet) {
            self.arrive(index, choices);
        } else {
            let exchange = self.exchanges.remove(index);
            self.complete(exchange);
        }
    }

    fn arrive(&mut self, index: usize, choices: &mut Choices) {
        let exchange = &mut self.exchanges[index];
        let fate = choices.pick(3);
        if fate == 1 {
            exchange.response = ResponseState::Lost;
            return;
        }
        let reply = self.kinesis.handle(self.now, &exchange.arrival, &mut |_| {
            [None, Some(THROTTLED), Some("InternalFailure")][choices.pick(3)]
        });
        for (index, placed) in &reply.placed {
            self.invariants
                .stored(&self.kinesis.shards, &exchange.items[*index], placed, true);
            exchange.stored.extend(&exchange.entries[*index]);
        }
        exchange.response = if fate == 0 {
            ResponseState::With(request::write(&exchange.arrival.content_type, &reply.body, true))
        } else {
            ResponseState::Lost
        };
    }

    fn complete(&mut self, exchange: Exchange) {
        let Exchange {
            request,
            sent_at,
            entries,
            stored,
            response,
            ..
        } = exchange;
        let ResponseState::With(body) = response else {
            let is_try = self.connection.failed(sent_at);
            self.invariants.completed(&entries, is_try);
            self.invariants.unreported(&stored);
            let error = Error::new(Code::Network, "the network has failed");
            self.producer.handle_failure(self.now, request, &error);
            return;
        };
        self.connection.answered(self.now, sent_at);
        self.invariants.completed(&entries, true);
        let response = Response {
            status: 200,
            body: &body,
            ..Response::default()
        };
        self.producer.handle_response(self.now, request, response);
    }

    fn poll_until_wait(&mut self) {
        for _ in 0..POLLS_MAX {
            match self.producer.poll(self.now) {
                Step::Settled(report) => self.invariants.settled(self.now, &self.connection, &report),
                Step::AskCredentials => panic!("asks for credentials that are fixed"),
                Step::Send(id) => self.send(id),
                Step::Wait(until) => {
                    assert!(until > self.now);
                    self.wake_at = until;
                    return;
                }
            }
        }
        panic!("returns {POLLS_MAX} steps in a row");
    }

    fn send(&mut self, request: RequestId) {
        let body = self.producer.body(request).expect("a request to send").to_vec();
        let signed = self.producer.sign(request, self.now, None);
        let headers = signed.expect("fixed credentials");
        let arrival = Arrival {
            operation: "PutRecords".to_owned(),
            content_type: headers.content_type.to_owned(),
            date: headers.date,
            token: None,
            body,
        };
        let Ok(Input::PutRecords(items)) = request::read(STREAM, &arrival, &LIMITS) else {
            panic!("a request that Kinesis refuses");
        };
        let entries = self.invariants.sent(&items, false);
        self.exchanges.push(Exchange {
            request,
            sent_at: self.now,
            arrival,
            items,
            entries,
            stored: Vec::new(),
            response: ResponseState::NotYet,
        });
    }
}

/// Two records of one key, and one of another.
const RECORDS: [(&str, &str); 3] = [("1", "a"), ("2", "a"), ("3", "b")];
const LIMITS: Limits = Limits {
    record_bytes: 1024 * 1024,
    request_bytes: 5 * 1024 * 1024,
    shard: None,
};
/// The longest wait that may end before a response arrives.
const SOON_MS: i64 = 5000;
/// Longer than any backoff and any deadline of a request, and shorter than the time to live of a record.
const WAIT_MS_MAX: i64 = 60_000;
const STEPS_MAX: usize = 200;
const POLLS_MAX: usize = 12;

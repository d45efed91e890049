//! Every run of a few small cases: all that can happen to three records, in every order, up to a depth.

use super::connection::Connection;
use super::kinesis::{Arrival, Kinesis, STREAM, THROTTLED};
use super::records::Serial;
use super::request::{self, Input, Item, Limits};
use super::witness::Witness;
use super::world::START;
use kinesis_edge::api::Response;
use kinesis_edge::api::encoding::Encoding;
use kinesis_edge::api::endpoint::Config;
use kinesis_edge::client::Client;
use kinesis_edge::client::credential_cache::Keeper;
use kinesis_edge::error::{Code, Error};
use kinesis_edge::producer::in_flight::RequestId;
use kinesis_edge::producer::options::{Aggregation, Options};
use kinesis_edge::producer::packed_record::Content;
use kinesis_edge::producer::{Outgoing, Producer, Step};
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

/// Runs a case once for every sequence of choices, and returns how many there were.
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

/// A path through the tree of what can happen; past its depth always the first branch, where nothing goes wrong.
struct Choices {
    /// Which branch, of how many.
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

    /// To the next path. False, where there is none.
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
    witness: Witness,
    connection: Connection,
    flights: Vec<Flight>,
    wake_at: UnixMs,
}

struct Flight {
    request: RequestId,
    sent_at: UnixMs,
    arrival: Arrival,
    items: Vec<Item>,
    entries: Vec<Vec<Serial>>,
    stored: Vec<Serial>,
    answer: Answered,
}

enum Answered {
    NotYet,
    Lost,
    With(Vec<u8>),
}

impl Case {
    fn new(options: &Options, encoding: Encoding) -> Self {
        let keys = Credentials::new("AKIDEXAMPLE".into(), "secret".into(), None, None);
        let keeper = Keeper::fixed(keys.expect("good credentials"));
        let endpoint = Config {
            region: "us-east-1".to_owned(),
            ..Config::default()
        };
        let mut client = Client::new(endpoint, keeper, options.limits, 3, 1).expect("a good endpoint");
        client.encoding = encoding;
        Self {
            now: START,
            producer: Producer::new(client, options.clone()).expect("good options"),
            kinesis: Kinesis::new(2, LIMITS),
            witness: Witness::new(options),
            connection: Connection::default(),
            flights: Vec::new(),
            wake_at: UnixMs::MAX,
        }
    }

    fn run(mut self, choices: &mut Choices) {
        for (data, key) in RECORDS {
            let id = self.producer.put(self.now, Content::new(data.as_bytes(), key, None));
            let item = (data.as_bytes().to_vec(), Some(key.to_owned()), None);
            self.witness.put(self.now, id.expect("room"), item);
        }
        self.witness.flush(self.producer.flush());
        for _ in 0..STEPS_MAX {
            self.pump();
            if self.witness.buffered_records() == 0 {
                self.witness.check_end();
                return;
            }
            self.happen(choices);
        }
        panic!("no end after {:?}", choices.made);
    }

    /// A request arrives, an answer does, or time passes.
    fn happen(&mut self, choices: &mut Choices) {
        let may_wait = self.flights.is_empty() || self.wake_at < self.now + SOON_MS;
        let index = choices.pick(self.flights.len() + usize::from(may_wait));
        if index == self.flights.len() {
            assert!(self.wake_at < UnixMs::MAX, "waits for ever after {:?}", choices.made);
            self.now = self.wake_at;
        } else if matches!(self.flights[index].answer, Answered::NotYet) {
            self.arrive(index, choices);
        } else {
            let flight = self.flights.remove(index);
            self.land(flight);
        }
    }

    fn arrive(&mut self, index: usize, choices: &mut Choices) {
        let flight = &mut self.flights[index];
        let fate = choices.pick(3);
        if fate == 1 {
            flight.answer = Answered::Lost;
            return;
        }
        let reply = self.kinesis.answer(self.now, &flight.arrival, &mut |_| {
            [None, Some(THROTTLED), Some("InternalFailure")][choices.pick(3)]
        });
        for (index, placed) in &reply.placed {
            self.witness
                .stored(&self.kinesis.shards, &flight.items[*index], placed, true);
            flight.stored.extend(&flight.entries[*index]);
        }
        flight.answer = if fate == 0 {
            Answered::With(request::write(&flight.arrival.content_type, &reply.body, true))
        } else {
            Answered::Lost
        };
    }

    fn land(&mut self, flight: Flight) {
        let Flight {
            request,
            sent_at,
            entries,
            stored,
            answer,
            ..
        } = flight;
        let Answered::With(body) = answer else {
            let is_try = self.connection.failed(sent_at);
            self.witness.landed(&entries, is_try);
            self.witness.untold(&stored);
            let error = Error::new(Code::Network, "the network has failed");
            self.producer.handle_failure(self.now, request, &error);
            return;
        };
        self.connection.answered(self.now);
        self.witness.landed(&entries, true);
        let answer = Response {
            status: 200,
            body: &body,
            ..Response::default()
        };
        self.producer.handle_answer(self.now, request, answer);
    }

    fn pump(&mut self) {
        for _ in 0..POLLS_MAX {
            match self.producer.poll(self.now) {
                Step::Settled(report) => self.witness.settled(self.now, &self.connection, &report),
                Step::Credentials => panic!("asks for credentials that are fixed"),
                Step::Send { id, .. } => self.send(id),
                Step::Wait(until) => {
                    assert!(until > self.now);
                    self.wake_at = until;
                    return;
                }
            }
        }
        panic!("asks for {POLLS_MAX} things at once");
    }

    fn send(&mut self, request: RequestId) {
        let signed = self.producer.sign(request, self.now, None);
        let Outgoing { headers, body, .. } = signed.expect("fixed credentials");
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
        let entries = self.witness.sent(&items);
        self.flights.push(Flight {
            request,
            sent_at: self.now,
            arrival,
            items,
            entries,
            stored: Vec::new(),
            answer: Answered::NotYet,
        });
    }
}

/// Two of one key, and one of another.
const RECORDS: [(&str, &str); 3] = [("1", "a"), ("2", "a"), ("3", "b")];
const LIMITS: Limits = Limits {
    record_bytes: 1024 * 1024,
    request_bytes: 5 * 1024 * 1024,
    shard: None,
};
/// A wait that may end before an answer comes.
const SOON_MS: i64 = 5000;
const STEPS_MAX: usize = 200;
const POLLS_MAX: usize = 12;

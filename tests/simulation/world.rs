//! A producer, a Kinesis, and all that happens between them, driven by one seed in virtual time.

use super::connection::Connection;
use super::dice::Dice;
use super::kinesis::Kinesis;
use super::plan::Plan;
use super::traffic::{Flight, FlightId, Outcome};
use super::transcript::Transcript;
use super::witness::Witness;
use kinesis_edge::aggregate::Aggregate;
use kinesis_edge::client::Client;
use kinesis_edge::clock::UnixMs;
use kinesis_edge::credentials::{Credentials, Keeper};
use kinesis_edge::endpoint::Config;
use kinesis_edge::error::{Code, Error};
use kinesis_edge::producer::{Producer, Step};
use std::collections::BTreeMap;

pub struct World {
    pub now: UnixMs,
    pub plan: Plan,
    pub dice: Dice,
    pub kinesis: Kinesis,
    pub producer: Producer,
    pub witness: Witness,
    pub connection: Connection,
    pub transcript: Transcript,
    pub flights: BTreeMap<FlightId, Flight>,
    /// Which producer it is: every reload makes another.
    pub page: u32,
    pub is_offline: bool,
    pub is_faulty: bool,
    /// The server's clock less the host's.
    pub skew_ms: i64,
    events: BTreeMap<(UnixMs, u64), Event>,
    serial: u64,
    wake_at: UnixMs,
    idle_wakes: u32,
    provider_asked: bool,
}

pub enum Event {
    Put,
    Flush,
    Keepalive,
    Reshard,
    ClockJump,
    Offline { told: bool, for_ms: i64 },
    Online { told: bool },
    Reload,
    FaultsStop,
    Provider { page: u32 },
    Arrive(FlightId),
    Land(FlightId, Outcome),
    TimeOut(FlightId),
}

impl World {
    pub fn new(seed: u64, is_shown: bool) -> Self {
        let mut dice = Dice::new(seed);
        let plan = Plan::new(&mut dice);
        let mut kinesis = Kinesis::new(plan.shards, plan.limits);
        (kinesis.page, kinesis.may_list) = (plan.page, plan.may_list);
        let mut world = Self {
            now: START,
            kinesis,
            producer: producer(&plan, dice.seed()),
            witness: Witness::new(&plan.options),
            connection: Connection::default(),
            transcript: Transcript::new(is_shown),
            flights: BTreeMap::new(),
            page: 0,
            is_offline: false,
            is_faulty: true,
            skew_ms: plan.faults.skew_ms,
            events: BTreeMap::new(),
            serial: 0,
            wake_at: UnixMs::MAX,
            idle_wakes: 0,
            provider_asked: false,
            plan,
            dice,
        };
        world.say(format_args!("{:?}", world.plan.options.clone()));
        world.make_plans();
        world
    }

    /// Runs to the end, and returns the hash of all that happened.
    pub fn run(mut self) -> u64 {
        while let Some((now, event)) = self.next_event() {
            self.now = now;
            match event {
                Some(event) => {
                    self.idle_wakes = 0;
                    self.happen(event);
                    self.pump();
                }
                None if self.pump() => self.idle_wakes = 0,
                None => self.idle_wakes += 1,
            }
            assert!(self.idle_wakes < IDLE_WAKES_MAX, "wakes up again and again for nothing");
            assert!(
                self.is_faulty || self.now < self.ends_at() || self.witness.buffered_records() == 0,
                "not settled {} ms after the faults have stopped",
                self.now - self.stops_at()
            );
        }
        self.witness.check_end();
        self.transcript.hash()
    }

    pub fn say(&mut self, line: core::fmt::Arguments) {
        self.transcript.say(self.now, line);
    }

    pub fn after(&mut self, ms: i64, event: Event) {
        self.serial += 1;
        self.events.insert((self.now + ms, self.serial), event);
    }

    /// The next event, or nothing for a wake-up that the producer has asked for.
    fn next_event(&mut self) -> Option<(UnixMs, Option<Event>)> {
        let first = self.events.first_entry();
        if first.as_ref().is_none_or(|first| self.wake_at < first.key().0) {
            let at = core::mem::replace(&mut self.wake_at, UnixMs::MAX);
            return (at < UnixMs::MAX).then_some((at, None));
        }
        let ((at, _), event) = first?.remove_entry();
        Some((at, Some(event)))
    }

    fn make_plans(&mut self) {
        let lasts_ms = self.plan.work.lasts_ms;
        let (work, faults) = (&self.plan.work, &self.plan.faults);
        let counts = [
            (work.puts, 0),
            (work.flushes, 1),
            (work.keepalives, 2),
            (faults.reshards, 3),
            (faults.clock_jumps, 4),
            (faults.offlines, 5),
            (faults.reloads, 6),
        ];
        for (count, kind) in counts {
            for _ in 0..count {
                let at = self.dice.between(0, lasts_ms);
                let event = match kind {
                    0 => Event::Put,
                    1 => Event::Flush,
                    2 => Event::Keepalive,
                    3 => Event::Reshard,
                    4 => Event::ClockJump,
                    5 => Event::Offline {
                        told: self.dice.chance(500),
                        for_ms: self.dice.between(1, lasts_ms * 2),
                    },
                    _ => Event::Reload,
                };
                self.after(at, event);
            }
        }
        let stops_ms = self.stops_at() - START;
        self.after(stops_ms, Event::FaultsStop);
    }

    fn stops_at(&self) -> UnixMs {
        START + self.plan.work.lasts_ms + 1000
    }

    /// What a producer may take to deliver all that is buffered once nothing goes wrong any more: the longest backoff, twice
    /// over, beside a time-out; and where order is kept, every record of a key its own round trip.
    fn ends_at(&self) -> UnixMs {
        let puts = i64::try_from(self.plan.work.puts).unwrap_or_default();
        self.stops_at() + 60_000 + i64::from(self.plan.options.request_timeout_ms) + puts * 300
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Put => self.put(),
            Event::Flush => self.flush(),
            Event::Keepalive => self.close_page(),
            Event::Reshard => self.reshard(),
            Event::ClockJump => {
                self.skew_ms += self.dice.between(-4_000_000, 4_000_000);
                let skew_ms = self.skew_ms;
                self.say(format_args!("the clocks are {skew_ms} ms apart"));
            }
            Event::Offline { told, for_ms } => self.go_offline(told, for_ms),
            Event::Online { told } => self.go_online(told),
            Event::Reload => self.reload(),
            Event::FaultsStop => {
                self.is_faulty = false;
                self.kinesis.limits.shard = None;
                self.go_online(true);
            }
            Event::Provider { page } => self.provide(page),
            Event::Arrive(id) => self.arrive(id),
            Event::Land(id, outcome) => self.land(id, outcome),
            Event::TimeOut(id) => self.time_out(id),
        }
    }

    /// Polls until it says wait. Returns whether there was anything to do.
    fn pump(&mut self) -> bool {
        let polls_max = 2 * self.plan.options.requests_in_flight_max + 8;
        for count in 0..polls_max {
            self.notice_deadlines();
            match self.producer.poll(self.now) {
                Step::Settled(report) => {
                    self.say(format_args!("{report:?}"));
                    self.witness.settled(self.now, &self.connection, &report);
                }
                Step::Credentials => self.ask_provider(),
                Step::Send {
                    id,
                    headers,
                    keepalive,
                } => self.send(id, headers, keepalive),
                Step::Wait(until) => {
                    self.say(format_args!("waits until {}", until.saturating_sub(START)));
                    assert!(until > self.now, "waits for the past");
                    self.wake_at = until;
                    self.check_buffer();
                    return count > 0;
                }
            }
        }
        panic!("asks for {polls_max} things at once");
    }

    fn check_buffer(&self) {
        let ledger = self.producer.ledger();
        assert_eq!(ledger.buffered_records(), self.witness.buffered_records());
        assert_eq!(ledger.buffered_bytes(), self.witness.buffered_bytes);
        assert!(ledger.buffered_records() <= self.plan.options.buffer_records_max);
        assert!(ledger.buffered_bytes() <= self.plan.options.buffer_bytes_max);
    }

    fn put(&mut self) {
        let serial = self.witness.puts.len();
        let size = self.dice.size(0, self.plan.work.data_bytes_max);
        let key_max = self.dice_key_max();
        let key_number = self.dice.size(0, key_max);
        let (data, key) = match self.dice.size(0, 19) {
            0 => (Vec::new(), Some(format!("empty {serial}"))),
            1 => (aggregate_of_user(serial), Some("k0".to_owned())),
            2 => (filled(serial, size), None),
            3 => (filled(serial, size), Some("😀".repeat(256))),
            _ => (filled(serial, size), Some(format!("k{key_number}"))),
        };
        let hash_key = self.dice.chance(self.plan.work.hash_keys).then(|| {
            let high = u128::from(self.dice.seed()) << 64;
            (high | u128::from(self.dice.seed())).to_string()
        });
        let bytes = data.len() + key.as_ref().map_or(16, String::len);
        let has_room = self.witness.buffered_records() < self.plan.options.buffer_records_max
            && self.witness.buffered_bytes + bytes <= self.plan.options.buffer_bytes_max;
        assert_eq!(self.producer.has_room(bytes), has_room);
        let put = self.producer.put(self.now, &data, key.as_deref(), hash_key.as_deref());
        self.say(format_args!("put #{serial} {key:?} {hash_key:?} {bytes} bytes: {put:?}"));
        match put {
            Ok(id) => {
                assert!(has_room, "takes more than the buffer holds");
                let time = self.connection.time(self.now);
                self.witness.put(time, id, (data, key, hash_key));
            }
            Err(error) => {
                assert!(error.code == Code::BufferFull && !has_room, "{error}");
            }
        }
    }

    /// Half of the records have one of a few keys.
    fn dice_key_max(&mut self) -> usize {
        if self.dice.chance(500) { 0 } else { self.plan.work.keys - 1 }
    }

    fn flush(&mut self) {
        let id = self.producer.flush();
        self.say(format_args!("flush {id}"));
        self.witness.flush(id);
    }

    fn reshard(&mut self) {
        let high = u128::from(self.dice.seed()) << 64;
        let done = match self.dice.chance(600) {
            true => self.kinesis.shards.split(high),
            false => self.kinesis.shards.merge(high),
        };
        self.say(format_args!("reshard at {high}: {done}"));
    }

    fn go_offline(&mut self, told: bool, for_ms: i64) {
        if !self.is_faulty {
            return;
        }
        self.is_offline = true;
        self.say(format_args!("offline, told: {told}"));
        if told {
            self.producer.handle_online(self.now, false);
            self.connection.host_says(self.now, false);
        }
        let told = self.dice.chance(500) || told;
        self.after(for_ms, Event::Online { told });
    }

    fn go_online(&mut self, told: bool) {
        self.is_offline = false;
        self.say(format_args!("online, told: {told}"));
        if told {
            self.producer.handle_online(self.now, true);
            self.connection.host_says(self.now, true);
        }
    }

    /// Only what an outbox held is left of the page.
    fn reload(&mut self) {
        self.page += 1;
        self.say(format_args!("reload"));
        self.abandon_flights();
        self.producer = producer(&self.plan, self.dice.seed());
        self.connection = Connection::default();
        self.provider_asked = false;
        self.witness.provider_failures = 0;
        if self.is_offline && self.dice.chance(500) {
            self.producer.handle_online(self.now, false);
            self.connection.host_says(self.now, false);
        }
        for serial in self.witness.reload() {
            let put = &self.witness.puts[serial];
            let (key, hash_key) = (put.partition_key.as_deref(), put.explicit_hash_key.as_deref());
            let id = self.producer.put(self.now, &put.data, key, hash_key);
            let time = self.connection.time(self.now);
            self.witness.put_again(time, id.expect("room as before"), serial);
        }
    }

    fn ask_provider(&mut self) {
        assert!(!self.provider_asked, "asks the provider twice at once");
        self.provider_asked = true;
        let is_slow = self.is_faulty && self.dice.chance(self.plan.faults.provider_slow);
        let ms = self.dice.between(0, if is_slow { 60_000 } else { 300 });
        self.say(format_args!("asks the provider"));
        self.after(ms, Event::Provider { page: self.page });
    }

    fn provide(&mut self, page: u32) {
        if page != self.page {
            return;
        }
        self.provider_asked = false;
        let fails = self.is_faulty && self.dice.chance(self.plan.faults.provider_fails);
        self.say(format_args!("the provider answers, fails: {}", self.is_offline || fails));
        if self.is_offline || fails {
            self.witness.provider_failures += 1;
            let error = Error::new(Code::Credentials, "the provider has failed");
            self.producer.handle_credentials(self.now, Some(error));
            return;
        }
        let client = &mut self.producer.client;
        let server_time = client.clock.server_time(self.now);
        client.credentials.store(
            credentials(&mut self.kinesis, &self.plan, &mut self.dice, self.now + self.skew_ms, self.is_faulty),
            server_time,
        );
        self.producer.handle_credentials(self.now, None);
    }
}

fn credentials(kinesis: &mut Kinesis, plan: &Plan, dice: &mut Dice, server_time: UnixMs, is_faulty: bool) -> Credentials {
    let is_stale = is_faulty && !kinesis.tokens.is_empty() && dice.chance(plan.faults.provider_stale);
    let life_ms = if is_faulty { plan.faults.token_life_ms } else { 3_600_000 };
    let (token, ends_at) = if is_stale {
        let last = kinesis.tokens.len() - 1;
        (format!("token-{last}"), kinesis.tokens[last])
    } else {
        let ends_at = server_time + life_ms;
        (kinesis.issue(ends_at), ends_at)
    };
    let told = plan.faults.tells_expiration.then_some(ends_at);
    Credentials::new("AKIDEXAMPLE".into(), "secret".into(), Some(token), told).expect("good credentials")
}

fn producer(plan: &Plan, seed: u64) -> Producer {
    let endpoint = Config {
        region: "us-east-1".to_owned(),
        ..Config::default()
    };
    let client = Client::new(endpoint, Keeper::default(), plan.options.limits, 3, seed).expect("a good endpoint");
    Producer::new(client, plan.options.clone()).expect("good options")
}

/// Data that names its record.
fn filled(serial: usize, size: usize) -> Vec<u8> {
    let mut data = format!("{serial} ").into_bytes();
    while data.len() < size {
        data.push(data[data.len() / 2].wrapping_add(31));
    }
    data
}

/// What somebody forwards as it is: an aggregate that the producer has not made.
fn aggregate_of_user(serial: usize) -> Vec<u8> {
    let mut aggregate = Aggregate::default();
    aggregate.push(format!("{serial} a").as_bytes(), "inner", None);
    aggregate.push(format!("{serial} b").as_bytes(), "other", Some("5"));
    aggregate.finish()
}

/// 2026-11-21: any time will do.
pub const START: UnixMs = 1_795_219_200_000;
/// One after the other, with nothing to show for.
const IDLE_WAKES_MAX: u32 = 12;

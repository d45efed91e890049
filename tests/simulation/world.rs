//! The world: a producer, a Kinesis and all events, from one seed, in virtual time.

use super::connection::Connection;
use super::invariants::Invariants;
use super::kinesis::Kinesis;
use super::plan::Plan;
use super::random_choices::RandomChoices;
use super::traffic::{Exchange, ExchangeId, Outcome};
use super::transcript::Transcript;
use kinesis_edge::api::endpoint::EndpointConfig;
use kinesis_edge::client::Client;
use kinesis_edge::client::credential_cache::CredentialCache;
use kinesis_edge::producer::{Producer, Step};
use kinesis_edge::time::UnixMs;
use std::collections::BTreeMap;

pub struct World {
    pub now: UnixMs,
    pub plan: Plan,
    pub choices: RandomChoices,
    pub kinesis: Kinesis,
    pub producer: Producer,
    pub invariants: Invariants,
    pub connection: Connection,
    pub transcript: Transcript,
    pub exchanges: BTreeMap<ExchangeId, Exchange>,
    /// The number of the page. Each reload begins another, with a new producer.
    pub page: u32,
    pub is_offline: bool,
    /// The exception that every request gets until the operator has repaired the cause.
    pub operator_error: Option<&'static str>,
    pub is_faulty: bool,
    /// The time of the server minus the time of the host.
    pub skew_ms: i64,
    events: BTreeMap<(UnixMs, u64), Event>,
    serial: u64,
    wake_at: UnixMs,
    idle_wakes: usize,
    /// When the running request to the provider counts as failed.
    pub provider_deadline: Option<UnixMs>,
    /// Requests of this page.
    pub requests_sent: u64,
    pub bytes_sent: u64,
}

pub enum Event {
    Put,
    Flush,
    Keepalive,
    Reshard,
    ClockJump,
    Offline { host_knows: bool, for_ms: i64 },
    Online { host_knows: bool },
    OperatorError { for_ms: i64 },
    OperatorRepairs,
    Reload,
    FaultsStop,
    Provider { page: u32 },
    Arrive(ExchangeId),
    Complete(ExchangeId, Outcome),
    TimeOut(ExchangeId),
}

impl World {
    pub fn new(seed: u64, is_printed: bool) -> Self {
        let mut choices = RandomChoices::new(seed);
        let plan = Plan::new(&mut choices, seed);
        let mut kinesis = Kinesis::new(plan.shards, plan.limits);
        (kinesis.page, kinesis.may_list) = (plan.page, plan.may_list);
        let mut world = Self {
            now: START,
            kinesis,
            producer: producer(&plan, choices.seed()),
            invariants: Invariants::new(&plan.options),
            connection: Connection::default(),
            transcript: Transcript::new(is_printed),
            exchanges: BTreeMap::new(),
            page: 0,
            is_offline: false,
            operator_error: None,
            is_faulty: true,
            skew_ms: plan.faults.skew_ms,
            events: BTreeMap::new(),
            serial: 0,
            wake_at: UnixMs::MAX,
            idle_wakes: 0,
            provider_deadline: None,
            requests_sent: 0,
            bytes_sent: 0,
            plan,
            choices,
        };
        let (encoding, options) = (world.plan.encoding, world.plan.options.clone());
        world.say(format_args!("{encoding:?}, {options:?}"));
        world.make_plans();
        world
    }

    /// Runs to the end and returns the hash of everything that happened.
    pub fn run(mut self) -> u64 {
        while let Some((now, event)) = self.next_event() {
            self.now = now;
            match event {
                Some(event) => {
                    self.idle_wakes = 0;
                    let (is_put, before) = (matches!(event, Event::Put), self.invariants.buffered_records());
                    if is_put {
                        // What is due by now is not an effect of the put.
                        self.poll_until_wait();
                    }
                    self.happen(event);
                    let is_buffered = is_put && self.invariants.buffered_records() > before;
                    let is_quiet = !self.producer.wants_poll(self.now) && !self.producer.unsettled().is_flushing();
                    if is_buffered && is_quiet && self.now < self.wake_at {
                        self.check_quiet();
                    }
                    self.poll_until_wait();
                }
                None if self.poll_until_wait() => self.idle_wakes = 0,
                None => self.idle_wakes += 1,
            }
            assert!(
                self.idle_wakes < IDLE_WAKES_MAX + self.limited_wakes_max(),
                "wakes up again and again for nothing"
            );
            assert!(
                self.is_faulty || self.now < self.ends_at() || self.invariants.buffered_records() == 0,
                "not settled {} ms after the faults have stopped",
                self.now - self.stops_at()
            );
        }
        self.invariants.check_end();
        self.transcript.hash()
    }

    pub fn say(&mut self, line: core::fmt::Arguments) {
        self.transcript.say(self.now, line);
    }

    pub fn after(&mut self, ms: i64, event: Event) {
        self.serial += 1;
        self.events.insert((self.now + ms, self.serial), event);
    }

    /// The next event, or `None` in its place for a wake-up that the producer has asked for.
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
            (faults.operator_errors, 7),
        ];
        for (count, kind) in counts {
            for _ in 0..count {
                let at = self.draw_time();
                let event = match kind {
                    0 => Event::Put,
                    1 => Event::Flush,
                    2 => Event::Keepalive,
                    3 => Event::Reshard,
                    4 => Event::ClockJump,
                    5 => Event::Offline {
                        host_knows: self.choices.chance(500),
                        for_ms: self.choices.between(1, lasts_ms * 2),
                    },
                    6 => Event::Reload,
                    _ => Event::OperatorError {
                        for_ms: self.choices.between(1, lasts_ms),
                    },
                };
                self.after(at, event);
            }
        }
        let stops_ms = self.stops_at() - START;
        self.after(stops_ms, Event::FaultsStop);
    }

    /// With a rate limit every entry wakes the producer once, to check whether its shard has room.
    fn limited_wakes_max(&self) -> usize {
        if self.plan.options.shard_rate_limit.is_finite() {
            return self.invariants.buffered_records();
        }
        0
    }

    fn draw_time(&mut self) -> i64 {
        let (lasts_ms, bursts) = (self.plan.work.lasts_ms, self.plan.work.bursts);
        if bursts == 0 {
            return self.choices.between(0, lasts_ms);
        }
        let burst = self.choices.between(0, bursts - 1) * lasts_ms / bursts;
        (burst + self.choices.between(0, BURST_MS)).min(lasts_ms)
    }

    fn stops_at(&self) -> UnixMs {
        START + self.plan.work.lasts_ms + 1000
    }

    /// The time limit for settling all records after the faults have stopped: two of the longest backoffs, the
    /// time-outs of the provider and of a request, and for ordering a round trip for every record.
    fn ends_at(&self) -> UnixMs {
        let puts = i64::try_from(self.plan.work.puts).unwrap_or_default();
        let timeout_ms = i64::from(self.plan.options.request_timeout_ms);
        self.stops_at() + 60_000 + 2 * timeout_ms + puts * 300
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Put => self.put(),
            Event::Flush => self.flush(),
            Event::Keepalive => self.close_page(),
            Event::Reshard => self.reshard(),
            Event::ClockJump => {
                self.skew_ms += self.choices.between(-4_000_000, 4_000_000);
                let skew_ms = self.skew_ms;
                self.say(format_args!("the clocks are {skew_ms} ms apart"));
            }
            Event::Offline { host_knows, for_ms } => self.go_offline(host_knows, for_ms),
            Event::Online { host_knows } => self.go_online(host_knows),
            Event::OperatorError { for_ms } => self.break_access(for_ms),
            Event::OperatorRepairs => self.repair_access(),
            Event::Reload => self.reload(),
            Event::FaultsStop => {
                self.is_faulty = false;
                self.kinesis.limits.shard = None;
                self.repair_access();
                self.go_online(true);
            }
            Event::Provider { page } => self.provide(page),
            Event::Arrive(id) => self.arrive(id),
            Event::Complete(id, outcome) => self.complete(id, outcome),
            Event::TimeOut(id) => self.time_out(id),
        }
    }

    /// Polls until the producer returns `Wait`. Returns whether there was anything to do.
    fn poll_until_wait(&mut self) -> bool {
        let polls_max = 2 * self.plan.options.requests_in_flight_max + 8;
        for count in 0..polls_max {
            self.notice_deadlines();
            self.notice_provider_deadline();
            match self.producer.poll(self.now) {
                Step::Settled(report) => {
                    self.say(format_args!("{report:?}"));
                    self.invariants.settled(self.now, &self.connection, &report);
                }
                Step::AskCredentials => self.ask_provider(),
                Step::Send(id) => self.send(id, false),
                Step::Wait(until) => {
                    self.say(format_args!("waits until {}", until.saturating_sub(START)));
                    assert!(until > self.now, "waits for the past");
                    self.wake_at = until;
                    self.check_buffer();
                    return count > 0;
                }
            }
        }
        panic!("returns {polls_max} steps in a row");
    }

    /// If the host does not poll after this put, nothing is delayed beyond the running timer.
    fn check_quiet(&mut self) {
        match self.producer.poll(self.now) {
            Step::AskCredentials => self.ask_provider(),
            Step::Wait(until) => assert!(until >= self.wake_at, "a put that wants no poll has woken it"),
            step => panic!("a put that wants no poll had {step:?} to do"),
        }
    }

    fn check_buffer(&self) {
        self.invariants.check_ages(self.connection.time(self.now));
        let unsettled = self.producer.unsettled();
        let stats = self.producer.stats();
        assert_eq!(unsettled.len(), self.invariants.buffered_records());
        assert_eq!(unsettled.bytes(), self.invariants.buffered_bytes);
        assert_eq!(stats.requests, self.requests_sent);
        assert_eq!(stats.bytes_sent, self.bytes_sent);
        assert!(unsettled.len() <= self.plan.options.buffer_records_max);
        assert!(unsettled.bytes() <= self.plan.options.buffer_bytes_max);
    }
}

pub fn producer(plan: &Plan, seed: u64) -> Producer {
    let endpoint = EndpointConfig {
        region: "us-east-1".to_owned(),
        ..EndpointConfig::default()
    };
    let mut client =
        Client::new(endpoint, CredentialCache::default(), plan.options.limits, 3, seed).expect("a good endpoint");
    client.encoding = plan.encoding;
    Producer::new(client, plan.options.clone()).expect("good options")
}

/// The start of each run, 2026-11-21.
pub const START: UnixMs = 1_795_219_200_000;
/// The length of a burst of events.
const BURST_MS: i64 = 400;
/// The most wake-ups in a row without any work.
const IDLE_WAKES_MAX: usize = 12;

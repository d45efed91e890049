//! The network between a producer and a Kinesis, with the faults of each request.

use super::kinesis::{Arrival, THROTTLED, refusal};
use super::records::Serial;
use super::refusals::{Cause, is_final};
use super::request::{self, Input, Item};
use super::world::{Event, World};
use kinesis_edge::api::Response;
use kinesis_edge::error::{Code, Error};

use kinesis_edge::producer::in_flight::RequestId;
use kinesis_edge::time::UnixMs;

pub type ExchangeId = u64;

/// A request in flight, as the network sees it.
pub struct Exchange {
    request: RequestId,
    pub sent_at: UnixMs,
    /// When the producer times the request out itself.
    deadline: UnixMs,
    pub keepalive: bool,
    arrival: Arrival,
    pub items: Vec<Item>,
    pub entries: Vec<Vec<Serial>>,
    /// The records that the server has stored.
    pub stored: Vec<Serial>,
    /// Whether the producer still waits for its response.
    pub is_awaited: bool,
    pub fate: Fate,
    /// Why Kinesis has refused the whole request.
    pub refusal: Option<Cause>,
}

/// What the network and the server do to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Good,
    RequestLost,
    ResponseLost,
    BreaksOff,
    Garbled,
    ServerError,
    ServerErrorLate,
    Throttled,
    /// A final refusal.
    Refused,
    /// A refusal whose cause the operator repairs before the next request.
    OperatorError,
}

/// How a request ends.
pub enum Outcome {
    Response {
        status: u16,
        body: Vec<u8>,
        date: Option<String>,
        /// Whether the response says what the server has done.
        is_true: bool,
    },
    Failure {
        status: Option<u16>,
    },
}

impl World {
    pub fn send(&mut self, request: RequestId, keepalive: bool) {
        if self.is_faulty && self.choices.chance(self.plan.faults.credentials_vanish) {
            self.lose_credentials(request);
            return;
        }
        let body = self.producer.body(request).expect("a request to send").to_vec();
        let url = self.producer.url(request).expect("a request to send");
        let headers = self.producer.sign(request, self.now, None).expect("credentials");
        self.requests_sent += 1;
        self.bytes_sent += body.len() as u64;
        assert_eq!(url, "https://kinesis.us-east-1.amazonaws.com");
        let operation = headers.target.rsplit_once('.').expect("a target").1;
        let arrival = Arrival {
            operation: operation.to_owned(),
            content_type: headers.content_type.to_owned(),
            date: headers.date,
            token: headers.security_token,
            body,
        };
        let items = match request::read(super::kinesis::STREAM, &arrival, &self.plan.limits) {
            Ok(Input::PutRecords(items)) => items,
            Ok(Input::ListShards { .. }) => Vec::new(),
            Err(refusal) => panic!("a request that Kinesis refuses: {refusal:?}"),
        };
        assert_eq!(headers.content_type, self.plan.encoding.content_type());
        assert!(items.len() <= self.plan.options.request_records_max);
        let entries = self.invariants.sent(&items, keepalive);
        let fate = match self.draw_fate() {
            // The plan decides whether shards may be listed.
            Fate::Refused if items.is_empty() => Fate::Good,
            fate => fate,
        };
        self.say(format_args!(
            "sends {operation} {request} {entries:?}, keepalive: {keepalive}, {fate:?}"
        ));
        let timeout_ms = i64::from(self.plan.options.request_timeout_ms);
        let exchange = Exchange {
            request,
            sent_at: self.now,
            deadline: self.now + timeout_ms + 1000,
            keepalive,
            arrival,
            items,
            entries,
            stored: Vec::new(),
            is_awaited: true,
            fate,
            refusal: None,
        };
        let id = self.exchanges.last_key_value().map_or(0, |(id, _)| id + 1);
        self.exchanges.insert(id, exchange);
        self.check_in_flight();
        let host_dies = self.is_faulty && self.choices.chance(self.plan.faults.host_dies);
        if !host_dies {
            self.after(timeout_ms, Event::TimeOut(id));
        }
        match (self.is_offline, fate) {
            (true, _) => self.fail_within(5, id),
            // The host does not report the failure.
            (_, Fate::RequestLost) if host_dies => {}
            (_, Fate::RequestLost) => self.fail_within(2 * timeout_ms, id),
            _ => {
                let ms = self.draw_latency();
                self.after(ms, Event::Arrive(id));
            }
        }
    }

    fn fail_within(&mut self, ms_max: i64, id: ExchangeId) {
        let ms = self.choices.between(0, ms_max);
        self.after(ms, Event::Complete(id, Outcome::Failure { status: None }));
    }

    fn check_in_flight(&self) {
        let awaited = || self.exchanges.values().filter(|exchange| exchange.is_awaited);
        let ordinary = awaited().filter(|exchange| !exchange.keepalive).count();
        assert!(
            ordinary <= self.plan.options.requests_in_flight_max,
            "{ordinary} requests in flight"
        );
        let bytes: usize = awaited()
            .filter(|exchange| exchange.keepalive)
            .map(|exchange| exchange.arrival.body.len())
            .sum();
        assert!(
            bytes <= self.plan.keepalive_bytes,
            "{bytes} bytes in keepalive requests"
        );
    }

    /// The page is hidden: the producer sends what fits, at once.
    pub fn close_page(&mut self) {
        self.say(format_args!("the page is hidden"));
        self.invariants.rerouted();
        for _ in 0..KEEPALIVES_MAX {
            let Some(id) = self.producer.next_keepalive(self.now, self.plan.keepalive_bytes) else {
                return;
            };
            self.send(id, true);
        }
        panic!("keepalive requests without end");
    }

    pub fn arrive(&mut self, id: ExchangeId) {
        if self.is_offline {
            self.after(0, Event::Complete(id, Outcome::Failure { status: None }));
            return;
        }
        let at = self.now + self.skew_ms;
        let (fate, arrival) = (self.exchanges[&id].fate, self.exchanges[&id].arrival.clone());
        let outcome = match fate {
            Fate::ServerError => self.server_error(),
            Fate::Throttled => {
                let name = self.choices.pick(&["LimitExceededException", THROTTLED]);
                self.respond(&refusal(name, "slow down"))
            }
            _ => {
                let refused = self.refuse(id);
                let reply = refused.unwrap_or_else(|| self.serve(at, id, &arrival));
                self.falsify(fate, &reply)
            }
        };
        let ms = self.draw_latency();
        self.after(ms, Event::Complete(id, outcome));
    }

    pub fn complete(&mut self, id: ExchangeId, outcome: Outcome) {
        if self.is_offline && matches!(outcome, Outcome::Response { .. }) {
            self.complete(id, Outcome::Failure { status: None });
            return;
        }
        let is_true = matches!(outcome, Outcome::Response { is_true: true, .. });
        if !matches!(outcome, Outcome::Failure { status: None }) && self.exchanges[&id].is_awaited {
            self.connection.answered(self.now, self.exchanges[&id].sent_at);
        }
        let is_response = matches!(outcome, Outcome::Response { .. });
        let Some(request) = self.stop_awaiting(id, is_true, is_response) else {
            return;
        };
        match outcome {
            Outcome::Response { status, body, date, .. } => {
                self.say(format_args!("response to {request}: {status}"));
                let response = Response {
                    status,
                    body: &body,
                    date: date.as_deref(),
                    ..Response::default()
                };
                self.producer.handle_response(self.now, request, response);
            }
            Outcome::Failure { status } => {
                self.say(format_args!("failure of {request}: {status:?}"));
                let mut error = Error::new(Code::Network, "the network has failed");
                error.status = status;
                self.producer.handle_failure(self.now, request, &error);
            }
        }
    }

    pub fn time_out(&mut self, id: ExchangeId) {
        let Some(request) = self.stop_awaiting(id, false, false) else {
            return;
        };
        self.say(format_args!("time-out of {request}"));
        let error = Error::new(Code::Timeout, "no response in time");
        self.producer.handle_failure(self.now, request, &error);
    }

    /// Ends the requests that the producer times out at its next poll.
    pub fn notice_deadlines(&mut self) {
        let late: Vec<ExchangeId> = self
            .exchanges
            .iter()
            .filter(|(_, exchange)| exchange.is_awaited && exchange.deadline <= self.now)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            let request = self.stop_awaiting(id, false, false);
            self.say(format_args!("the host does not report on {request:?}"));
        }
    }

    /// The page is closed: no code awaits its requests.
    pub fn abandon_exchanges(&mut self) {
        let ids: Vec<ExchangeId> = self.exchanges.keys().copied().collect();
        for id in ids {
            self.stop_awaiting(id, false, false);
        }
    }

    /// Ends the wait for a request. Returns `None` if the producer did not await it any more.
    fn stop_awaiting(&mut self, id: ExchangeId, is_true: bool, is_response: bool) -> Option<RequestId> {
        let exchange = self.exchanges.get_mut(&id)?;
        if !core::mem::take(&mut exchange.is_awaited) {
            return None;
        }
        let refusal = exchange.refusal.filter(|_| is_response && is_true);
        if exchange.items.is_empty() {
            // It was a request for the list of shards.
            self.invariants.rerouted();
            if refusal.is_some() {
                self.invariants.forbid_list();
            }
        }
        let is_final = is_final(refusal, &exchange.items, &self.invariants);
        let is_answered = is_response || self.connection.failed(exchange.sent_at);
        self.invariants
            .completed(&exchange.entries, is_answered && (is_final || refusal.is_none()));
        if is_final {
            self.invariants.refused(&exchange.entries);
        }
        if !is_true {
            self.invariants.unreported(&exchange.stored);
        }
        Some(exchange.request)
    }

    fn draw_fate(&mut self) -> Fate {
        if !self.is_faulty {
            return Fate::Good;
        }
        let faults = &self.plan.faults;
        let chances = [
            (faults.request_lost, Fate::RequestLost),
            (faults.response_lost, Fate::ResponseLost),
            (faults.response_broken_off, Fate::BreaksOff),
            (faults.response_garbled, Fate::Garbled),
            (faults.server_error, Fate::ServerError),
            (faults.server_error_late, Fate::ServerErrorLate),
            (faults.request_throttled, Fate::Throttled),
            (faults.request_refused, Fate::Refused),
            (faults.operator_error, Fate::OperatorError),
        ];
        let drawn = chances.iter().find(|(chance, _)| self.choices.chance(*chance));
        drawn.map_or(Fate::Good, |(_, fate)| *fate)
    }

    fn draw_latency(&mut self) -> i64 {
        let is_slow = self.is_faulty && self.choices.chance(self.plan.faults.slow);
        let ms_max = if is_slow { 12_000 } else { 100 };
        self.choices.between(0, ms_max)
    }
}

/// More than any buffer of these runs fills.
const KEEPALIVES_MAX: usize = 200;

//! The server behind the network: it executes requests, and its responses have faults.

use super::kinesis::{Arrival, Reply, THROTTLED};
use super::request;
use super::traffic::{ExchangeId, Fate, Outcome};
use super::world::World;
use kinesis_edge::time::UnixMs;
use serde_json::{Value, json};

impl World {
    pub(super) fn serve(&mut self, at: UnixMs, id: ExchangeId, arrival: &Arrival) -> Reply {
        let (choices, faults) = (&mut self.choices, &self.plan.faults);
        let is_faulty = self.is_faulty;
        let reply = self.kinesis.handle(at, arrival, &mut |_| {
            if is_faulty && choices.chance(faults.entry_throttled) {
                return Some(THROTTLED);
            }
            (is_faulty && choices.chance(faults.entry_failed)).then(|| choices.pick(&ENTRY_CODES))
        });
        let exchange = self.exchanges.get_mut(&id).expect("a request in flight");
        for (index, placed) in &reply.placed {
            let item = &exchange.items[*index];
            self.invariants
                .stored(&self.kinesis.shards, item, placed, exchange.is_awaited);
            exchange.stored.extend(&exchange.entries[*index]);
        }
        let (status, body) = (reply.status, &reply.body);
        self.say(format_args!("the server has {status} {body}"));
        reply
    }

    /// Applies the fault of the network to a response.
    pub(super) fn falsify(&mut self, fate: Fate, reply: &Reply) -> Outcome {
        match fate {
            Fate::ResponseLost => Outcome::Failure { status: None },
            Fate::BreaksOff => Outcome::Failure {
                status: Some(reply.status),
            },
            Fate::ServerErrorLate => self.server_error(),
            Fate::Garbled => {
                let mut body = self.write(&reply.body);
                body.truncate(self.choices.size(0, body.len() - 1));
                if self.choices.chance(500) {
                    body = b"<html>Welcome to this hotel</html>".to_vec();
                }
                Outcome::Response {
                    status: 200,
                    body,
                    date: None,
                    is_true: false,
                }
            }
            _ => self.respond(reply),
        }
    }

    pub(super) fn server_error(&mut self) -> Outcome {
        let exception = self.write(&json!({ "__type": "InternalFailure" }));
        let (status, body): (u16, &[u8]) = self.choices.pick(&[
            (500, &*exception),
            (500, b"{\"__type\":\"InternalFailure\"}"),
            (502, b"<html>Bad Gateway</html>"),
            (503, b""),
            (500, b"{\"__ty"),
            (403, b"<html>Blocked by the proxy</html>"),
            (407, b"<html>Proxy Authentication Required</html>"),
            (408, b""),
            (425, b""),
            (511, b"<html>Log in to this network</html>"),
            (520, b"<html>Web server is returning an unknown error</html>"),
            (530, b"error code: 1016"),
        ]);
        Outcome::Response {
            status,
            body: body.to_vec(),
            date: self.date(),
            is_true: false,
        }
    }

    pub(super) fn respond(&mut self, reply: &Reply) -> Outcome {
        let mut body = reply.body.clone();
        if body["FailedRecordCount"].is_number() && self.choices.chance(self.plan.faults.count_missing) {
            // The member is optional.
            body["FailedRecordCount"] = Value::Null;
            if let Some(members) = body.as_object_mut().filter(|_| self.choices.chance(500)) {
                members.remove("FailedRecordCount");
            }
        }
        Outcome::Response {
            status: reply.status,
            body: self.write(&body),
            date: self.date(),
            is_true: true,
        }
    }

    fn write(&self, body: &Value) -> Vec<u8> {
        let content_type = self.plan.encoding.content_type();
        request::write(content_type, body, self.plan.with_counts)
    }

    fn date(&self) -> Option<String> {
        (!self.plan.faults.hides_date).then(|| super::http_date::http_date(self.now + self.skew_ms))
    }
}

/// Known and unknown codes of an entry that may succeed the next time.
const ENTRY_CODES: [&str; 4] = ["InternalFailure", "ServiceUnavailable", "KinesisIsTiredException", ""];

//! A Kinesis without I/O: requests come in with the time, and responses go out.

use super::request::{self, Input, Item, Limits, Refusal};
use super::shards::{Placed, Shards};
use kinesis_edge::sigv4::AmzDate;
use kinesis_edge::time::UnixMs;
use serde_json::{Value, json};

pub struct Kinesis {
    pub shards: Shards,
    pub limits: Limits,
    /// The number of shards in one page of a list.
    pub page: usize,
    /// Whether the shards may be listed.
    pub may_list: bool,
    /// When each token expires. The number in a token is its index here.
    pub tokens: Vec<UnixMs>,
}

/// A request as it arrives.
#[derive(Clone)]
pub struct Arrival {
    pub operation: String,
    pub content_type: String,
    pub date: String,
    pub token: Option<String>,
    pub body: Vec<u8>,
}

pub struct Reply {
    pub status: u16,
    /// The body, sent in the encoding of the request.
    pub body: Value,
    /// The entries that were stored, by their index in the request.
    pub placed: Vec<(usize, Placed)>,
}

/// Decides which entries fail although their shard has room.
pub type EntryFault<'a> = &'a mut dyn FnMut(usize) -> Option<&'static str>;

impl Kinesis {
    pub fn new(shards: usize, limits: Limits) -> Self {
        Self {
            shards: Shards::new(shards),
            limits,
            page: usize::MAX,
            may_list: true,
            tokens: Vec::new(),
        }
    }

    /// Issues a token that expires at this time.
    pub fn issue(&mut self, ends_at: UnixMs) -> String {
        self.tokens.push(ends_at);
        format!("token-{}", self.tokens.len() - 1)
    }

    /// Executes a request.
    pub fn handle(&mut self, at: UnixMs, arrival: &Arrival, fault: EntryFault) -> Reply {
        let input = check_date(at, &arrival.date)
            .and_then(|()| self.check_token(at, arrival.token.as_deref()))
            .and_then(|()| request::read(STREAM, arrival, &self.limits));
        match input {
            Ok(Input::PutRecords(items)) => self.put_records(at, &items, fault),
            Ok(Input::ListShards { .. }) if !self.may_list => refusal("AccessDeniedException", "kinesis:ListShards"),
            Ok(Input::ListShards { next_token }) => self.list_shards(next_token.as_deref()),
            Err(Refusal { name, message }) => refusal(name, &message),
        }
    }

    fn check_token(&self, at: UnixMs, token: Option<&str>) -> Result<(), Refusal> {
        let Some(token) = token else {
            return Ok(());
        };
        let ends_at = token
            .strip_prefix("token-")
            .and_then(|number| number.parse::<usize>().ok())
            .and_then(|number| self.tokens.get(number))
            .expect("a token that was issued");
        if at < *ends_at {
            return Ok(());
        }
        Err(Refusal {
            name: "ExpiredTokenException",
            message: "The security token included in the request is expired".to_owned(),
        })
    }

    fn put_records(&mut self, at: UnixMs, items: &[Item], fault: EntryFault) -> Reply {
        let mut placed = Vec::new();
        let mut results = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let limit = self.limits.shard;
            let result = match fault(index) {
                Some(code) => Err(code),
                None => self.shards.store(at, item, limit).ok_or(THROTTLED),
            };
            match result {
                Ok(place) => {
                    results.push(json!({ "ShardId": place.shard_id, "SequenceNumber": place.sequence_number }));
                    placed.push((index, place));
                }
                Err(code) => results.push(json!({ "ErrorCode": code, "ErrorMessage": "failed" })),
            }
        }
        let failed = items.len() - placed.len();
        let body = json!({ "FailedRecordCount": failed, "Records": results });
        good(body, placed)
    }

    fn list_shards(&self, next_token: Option<&str>) -> Reply {
        let list = self.shards.list();
        let from = next_token.map_or(0, |token| token.parse().expect("a token of this list"));
        let to = list.len().min(usize::saturating_add(from, self.page));
        let mut body = json!({ "Shards": list[from..to] });
        if to < list.len() {
            body["NextToken"] = json!(to.to_string());
        }
        good(body, Vec::new())
    }
}

/// Kinesis accepts a signature for five minutes before and after its time.
fn check_date(at: UnixMs, date: &str) -> Result<(), Refusal> {
    let signed = AmzDate::parse(date).expect("a date");
    let iso = |time| AmzDate::new(time).as_str().to_owned();
    let (signed_text, now, least, most) = (
        iso(signed),
        iso(at),
        iso(at - FIVE_MINUTES_MS),
        iso(at + FIVE_MINUTES_MS),
    );
    let message = if signed < at - FIVE_MINUTES_MS {
        format!("Signature expired: {signed_text} is now earlier than {least} ({now} - 5 min.)")
    } else if signed > at + FIVE_MINUTES_MS {
        format!("Signature not yet current: {signed_text} is still later than {most} ({now} + 5 min.)")
    } else {
        return Ok(());
    };
    Err(Refusal {
        name: "InvalidSignatureException",
        message,
    })
}

fn good(body: Value, placed: Vec<(usize, Placed)>) -> Reply {
    Reply {
        status: 200,
        body,
        placed,
    }
}

/// An exception of the service.
pub fn refusal(name: &str, message: &str) -> Reply {
    Reply {
        status: 400,
        body: json!({ "__type": name, "message": message }),
        placed: Vec::new(),
    }
}

pub const STREAM: &str = "stream";
pub const THROTTLED: &str = "ProvisionedThroughputExceededException";
const FIVE_MINUTES_MS: i64 = 5 * 60 * 1000;

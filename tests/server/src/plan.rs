//! What a test asks for: the plan of faults that it puts at `/_faults/{accessKeyId}`, as JSON.

use std::collections::BTreeSet;

use ferrokinesis::actions::Operation;
use serde::Deserialize;
use serde_json::Value;

/// What is to happen to the requests of one access key. An empty plan only records them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Plan {
    /// Only requests of this operation meet faults; the others pass. None: all.
    pub operation: Option<String>,
    /// One per request, in the order in which they come; `null` passes, and so does all that comes after the last.
    pub queue: Vec<Option<Fault>>,
    /// How far the service's clock is ahead: in `Date`, and where it judges a signature's age.
    pub clock_ms: i64,
    /// Answers have no `Date`.
    pub hide_date: bool,
    /// Answers (not those to preflights) have no CORS headers, so that a page's `fetch` rejects.
    pub without_cors: bool,
    /// A `PutRecords` that has a record under this partition key is refused as a whole, whatever else is planned.
    pub refused_key: Option<String>,
    /// Faults by chance, for the requests that the queue has nothing for.
    pub random: Option<Random>,
}

/// Chances from 0 to 1, each on its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Random {
    /// The same seed makes the same faults, as long as requests come in the same order.
    pub seed: u64,
    /// The request is lost on its way.
    pub request_lost: f64,
    /// The records are stored, the answer is lost.
    pub answer_lost: f64,
    /// Of each record of a `PutRecords`: it fails.
    pub record_failed: f64,
    /// The whole request is throttled.
    pub throttled: f64,
    /// The service has an error.
    pub status500: f64,
    /// Every request waits up to this long.
    pub delay_ms_max: u32,
}

/// What happens to one request.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub struct Fault {
    /// How long it waits first.
    pub delay_ms: u32,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of faults. "Stored" is what the service does with a request that it gets.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Kind {
    /// Not stored; an error in the service's shape.
    Error(ErrorAnswer),
    /// Not stored; the whole request exceeds a shard's throughput.
    Throttle {},
    /// Not stored; the session is over.
    ExpiredToken {},
    /// Some entries of a `PutRecords` fail, the others are stored.
    Records(RecordsFault),
    /// Stored; absent members of the entries are written as nulls.
    Nulls {},
    /// Not stored; this answer.
    Body(LiteralAnswer),
    /// Stored; but this answer.
    ForwardBody(LiteralAnswer),
    /// Stored; the answer's body is a shorter one of this length, well-formed as HTTP.
    Cut {
        /// What is left of it.
        bytes: usize,
    },
    /// Stored; after this much of the answer's body the connection closes.
    CutConnection {
        /// What goes out.
        bytes: usize,
    },
    /// Stored; the connection closes instead of an answer.
    LostAnswer {
        /// As in [`Kind::Reset`].
        #[serde(default)]
        silent: bool,
    },
    /// Not stored; the connection closes.
    Reset {
        /// Not a single byte goes out before. Chromium and Deno then send the request once more, by themselves, if the
        /// connection had served others. Else four bytes that are no HTTP go out, and every runtime's `fetch` rejects.
        #[serde(default)]
        silent: bool,
    },
    /// Stored after a while, even if the client has left by then.
    Delay {
        /// The while.
        ms: u32,
    },
    /// Not stored, never answered.
    Hang {},
    /// Not stored; the signature's date is too far from the clock. Never planned: the server finds it.
    #[serde(skip)]
    SignatureAge {
        /// The words.
        message: String,
    },
}

/// An error answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorAnswer {
    /// The HTTP status.
    #[serde(default = "bad_request", deserialize_with = "status")]
    pub status: u16,
    /// The error's name.
    #[serde(rename = "type")]
    pub name: String,
    /// What it says.
    #[serde(default)]
    pub message: String,
    /// Whether the body names it. Else the body is an empty object.
    #[serde(default = "yes")]
    pub body_type: bool,
    /// Whether `x-amzn-ErrorType` names it.
    #[serde(default = "yes")]
    pub header_type: bool,
    /// `x-amz-retry-after`.
    #[serde(default)]
    pub retry_after_ms: Option<u32>,
}

/// Which entries of a `PutRecords` fail, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordsFault {
    /// Their places in the request, from 0. What the request does not have does not matter.
    pub indices: BTreeSet<usize>,
    /// `ErrorCode`.
    #[serde(default)]
    pub code: RecordError,
    /// `ErrorMessage`; the service's words when it is not given.
    #[serde(default)]
    pub message: Option<String>,
    /// Absent members are written as nulls.
    #[serde(default)]
    pub nulls: bool,
    /// The answer is lost as well.
    #[serde(default)]
    pub lose_answer: bool,
}

/// Why an entry fails.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub enum RecordError {
    /// Its shard is busy.
    #[default]
    ProvisionedThroughputExceededException,
    /// A fault without a known cause.
    InternalFailure,
}

/// An answer of given words.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LiteralAnswer {
    /// The HTTP status.
    #[serde(default = "okay", deserialize_with = "status")]
    pub status: u16,
    /// `Content-Type`; that of the request when it is not given.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The body.
    #[serde(default)]
    pub text: String,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// Says what in it is not understood.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let plan: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if let Some(name) = &plan.operation {
            name.parse::<Operation>()
                .map_err(|()| format!("operation: Kinesis has no {name}"))?;
        }
        if plan.clock_ms.abs() > CLOCK_MS_MAX {
            return Err(format!("clockMs: more than {CLOCK_MS_MAX}"));
        }
        plan.random.iter().try_for_each(Random::check)?;
        Ok(plan)
    }

    /// Whether its faults are for requests of this operation.
    #[must_use]
    pub fn concerns(&self, operation: Option<&str>) -> bool {
        self.operation.is_none() || self.operation.as_deref() == operation
    }
}

impl Random {
    fn check(&self) -> Result<(), String> {
        let chances = [
            ("requestLost", self.request_lost),
            ("answerLost", self.answer_lost),
            ("recordFailed", self.record_failed),
            ("throttled", self.throttled),
            ("status500", self.status500),
        ];
        let wrong = chances.iter().find(|(_, p)| !(0.0..=1.0).contains(p));
        wrong.map_or(Ok(()), |(name, p)| {
            Err(format!("random.{name}: {p} is no chance from 0 to 1"))
        })
    }
}

impl From<Kind> for Fault {
    fn from(kind: Kind) -> Self {
        Self { delay_ms: 0, kind }
    }
}

/// `delayMs` is a member of every kind. It is taken out by hand, as serde cannot both flatten and refuse what it does
/// not know.
impl TryFrom<Value> for Fault {
    type Error = String;

    fn try_from(mut value: Value) -> Result<Self, String> {
        let delay = value.as_object_mut().and_then(|map| map.remove("delayMs"));
        let delay_ms = delay.map_or(Ok(0), serde_json::from_value);
        Ok(Self {
            delay_ms: delay_ms.map_err(|error| format!("delayMs: {error}"))?,
            kind: serde_json::from_value(value).map_err(|error| format!("fault: {error}"))?,
        })
    }
}

impl Kind {
    /// Its name, as a plan and the log write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::Throttle {} => "throttle",
            Self::ExpiredToken {} => "expired-token",
            Self::Records(_) => "records",
            Self::Nulls {} => "nulls",
            Self::Body(_) => "body",
            Self::ForwardBody(_) => "forward-body",
            Self::Cut { .. } => "cut",
            Self::CutConnection { .. } => "cut-connection",
            Self::LostAnswer { .. } => "lost-answer",
            Self::Reset { .. } => "reset",
            Self::Delay { .. } => "delay",
            Self::Hang {} => "hang",
            Self::SignatureAge { .. } => "signature-age",
        }
    }
}

impl ErrorAnswer {
    /// An error with a status of 400, named in body and header.
    #[must_use]
    pub fn new(name: &str, message: impl Into<String>) -> Self {
        Self {
            status: bad_request(),
            name: name.to_owned(),
            message: message.into(),
            body_type: true,
            header_type: true,
            retry_after_ms: None,
        }
    }
}

fn status<'de, D: serde::Deserializer<'de>>(source: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(source)?;
    if (200..=599).contains(&status) {
        return Ok(status);
    }
    let text = format!("{status} is no final HTTP status");
    Err(serde::de::Error::custom(text))
}

fn okay() -> u16 {
    200
}

fn bad_request() -> u16 {
    400
}

fn yes() -> bool {
    true
}

/// Ten years: what a clock can be wrong by.
const CLOCK_MS_MAX: i64 = 10 * 366 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        Plan::parse(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn an_empty_plan_is_a_plan() {
        let plan = Plan::parse(b"{}").unwrap();
        assert!(plan.queue.is_empty() && plan.random.is_none());
        assert!(plan.concerns(None) && plan.concerns(Some("PutRecords")));
    }

    #[test]
    fn every_kind_is_read_under_the_name_it_is_logged_by() {
        let faults = [
            r#"{"kind":"error","type":"X"}"#,
            r#"{"kind":"throttle"}"#,
            r#"{"kind":"expired-token"}"#,
            r#"{"kind":"records","indices":[0]}"#,
            r#"{"kind":"nulls"}"#,
            r#"{"kind":"body"}"#,
            r#"{"kind":"forward-body"}"#,
            r#"{"kind":"cut","bytes":1}"#,
            r#"{"kind":"cut-connection","bytes":1}"#,
            r#"{"kind":"lost-answer"}"#,
            r#"{"kind":"reset"}"#,
            r#"{"kind":"delay","ms":1}"#,
            r#"{"kind":"hang"}"#,
        ];
        for fault in faults {
            let plan = Plan::parse(format!(r#"{{"queue":[null,{fault}]}}"#).as_bytes()).unwrap();
            let name = plan.queue[1].as_ref().unwrap().kind.name();
            assert!(fault.starts_with(&format!(r#"{{"kind":"{name}""#)));
        }
    }

    #[test]
    fn any_fault_may_wait_first() {
        let plan = Plan::parse(br#"{"queue":[{"kind":"throttle","delayMs":7}]}"#).unwrap();
        assert_eq!(plan.queue[0].as_ref().unwrap().delay_ms, 7);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(refusal("{").contains("EOF"));
        assert!(refusal(r#"{"que":[]}"#).contains("unknown field `que`"));
        assert!(refusal(r#"{"queue":[{"kind":"trottle"}]}"#).contains("unknown variant `trottle`"));
        assert!(refusal(r#"{"queue":[{"kind":"throttle","ms":1}]}"#).contains("unknown field `ms`"));
        assert!(refusal(r#"{"queue":[{"kind":"error","type":"X","mesage":""}]}"#).contains("unknown field `mesage`"));
        assert!(refusal(r#"{"queue":[{"kind":"error"}]}"#).contains("missing field `type`"));
        assert!(refusal(r#"{"queue":[{"kind":"body","status":99}]}"#).contains("99"));
        assert!(refusal(r#"{"queue":[{"kind":"hang","delayMs":-1}]}"#).contains("delayMs"));
        assert!(refusal(r#"{"queue":[{"kind":"signature-age","message":""}]}"#).contains("unknown variant"));
        assert!(refusal(r#"{"queue":[{}]}"#).contains("missing field `kind`"));
        assert!(refusal(r#"{"operation":"PutRecord5"}"#).contains("PutRecord5"));
        assert!(refusal(r#"{"random":{"requestLost":5}}"#).contains("random.requestLost"));
        assert!(refusal(r#"{"random":{"lost":0}}"#).contains("unknown field `lost`"));
    }
}

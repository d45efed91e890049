//! What belongs to one access key: its plan, what is left of it, and the log of its requests.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;
use serde::Serialize;

use crate::call::Call;
use crate::plan::{ErrorAnswer, Fault, Kind, Plan};
use crate::random::Dice;
use crate::records;

/// The scopes, by access key id.
#[derive(Default)]
pub struct Scopes(Mutex<HashMap<String, Arc<Scope>>>);

impl Scopes {
    /// Begins a scope; an earlier one under this key is forgotten, log and all.
    pub fn put(&self, key: String, plan: Plan) {
        lock(&self.0).insert(key, Arc::new(Scope::new(plan)));
    }

    /// The scope of a key.
    pub fn get(&self, key: &str) -> Option<Arc<Scope>> {
        lock(&self.0).get(key).cloned()
    }

    /// Ends a scope: its requests pass and are not recorded.
    pub fn remove(&self, key: &str) {
        lock(&self.0).remove(key);
    }
}

/// One plan and what came of it.
pub struct Scope {
    plan: Plan,
    state: Mutex<State>,
}

struct State {
    queue: VecDeque<Option<Fault>>,
    dice: Dice,
    log: VecDeque<Seen>,
    /// How many were dropped from the log's front.
    dropped: usize,
}

/// A request, as the log shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    operation: Option<String>,
    content_type: Option<String>,
    bytes: usize,
    entries: Option<usize>,
    amz_date: Option<String>,
    has_token: bool,
    signed_headers: Option<String>,
    fault: Option<&'static str>,
    status: Option<u16>,
}

/// The place of a request in the log of its scope.
pub struct Place {
    scope: Arc<Scope>,
    number: usize,
}

impl Scope {
    fn new(plan: Plan) -> Self {
        let state = State {
            queue: plan.queue.clone().into(),
            dice: Dice::new(plan.random.as_ref().map_or(0, |random| random.seed)),
            log: VecDeque::new(),
            dropped: 0,
        };
        Self {
            plan,
            state: Mutex::new(state),
        }
    }

    /// The plan as it was put.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Writes a request into the log and says what happens to it: the refusal if there is one, else what is planned. Both in one step, so
    /// that the log has the order of the queue.
    pub fn admit(self: &Arc<Self>, call: &Call, refusal: Option<Fault>) -> (Place, Option<Fault>) {
        let mut seen = Seen::new(call);
        let refusal = refusal.or_else(|| self.refused(call));
        let mut state = lock(&self.state);
        let fault = refusal.or_else(|| state.planned(&self.plan, call.operation(), seen.entries));
        seen.fault = fault.as_ref().map(|fault| fault.kind.name());
        let number = state.record(seen);
        let scope = self.clone();
        (Place { scope, number }, fault)
    }

    fn refused(&self, call: &Call) -> Option<Fault> {
        let key = self.plan.refused_key.as_deref()?;
        let refusal = ErrorAnswer::new("InvalidArgumentException", "A record of this request is refused.");
        records::has_key(call, key).then(|| Kind::Error(refusal).into())
    }

    /// The requests so far, oldest first; of very many the last ones.
    pub fn log(&self) -> Vec<Seen> {
        lock(&self.state).log.iter().cloned().collect()
    }
}

impl State {
    fn planned(&mut self, plan: &Plan, operation: Option<&str>, entries: Option<usize>) -> Option<Fault> {
        if !plan.concerns(operation) {
            return None;
        }
        if let Some(planned) = self.queue.pop_front() {
            return planned;
        }
        self.dice.fault(plan.random.as_ref()?, entries)
    }

    fn record(&mut self, seen: Seen) -> usize {
        self.log.push_back(seen);
        if self.log.len() > LOG_MAX {
            self.log.pop_front();
            self.dropped += 1;
        }
        self.dropped + self.log.len() - 1
    }
}

impl Seen {
    fn new(call: &Call) -> Self {
        Self {
            operation: call.operation().map(str::to_owned),
            content_type: call.content_type().map(str::to_owned),
            bytes: call.body.len(),
            entries: call.entries(),
            amz_date: call.amz_date().map(str::to_owned),
            has_token: call.has_token(),
            signed_headers: call.signed_headers().map(str::to_owned),
            fault: None,
            status: None,
        }
    }
}

impl Place {
    /// Notes what was answered.
    pub fn answered(&self, status: StatusCode) {
        let mut state = lock(&self.scope.state);
        let index = self.number.checked_sub(state.dropped);
        if let Some(seen) = index.and_then(|index| state.log.get_mut(index)) {
            seen.status = Some(status.as_u16());
        }
    }
}

/// A panic of another request is its own: what it left here is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const LOG_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(plan: &str) -> Arc<Scope> {
        Arc::new(Scope::new(Plan::parse(plan.as_bytes()).unwrap()))
    }

    fn call(operation: &str) -> Call {
        let target = format!("Kinesis_20131202.{operation}");
        Call::test(&[("x-amz-target", &target)], "{}")
    }

    fn faults(scope: &Scope) -> Vec<Option<&'static str>> {
        scope.log().iter().map(|seen| seen.fault).collect()
    }

    #[test]
    fn the_queue_is_for_one_operation_and_then_all_pass() {
        let scope = scope(r#"{"operation":"PutRecords","queue":[{"kind":"reset"},null,{"kind":"hang"}]}"#);
        for operation in [
            "ListShards",
            "PutRecords",
            "PutRecords",
            "ListShards",
            "PutRecords",
            "PutRecords",
        ] {
            scope.admit(&call(operation), None);
        }
        assert_eq!(faults(&scope), [None, Some("reset"), None, None, Some("hang"), None]);
    }

    #[test]
    fn a_refused_request_takes_nothing_from_the_queue() {
        let scope = scope(r#"{"queue":[{"kind":"reset"}]}"#);
        let refusal = crate::plan::Kind::SignatureAge { message: String::new() };
        scope.admit(&call("PutRecords"), Some(refusal.into()));
        scope.admit(&call("PutRecords"), None);
        assert_eq!(faults(&scope), [Some("signature-age"), Some("reset")]);
    }

    #[test]
    fn the_log_keeps_the_last_requests_and_their_statuses() {
        let scope = scope("{}");
        let (first, _) = scope.admit(&call("ListShards"), None);
        let mut last = first;
        for _ in 0..LOG_MAX {
            last.answered(StatusCode::OK);
            last = scope.admit(&call("PutRecords"), None).0;
        }
        let log = scope.log();
        assert_eq!(log.len(), LOG_MAX);
        assert_eq!(log[0].operation.as_deref(), Some("PutRecords"));
        assert_eq!(log[LOG_MAX - 2].status, Some(200));
        assert_eq!(log[LOG_MAX - 1].status, None);
    }
}

//! Refusals of whole requests: what Kinesis says, and what that means for their entries.

use super::faults::OPERATOR_ERRORS;
use super::invariants::Invariants;
use super::kinesis::{Reply, refusal};
use super::request::Item;
use super::traffic::{ExchangeId, Fate};
use super::world::World;

/// Why Kinesis refuses a whole request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// One of its entries is at fault.
    Entry,
    /// Only the operator can repair the cause, and does.
    Operator,
    /// The cause is not repaired.
    Final,
}

impl World {
    /// Refuses a request as a whole, if there is a cause.
    pub(super) fn refuse(&mut self, id: ExchangeId) -> Option<Reply> {
        let exchange = self.exchanges.get_mut(&id)?;
        let poisoned = self.plan.faults.poisoned;
        let (cause, name) = if exchange.fate == Fate::Refused {
            (Cause::Final, "UnknownOperationException")
        } else if exchange.fate == Fate::OperatorError {
            (Cause::Operator, self.choices.pick(&OPERATOR_ERRORS))
        } else if let Some(name) = self.operator_error {
            (Cause::Operator, name)
        } else if exchange.items.iter().any(|item| item.is_poisoned(poisoned)) {
            (Cause::Entry, self.choices.pick(&VALIDATION_ERRORS))
        } else {
            return None;
        };
        exchange.refusal = Some(cause);
        let mut reply = refusal(name, "refused");
        if name.is_empty() {
            reply.status = 413;
        }
        self.say(format_args!("the server refuses it: {name}"));
        Some(reply)
    }
}

/// Whether a refusal fails the entries, and they are not sent again.
pub fn is_final(refusal: Option<Cause>, items: &[Item], invariants: &Invariants) -> bool {
    match (refusal, items) {
        (Some(Cause::Entry), [item]) => !invariants.records.unpack(item).1,
        (Some(Cause::Operator), _) => !invariants.retries_operator_errors(),
        (Some(Cause::Final), _) => true,
        (Some(Cause::Entry) | None, _) => false,
    }
}

/// What Kinesis says of a request with an entry that it does not accept. A proxy says HTTP 413 without a name.
const VALIDATION_ERRORS: [&str; 4] = [
    "InvalidArgumentException",
    "ValidationException",
    "SerializationException",
    "",
];

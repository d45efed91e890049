//! Access: whether the service lets this producer write. While it refuses for a cause that only the operator can repair
//! (keys, permissions, the stream), records wait as in an outage: one request at a time probes whether the cause is
//! repaired.

use crate::client::retry::{FailureClass, backoff_ms};
use crate::producer::permit::Permit;
use crate::random::Random;
use crate::time::UnixMs;

/// What is known of the access to the stream.
#[derive(Debug, Default)]
pub struct StreamAccess {
    /// Refusals in a row.
    refusals: u32,
    /// When one request may probe the access; `None` while the service accepts requests.
    probe_at: Option<UnixMs>,
}

impl StreamAccess {
    /// How many requests may be in flight at `now`.
    #[must_use]
    pub fn permit(&self, now: UnixMs) -> Permit {
        match self.probe_at {
            None => Permit::Any,
            Some(at) if now < at => Permit::NoneUntil(at),
            Some(_) => Permit::One,
        }
    }

    /// A request was refused. Returns when the next one may be sent. Requests that were in flight together count as
    /// one.
    pub fn handle_operator_error(&mut self, now: UnixMs, random: &mut Random) -> UnixMs {
        if let Permit::NoneUntil(at) = self.permit(now) {
            return at;
        }
        let wait_ms = backoff_ms(FailureClass::Throttle, self.refusals, None, random);
        // At least 1 ms later, so that other requests that were in flight count as the same refusal.
        let at = now + 1 + i64::from(wait_ms);
        self.refusals = self.refusals.saturating_add(1);
        self.probe_at = Some(at);
        at
    }

    /// The service has stored a record.
    pub fn handle_success(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_hold_all_requests_ever_longer_until_one_succeeds() {
        let (mut access, mut random) = (StreamAccess::default(), Random::new(1));
        let mut now = 0;
        assert_eq!(access.permit(now), Permit::Any);
        for _ in 0..20 {
            let at = access.handle_operator_error(now, &mut random);
            assert_eq!(access.permit(now), Permit::NoneUntil(at));
            assert_eq!(access.handle_operator_error(now, &mut random), at);
            assert!(at - now <= 20_001);
            now = at;
            assert_eq!(access.permit(now), Permit::One);
        }
        assert!(now > 60_000);
        access.handle_success();
        assert_eq!(access.permit(now), Permit::Any);
    }
}

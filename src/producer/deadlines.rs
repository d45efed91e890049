//! What time does: expiry, and when to wake up next.

use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::connectivity::{OnlineMs, Permit};
use crate::producer::entry::Entry;
use crate::producer::record_account::Landed;
use crate::text::text;
use crate::time::UnixMs;

impl Producer {
    pub(super) fn expire(&mut self, now: UnixMs) {
        let time = self.online.time(now);
        if self.collector.first_expiry().is_some_and(|at| at <= time) {
            self.close_aggregates();
        }
        while let Some(entry) = self.queue.pop_expired(time) {
            self.give_up(entry, Code::Expired);
        }
        let is_past = |(entry, _): &(Entry, Landed)| entry.expires_at <= time;
        while let Some(index) = self.held.iter().position(is_past) {
            let (entry, _) = self.held.remove(index);
            self.give_up(entry, Code::Expired);
        }
        while self.unrouted.front().is_some_and(|waiting| waiting.expires_at <= time) {
            if let Some(entry) = self.unrouted.pop_front() {
                // It is in no lane yet.
                let code = Code::Expired;
                let message = text![
                    "not delivered within ",
                    self.options.record_ttl_ms,
                    " ms (recordTtlMs): the shards could not be listed"
                ];
                self.ledger.settle(entry, Err(Error::new(code, message)));
            }
        }
    }

    pub(super) fn first_expiry(&self) -> Option<OnlineMs> {
        let unrouted = self.unrouted.front().map(|waiting| waiting.expires_at);
        let held = self.held.iter().map(|(entry, _)| entry.expires_at).min();
        [self.queue.first_expiry(), self.collector.first_expiry(), unrouted, held]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn wakes_at(&self, now: UnixMs) -> UnixMs {
        let mut at = UnixMs::MAX;
        let mut also = |time: Option<UnixMs>| at = at.min(time.unwrap_or(UnixMs::MAX));
        also(self.flights.iter().map(|flight| flight.deadline).min());
        also(self.provider.deadline);
        also(self.first_expiry().map(|time| self.online.when(time)));
        if let Permit::NoneUntil(until) = self.online.permit(now) {
            also(Some(until));
        } else if self.lacks_credentials(now) {
            also(Some(self.provider.not_before));
        }
        // What could not be sent now is no reason to wake up.
        if self.may_send(now) {
            also(self.queue.next_wake());
            also(self.due);
            also(self.shards.wanted_at().filter(|_| self.needs_shards()));
        }
        at.max(now + 1)
    }

    /// When a request or a question that starts now counts as lost, if nobody reports before.
    pub(super) fn deadline(&self, now: UnixMs) -> UnixMs {
        now + i64::from(self.options.request_timeout_ms) + TIMEOUT_GRACE_MS
    }
}

/// The host reports a time-out by itself; where it has died with whoever awaited it, this is how much later it is known.
const TIMEOUT_GRACE_MS: i64 = 1000;

//! Deadlines: which records have expired, and when the producer has to be polled next.

use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::connectivity::OnlineTime;
use crate::producer::entry::Entry;
use crate::producer::permit::Permit;
use crate::producer::settlement::Placement;
use crate::text::text;
use crate::time::UnixMs;

impl Producer {
    /// Settles the entries that have passed their time to live. An entry in `KeyQueues` expires only when the entry
    /// before it has settled.
    pub(super) fn expire(&mut self, now: UnixMs) {
        let online_now = self.connectivity.online_time(now);
        if self.aggregator.first_expiry().is_some_and(|at| at <= online_now) {
            self.close_aggregates();
        }
        let mut expired = self.queue.take_expired(online_now);
        // They are taken from the end, and settle in the order of the queue.
        expired.reverse();
        while let Some(entry) = expired.pop() {
            // With ordering the next entry of the key may have expired too.
            for next in self.give_up(entry, Code::Expired) {
                if next.expiry <= online_now {
                    expired.push(next);
                } else {
                    self.queue.push_ahead(next);
                }
            }
        }
        let is_past = |(entry, _): &(Entry, Placement)| entry.expiry <= online_now;
        while let Some(index) = self.pending_placements.iter().position(is_past) {
            let (entry, _) = self.pending_placements.remove(index);
            let released = self.give_up(entry, Code::Expired);
            self.queue.push_all_ahead(released);
        }
        let is_past = |entry: &Entry| entry.expiry <= online_now;
        while let Some(index) = self.unrouted.iter().position(is_past) {
            if let Some(entry) = self.unrouted.remove(index) {
                let error = self.listing_error();
                self.count_and_settle(entry, Err(error));
            }
        }
    }

    /// The error of a record that has expired before its shard was known.
    fn listing_error(&self) -> Error {
        let last = self.shards.last_error();
        let why = last.map_or_else(String::new, |error| text!["; the last attempt: ", error.message]);
        let message = text![
            "not delivered within ",
            self.options.record_ttl_ms,
            " ms (recordTtlMs): the shards could not be listed",
            why
        ];
        let mut error = Error::new(Code::Expired, message);
        if let Some(last) = last {
            error.copy_service_details(last);
        }
        error
    }

    /// When the first entry that is not in flight expires, in time spent online, without those in `KeyQueues`.
    pub(super) fn first_expiry(&self) -> Option<OnlineTime> {
        let unrouted = self.unrouted.iter().map(|waiting| waiting.expiry).min();
        let pending = self.pending_placements.iter().map(|(entry, _)| entry.expiry).min();
        [
            self.queue.first_expiry(),
            self.aggregator.first_expiry(),
            unrouted,
            pending,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When a poll will have something to do, if nothing else happens before.
    pub(super) fn next_poll_at(&self, now: UnixMs) -> UnixMs {
        let mut at = UnixMs::MAX;
        let mut consider = |time: Option<UnixMs>| at = at.min(time.unwrap_or(UnixMs::MAX));
        consider(self.in_flight.iter().map(|sent| sent.deadline).min());
        consider(self.provider.deadline);
        consider(
            self.first_expiry()
                .map(|time| self.connectivity.when_online_time_is(time)),
        );
        if let Permit::NoneUntil(until) = self.permit(now) {
            consider(Some(until).filter(|_| !self.unsettled.is_empty()));
        } else if self.lacks_credentials(now) {
            consider(Some(self.provider.not_before));
        }
        // Ready records need a poll only if a request may be sent. Otherwise the event that permits sending causes the
        // poll.
        if self.may_send(now) {
            consider(self.queue.next_delay_end());
            consider(self.linger_deadline);
            consider(self.shards.wanted_at().filter(|_| self.needs_shards()));
        }
        at.max(now + 1)
    }

    /// The deadline of a request, or of a call of the credentials provider, that starts at `now`.
    pub(super) fn request_deadline(&self, now: UnixMs) -> UnixMs {
        now + i64::from(self.options.request_timeout_ms) + TIMEOUT_GRACE_MS
    }
}

/// The host enforces `request_timeout_ms` itself. If it was terminated and reports nothing, the request fails this much
/// later.
const TIMEOUT_GRACE_MS: i64 = 1000;

//! Retries: whether an entry is sent again, and when. `client/retry.rs` says which exceptions are worth it.

use crate::client::retry::{FailureClass, backoff_ms};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::time::UnixMs;

/// Why an attempt to send entries has failed.
#[derive(Clone, Copy)]
pub(super) struct AttemptFailure<'a> {
    pub(super) class: FailureClass,
    pub(super) error: &'a Error,
    /// The wait that the server asks for.
    pub(super) server_wait_ms: Option<u32>,
}

impl<'a> AttemptFailure<'a> {
    /// A failure without a wait that the server asks for.
    pub(super) fn new(class: FailureClass, error: &'a Error) -> Self {
        Self {
            class,
            error,
            server_wait_ms: None,
        }
    }
}

impl Producer {
    /// Sends an entry again, at once or after a backoff, or settles it as failed.
    pub(super) fn retry(
        &mut self,
        now: UnixMs,
        mut entry: Entry,
        failure: AttemptFailure,
        backoffs: &mut ResponseBackoffs,
    ) {
        let may_wait_for_operator = self.may_wait_for_operator(failure.class);
        if may_wait_for_operator {
            entry.uncount_attempt();
        }
        if failure.class.is_final() && !may_wait_for_operator {
            let mut error = failure.error.clone();
            error.attempts = Some(entry.attempts);
            self.settle(entry, Err(error));
            return;
        }
        entry.last_error = Some(Box::new(failure.error.clone()));
        if let Some(limit) = self.exceeded_limit(now, &entry) {
            self.note_throttle(&entry, failure, 0);
            let released = self.give_up(entry, limit);
            self.queue.push_all_ahead(released);
            return;
        }
        let until = self
            .retry_at(now, &entry, failure, backoffs)
            .min(self.connectivity.when_online_time_is(entry.expiry));
        let count = entry.records.count() as u64;
        self.stats.records_retried += count;
        self.note_throttle(&entry, failure, until - now);
        self.observations.add_retry(count, until - now, failure.error);
        self.queue_again(
            now,
            entry,
            until,
            may_wait_for_operator || failure.class == FailureClass::Throttle,
        );
    }

    /// The limit that ends the retries of an entry, if it has reached one: its attempts or its time to live.
    fn exceeded_limit(&self, now: UnixMs, entry: &Entry) -> Option<Code> {
        if entry.attempts >= self.options.record_attempts_max {
            Some(Code::Attempts)
        } else if entry.expiry <= self.connectivity.online_time(now) {
            Some(Code::Expired)
        } else {
            None
        }
    }

    /// When an entry may be sent again.
    fn retry_at(
        &mut self,
        now: UnixMs,
        entry: &Entry,
        failure: AttemptFailure,
        backoffs: &mut ResponseBackoffs,
    ) -> UnixMs {
        let AttemptFailure {
            class, server_wait_ms, ..
        } = failure;
        let random = &mut self.client.random;
        if class == FailureClass::Operator {
            return self.access.handle_operator_error(now, random);
        }
        let earlier_failures = entry.attempts.saturating_sub(1);
        let draw = || backoff_ms(class, earlier_failures, server_wait_ms, random);
        now + i64::from(backoffs.wait_ms(class, earlier_failures, draw))
    }

    /// Counts and reports the records of an entry that was throttled. `wait_ms` is 0 where they are given up.
    fn note_throttle(&mut self, entry: &Entry, failure: AttemptFailure, wait_ms: i64) {
        if failure.class == FailureClass::Throttle {
            let count = entry.records.count() as u64;
            self.stats.records_throttled += count;
            self.observations.add_throttle(count, wait_ms, failure.error);
        }
    }

    /// Whether entries that have failed with this class wait until the operator has repaired the cause.
    pub(super) fn may_wait_for_operator(&self, class: FailureClass) -> bool {
        class == FailureClass::Operator && self.retries_operator_errors()
    }

    /// Queues an entry to be sent again at `until`. With ordering it queues the first entry of the same group key
    /// instead, or none while others of that key are in flight. With `keeps_delay_at_page_close` the entry waits until
    /// `until` even if the page is closed earlier.
    fn queue_again(&mut self, now: UnixMs, entry: Entry, until: UnixMs, keeps_delay_at_page_close: bool) {
        let Some(entry) = self.requeue_in_order(entry) else {
            return;
        };
        if until == now {
            self.queue.push_ahead(entry);
            return;
        }
        self.queue.delay(entry, until, keeps_delay_at_page_close);
    }

    /// Returns the entry that is to be sent in place of one that was not delivered: itself or, with ordering, the first
    /// of its group key, among whose entries it is put back. `None` while others of that key are in flight: when the
    /// last of them has failed or settled, the first is queued.
    pub(super) fn requeue_in_order(&mut self, entry: Entry) -> Option<Entry> {
        if self.options.ordered {
            return self.key_queues.requeue(entry);
        }
        Some(entry)
    }

    /// Whether a record that is refused for a cause that only the operator can repair is sent again, rather than fail.
    fn retries_operator_errors(&self) -> bool {
        self.options.retries_operator_errors || self.stats.records_delivered > 0
    }

    /// Sends the entries of a request that was refused as a whole again, in requests of half as many entries. Repeated
    /// refusals end with the entry at fault alone in a request. The refusal does not count as an attempt. A refused
    /// aggregate is replaced with its records.
    pub(super) fn retry_in_halves(&mut self, now: UnixMs, entries: Vec<Entry>, error: &Error) {
        let half = entries.len().div_ceil(2);
        let is_alone = entries.len() == 1;
        let mut backoffs = ResponseBackoffs::default();
        for mut entry in entries {
            entry.uncount_attempt();
            if is_alone {
                entry.last_error = Some(Box::new(error.clone()));
                self.split(&entry);
            } else {
                entry.batch_entries_max = half;
                self.retry(
                    now,
                    entry,
                    AttemptFailure::new(FailureClass::Immediate, error),
                    &mut backoffs,
                );
            }
        }
    }
}

/// The backoff of each class and number of failures within one response. Entries that failed alike wait equally long,
/// so that they go into one request again.
#[derive(Default)]
pub(super) struct ResponseBackoffs(Vec<(FailureClass, u32, u32)>);

impl ResponseBackoffs {
    /// The backoff in milliseconds, drawn once for each class and number of failures.
    fn wait_ms(&mut self, class: FailureClass, failures: u32, draw: impl FnOnce() -> u32) -> u32 {
        let drawn = self.0.iter().find(|wait| (wait.0, wait.1) == (class, failures));
        if let Some((_, _, wait_ms)) = drawn {
            return *wait_ms;
        }
        let wait_ms = draw();
        self.0.push((class, failures, wait_ms));
        wait_ms
    }
}

#[cfg(test)]
mod tests;

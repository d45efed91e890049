//! Retries: whether an entry is sent again, and when. `client/retry.rs` says which exceptions are worth it.

use crate::client::retry::{Class, backoff_ms};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::time::UnixMs;

impl Producer {
    /// Sends an entry again, at once or after a backoff, or settles it as failed.
    pub(super) fn retry(
        &mut self,
        now: UnixMs,
        mut entry: Entry,
        class: Class,
        server_wait_ms: Option<u32>,
        error: &Error,
        backoffs: &mut Backoffs,
    ) {
        let count = entry.records.count() as u64;
        let is_throttle = class == Class::Throttle;
        if is_throttle {
            self.account.stats.records_throttled += count;
        }
        entry.last_error = Some(Box::new(error.clone()));
        let waits_for_operator = class == Class::Operator && self.retries_operator_errors();
        if waits_for_operator {
            entry.attempts -= 1;
        }
        let is_expired = entry.expires_at <= self.connectivity.time(now);
        if is_throttle && (entry.attempts >= self.options.record_attempts_max || is_expired) {
            self.observations.add(true, count, 0, error);
        }
        if class.is_final() && !waits_for_operator {
            let mut error = error.clone();
            error.attempts = Some(entry.attempts);
            self.settle(entry, Err(error));
        } else if entry.attempts >= self.options.record_attempts_max {
            self.give_up(entry, Code::Attempts);
        } else if is_expired {
            self.give_up(entry, Code::Expired);
        } else {
            self.account.stats.records_retried += count;
            let failures = entry.attempts.saturating_sub(1);
            let random = &mut self.client.random;
            let until = if waits_for_operator {
                self.access.handle_refusal(now, random)
            } else {
                now + i64::from(
                    backoffs.wait_ms(class, failures, || backoff_ms(class, failures, server_wait_ms, random)),
                )
            };
            if is_throttle {
                self.observations.add(true, count, until - now, error);
            }
            self.observations.add(false, count, until - now, error);
            self.queue_again(now, entry, until, waits_for_operator || is_throttle);
        }
    }

    /// Queues an entry that may be sent again at `until`, with ordering the first of its key. `even_at_keepalive` says
    /// that it waits until then even where the page ends.
    fn queue_again(&mut self, now: UnixMs, entry: Entry, until: UnixMs, even_at_keepalive: bool) {
        let Some(entry) = self.first_to_send_again(entry) else {
            return;
        };
        if until == now {
            self.queue.push_retry(entry);
            return;
        }
        let until = until.min(self.connectivity.when(entry.expires_at));
        if even_at_keepalive {
            self.queue.delay_even_at_keepalive(entry, until);
        } else {
            self.queue.delay(entry, until);
        }
    }

    /// The entry itself, or with ordering the first of its key, unless others of the key are in flight still.
    pub(super) fn first_to_send_again(&mut self, entry: Entry) -> Option<Entry> {
        if self.options.ordered {
            return self.key_queues.requeue(entry);
        }
        Some(entry)
    }

    /// Whether a record that is refused for a cause that only the operator can repair is sent again, rather than fail.
    pub(super) fn retries_operator_errors(&self) -> bool {
        self.options.retries_operator_errors || self.account.stats.records_delivered > 0
    }

    /// Sends the entries of a request that was refused as a whole again in smaller ones, until the one at fault stands
    /// alone. The refusal counts for none of them as an attempt. A refused aggregate is replaced with its records.
    pub(super) fn halve(&mut self, now: UnixMs, entries: Vec<Entry>, error: &Error) {
        let half = entries.len().div_ceil(2);
        let is_alone = entries.len() == 1;
        let mut backoffs = Backoffs::default();
        for mut entry in entries {
            entry.attempts -= 1;
            if is_alone {
                entry.last_error = Some(Box::new(error.clone()));
                self.split(&entry);
            } else {
                entry.request_records_max = half;
                self.retry(now, entry, Class::Immediate, None, error, &mut backoffs);
            }
        }
    }
}

/// The backoff of each class and number of failures within one response. Entries that failed alike wait equally long,
/// so that they go into one request again.
#[derive(Default)]
pub(super) struct Backoffs(Vec<(Class, u32, u32)>);

impl Backoffs {
    /// The backoff in milliseconds, drawn once for each class and number of failures.
    fn wait_ms(&mut self, class: Class, failures: u32, draw: impl FnOnce() -> u32) -> u32 {
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

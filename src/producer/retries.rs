//! Whether an entry is sent again, and when.

use crate::client::retry::{Class, backoff_ms};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::record_account::Landed;
use crate::text::text;
use crate::time::UnixMs;

impl Producer {
    /// Decides whether an entry is sent again, and when.
    pub(super) fn retry(
        &mut self,
        now: UnixMs,
        mut entry: Entry,
        class: Class,
        server_wait_ms: Option<u32>,
        error: &Error,
        waits: &mut Waits,
    ) {
        let count = entry.records.count() as u64;
        if class == Class::Throttle {
            self.ledger.stats.records_throttled += count;
        }
        entry.last_error = Some(Box::new(error.clone()));
        if class == Class::Never {
            let mut error = error.clone();
            error.attempts = Some(entry.attempts);
            self.settle(entry, Err(error));
        } else if entry.attempts >= self.options.record_attempts_max {
            self.give_up(entry, Code::Attempts);
        } else if entry.expires_at <= self.online.time(now) {
            self.give_up(entry, Code::Expired);
        } else {
            self.ledger.stats.records_retried += count;
            let failures = entry.attempts.saturating_sub(1);
            let random = &mut self.client.random;
            let wait_ms = waits.wait_ms(class, failures, || backoff_ms(class, failures, server_wait_ms, random));
            if wait_ms == 0 {
                self.queue.put_back(entry);
            } else {
                let until = now + i64::from(wait_ms);
                let until = until.min(self.online.when(entry.expires_at));
                self.queue.postpone(entry, until);
            }
        }
    }

    pub(super) fn settle(&mut self, entry: Entry, outcome: Result<Landed, Error>) {
        let lane = entry.lane;
        self.ledger.settle(entry, outcome);
        if self.options.ordered {
            // These have lingered already.
            for next in self.lanes.leave(lane) {
                self.queue.put_back(next);
            }
        }
    }

    #[allow(clippy::assigning_clones)] // `clone_from` would be code of its own
    pub(super) fn give_up(&mut self, entry: Entry, code: Code) {
        let attempts = entry.attempts;
        let last = entry.last_error.as_deref();
        let why = last.map_or_else(String::new, |error| text!["; the last try: ", error.message]);
        let limit = if code == Code::Expired {
            let ttl_ms = self.options.record_ttl_ms;
            text!["not delivered within ", ttl_ms, " ms (recordTtlMs)"]
        } else {
            text!["not delivered in ", attempts, " tries (recordAttemptsMax)"]
        };
        let mut error = Error::new(code, limit + &why);
        if let Some(last) = last {
            error.name = last.name.clone();
            error.status = last.status;
            error.request_id = last.request_id.clone();
        }
        error.attempts = Some(attempts);
        self.settle(entry, Err(error));
    }

    /// Everything that is not under way fails for one reason.
    pub(super) fn give_up_all(&mut self, error: &Error) {
        self.route_all_by_key();
        self.close_aggregates();
        self.queue.wake(UnixMs::MAX);
        while let Some(entry) = self.queue.pop() {
            self.settle(entry, Err(error.clone()));
        }
    }
}

/// The waits drawn for one answer: entries that failed together wait together, so that they are sent together.
#[derive(Default)]
pub(super) struct Waits(Vec<(Class, u32, u32)>);

impl Waits {
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

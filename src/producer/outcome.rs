//! From answers to settlements and further tries.

use super::Producer;
use crate::api::encoding::as_json;
use crate::api::response::Answer;
use crate::api::results::{EntryResult, read_results};
use crate::client::clock::UnixMs;
use crate::client::retry::{Class, backoff_ms, classify};
use crate::error::{Code, Error};
use crate::producer::entry::Entry;
use crate::producer::in_flight::{Cargo, Flight};
use crate::producer::record_account::Landed;
use crate::text::text;

impl Producer {
    pub(super) fn read_results(&mut self, now: UnixMs, flight: Flight, answer: Answer) {
        let Cargo::Entries(entries) = flight.cargo else {
            return;
        };
        let json = as_json(answer.body);
        let Ok(results) = read_results(&json, entries.len()) else {
            let error = answer.unreadable();
            self.ledger.stats.requests_failed += 1;
            self.return_entries(now, entries, Class::Transient, None, &error);
            return;
        };
        let mut waits = Waits::default();
        for (entry, result) in entries.into_iter().zip(results) {
            match result {
                EntryResult::Stored {
                    shard_id,
                    sequence_number,
                } => {
                    let landed = Landed {
                        shard_id: shard_id.into_owned(),
                        sequence_number: sequence_number.into_owned(),
                    };
                    self.check_landing(now, entry, landed);
                }
                EntryResult::Failed { code, message } => {
                    let class = classify(0, &code, &message);
                    let mut error = Error::new(Code::Service, message.into_owned());
                    error.name = Some(code.into_owned());
                    error.status = Some(answer.status);
                    error.request_id = answer.request_id.map(str::to_owned);
                    self.retry(now, entry, class, None, &error, &mut waits);
                }
            }
        }
    }

    /// The whole request has failed.
    pub(super) fn return_cargo(
        &mut self,
        now: UnixMs,
        flight: Flight,
        class: Class,
        server_wait_ms: Option<u32>,
        error: &Error,
    ) {
        match flight.cargo {
            Cargo::Entries(entries) => {
                self.return_entries(now, entries, class, server_wait_ms, error);
            }
            Cargo::Shards(_) if class == Class::Never => {
                self.shards.handle_refusal();
                self.close_aggregates();
                self.lanes.raise_barrier();
                self.route_all_by_key();
                self.due.get_or_insert(now);
                self.judge_held(now);
            }
            Cargo::Shards(_) => {
                let wait_ms = backoff_ms(Class::Throttle, 0, server_wait_ms, &mut self.client.random);
                self.shards.handle_failure(now + i64::from(wait_ms));
            }
        }
    }

    pub(super) fn return_entries(
        &mut self,
        now: UnixMs,
        entries: Vec<Entry>,
        class: Class,
        server_wait_ms: Option<u32>,
        error: &Error,
    ) {
        let mut waits = Waits::default();
        for entry in entries {
            self.retry(now, entry, class, server_wait_ms, error, &mut waits);
        }
    }

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

//! From a response, or a failure, to the next step of each entry.

use crate::api::Response;
use crate::api::encoding::as_json;
use crate::api::entry_result::{EntryResult, read_results};
use crate::client::retry::{Class, backoff_ms, classify};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::in_flight::{Cargo, Flight, RequestId};
use crate::producer::record_account::Landed;
use crate::producer::retries::Waits;
use crate::text::text;
use crate::time::UnixMs;

impl Producer {
    /// The answer to a request has arrived in full.
    pub fn handle_answer(&mut self, now: UnixMs, id: RequestId, answer: Response) {
        let Some(flight) = self.land(id) else {
            return;
        };
        self.online.handle_answer(now);
        flight.signed.observe_server_time(&mut self.client, &answer, now);
        if answer.is_success() {
            match flight.cargo {
                Cargo::Entries(_) => self.read_results(now, flight, answer),
                Cargo::Shards(_) => self.read_shards(now, flight, answer),
            }
            return;
        }
        self.ledger.stats.requests_failed += 1;
        let (class, error) = flight.signed.diagnose(&mut self.client, &answer, now);
        self.return_cargo(now, flight, class, answer.retry_after_ms, &error);
    }

    /// A request, or its answer, was lost.
    pub fn handle_failure(&mut self, now: UnixMs, id: RequestId, error: &Error) {
        let Some(mut flight) = self.land(id) else {
            return;
        };
        self.ledger.stats.requests_failed += 1;
        if error.status.is_some() {
            // The answer broke off, but there was one.
            self.online.handle_answer(now);
        }
        if self
            .online
            .handle_failure(now, flight.signed.at, &mut self.client.random)
        {
            self.return_cargo(now, flight, Class::Transient, None, error);
            return;
        }
        if let Cargo::Entries(entries) = &mut flight.cargo {
            for entry in entries {
                entry.attempts -= 1;
            }
        }
        self.return_cargo(now, flight, Class::Immediate, None, error);
    }

    pub(super) fn give_up_late_requests(&mut self, now: UnixMs) {
        while let Some(flight) = self.flights.iter().find(|flight| flight.deadline <= now) {
            let message = text![
                "no answer within ",
                self.options.request_timeout_ms,
                " ms (requestTimeoutMs)"
            ];
            let mut error = Error::new(Code::Timeout, message);
            error.name = Some("TimeoutError".to_owned());
            self.handle_failure(now, flight.id, &error);
        }
    }

    pub(super) fn read_results(&mut self, now: UnixMs, flight: Flight, answer: Response) {
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
}

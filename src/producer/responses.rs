//! Responses and failures: which entries are stored, and which are sent again.

use crate::api::Response;
use crate::api::encoding::as_json;
use crate::api::entry_result::{EntryResult, parse_entry_results};
use crate::client::retry::{ACCESS_DENIED, FailureClass, classify_entry};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::in_flight::{InFlightRequest, Purpose, RequestId};
use crate::producer::retries::{AttemptFailure, ResponseBackoffs};
use crate::producer::settlement::Placement;
use crate::producer::shard_listing::REFUSED_LISTING_INTERVAL_MS;
use crate::text::text;
use crate::time::UnixMs;

impl Producer {
    /// The response to a request has arrived completely.
    pub fn handle_response(&mut self, now: UnixMs, id: RequestId, response: Response) {
        let Some(sent) = self.finish_request(id) else {
            return;
        };
        self.connectivity.handle_response(now, sent.signing_context.signed_at);
        sent.signing_context.adjust_clock(&mut self.client, &response, now);
        if response.is_success() {
            match sent.purpose {
                Purpose::Entries(entries) => self.apply_entry_results(now, entries, &response),
                Purpose::Shards(pages) => self.apply_shard_page(now, &sent.request, pages, &response),
            }
            return;
        }
        self.stats.requests_failed += 1;
        let (class, error) = sent.signing_context.diagnose(&mut self.client, &response, now);
        // Records are sent all the same where the list of shards is refused again.
        if !(matches!(sent.purpose, Purpose::Shards(_)) && self.shards.is_listing_refused()) {
            self.failures.add(error.clone());
        }
        let failure = AttemptFailure {
            class,
            error: &error,
            server_wait_ms: response.retry_after_ms,
        };
        self.fail_request(now, sent, failure);
    }

    /// A request or its response was lost. This counts as an attempt only where something has got through meanwhile:
    /// another response, or the status of this one.
    pub fn handle_failure(&mut self, now: UnixMs, id: RequestId, error: &Error) {
        let Some(mut sent) = self.finish_request(id) else {
            return;
        };
        self.stats.requests_failed += 1;
        self.failures.add(error.clone());
        if error.status.is_some() {
            // The status arrived, so the connection works.
            self.connectivity.handle_response(now, sent.signing_context.signed_at);
        }
        let counts_as_attempt =
            self.connectivity
                .handle_failure(now, sent.signing_context.signed_at, &mut self.client.random);
        if error.code == Code::Timeout {
            send_in_halves(&mut sent);
        }
        if counts_as_attempt {
            self.fail_request(now, sent, AttemptFailure::new(FailureClass::Transient, error));
            return;
        }
        if let Purpose::Entries(entries) = &mut sent.purpose {
            for entry in entries {
                entry.uncount_attempt();
            }
        }
        // The entries are ready at once; the next request waits for the `probe_at` of `Connectivity`.
        self.fail_request(now, sent, AttemptFailure::new(FailureClass::Immediate, error));
    }

    /// Fails the requests that have passed their deadline.
    pub(super) fn time_out_requests(&mut self, now: UnixMs) {
        while let Some(sent) = self.in_flight.iter().find(|sent| sent.deadline <= now) {
            let message = text![
                "no response within ",
                self.options.request_timeout_ms,
                " ms (requestTimeoutMs)"
            ];
            let mut error = Error::new(Code::Timeout, message);
            error.name = Some("TimeoutError".to_owned());
            self.handle_failure(now, sent.id, &error);
        }
    }

    /// Settles or retries each entry by its result in the response to `PutRecords`.
    fn apply_entry_results(&mut self, now: UnixMs, entries: Vec<Entry>, response: &Response) {
        let json = as_json(response.body);
        let Ok(results) = parse_entry_results(&json, entries.len()) else {
            let error = response.unreadable_body_error();
            self.stats.requests_failed += 1;
            self.failures.add(error.clone());
            self.retry_all(now, entries, AttemptFailure::new(FailureClass::Transient, &error));
            return;
        };
        let mut backoffs = ResponseBackoffs::default();
        let (mut is_any_stored, mut first_error) = (false, None);
        for (entry, result) in entries.into_iter().zip(results) {
            match result {
                EntryResult::Stored {
                    shard_id,
                    sequence_number,
                } => {
                    is_any_stored = true;
                    self.access.handle_success();
                    let placement = Placement {
                        shard_id: shard_id.into_owned(),
                        sequence_number: sequence_number.into_owned(),
                    };
                    self.check_placement(now, entry, placement);
                }
                EntryResult::Failed { code, message } => {
                    let class = classify_entry(&code, &message);
                    let error = entry_error(code.into_owned(), message.into_owned(), response);
                    self.retry(now, entry, AttemptFailure::new(class, &error), &mut backoffs);
                    first_error.get_or_insert(error);
                }
            }
        }
        self.note_results(is_any_stored, first_error);
    }

    /// Adds the results of one response to the failures. All failed entries of a response count as one failure. If an
    /// entry was stored, the count of failures in a row starts again at 0.
    fn note_results(&mut self, is_any_stored: bool, failure: Option<Error>) {
        if let Some(error) = failure {
            self.failures.add(error);
        }
        if is_any_stored {
            self.failures.end_failures_in_a_row();
        }
    }

    /// Handles the failure of a whole request.
    pub(super) fn fail_request(&mut self, now: UnixMs, sent: InFlightRequest, failure: AttemptFailure) {
        match sent.purpose {
            Purpose::Entries(entries) => {
                if failure.class == FailureClass::BadRequest && (entries.len() > 1 || entries[0].is_aggregate) {
                    self.retry_in_halves(now, entries, failure.error);
                } else {
                    self.retry_all(now, entries, failure);
                }
            }
            Purpose::Shards(_) if self.ends_listing(failure) => self.route_without_shards(now),
            Purpose::Shards(_) => self.retry_listing(now, failure.server_wait_ms, failure.error),
        }
    }

    /// Whether records do without a list of shards: it is not permitted, or would fail again. Other faults that only
    /// the operator can repair concern the records as well: then the list is requested again, as the records are sent
    /// again.
    fn ends_listing(&self, AttemptFailure { class, error, .. }: AttemptFailure) -> bool {
        let is_permission = error.name.as_deref() == Some(ACCESS_DENIED);
        class.is_final() && (!self.may_wait_for_operator(class) || is_permission)
    }

    /// Does without a list of shards for some minutes: each record becomes an entry by itself, without aggregation.
    fn route_without_shards(&mut self, now: UnixMs) {
        let was_refused = self.shards.is_listing_refused();
        self.shards.note_listing_refused(now + REFUSED_LISTING_INTERVAL_MS);
        if was_refused {
            return;
        }
        self.close_aggregates();
        self.key_queues.hold_later_entries();
        self.route_all_by_key();
        // They have waited for the list, and are due at once.
        self.linger_deadline.get_or_insert(now);
        self.resolve_placements(now);
    }

    /// Retries the entries of a request that has failed as a whole.
    fn retry_all(&mut self, now: UnixMs, entries: Vec<Entry>, failure: AttemptFailure) {
        let mut backoffs = ResponseBackoffs::default();
        for entry in entries {
            self.retry(now, entry, failure, &mut backoffs);
        }
    }
}

/// The error of one entry of a response.
fn entry_error(code: String, message: String, response: &Response) -> Error {
    let mut error = Error::new(Code::Service, message);
    error.name = Some(code);
    error.status = Some(response.status);
    error.request_id = response.request_id.map(str::to_owned);
    error
}

/// Makes the entries of a request go into requests of half as many: the connection may be too slow for one of this size
/// within `requestTimeoutMs`, which would otherwise be sent again and again. Small requests stay as they are, because
/// they time out for other reasons.
fn send_in_halves(sent: &mut InFlightRequest) {
    let Purpose::Entries(entries) = &mut sent.purpose else {
        return;
    };
    if entries.iter().map(Entry::bytes).sum::<usize>() <= SLOW_REQUEST_BYTES_MIN {
        return;
    }
    let half = entries.len().div_ceil(2);
    for entry in entries {
        entry.batch_entries_max = half;
    }
}

/// A request of at most this many bytes of data and keys does not become smaller when it times out.
const SLOW_REQUEST_BYTES_MIN: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::Step;
    use crate::producer::options::Options;
    use crate::producer::testing::{NOW, options, producer, put, respond};

    /// Delivers over a connection of so many bytes each millisecond. Returns how many requests that took.
    fn deliver(producer: &mut Producer, bytes_per_ms: i64) -> usize {
        let timeout_ms = 10_000;
        let (mut now, mut requests) = (NOW, 0);
        while !producer.unsettled.is_empty() && requests < 200 {
            match producer.poll(now) {
                Step::Send(id) => {
                    requests += 1;
                    let body = String::from_utf8(producer.body(id).unwrap().to_vec()).unwrap();
                    producer.sign(id, now, None).unwrap();
                    let needed_ms = i64::try_from(body.len()).unwrap() / bytes_per_ms;
                    now += needed_ms.min(timeout_ms);
                    if needed_ms >= timeout_ms {
                        producer.handle_failure(now, id, &Error::new(Code::Timeout, "too slow"));
                    } else {
                        let stored = r#"{"ShardId":"shardId-0","SequenceNumber":"1"}"#;
                        let results = vec![stored; body.matches("PartitionKey").count()].join(",");
                        respond(producer, now, id, 200, &format!(r#"{{"Records":[{results}]}}"#));
                    }
                }
                Step::Wait(until) => now = until,
                _ => {}
            }
        }
        requests
    }

    #[test]
    fn a_request_that_the_connection_cannot_carry_in_time_becomes_smaller() {
        let options = Options {
            requests_in_flight_max: 1,
            ..options()
        };
        for (bytes_per_ms, requests_max) in [(10_000, 2), (125, 60), (12, 150)] {
            let mut producer = producer(options.clone());
            for key in 0..500 {
                put(&mut producer, NOW, &[b'a'; 10_000], &key.to_string());
            }
            let requests = deliver(&mut producer, bytes_per_ms);
            assert!(producer.unsettled.is_empty(), "{bytes_per_ms}");
            assert!(requests <= requests_max, "{bytes_per_ms}: {requests}");
        }
    }

    #[test]
    fn a_small_request_that_times_out_stays_as_it_is() {
        let mut producer = producer(options());
        for key in 0..5 {
            put(&mut producer, NOW, b"small", &key.to_string());
        }
        let id = crate::producer::testing::next_request(&mut producer, NOW);
        producer.handle_failure(NOW + 10_000, id, &Error::new(Code::Timeout, "lost"));
        assert_eq!(producer.queue.first().unwrap().batch_entries_max, usize::MAX);
    }
}

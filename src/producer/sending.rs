//! Sending: from the queue to a signed request.

use crate::api::Request;
use crate::client::Headers;
use crate::client::retry::FailureClass;
use crate::client::signing_context::SigningContext;
use crate::error::Code;
use crate::producer::Producer;
use crate::producer::batch_builder::BatchBuilder;
use crate::producer::entry::Entry;
use crate::producer::in_flight::{InFlightRequest, Purpose, RequestId};
use crate::producer::options::Options;
use crate::producer::permit::Permit;
use crate::producer::retries::AttemptFailure;
use crate::producer::shard_listing::ShardListing;
use crate::time::UnixMs;

impl Producer {
    /// The next request to send, if one may be sent and there is enough for it.
    pub(super) fn next_send(&mut self, now: UnixMs) -> Option<RequestId> {
        if !self.may_send(now) {
            return None;
        }
        if self.wants_shards(now) {
            return self.list_shards(now);
        }
        self.queue.end_delays(now);
        let is_due = self.is_due(now);
        let Options {
            request_records_max: entries_max,
            limits,
            ..
        } = self.options;
        let is_full = self.queue.has_full_request(entries_max, limits.request_bytes_max);
        if is_due && self.aggregator.has_lingering() {
            self.close_lingering_aggregates(now, is_full);
        }
        let is_full = self.queue.has_full_request(entries_max, limits.request_bytes_max);
        // Retries do not linger, nor do entries that have waited for an earlier one with their group key.
        if !(is_full || is_due || self.queue.has_entries_ahead()) {
            return None;
        }
        let batch = self.fill(now);
        if !self.queue.has_undelayed() && !self.aggregator.has_lingering() {
            self.linger_deadline = None;
        }
        self.submit(now, batch, false)
    }

    /// Closes the aggregates whose linger time is over. While the queue fills requests without them they may grow for
    /// another linger time, but not for longer than a second.
    fn close_lingering_aggregates(&mut self, now: UnixMs, is_full: bool) {
        let pause_ms = i64::from(self.options.linger_ms).min(PAUSE_WHILE_FULL_MS_MAX);
        if !is_full || now.saturating_sub(self.aggregates_closed_at) >= pause_ms {
            self.close_due_aggregates();
            self.aggregates_closed_at = now;
        }
    }

    /// How many requests may be in flight, by the connection and the access to the stream.
    pub(super) fn permit(&self, now: UnixMs) -> Permit {
        self.connectivity.permit(now).stricter(self.access.permit(now))
    }

    /// Whether the connection, the access, the limit of requests in flight and the credentials permit another request.
    pub(super) fn may_send(&self, now: UnixMs) -> bool {
        // Requests that were started because the page closes do not count.
        let in_flight = self
            .in_flight
            .iter()
            .filter(|started| !started.is_for_page_close())
            .count();
        let permitted = match self.permit(now) {
            Permit::Any => in_flight < self.options.requests_in_flight_max,
            Permit::One => in_flight == 0,
            Permit::NoneUntil(_) => false,
        };
        permitted && self.client.credentials.current().is_some()
    }

    /// Whether a request is sent although it is not full: a flush waits, the linger time is over, or nothing else would
    /// make room in a buffer that was full.
    pub(super) fn is_due(&self, now: UnixMs) -> bool {
        self.unsettled.is_flushing()
            || self.linger_deadline.is_some_and(|deadline| deadline <= now)
            || self.must_make_room()
    }

    /// Whether a record has found no room although all that is buffered lingers: open aggregates may take the whole
    /// buffer without filling a request. Where a request is in flight, or entries wait for their time, these will make
    /// room.
    pub(super) fn must_make_room(&self) -> bool {
        let could_be_sent = self.queue.has_undelayed() || self.aggregator.has_lingering();
        self.unsettled.was_full() && could_be_sent && self.in_flight.is_empty() && self.queue.next_delay_end().is_none()
    }

    /// Moves entries from the queue into a request, up to the limits of requests and shards.
    pub(super) fn fill(&mut self, now: UnixMs) -> BatchBuilder {
        let mut batch = BatchBuilder::new(self.client.encoding);
        let online_now = self.connectivity.online_time(now);
        while let Some(first) = self.queue.first() {
            let is_expired = first.expiry <= online_now;
            // The entry is left in the queue, where a change of the shards can still route it again.
            if !is_expired && !self.fits_request(&batch, first) {
                break;
            }
            let Some(entry) = self.queue.pop() else {
                break;
            };
            if is_expired {
                let released = self.give_up(entry, Code::Expired);
                self.queue.push_all_ahead(released);
            } else if let Err(until) = self.reserve_shard_quota(&entry, now) {
                self.queue.delay(entry, until, false);
            } else {
                batch.push(entry);
            }
        }
        batch
    }

    /// Whether an entry fits into a batch, within the limits of a request.
    pub(super) fn fits_request(&self, batch: &BatchBuilder, entry: &Entry) -> bool {
        let Options {
            request_records_max,
            limits,
            ..
        } = &self.options;
        batch.has_room(entry, *request_records_max, limits.request_bytes_max)
    }

    /// Counts an entry against the rate limit of its shard. Without a shard it has no such limit.
    ///
    /// # Errors
    /// The time at which the limit permits the entry.
    pub(super) fn reserve_shard_quota(&mut self, entry: &Entry, now: UnixMs) -> Result<(), UnixMs> {
        match entry.expected_shard() {
            Some(shard) => self.shards.reserve_quota(shard, entry.bytes(), now),
            None => Ok(()),
        }
    }

    /// Starts a request with the entries of a batch. An empty batch starts none.
    pub(super) fn submit(&mut self, now: UnixMs, batch: BatchBuilder, is_page_closing: bool) -> Option<RequestId> {
        let (request, entries) = batch.finish(self.options.stream())?;
        self.start_request(now, request, Purpose::Entries(entries), is_page_closing)
    }

    /// Registers a request as in flight. It fails at once where its stream has no endpoint.
    pub(super) fn start_request(
        &mut self,
        now: UnixMs,
        request: Request,
        purpose: Purpose,
        is_page_closing: bool,
    ) -> Option<RequestId> {
        let resolved = self.client.url(&request);
        let bytes = request.body.len();
        let id = self.next_request;
        let mut started = InFlightRequest {
            id,
            request,
            signing_context: SigningContext::of(&self.client, now),
            deadline: self.request_deadline(now),
            page_close_body_bytes: is_page_closing.then_some(bytes),
            purpose,
        };
        if let Err(error) = resolved {
            self.fail_request(now, started, AttemptFailure::new(FailureClass::Never, &error));
            return None;
        }
        self.next_request = self.next_request.wrapping_add(1);
        self.stats.requests += 1;
        self.stats.bytes_sent += bytes as u64;
        if let Purpose::Entries(entries) = &mut started.purpose {
            self.buffering_times.add(now, entries);
        }
        self.in_flight.push(started);
        Some(id)
    }

    /// The body of a request that is about to be sent. The host copies it before it asks for the signature.
    #[must_use]
    pub fn body(&self, id: RequestId) -> Option<&[u8]> {
        let started = self.in_flight.iter().find(|started| started.id == id)?;
        Some(&started.request.body)
    }

    /// The URL of a request, without a slash at its end.
    #[must_use]
    pub fn url(&self, id: RequestId) -> Option<String> {
        let started = self.in_flight.iter().find(|started| started.id == id)?;
        self.client.url(&started.request).ok()
    }

    /// Signs the request of a [`Step::Send`](crate::producer::Step), once, and drops its body: the host has a copy, and
    /// a retry encodes its entries again. `payload_hash` is the SHA-256 of the body in hexadecimal, where the host has
    /// it. Returns `None` if the request is over, or if the credentials were refused since the poll: the request is
    /// then cancelled and not counted.
    pub fn sign(&mut self, id: RequestId, now: UnixMs, payload_hash: Option<&str>) -> Option<Headers> {
        let started = self.in_flight.iter_mut().find(|started| started.id == id)?;
        started.signing_context = SigningContext::of(&self.client, now);
        let url = self.client.url(&started.request).unwrap_or_default();
        let headers = self.client.sign(&started.request, &url, payload_hash, now);
        if headers.is_some() {
            started.request.body = Vec::new();
        } else {
            self.cancel_unsent(id);
        }
        headers
    }

    /// Cancels a request that was never sent. Neither the request nor the attempt of its entries is counted.
    pub(super) fn cancel_unsent(&mut self, id: RequestId) {
        let Some(unsent) = self.finish_request(id) else {
            return;
        };
        let InFlightRequest { request, purpose, .. } = unsent;
        self.stats.requests -= 1;
        self.stats.bytes_sent -= request.body.len() as u64;
        match purpose {
            Purpose::Entries(entries) => {
                for mut entry in entries {
                    entry.uncount_attempt();
                    if let Some(entry) = self.requeue_in_order(entry) {
                        self.queue.push_ahead(entry);
                    }
                }
            }
            Purpose::Shards(pages) => self.shard_listing = Some(ShardListing { request, pages }),
        }
    }

    /// Removes a request from those in flight.
    pub(super) fn finish_request(&mut self, id: RequestId) -> Option<InFlightRequest> {
        let index = self.in_flight.iter().position(|started| started.id == id)?;
        Some(self.in_flight.swap_remove(index))
    }
}

/// The longest time in milliseconds between two closings of aggregates while the queue fills requests without them.
const PAUSE_WHILE_FULL_MS_MAX: i64 = 1000;

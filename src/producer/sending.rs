//! From what waits to requests.

use super::{Producer, Step};
use crate::api::response::Signed;
use crate::api::{self, Stream};
use crate::client::clock::UnixMs;
use crate::client::retry::Class;
use crate::error::Code;
use crate::producer::connectivity::{OnlineMs, Permit};
use crate::producer::entry::Entry;
use crate::producer::in_flight::{Cargo, Flight, Load};
use crate::producer::options::Options;

impl Producer {
    /// A page is about to close: requests that outlive it, as far as `bytes_max` lets them. Send each at once; what does not fit
    /// stays buffered.
    pub fn send_keepalive(&mut self, now: UnixMs, bytes_max: usize) -> Option<Step> {
        // Without them nothing can be signed, and no try is spent.
        self.client.credentials.current()?;
        self.queue.wake(UnixMs::MAX);
        self.route_all_by_key();
        self.close_aggregates();
        let shared: usize = self.flights.iter().filter_map(|flight| flight.keepalive).sum();
        let room = bytes_max.saturating_sub(shared + STREAM_BYTES_MAX);
        let mut load = Load::new(self.client.encoding);
        let mut left = Vec::new();
        while let Some(entry) = self.queue.pop() {
            let fits = load.has_room(
                &entry,
                self.options.request_records_max,
                self.options.limits.request_bytes_max,
            );
            if !fits {
                left.push(entry);
            } else if let Err((entry, bytes)) = load.put_within(entry, room) {
                if entry.is_aggregate && bytes > room {
                    self.split(&entry);
                } else {
                    left.push(entry);
                }
            }
        }
        for entry in left.into_iter().rev() {
            self.queue.unpop(entry);
        }
        self.launch(now, load, true)
    }

    pub(super) fn wants_credentials(&self, now: UnixMs) -> bool {
        // Offline the provider would fail too.
        let is_offline = matches!(self.online.permit(now), Permit::NoneUntil(_));
        !is_offline && now >= self.provider.not_before && self.lacks_credentials(now)
    }

    fn lacks_credentials(&self, now: UnixMs) -> bool {
        let server_time = self.client.clock.server_time(now);
        self.provider.deadline.is_none()
            && self.ledger.buffered_records() > 0
            && self.client.credentials.wants_new(server_time)
    }

    pub(super) fn next_send(&mut self, now: UnixMs) -> Option<Step> {
        if !self.may_send(now) {
            return None;
        }
        if self.wants_shards(now) {
            return self.list_shards(now);
        }
        self.queue.wake(now);
        let is_due = self.is_due(now);
        let Options {
            request_records_max: records_max,
            limits,
            ..
        } = self.options;
        if is_due && !self.queue.fills(records_max, limits.request_bytes_max) {
            self.close_aggregates();
        }
        let fills = self.queue.fills(records_max, limits.request_bytes_max);
        if !(fills || is_due || self.queue.has_returned()) {
            return None;
        }
        let load = self.fill(now);
        if self.queue.is_empty() && self.collector.is_empty() {
            self.due = None;
        }
        self.launch(now, load, false)
    }

    pub(super) fn may_send(&self, now: UnixMs) -> bool {
        let flights = self.flights.iter().filter(|flight| flight.keepalive.is_none()).count();
        let permitted = match self.online.permit(now) {
            Permit::Any => flights < self.options.requests_in_flight_max,
            Permit::Probe => flights == 0,
            Permit::NoneUntil(_) => false,
        };
        permitted && self.client.credentials.current().is_some()
    }

    fn is_due(&self, now: UnixMs) -> bool {
        self.ledger.is_flushing() || self.due.is_some_and(|due| due <= now)
    }

    /// Fills a request from the queue, as far as the limits of requests and shards let it.
    fn fill(&mut self, now: UnixMs) -> Load {
        let mut load = Load::new(self.client.encoding);
        let time = self.online.time(now);
        while let Some(entry) = self.queue.pop() {
            if entry.expires_at <= time {
                self.give_up(entry, Code::Expired);
            } else if !load.has_room(
                &entry,
                self.options.request_records_max,
                self.options.limits.request_bytes_max,
            ) {
                self.queue.unpop(entry);
                break;
            } else if let Err(until) = self.take_from_shard(&entry, now) {
                self.queue.postpone(entry, until);
            } else {
                load.put(entry);
            }
        }
        load
    }

    fn take_from_shard(&mut self, entry: &Entry, now: UnixMs) -> Result<(), UnixMs> {
        match entry.expected_shard() {
            Some(shard) => self.shards.take(shard, entry.bytes(), now),
            None => Ok(()),
        }
    }

    fn launch(&mut self, now: UnixMs, load: Load, keepalive: bool) -> Option<Step> {
        let Options {
            stream_name,
            stream_arn,
            ..
        } = &self.options;
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref()).ok()?;
        if load.is_empty() {
            return None;
        }
        let (request, entries) = load.finish(stream).ok()?;
        self.take_off(now, request, Cargo::Entries(entries), keepalive)
    }

    pub(super) fn take_off(
        &mut self,
        now: UnixMs,
        request: api::Request,
        cargo: Cargo,
        keepalive: bool,
    ) -> Option<Step> {
        let resolved = self.client.url(&request);
        let bytes = request.body.len();
        let id = self.next_request;
        let flight = Flight {
            id,
            request,
            signed: Signed::now(&self.client, now),
            deadline: self.deadline(now),
            keepalive: keepalive.then_some(bytes),
            cargo,
        };
        if let Err(error) = resolved {
            self.return_cargo(now, flight, Class::Never, None, &error);
            return None;
        }
        self.next_request = self.next_request.wrapping_add(1);
        self.ledger.stats.requests += 1;
        self.ledger.stats.bytes_sent += bytes as u64;
        self.flights.push(flight);
        Some(Step::Send { id, keepalive })
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

    fn first_expiry(&self) -> Option<OnlineMs> {
        let unrouted = self.unrouted.front().map(|waiting| waiting.expires_at);
        let held = self.held.iter().map(|(entry, _)| entry.expires_at).min();
        [self.queue.first_expiry(), self.collector.first_expiry(), unrouted, held]
            .into_iter()
            .flatten()
            .min()
    }
}

/// What the stream's name or ARN adds to a body, at most.
const STREAM_BYTES_MAX: usize = 512;

//! From the queue to requests.

use crate::api::{self, Stream};
use crate::client::retry::Class;
use crate::client::signing_context::SigningContext;
use crate::error::Code;
use crate::producer::batch_builder::Load;
use crate::producer::connectivity::Permit;
use crate::producer::entry::Entry;
use crate::producer::in_flight::{Cargo, Flight, RequestId};
use crate::producer::options::Options;
use crate::producer::shard_listing::Listing;
use crate::producer::{Outgoing, Producer, Step};
use crate::time::UnixMs;

impl Producer {
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

    pub(super) fn is_due(&self, now: UnixMs) -> bool {
        self.ledger.is_flushing() || self.due.is_some_and(|due| due <= now)
    }

    /// Fills a request from the queue, as far as the limits of requests and shards let it.
    pub(super) fn fill(&mut self, now: UnixMs) -> Load {
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

    pub(super) fn take_from_shard(&mut self, entry: &Entry, now: UnixMs) -> Result<(), UnixMs> {
        match entry.expected_shard() {
            Some(shard) => self.shards.take(shard, entry.bytes(), now),
            None => Ok(()),
        }
    }

    pub(super) fn launch(&mut self, now: UnixMs, load: Load, keepalive: bool) -> Option<Step> {
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
            signed: SigningContext::now(&self.client, now),
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

    /// The body of a request that is to be sent, for a host that hashes large ones quicker than this does.
    #[must_use]
    pub fn body(&self, id: RequestId) -> Option<&[u8]> {
        let flight = self.flights.iter().find(|flight| flight.id == id)?;
        Some(&flight.request.body)
    }

    /// Where a request is to be sent: a URL without a trailing slash.
    #[must_use]
    pub fn url(&self, id: RequestId) -> Option<String> {
        let flight = self.flights.iter().find(|flight| flight.id == id)?;
        self.client.url(&flight.request).ok()
    }

    /// The request to send, once for each [`Step::Send`]. `payload_hash` is the SHA-256 of the body in hexadecimal, where the
    /// host has it. None where the credentials have gone meanwhile: the request is off again and does not count.
    pub fn sign(&mut self, id: RequestId, now: UnixMs, payload_hash: Option<&str>) -> Option<Outgoing> {
        let flight = self.flights.iter_mut().find(|flight| flight.id == id)?;
        flight.signed = SigningContext::now(&self.client, now);
        let url = self.client.url(&flight.request).unwrap_or_default();
        if let Some(headers) = self.client.sign(&flight.request, &url, payload_hash, now) {
            return Some(Outgoing {
                headers,
                url,
                body: core::mem::take(&mut flight.request.body),
            });
        }
        self.take_back(id);
        None
    }

    /// Undoes a request that was never sent: it does not count, and neither does the attempt of what it carries.
    pub(super) fn take_back(&mut self, id: RequestId) {
        let Some(flight) = self.land(id) else {
            return;
        };
        let Flight { request, cargo, .. } = flight;
        self.ledger.stats.requests -= 1;
        self.ledger.stats.bytes_sent -= request.body.len() as u64;
        match cargo {
            Cargo::Entries(entries) => {
                for mut entry in entries {
                    entry.attempts -= 1;
                    self.queue.put_back(entry);
                }
            }
            Cargo::Shards(shards) => self.listing = Some(Listing { request, shards }),
        }
    }

    pub(super) fn land(&mut self, id: RequestId) -> Option<Flight> {
        let index = self.flights.iter().position(|flight| flight.id == id)?;
        Some(self.flights.swap_remove(index))
    }
}

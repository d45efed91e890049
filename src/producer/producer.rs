//! Many records as one state machine: batching, retries, order, limits and settlement.
//!
//! # The loop contract
//! After every call that changes the producer, call [`poll`](Producer::poll) until it returns [`Step::Wait`]; after a
//! put only where [`wants_poll`](Producer::wants_poll) says so. Each call gets the time as `now`, in milliseconds.
//! `now` should not decrease; it may differ from the time of day.

use crate::api::Stream;
use crate::client::Client;
use crate::error::Error;
use crate::producer::access::StreamAccess;
use crate::producer::aggregator::Aggregator;
use crate::producer::buffering_times::BufferingTimes;
use crate::producer::connectivity::Connectivity;
use crate::producer::entry::{Entry, GroupKey, RecordId};
use crate::producer::failures::Failures;
use crate::producer::in_flight::{InFlightRequest, RequestId};
use crate::producer::observations::Observations;
use crate::producer::options::Options;
use crate::producer::ordering::KeyQueues;
use crate::producer::packed_record::{PackedRecord, RANDOM_KEY_BYTES};
use crate::producer::provider::ProviderState;
use crate::producer::send_queue::SendQueue;
use crate::producer::settlement::{Placement, SettlementReport};
use crate::producer::shard_listing::ShardListing;
use crate::producer::shard_map::ShardMap;
use crate::producer::stats::Stats;
use crate::producer::unsettled_records::UnsettledRecords;
use crate::time::UnixMs;
use std::collections::VecDeque;

/// A producer: what it has buffered, what is in flight, and what it knows of the stream and the connection.
pub struct Producer {
    /// The credentials, the clock offset and the signing key.
    pub client: Client,
    pub(super) options: Options,
    /// The records that have not settled.
    pub(super) unsettled: UnsettledRecords,
    /// Counts since the producer was made.
    pub(super) stats: Stats,
    /// What has failed, and whether anything gets through.
    pub failures: Failures,
    /// Retries and throttles, for an observer.
    pub observations: Observations,
    /// How long records have waited for their first request.
    pub buffering_times: BufferingTimes,
    /// Whether requests reach the service.
    pub(super) connectivity: Connectivity,
    /// Whether the service refuses requests for a cause that only the operator can repair, and when to probe that.
    pub(super) access: StreamAccess,
    /// The open aggregates.
    pub(super) aggregator: Aggregator,
    /// With ordering, the entries that wait for an earlier entry of their key.
    pub(super) key_queues: KeyQueues,
    /// The partition key of the last record that was not routed by shard, and its group key, the hash of that key. The
    /// next record usually has the same.
    pub(super) last_group_key: Option<(String, GroupKey)>,
    /// The entries that wait to be sent.
    pub(super) queue: SendQueue,
    /// The last list of shards.
    pub(super) shards: ShardMap,
    /// Records that wait for a list of shards: for the first one, or because the last one has no shard for them.
    pub(super) unrouted: VecDeque<Entry>,
    /// The next page of the list of shards to request, with the pages before it.
    pub(super) shard_listing: Option<ShardListing>,
    /// Aggregates that are stored on a shard which is missing in the last list of shards, with that shard and the
    /// sequence number. The next list decides whether they settle.
    pub(super) pending_placements: Vec<(Entry, Placement)>,
    /// The requests that have no response yet.
    pub(super) in_flight: Vec<InFlightRequest>,
    pub(super) next_request: RequestId,
    /// When what waits is sent although its request is not full. `None` while no aggregate is open and all entries of
    /// the queue are delayed, even if records wait for the list of shards. Where it is `None`, a put sets it to its
    /// time plus `linger_ms`, and the end of a list of shards to the present time, because the records that have waited
    /// for it are sent at once.
    pub(super) linger_deadline: Option<UnixMs>,
    /// When aggregates were last closed because their linger time was over.
    pub(super) aggregates_closed_at: UnixMs,
    /// The time that the last poll returned in [`Step::Wait`].
    pub(super) announced_poll_at: UnixMs,
    /// Whether a put has made a poll before `announced_poll_at` necessary.
    pub(super) needs_earlier_poll: bool,
    /// The call of the credentials provider.
    pub(super) provider: ProviderState,
}

/// What the host has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Records have settled, or flushes are complete.
    Settled(SettlementReport),
    /// Ask the credentials provider, store its credentials in [`Producer::client`], then call `handle_credentials`. A
    /// provider that does not answer in time has failed, and is asked again; its late answer is still accepted.
    AskCredentials,
    /// Send the request: its URL, its body and the headers that [`Producer::sign`] returns. Then call `handle_response`
    /// or `handle_failure`.
    Send(RequestId),
    /// Poll again at this time.
    Wait(UnixMs),
}

impl Producer {
    /// A producer without records.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] for options that contradict each other, and for a stream that
    /// is malformed or missing.
    pub fn new(mut client: Client, options: Options) -> Result<Self, Error> {
        options.check()?;
        Stream::new(options.stream_name.as_deref(), options.stream_arn.as_deref())?;
        let seed = client.random.next_u64();
        Ok(Self {
            stats: Stats::default(),
            unsettled: UnsettledRecords::new(options.buffer_bytes_max, options.buffer_records_max),
            failures: Failures::default(),
            observations: Observations::default(),
            buffering_times: BufferingTimes::default(),
            connectivity: Connectivity::default(),
            access: StreamAccess::default(),
            aggregator: Aggregator::new(
                options.aggregate_bytes_max,
                u64::from(options.record_ttl_ms) / EXPIRY_SPREAD_PARTS,
                seed,
            ),
            key_queues: KeyQueues::new(seed),
            last_group_key: None,
            queue: SendQueue::default(),
            shards: ShardMap::new(options.shard_rate_limit),
            unrouted: VecDeque::new(),
            shard_listing: None,
            pending_placements: Vec::new(),
            in_flight: Vec::new(),
            next_request: 0,
            linger_deadline: None,
            aggregates_closed_at: UnixMs::MIN,
            announced_poll_at: UnixMs::MAX,
            needs_earlier_poll: false,
            provider: ProviderState::default(),
            client,
            options,
        })
    }

    /// Buffers a record. A record without a partition key gets a random one.
    ///
    /// # Errors
    /// Those of [`crate::api::record::Record::new`], and [`crate::error::Code::BufferFull`]. Other records are
    /// not affected.
    pub fn put(&mut self, now: UnixMs, mut packed: PackedRecord) -> Result<RecordId, Error> {
        if packed.partition_key_len == 0 {
            packed.set_random_partition_key(self.client.random.next_u64());
        }
        let record = packed.record();
        record.check(self.options.limits.record_bytes_max, None)?;
        let id = self.unsettled.admit(record.bytes())?;
        self.stats.records_put += 1;
        // On a clock that stands still while the connection is offline.
        let expiry = self.connectivity.online_time(now) + i64::from(self.options.record_ttl_ms);
        let mut next_poll_at = self.connectivity.when_online_time_is(expiry);
        if self.linger_deadline.is_none() {
            let deadline = now + i64::from(self.options.linger_ms);
            self.linger_deadline = Some(deadline);
            next_poll_at = next_poll_at.min(deadline);
        }
        // Credentials and shards are first requested when there is a record: the only one makes the poll for that.
        let is_only = self.unsettled.len() == 1;
        self.needs_earlier_poll |= is_only || next_poll_at < self.announced_poll_at;
        let mut entry = Entry::new(id, packed, expiry);
        entry.put_at = now;
        self.route(entry);
        self.list_again_if_unrouted(now);
        Ok(id)
    }

    /// Buffers many records, each with its data and its partition key, and returns the id of the first; the others have
    /// the ids that follow. Returns `None`, and buffers none, if there is no room for all of them.
    ///
    /// # Errors
    /// As [`put`](Self::put), for the first record that is refused. The records before it stay buffered, so the shim
    /// passes only records that cannot be refused.
    pub fn put_many<'a>(
        &mut self,
        now: UnixMs,
        count: usize,
        bytes: usize,
        records: impl Iterator<Item = (&'a [u8], &'a str)>,
    ) -> Result<Option<RecordId>, Error> {
        if !self.has_room_for(count, bytes.saturating_add(RANDOM_KEY_BYTES * count)) {
            return Ok(None);
        }
        let mut first = None;
        for (data, partition_key) in records {
            let id = self.put(now, PackedRecord::new(data, partition_key, None))?;
            first.get_or_insert(id);
        }
        Ok(first)
    }

    /// Whether the host should poll after a put: there is something to do now, or the next poll is due earlier than the
    /// last [`Step::Wait`] said. After most puts there is nothing to do, and a poll after each would cost more than the
    /// put.
    #[must_use]
    pub fn wants_poll(&self, now: UnixMs) -> bool {
        let (entries_max, limits) = (self.options.request_records_max, self.options.limits);
        let is_full = self.queue.has_full_request(entries_max, limits.request_bytes_max);
        self.needs_earlier_poll || (is_full || self.must_make_room()) && self.may_send(now)
    }

    /// The next step at `now`.
    pub fn poll(&mut self, now: UnixMs) -> Step {
        self.time_out_requests(now);
        self.time_out_provider(now);
        self.expire(now);
        if let Some(report) = self.unsettled.take_report() {
            return Step::Settled(report);
        }
        if self.wants_credentials(now) {
            self.provider.deadline = Some(self.request_deadline(now));
            return Step::AskCredentials;
        }
        if let Some(id) = self.next_send(now) {
            return Step::Send(id);
        }
        // Building a request settles records that have expired.
        if let Some(report) = self.unsettled.take_report() {
            return Step::Settled(report);
        }
        self.announced_poll_at = self.next_poll_at(now);
        self.needs_earlier_poll = false;
        Step::Wait(self.announced_poll_at)
    }

    /// What has settled since the last report.
    pub fn take_report(&mut self) -> Option<SettlementReport> {
        self.unsettled.take_report()
    }

    /// Begins a flush: the next polls send the buffered records without waiting for `linger_ms`. A [`SettlementReport`]
    /// has the returned id when all of them have settled.
    pub fn flush(&mut self) -> u32 {
        self.unsettled.flush()
    }

    /// Whether the buffer has room for this many records with this many bytes in total.
    #[must_use]
    pub fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        self.unsettled.has_room_for(records, bytes)
    }

    /// The host waits until the buffer has room for this many records with this many bytes in total. Where it has none,
    /// the next polls send the buffered records without waiting for `linger_ms`.
    pub fn wait_for_room(&mut self, records: usize, bytes: usize) {
        self.unsettled.wait_for_room(records, bytes);
    }

    /// The buffered records: those that have not settled.
    #[must_use]
    pub fn unsettled(&self) -> &UnsettledRecords {
        &self.unsettled
    }

    /// The counts of records and requests.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The host reports that it is online or offline.
    pub fn handle_host_report(&mut self, now: UnixMs, online: bool) {
        self.connectivity.handle_host_report(now, online);
    }
}

/// The records of an aggregate expire with the first of them: within this part of `record_ttl_ms` of each other.
const EXPIRY_SPREAD_PARTS: u64 = 8;

#[cfg(test)]
mod tests;

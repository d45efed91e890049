//! Put and forget: batching, retry, order, limits and reporting as one machine without I/O.
//!
//! # The loop contract
//! After every call that changes the producer, [`poll`](Producer::poll) until it says [`Step::Wait`]. Time comes in as `now`
//! on each call; it should not go backwards, and need not be the time of day.

use crate::api::Stream;
use crate::client::{Client, Headers};
use crate::error::Error;
use crate::producer::aggregator::Collector;
use crate::producer::connectivity::Online;
use crate::producer::entry::{Entry, Lane, RecordId};
use crate::producer::in_flight::{Flight, RequestId};
use crate::producer::options::Options;
use crate::producer::ordering::Lanes;
use crate::producer::packed_record::Content;
use crate::producer::provider::ProviderState;
use crate::producer::record_account::{Landed, Ledger, Report};
use crate::producer::send_queue::Queue;
use crate::producer::shard_listing::Listing;
use crate::producer::shard_map::ShardMap;
use crate::time::UnixMs;
use std::collections::VecDeque;

/// The machine.
pub struct Producer {
    /// Credentials, clock and signatures.
    pub client: Client,
    pub(super) options: Options,
    pub(super) ledger: Ledger,
    pub(super) online: Online,
    pub(super) collector: Collector,
    pub(super) lanes: Lanes,
    /// The partition key of the last record and its lane: the next one most often has the same.
    pub(super) last_lane: Option<(String, Lane)>,
    pub(super) queue: Queue,
    pub(super) shards: ShardMap,
    /// Records that cannot be routed before the shards were listed.
    pub(super) unrouted: VecDeque<Entry>,
    /// Pages of the list of shards, while it goes on.
    pub(super) listing: Option<Listing>,
    /// Aggregates that landed on a shard that is not known yet.
    pub(super) held: Vec<(Entry, Landed)>,
    pub(super) flights: Vec<Flight>,
    pub(super) next_request: RequestId,
    /// When what is collected has waited long enough.
    pub(super) due: Option<UnixMs>,
    /// What the last poll has said to wait until.
    pub(super) told_at: UnixMs,
    /// Since then something has come that wants to be looked at before.
    pub(super) wakes_sooner: bool,
    pub(super) provider: ProviderState,
}

/// What the machine wants next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Records have settled, or flushes are complete.
    Settled(Report),
    /// Ask the provider and store what it gives in [`Producer::client`]; then `handle_credentials`. A provider that has not
    /// answered in time counts as failed, and is asked again while the first question may still be open.
    Credentials,
    /// Send what [`Producer::sign`] gives; then `handle_answer` or `handle_failure`.
    Send {
        /// Names the request.
        id: RequestId,
        /// So that it outlives the page.
        keepalive: bool,
    },
    /// Nothing until then.
    Wait(UnixMs),
}

/// What is sent, and where to.
#[derive(Debug)]
pub struct Outgoing {
    /// Those that sign it among them.
    pub headers: Headers,
    /// Where to, without a slash at its end.
    pub url: String,
    /// Encoded. It is not kept, as it can be made again.
    pub body: Vec<u8>,
}

impl Producer {
    /// An empty producer.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] for options that make no sense.
    pub fn new(mut client: Client, options: Options) -> Result<Self, Error> {
        options.check()?;
        Stream::new(options.stream_name.as_deref(), options.stream_arn.as_deref())?;
        let seed = client.random.next_u64();
        Ok(Self {
            ledger: Ledger::new(options.buffer_bytes_max, options.buffer_records_max),
            online: Online::default(),
            collector: Collector::new(options.aggregate_bytes_max, seed),
            lanes: Lanes::new(seed),
            last_lane: None,
            queue: Queue::default(),
            shards: ShardMap::new(options.shard_rate_limit),
            unrouted: VecDeque::new(),
            listing: None,
            held: Vec::new(),
            flights: Vec::new(),
            next_request: 0,
            due: None,
            told_at: UnixMs::MAX,
            wakes_sooner: false,
            provider: ProviderState::default(),
            client,
            options,
        })
    }

    /// Takes a record. Without a partition key it gets a random one.
    ///
    /// # Errors
    /// What [`crate::api::record::Record::new`] refuses, and [`crate::error::Code::BufferFull`]. Nothing that was taken before is touched.
    pub fn put(&mut self, now: UnixMs, mut content: Content) -> Result<RecordId, Error> {
        if content.partition_key_len == 0 {
            self.draw_partition_key(&mut content);
        }
        let record = content.record();
        record.check(self.options.limits.record_bytes_max, None)?;
        let id = self.ledger.admit(record.bytes())?;
        let expires_at = self.online.time(now) + i64::from(self.options.record_ttl_ms);
        let mut wakes_at = self.online.when(expires_at);
        if self.due.is_none() {
            let due = now + i64::from(self.options.linger_ms);
            self.due = Some(due);
            wakes_at = wakes_at.min(due);
        }
        // While nothing is buffered nothing is asked for: neither credentials nor shards.
        let is_first = self.ledger.buffered_records() == 1;
        self.wakes_sooner |= is_first || wakes_at < self.told_at;
        self.route(Entry::new(id, content, expires_at));
        Ok(id)
    }

    /// Whether a poll would find anything to do after a put, or wait for less long than the last one has told. Most puts only
    /// join others, and to poll after each of them would cost more than they do.
    #[must_use]
    pub fn wants_poll(&self, now: UnixMs) -> bool {
        let (records_max, limits) = (self.options.request_records_max, self.options.limits);
        let is_full = self.queue.fills(records_max, limits.request_bytes_max);
        self.wakes_sooner || is_full && self.may_send(now)
    }

    /// What to do now.
    pub fn poll(&mut self, now: UnixMs) -> Step {
        self.give_up_late_requests(now);
        self.give_up_late_provider(now);
        self.expire(now);
        if let Some(report) = self.ledger.take() {
            return Step::Settled(report);
        }
        if self.wants_credentials(now) {
            self.provider.deadline = Some(self.deadline(now));
            return Step::Credentials;
        }
        if let Some(step) = self.next_send(now) {
            return step;
        }
        // Sending may have settled what could not be sent.
        if let Some(report) = self.ledger.take() {
            return Step::Settled(report);
        }
        self.told_at = self.wakes_at(now);
        self.wakes_sooner = false;
        Step::Wait(self.told_at)
    }

    /// Sends what is buffered without further wait. The report names the flush when all of it has settled.
    pub fn flush(&mut self) -> u32 {
        self.ledger.flush()
    }

    /// Whether a record of so many bytes would be taken.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.ledger.has_room(bytes)
    }

    /// Whether so many records of so many bytes together would be taken.
    #[must_use]
    pub fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        self.ledger.has_room_for(records, bytes)
    }

    /// Counts since the start and what is buffered.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the host says of the connection.
    pub fn handle_online(&mut self, now: UnixMs, online: bool) {
        self.online.handle_host(now, online);
    }

    pub(super) fn draw_partition_key(&mut self, content: &mut Content) {
        let key = hex_digits(self.client.random.next_u64());
        let end = content.bytes.len() - content.hash_key_len;
        let hash_key = content.bytes[end..].to_vec();
        content.bytes.truncate(end);
        content.bytes.reserve_exact(key.len() + hash_key.len());
        content.bytes.extend_from_slice(&key);
        content.bytes.extend_from_slice(&hash_key);
        content.partition_key_len = key.len();
    }
}

fn hex_digits(number: u64) -> [u8; 16] {
    let digit = |nibble: u64| if nibble < 10 { b'0' } else { b'a' - 10 };
    core::array::from_fn(|index| {
        let nibble = number >> (60 - 4 * index) & 15;
        digit(nibble) + nibble.to_le_bytes()[0]
    })
}

#[cfg(test)]
mod tests;

//! The aggregator: user records become entries, one each or many in an aggregate.

use crate::api::record::Record;
use crate::producer::aggregate::Aggregate;
use crate::producer::connectivity::OnlineTime;
use crate::producer::entry::{Entry, GroupKey};
use crate::producer::key_map::KeyMap;
use crate::text::text;

/// The open aggregates, one for each group key: that of a partition key, or of a shard.
#[derive(Debug)]
pub struct Aggregator {
    aggregate_bytes_max: usize,
    /// How much earlier or later than the others a record of an aggregate may expire, in milliseconds: all expire with
    /// the first.
    expiry_spread_max: u64,
    /// Those whose linger time is not over.
    lingering: OpenAggregates,
    /// Those that accept records only because an earlier entry of their group key is active.
    overdue: OpenAggregates,
}

/// Open aggregates by their group keys.
#[derive(Debug)]
struct OpenAggregates {
    by_key: KeyMap<OpenAggregate>,
    /// The first expiry of all records since there was none.
    first_expiry: OnlineTime,
}

/// An aggregate that accepts more records.
#[derive(Debug)]
struct OpenAggregate {
    /// The entry of the first record. It has the ids of all records, and gets the bytes of the aggregate when that is
    /// closed; without a second record it is sent as it is.
    entry: Entry,
    /// The aggregate of all records, once there is a second one.
    aggregate: Option<Aggregate>,
}

impl Aggregator {
    /// No open aggregates.
    #[must_use]
    pub fn new(aggregate_bytes_max: usize, expiry_spread_max: u64, seed: u64) -> Self {
        Self {
            aggregate_bytes_max,
            expiry_spread_max,
            lingering: OpenAggregates::new(seed),
            overdue: OpenAggregates::new(seed),
        }
    }

    /// The time at which the oldest record expires, or a time before that.
    #[must_use]
    pub fn first_expiry(&self) -> Option<OnlineTime> {
        let first = self.lingering.first_expiry.min(self.overdue.first_expiry);
        (first < OnlineTime::MAX).then_some(first)
    }

    /// Adds a record to the aggregate of its group key. Entries that this completes are appended to `complete`, in
    /// order.
    pub fn add(&mut self, entry: Entry, complete: &mut Vec<Entry>) {
        let bytes_max = self.aggregate_bytes_max;
        let is_too_large = len_with(&Aggregate::default(), &entry.record()) > bytes_max;
        let aggregates = if self.overdue.by_key.has(entry.group_key) {
            &mut self.overdue
        } else {
            &mut self.lingering
        };
        if let Some(open) = aggregates.by_key.get_mut(entry.group_key) {
            let is_near = entry.expiry.abs_diff(open.entry.expiry) <= self.expiry_spread_max;
            if is_near && open.accepts(&entry, bytes_max) {
                open.append(&entry);
                aggregates.first_expiry = aggregates.first_expiry.min(entry.expiry);
                return;
            }
            complete.extend(aggregates.close(entry.group_key));
        }
        if is_too_large {
            // It does not fit into any aggregate, and is sent alone, after the records of its group key.
            complete.push(entry);
            return;
        }
        self.lingering.insert(OpenAggregate { entry, aggregate: None });
    }

    /// Closes the lingering aggregates that may be sent now. The others are overdue from now on.
    pub fn close_due(&mut self, may_be_sent: &dyn Fn(GroupKey) -> bool, complete: &mut Vec<Entry>) {
        for open in self.lingering.take() {
            if may_be_sent(open.entry.group_key) {
                complete.push(open.close());
            } else {
                self.overdue.insert(open);
            }
        }
    }

    /// Closes the aggregate of a group key if it is overdue.
    pub fn close_overdue(&mut self, group_key: GroupKey) -> Option<Entry> {
        self.overdue.close(group_key)
    }

    /// Whether there are aggregates that are not overdue.
    #[must_use]
    pub fn has_lingering(&self) -> bool {
        !self.lingering.by_key.is_empty()
    }

    /// Closes every aggregate, so that it can be sent.
    pub fn close_all(&mut self, complete: &mut Vec<Entry>) {
        self.overdue.close_all(complete);
        self.lingering.close_all(complete);
    }
}

impl OpenAggregates {
    fn new(seed: u64) -> Self {
        Self {
            by_key: KeyMap::new(seed),
            first_expiry: OnlineTime::MAX,
        }
    }

    fn insert(&mut self, open: OpenAggregate) {
        self.first_expiry = self.first_expiry.min(open.entry.expiry);
        self.by_key.insert(open.entry.group_key, open);
    }

    fn close(&mut self, group_key: GroupKey) -> Option<Entry> {
        let closed = self.by_key.remove(group_key)?.close();
        if self.by_key.is_empty() {
            self.first_expiry = OnlineTime::MAX;
        }
        Some(closed)
    }

    fn close_all(&mut self, complete: &mut Vec<Entry>) {
        for open in self.take() {
            complete.push(open.close());
        }
    }

    fn take(&mut self) -> Vec<OpenAggregate> {
        self.first_expiry = OnlineTime::MAX;
        self.by_key.take()
    }
}

impl OpenAggregate {
    /// Whether a record may be in this aggregate and fits into it. Before the second record the first is encoded: only
    /// an encoded aggregate knows its length.
    fn accepts(&mut self, entry: &Entry, bytes_max: usize) -> bool {
        let hash_key = self.entry.record().explicit_hash_key;
        if !entry.is_routed_by_shard && entry.record().explicit_hash_key != hash_key {
            // Another explicit hash key may select another shard.
            return false;
        }
        let aggregate = self.aggregate.get_or_insert_with(|| {
            let mut aggregate = Aggregate::default();
            push(&mut aggregate, &self.entry.record());
            aggregate
        });
        len_with(aggregate, &entry.record()) <= bytes_max
    }

    /// Adds a record, which must be accepted.
    fn append(&mut self, other: &Entry) {
        if let Some(aggregate) = &mut self.aggregate {
            push(aggregate, &other.record());
        }
        let entry = &mut self.entry;
        for id in other.records.iter() {
            entry.records.others.push(id);
        }
        match entry.others_put_at.last_mut() {
            Some((at, count)) if *at == other.put_at => *count += 1,
            _ => entry.others_put_at.push((other.put_at, 1)),
        }
        entry.buffered_bytes += other.buffered_bytes;
        entry.attempts = entry.attempts.max(other.attempts);
        entry.expiry = entry.expiry.min(other.expiry);
    }

    /// The entry to send. A single record is sent without an aggregate, as the KPL does.
    fn close(self) -> Entry {
        let mut entry = self.entry;
        let Some(aggregate) = self.aggregate.filter(|aggregate| aggregate.count() > 1) else {
            return entry;
        };
        // The explicit hash key selects the shard, so any partition key will do, as in the KPL.
        let first_hash_key = entry.expected_shard().map(|key| text![key]);
        let keys = first_hash_key.as_deref().map(|key| ("a", key));
        entry.set_aggregate(aggregate.finish(), keys);
        entry
    }
}

fn push(aggregate: &mut Aggregate, record: &Record) {
    aggregate.push(record.data, record.partition_key, record.explicit_hash_key);
}

fn len_with(aggregate: &Aggregate, record: &Record) -> usize {
    aggregate.encoded_len_with(record.data, record.partition_key, record.explicit_hash_key)
}

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
    /// How much later than the first to expire a record of an aggregate may expire, in milliseconds: all expire with the
    /// first.
    expiry_spread_max: i64,
    open: KeyMap<OpenAggregate>,
    /// How many of them are overdue.
    overdue: usize,
    /// The first expiry of all records since the aggregates were last closed.
    first_expiry: Option<OnlineTime>,
}

/// An aggregate that accepts more records.
#[derive(Debug)]
struct OpenAggregate {
    /// The entry of the first record. It has the ids of all records, and gets the bytes of the aggregate when that is
    /// closed; without a second record it is sent as it is.
    entry: Entry,
    /// The aggregate of all records, once there is a second one.
    aggregate: Option<Aggregate>,
    /// Its linger time is over, and it accepts records only because an earlier entry of its group key is active.
    is_overdue: bool,
}

impl Aggregator {
    /// No open aggregates.
    #[must_use]
    pub fn new(aggregate_bytes_max: usize, expiry_spread_max: i64, seed: u64) -> Self {
        Self {
            aggregate_bytes_max,
            expiry_spread_max,
            open: KeyMap::new(seed),
            overdue: 0,
            first_expiry: None,
        }
    }

    /// The time at which the oldest record expires, or a time before that.
    #[must_use]
    pub fn first_expiry(&self) -> Option<OnlineTime> {
        self.first_expiry
    }

    /// Whether no aggregate is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Adds a record to the aggregate of its group key. Entries that this completes are appended to `complete`, in
    /// order.
    pub fn add(&mut self, entry: Entry, complete: &mut Vec<Entry>) {
        let bytes_max = self.aggregate_bytes_max;
        let (group_key, expiry) = (entry.group_key, entry.expiry);
        let is_too_large = len_with(&Aggregate::default(), &entry.record()) > bytes_max;
        if let Some(open) = self.open.get_mut(group_key) {
            let is_near = expiry.saturating_sub(open.entry.expiry) <= self.expiry_spread_max;
            if is_near && open.accepts(&entry, bytes_max) {
                open.append(&entry);
                self.note_expiry(expiry);
                return;
            }
            complete.extend(self.close(group_key));
        }
        if is_too_large {
            // It does not fit into any aggregate, and is sent alone, after the records of its group key.
            complete.push(entry);
            return;
        }
        self.note_expiry(expiry);
        let open = OpenAggregate {
            entry,
            aggregate: None,
            is_overdue: false,
        };
        self.open.insert(group_key, open);
    }

    /// Closes every aggregate that may be sent now, and marks the others as overdue.
    pub fn close_due(&mut self, may_be_sent: &dyn Fn(GroupKey) -> bool, complete: &mut Vec<Entry>) {
        let all = self.open.take();
        (self.first_expiry, self.overdue) = (None, 0);
        for mut open in all {
            let group_key = open.entry.group_key;
            if may_be_sent(group_key) {
                complete.push(open.close());
                continue;
            }
            open.is_overdue = true;
            self.overdue += 1;
            self.note_expiry(open.entry.expiry);
            self.open.insert(group_key, open);
        }
    }

    /// Closes the aggregate of a group key if it is overdue.
    pub fn close_overdue(&mut self, group_key: GroupKey) -> Option<Entry> {
        if !self.open.get_mut(group_key)?.is_overdue {
            return None;
        }
        self.close(group_key)
    }

    fn close(&mut self, group_key: GroupKey) -> Option<Entry> {
        let open = self.open.remove(group_key)?;
        self.overdue -= usize::from(open.is_overdue);
        Some(open.close())
    }

    /// Whether there are aggregates that are not overdue.
    #[must_use]
    pub fn has_lingering(&self) -> bool {
        self.open.len() > self.overdue
    }

    /// Closes every aggregate, so that it can be sent.
    pub fn close_all(&mut self, complete: &mut Vec<Entry>) {
        self.first_expiry = None;
        self.overdue = 0;
        for open in self.open.take() {
            complete.push(open.close());
        }
    }

    fn note_expiry(&mut self, expiry: OnlineTime) {
        let before = self.first_expiry.unwrap_or(OnlineTime::MAX);
        self.first_expiry = Some(before.min(expiry));
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

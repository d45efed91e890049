//! User records → entries: one each, or many in an aggregate that fills.

use crate::api::record::Record;
use crate::producer::aggregate::Aggregate;
use crate::producer::connectivity::OnlineMs;
use crate::producer::entry::Entry;
use crate::producer::key_map::KeyMap;
use crate::text::text;

/// The aggregates that are being filled: one a lane.
#[derive(Debug)]
pub struct Collector {
    aggregate_bytes_max: usize,
    open: KeyMap<Open>,
    /// Of what was collected since all was closed.
    first_expiry: Option<OnlineMs>,
}

#[derive(Debug)]
struct Open {
    /// The first record as an entry of its own: what is sent if no other joins it.
    entry: Entry,
    /// All of them, once a second one has come.
    aggregate: Option<Aggregate>,
}

impl Collector {
    /// Nothing collected yet.
    #[must_use]
    pub fn new(aggregate_bytes_max: usize, seed: u64) -> Self {
        Self {
            aggregate_bytes_max,
            open: KeyMap::new(seed),
            first_expiry: None,
        }
    }

    /// When the oldest record in it is past its life, or before that.
    #[must_use]
    pub fn first_expiry(&self) -> Option<OnlineMs> {
        self.first_expiry
    }

    /// No aggregate is being filled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Adds a record to the aggregate of its lane. What is complete by that goes to `done`, in order.
    pub fn add(&mut self, entry: Entry, done: &mut Vec<Entry>) {
        let bytes_max = self.aggregate_bytes_max;
        let (lane, expires_at) = (entry.lane, entry.expires_at);
        let is_too_large = len_with(&Aggregate::default(), &entry.record()) > bytes_max;
        if let Some(open) = self.open.get_mut(lane) {
            if open.takes(&entry, bytes_max) {
                open.join(&entry);
                self.note_expiry(expires_at);
                return;
            }
            if let Some(open) = self.open.remove(lane) {
                done.push(open.close());
            }
        }
        if is_too_large {
            // Larger than any aggregate: it goes alone, behind what its lane has collected.
            done.push(entry);
            return;
        }
        self.note_expiry(expires_at);
        let aggregate = None;
        self.open.insert(lane, Open { entry, aggregate });
    }

    /// Closes every aggregate, so that it can be sent.
    pub fn close_all(&mut self, done: &mut Vec<Entry>) {
        self.first_expiry = None;
        for open in self.open.take() {
            done.push(open.close());
        }
    }

    fn note_expiry(&mut self, expires_at: OnlineMs) {
        let before = self.first_expiry.unwrap_or(OnlineMs::MAX);
        self.first_expiry = Some(before.min(expires_at));
    }
}

impl Open {
    /// Whether a record may share the aggregate, and there is room for it.
    fn takes(&mut self, entry: &Entry, bytes_max: usize) -> bool {
        let hash_key = self.entry.record().explicit_hash_key;
        if !entry.by_shard && entry.record().explicit_hash_key != hash_key {
            // It is for another shard, whatever its partition key says.
            return false;
        }
        let aggregate = self.aggregate.get_or_insert_with(|| {
            let mut aggregate = Aggregate::default();
            push(&mut aggregate, &self.entry.record());
            aggregate
        });
        len_with(aggregate, &entry.record()) <= bytes_max
    }

    fn join(&mut self, other: &Entry) {
        if let Some(aggregate) = &mut self.aggregate {
            push(aggregate, &other.record());
        }
        let entry = &mut self.entry;
        for id in other.records.iter() {
            entry.records.later.push(id);
        }
        entry.buffered_bytes += other.buffered_bytes;
        entry.attempts = entry.attempts.max(other.attempts);
        entry.expires_at = entry.expires_at.min(other.expires_at);
    }

    /// One record alone is sent raw, as the KPL does it.
    fn close(self) -> Entry {
        let mut entry = self.entry;
        let Some(aggregate) = self.aggregate.filter(|aggregate| aggregate.count() > 1) else {
            return entry;
        };
        // As the KPL has it: the hash key decides, and the key is any.
        let shard = entry.expected_shard().map(|shard| text![shard]);
        let keys = shard.as_deref().map(|shard| ("a", shard));
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

//! User records → entries: one each, or many in an aggregate that fills.

use crate::aggregate::Aggregate;
use crate::api::put_entry;
use crate::encoding::Encoding;
use crate::entry::{Entry, Lane, RecordId, ShardId};
use crate::online::OnlineMs;
use crate::record::Record;
use crate::shard::hash_key;
use crate::text::text;
use std::collections::BTreeMap;

/// A record with what the producer knows of it.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// What was put.
    pub record: Record<'a>,
    /// Its name.
    pub id: RecordId,
    /// When it is given up.
    pub expires_at: OnlineMs,
    /// How often it was sent before.
    pub attempts: u32,
}

/// The aggregates that are being filled.
#[derive(Debug, Default)]
pub struct Collector {
    aggregate_bytes_max: usize,
    encoding: Encoding,
    open: BTreeMap<Group, Open>,
    /// Of what was collected since all was closed.
    first_expiry: Option<OnlineMs>,
}

/// Records that may share an aggregate: of one partition key and explicit hash key, or of one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Wherever this key lands, all of it lands.
    Key(Lane, Option<u128>),
    /// A shard by the first hash key of its range.
    Shard(ShardId),
}

#[derive(Debug)]
struct Open {
    aggregate: Aggregate,
    /// The first record as an entry of its own: what is sent if no other joins it.
    first: Entry,
    outer_key: String,
    outer_hash_key: Option<String>,
    later: Vec<RecordId>,
    buffered_bytes: usize,
}

impl Collector {
    /// Nothing collected yet.
    #[must_use]
    pub fn new(aggregate_bytes_max: usize, encoding: Encoding) -> Self {
        Self {
            aggregate_bytes_max,
            encoding,
            open: BTreeMap::new(),
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

    /// Adds a record to the aggregate of its group. What is complete by that goes to `done`.
    pub fn add(&mut self, group: Group, incoming: Incoming, done: &mut Vec<Entry>) {
        let Record {
            data,
            partition_key,
            explicit_hash_key,
        } = incoming.record;
        let fits = |aggregate: &Aggregate| {
            aggregate.encoded_len_with(data, partition_key, explicit_hash_key)
                <= self.aggregate_bytes_max
        };
        if !fits(&Aggregate::default()) {
            // Larger than any aggregate: it goes alone, behind what its group has collected.
            self.close(group, done);
            done.push(single(incoming, group, self.encoding));
            return;
        }
        if self
            .open
            .get(&group)
            .is_some_and(|open| !fits(&open.aggregate))
        {
            self.close(group, done);
        }
        let before = self.first_expiry.unwrap_or(OnlineMs::MAX);
        self.first_expiry = Some(before.min(incoming.expires_at));
        if let Some(open) = self.open.get_mut(&group) {
            open.join(incoming);
        } else {
            let open = Open::new(group, incoming, self.encoding);
            self.open.insert(group, open);
        }
    }

    /// Closes what the key of a group has collected under other explicit hash keys: order is a promise to the partition key.
    pub fn close_others(&mut self, group: Group, done: &mut Vec<Entry>) {
        let Group::Key(lane, _) = group else {
            return;
        };
        let all_of_key = Group::Key(lane, None)..=Group::Key(lane, Some(u128::MAX));
        let mut of_key = self.open.range(all_of_key).map(|(other, _)| *other);
        // There is one at most, as this was done when it was opened.
        if let Some(other) = of_key.find(|other| *other != group) {
            self.close(other, done);
        }
    }

    /// Closes every aggregate, so that it can be sent.
    pub fn close_all(&mut self, done: &mut Vec<Entry>) {
        self.first_expiry = None;
        for (_, open) in core::mem::take(&mut self.open) {
            done.push(open.close(self.encoding));
        }
    }

    fn close(&mut self, group: Group, done: &mut Vec<Entry>) {
        let open = self.open.remove(&group);
        done.extend(open.map(|open| open.close(self.encoding)));
    }
}

impl Open {
    fn new(group: Group, incoming: Incoming, encoding: Encoding) -> Self {
        let record = incoming.record;
        let mut aggregate = Aggregate::default();
        aggregate.push(record.data, record.partition_key, record.explicit_hash_key);
        let (outer_key, outer_hash_key) = match group {
            Group::Key(..) => (
                record.partition_key.into(),
                record.explicit_hash_key.map(Into::into),
            ),
            // As the KPL has it: the hash key decides, and the key is any.
            Group::Shard(first_hash_key) => ("a".into(), Some(text![first_hash_key])),
        };
        Self {
            aggregate,
            first: single(incoming, group, encoding),
            outer_key,
            outer_hash_key,
            later: Vec::new(),
            buffered_bytes: record.bytes(),
        }
    }

    fn join(&mut self, incoming: Incoming) {
        let Record {
            data,
            partition_key,
            explicit_hash_key,
        } = incoming.record;
        self.aggregate.push(data, partition_key, explicit_hash_key);
        self.later.push(incoming.id);
        self.buffered_bytes += incoming.record.bytes();
        self.first.attempts = self.first.attempts.max(incoming.attempts);
        self.first.expires_at = self.first.expires_at.min(incoming.expires_at);
    }

    /// One record alone is sent raw, as the KPL does it.
    fn close(self, encoding: Encoding) -> Entry {
        let mut entry = self.first;
        if self.later.is_empty() {
            return entry;
        }
        let data = self.aggregate.finish();
        let record = Record {
            data: &data,
            partition_key: &self.outer_key,
            explicit_hash_key: self.outer_hash_key.as_deref(),
        };
        entry.encoded.clear();
        put_entry(&mut entry.encoded, &record, encoding);
        entry.bytes = record.bytes();
        entry.records.extend(self.later);
        entry.buffered_bytes = self.buffered_bytes;
        entry.is_aggregate = true;
        entry
    }
}

/// An entry of one record.
#[must_use]
pub fn single(incoming: Incoming, group: Group, encoding: Encoding) -> Entry {
    let record = incoming.record;
    let mut encoded = Vec::new();
    put_entry(&mut encoded, &record, encoding);
    let (lane, expected_shard) = match group {
        Group::Key(lane, _) => (lane, None),
        Group::Shard(shard) => (shard, Some(shard)),
    };
    Entry {
        encoded,
        span: 0..0,
        bytes: record.bytes(),
        records: vec![incoming.id],
        buffered_bytes: record.bytes(),
        lane,
        expected_shard,
        is_aggregate: false,
        attempts: incoming.attempts,
        expires_at: incoming.expires_at,
        last_error: None,
    }
}

/// The group of a record by its keys alone.
#[must_use]
pub fn key_group(record: &Record) -> Group {
    let explicit = record.explicit_hash_key.and_then(|key| key.parse().ok());
    Group::Key(hash_key(record.partition_key), explicit)
}

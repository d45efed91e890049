//! One entry of a `PutRecords` request on its way: a record, or an aggregate of many.

use crate::api::record::Record;
use crate::error::Error;
use crate::producer::connectivity::OnlineMs;
use crate::producer::deaggregate::{UserRecord, deaggregate};
use crate::producer::packed_record::Content;
use core::ops::{Deref, DerefMut};

/// What is sent, retried and settled as one. It moves from queue to queue, so it is a pointer to its parts.
///
/// Its bytes are kept as they were put, and encoded each time they are sent. Encoded they take half as much again, and a
/// buffer may be megabytes of them; to encode costs less than to copy what was encoded from the heap.
#[derive(Debug)]
pub struct Entry(Box<Parts>);

/// The parts of an [`Entry`].
#[derive(Debug)]
pub struct Parts {
    content: Content,
    /// Many records in the KPL's format.
    pub is_aggregate: bool,
    /// It must land on the shard that its lane names, or is predicted to.
    pub by_shard: bool,
    /// How many times it was sent.
    pub attempts: u32,
    /// The user records in it.
    pub records: RecordIds,
    /// What these count against the buffer.
    pub buffered_bytes: usize,
    /// Entries of one lane keep their order, where order is promised.
    pub lane: Lane,
    /// When its oldest record is given up.
    pub expires_at: OnlineMs,
    /// Why the last try failed.
    pub last_error: Option<Box<Error>>,
}

/// The names of the user records in an entry: one, and for an aggregate more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordIds {
    /// Mostly there is no other, and no list to allocate.
    pub first: RecordId,
    /// The others.
    pub later: Vec<RecordId>,
}

/// Names a user record from `put` until it settles.
pub type RecordId = u64;

/// Records that must keep their order have the same lane: the hash key of their partition key, or their shard.
pub type Lane = u128;

/// A shard by the first hash key of its range: unlike an index it means the same before and after a refresh of the map.
pub type ShardId = u128;

impl Entry {
    /// An entry of one record that is acceptable to Kinesis, in no lane yet.
    #[must_use]
    pub fn new(id: RecordId, content: Content, expires_at: OnlineMs) -> Self {
        Self(Box::new(Parts {
            is_aggregate: false,
            by_shard: false,
            attempts: 0,
            records: RecordIds {
                first: id,
                later: Vec::new(),
            },
            buffered_bytes: content.counted_bytes(),
            content,
            lane: 0,
            expires_at,
            last_error: None,
        }))
    }

    /// What is sent: the record, or the aggregate.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        self.content.record()
    }

    /// What counts against the limits of a request and a shard: data plus partition key.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.content.counted_bytes()
    }

    /// Sends an aggregate of more records in place of the first; under other keys where some are given.
    pub fn set_aggregate(&mut self, mut data: Vec<u8>, keys: Option<(&str, &str)>) {
        let record = self.content.record();
        let (partition_key, hash_key) =
            keys.unwrap_or((record.partition_key, record.explicit_hash_key.unwrap_or_default()));
        data.reserve_exact(partition_key.len() + hash_key.len());
        data.extend_from_slice(partition_key.as_bytes());
        data.extend_from_slice(hash_key.as_bytes());
        self.content = Content {
            partition_key_len: partition_key.len(),
            hash_key_len: hash_key.len(),
            bytes: data,
        };
        self.is_aggregate = true;
    }

    /// The end of its way: what is left are the names of its records.
    #[must_use]
    pub fn into_records(self) -> RecordIds {
        self.0.records
    }

    /// The shard where it must land, or is predicted to.
    #[must_use]
    pub fn expected_shard(&self) -> Option<ShardId> {
        self.by_shard.then_some(self.lane)
    }

    /// The user records in it, as they were put, each as an entry of its own.
    pub fn for_each_record(&self, visit: &mut dyn FnMut(Self)) {
        let Record {
            data,
            partition_key,
            explicit_hash_key,
        } = self.record();
        let users = if self.is_aggregate {
            deaggregate(data, partition_key, explicit_hash_key)
        } else {
            // Its data may be an aggregate that somebody else has made, and is left as it is.
            vec![UserRecord {
                partition_key,
                explicit_hash_key,
                data,
                sub_sequence_number: 0,
            }]
        };
        for (user, id) in users.iter().zip(self.records.iter()) {
            let content = Content::new(user.data, user.partition_key, user.explicit_hash_key);
            let mut entry = Self::new(id, content, self.expires_at);
            entry.attempts = self.attempts;
            visit(entry);
        }
    }
}

impl Deref for Entry {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Entry {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl RecordIds {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.later.len()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = RecordId> {
        (0..self.count()).map(|place| match place {
            0 => self.first,
            _ => self.later[place - 1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_gives_back_the_record_that_was_put() {
        let longest = "😀".repeat(256);
        let hash_key = u128::MAX.to_string();
        for (data, key, hash_key) in [
            (b"".as_slice(), "k", None),
            (b"data", &*longest, Some(&*hash_key)),
            (b"\xff\x00", "é", Some("0")),
        ] {
            let entry = Entry::new(1, Content::new(data, key, hash_key), 2);
            let kept = entry.record();
            assert_eq!(kept.data, data);
            assert_eq!(kept.partition_key, key);
            assert_eq!(kept.explicit_hash_key, hash_key);
            assert_eq!(entry.bytes(), data.len() + key.len());
        }
    }
}

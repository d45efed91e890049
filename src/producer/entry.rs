//! An entry of a `PutRecords` request: a record, or an aggregate of many.

use crate::api::record::Record;
use crate::error::Error;
use crate::producer::connectivity::OnlineTime;
use crate::producer::deaggregate::{UserRecord, deaggregate};
use crate::producer::packed_record::PackedRecord;
use crate::time::UnixMs;
use core::ops::{Deref, DerefMut};

/// What is sent, retried and settled as one. An entry moves between queues, so it is a pointer to its parts.
///
/// The entry keeps the record as it was put, and encodes it for each request: as JSON it has one and a half times as
/// many bytes, a buffer may hold megabytes, and encoding costs less than a copy of encoded bytes from the heap.
#[derive(Debug)]
pub struct Entry(Box<EntryFields>);

/// The fields of an [`Entry`], which is a pointer to them.
#[derive(Debug)]
pub struct EntryFields {
    packed: PackedRecord,
    /// Whether it is an aggregate of user records, in the format of the KPL.
    pub is_aggregate: bool,
    /// Whether it was routed by shard: the group key is then the first hash key of the shard that has to store it.
    pub is_routed_by_shard: bool,
    /// The most entries of a request with this entry: half as many as the last request had that contained this entry
    /// and was refused as a whole, or had no response in time.
    pub batch_entries_max: usize,
    /// How many times it was sent, without the attempts that do not count: those lost while offline, refused for a
    /// cause that the operator can repair, or refused with the whole request, which is then halved.
    pub attempts: u32,
    /// The ids of its user records.
    pub records: RecordIds,
    /// Bytes that its user records use of the buffer.
    pub buffered_bytes: usize,
    /// Decides which records share an aggregate, and which entries keep their order.
    pub group_key: GroupKey,
    /// When the time to live of its oldest record is over.
    pub expiry: OnlineTime,
    /// The error of the last attempt.
    pub last_error: Option<Box<Error>>,
    /// When its first record was put; [`NO_PUT_TIME`] if the time until its first request was measured already, or is
    /// not to be measured.
    pub put_at: UnixMs,
    /// When its other records were put: pairs of a time and the number of records that were put then.
    pub others_put_at: Vec<(UnixMs, u32)>,
}

/// The value of `put_at` where there is no buffering time to measure. An `Option` would make each entry larger.
pub const NO_PUT_TIME: UnixMs = UnixMs::MIN;

/// The ids of the user records in an entry: one, or many in an aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordIds {
    /// The id of the first record. It is outside of the list, so that an entry of one record needs no list.
    pub first: RecordId,
    /// The ids of the other records.
    pub others: Vec<RecordId>,
}

/// Identifies a user record from `put` until it settles.
pub type RecordId = u64;

/// Records with the same group key may share an aggregate, and keep their order if the producer is ordered. It is the
/// hash key of their partition key or, where records are routed by shard, the first hash key of their shard.
pub type GroupKey = u128;

/// Identifies a shard by the first hash key of its range, which stays the same when the shards are listed again.
pub type FirstHashKey = u128;

impl Entry {
    /// An entry of one valid record, without a group key.
    #[must_use]
    pub fn new(id: RecordId, packed: PackedRecord, expiry: OnlineTime) -> Self {
        Self(Box::new(EntryFields {
            is_aggregate: false,
            is_routed_by_shard: false,
            batch_entries_max: usize::MAX,
            attempts: 0,
            records: RecordIds {
                first: id,
                others: Vec::new(),
            },
            buffered_bytes: packed.counted_bytes(),
            packed,
            group_key: 0,
            expiry,
            last_error: None,
            put_at: NO_PUT_TIME,
            others_put_at: Vec::new(),
        }))
    }

    /// Takes back the attempt that was counted when the entry joined a request: it is one of those that do not count.
    pub fn uncount_attempt(&mut self) {
        self.attempts -= 1;
    }

    /// The record to send; for an aggregate the Kinesis record that contains all user records.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        self.packed.record()
    }

    /// Bytes that count against the limits of requests and shards: data plus partition key.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.packed.counted_bytes()
    }

    /// Replaces the record by an aggregate, under the partition key and explicit hash key in `keys`, or under those of
    /// the record.
    pub fn set_aggregate(&mut self, data: Vec<u8>, keys: Option<(&str, &str)>) {
        let record = self.packed.record();
        let own_keys = (record.partition_key, record.explicit_hash_key.unwrap_or_default());
        let (partition_key, hash_key) = keys.unwrap_or(own_keys);
        self.packed = PackedRecord::with_keys(data, partition_key, hash_key);
        self.is_aggregate = true;
    }

    /// The ids of its records.
    #[must_use]
    pub fn into_records(self) -> RecordIds {
        self.0.records
    }

    /// The first hash key of the shard that has to store it, where it was routed by shard.
    #[must_use]
    pub fn expected_shard(&self) -> Option<FirstHashKey> {
        self.is_routed_by_shard.then_some(self.group_key)
    }

    /// Calls `handle` with each user record, as an entry of its own.
    pub fn for_each_record(&self, handle: &mut dyn FnMut(Self)) {
        let Record {
            data,
            partition_key,
            explicit_hash_key,
        } = self.record();
        let users = if self.is_aggregate {
            deaggregate(data, partition_key, explicit_hash_key)
        } else {
            // The data may be an aggregate that the user has built. It stays as it is.
            vec![UserRecord {
                partition_key,
                explicit_hash_key,
                data,
                sub_sequence_number: 0,
            }]
        };
        for (user, id) in users.iter().zip(self.records.iter()) {
            let packed = PackedRecord::new(user.data, user.partition_key, user.explicit_hash_key);
            let mut entry = Self::new(id, packed, self.expiry);
            entry.attempts = self.attempts;
            entry.put_at = self.put_at;
            handle(entry);
        }
    }
}

impl Deref for Entry {
    type Target = EntryFields;

    fn deref(&self) -> &EntryFields {
        &self.0
    }
}

impl DerefMut for Entry {
    fn deref_mut(&mut self) -> &mut EntryFields {
        &mut self.0
    }
}

impl RecordIds {
    /// The number of records.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// All ids.
    pub fn iter(&self) -> impl Iterator<Item = RecordId> {
        (0..self.count()).map(|place| match place {
            0 => self.first,
            _ => self.others[place - 1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_returns_the_record_that_was_put() {
        let longest = "😀".repeat(256);
        let hash_key = u128::MAX.to_string();
        for (data, key, hash_key) in [
            (b"".as_slice(), "k", None),
            (b"data", &*longest, Some(&*hash_key)),
            (b"\xff\x00", "é", Some("0")),
        ] {
            let entry = Entry::new(1, PackedRecord::new(data, key, hash_key), 2);
            let record = entry.record();
            assert_eq!(record.data, data);
            assert_eq!(record.partition_key, key);
            assert_eq!(record.explicit_hash_key, hash_key);
            assert_eq!(entry.bytes(), data.len() + key.len());
        }
    }
}

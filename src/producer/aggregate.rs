//! An aggregate: many user records in one Kinesis record, in the format of the Kinesis Producer Library (KPL),
//! <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>.
//!
//! It is a magic number, a protobuf message and the MD5 digest of the message:
//! ```text
//! AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2;
//!                    repeated Record records = 3; }
//! Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2;
//!          required bytes data = 3; repeated Tag tags = 4; }
//! ```

use crate::producer::protobuf::{BYTES, TAG_BYTES, VARINT, bytes_len, put_bytes, put_varint, varint_len};
use core::ops::Range;
use md5::{Digest, Md5};

/// An aggregate while it fills. Records are encoded as they are pushed, so that the size is always known.
///
/// The Kinesis Client Library (KCL) silently drops a whole aggregate if one of its records hashes outside the shard
/// that it was read from. An aggregate must therefore hold records of one shard only, or of one partition key.
#[derive(Debug, Default)]
pub struct Aggregate {
    partition_keys: Table,
    explicit_hash_keys: Table,
    /// The encoded `records` of the message.
    records: Vec<u8>,
    count: usize,
}

impl Aggregate {
    /// Adds a user record.
    pub fn push(&mut self, data: &[u8], partition_key: &str, explicit_hash_key: Option<&str>) {
        let partition_key = self.partition_keys.add(PARTITION_KEY_TABLE, partition_key);
        let explicit_hash_key = explicit_hash_key.map(|key| self.explicit_hash_keys.add(EXPLICIT_HASH_KEY_TABLE, key));
        let out = &mut self.records;
        put_varint(out, RECORDS);
        let length = record_len(data, partition_key, explicit_hash_key);
        put_varint(out, length as u64);
        // The index is written even if it is 0, as the field is required.
        put_varint(out, PARTITION_KEY_INDEX);
        put_varint(out, partition_key as u64);
        if let Some(index) = explicit_hash_key {
            put_varint(out, EXPLICIT_HASH_KEY_INDEX);
            put_varint(out, index as u64);
        }
        put_bytes(out, DATA, data);
        self.count += 1;
    }

    /// The length of what [`finish`](Self::finish) returns, in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let tables = self.partition_keys.fields.len() + self.explicit_hash_keys.fields.len();
        MAGIC.len() + tables + self.records.len() + DIGEST_BYTES
    }

    /// The value of [`encoded_len`](Self::encoded_len) after a push of this record.
    #[must_use]
    pub fn encoded_len_with(&self, data: &[u8], partition_key: &str, explicit_hash_key: Option<&str>) -> usize {
        let (partition_key, mut growth) = self.partition_keys.would_add(partition_key);
        let explicit_hash_key = explicit_hash_key.map(|key| {
            let (index, bytes) = self.explicit_hash_keys.would_add(key);
            growth += bytes;
            index
        });
        let record = record_len(data, partition_key, explicit_hash_key);
        self.encoded_len() + growth + bytes_len(record)
    }

    /// The number of user records.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether there are no user records. Consumers do not recognise an aggregate without records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The data of the Kinesis record.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.encoded_len());
        data.extend_from_slice(&MAGIC);
        data.extend_from_slice(&self.partition_keys.fields);
        data.extend_from_slice(&self.explicit_hash_keys.fields);
        data.extend_from_slice(&self.records);
        let digest = digest(&data[MAGIC.len()..]);
        data.extend_from_slice(&digest);
        data
    }
}

/// One of the two tables of keys in the message. It contains each key once, in the order of first use.
#[derive(Debug, Default)]
struct Table {
    /// The encoded table.
    fields: Vec<u8>,
    /// The place of each key in `fields`.
    keys: Vec<Range<usize>>,
    /// The indices of `keys`, sorted by key. A binary search takes a dozen comparisons in an aggregate of the size that
    /// the KPL makes, whichever keys the user chooses; a hash table would allow chosen collisions.
    sorted: Vec<usize>,
    /// The index of the last key, which is usually the next one as well.
    last: usize,
}

impl Table {
    /// Returns the index of a key, and adds the key if the table does not have it.
    fn add(&mut self, tag: u64, key: &str) -> usize {
        self.last = self.find(key).unwrap_or_else(|place| {
            put_bytes(&mut self.fields, tag, key.as_bytes());
            let end = self.fields.len();
            self.keys.push(end - key.len()..end);
            let index = self.keys.len() - 1;
            self.sorted.insert(place, index);
            index
        });
        self.last
    }

    /// The index that a key has or would get, and by how many bytes the table would grow.
    fn would_add(&self, key: &str) -> (usize, usize) {
        match self.find(key) {
            Ok(index) => (index, 0),
            Err(_) => (self.keys.len(), bytes_len(key.len())),
        }
    }

    /// The index of a key, or the place in `sorted` where it belongs.
    fn find(&self, key: &str) -> Result<usize, usize> {
        let key = key.as_bytes();
        if !self.keys.is_empty() && self.key(self.last) == key {
            return Ok(self.last);
        }
        self.sorted
            .binary_search_by(|index| self.key(*index).cmp(key))
            .map(|place| self.sorted[place])
    }

    fn key(&self, index: usize) -> &[u8] {
        &self.fields[self.keys[index].clone()]
    }
}

/// The length of a `Record` without its tag and length.
fn record_len(data: &[u8], partition_key: usize, explicit_hash_key: Option<usize>) -> usize {
    let index_len = |index| TAG_BYTES + varint_len(index);
    index_len(partition_key) + explicit_hash_key.map_or(0, index_len) + bytes_len(data.len())
}

pub(super) fn digest(message: &[u8]) -> [u8; DIGEST_BYTES] {
    Md5::digest(message).into()
}

pub(super) const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
pub(super) const DIGEST_BYTES: usize = 16;

// The tag of a field: its number, and its wire type in the low three bits.
pub(super) const PARTITION_KEY_TABLE: u64 = 1 << 3 | BYTES;
pub(super) const EXPLICIT_HASH_KEY_TABLE: u64 = 2 << 3 | BYTES;
pub(super) const RECORDS: u64 = 3 << 3 | BYTES;
pub(super) const PARTITION_KEY_INDEX: u64 = 1 << 3 | VARINT;
pub(super) const EXPLICIT_HASH_KEY_INDEX: u64 = 2 << 3 | VARINT;
pub(super) const DATA: u64 = 3 << 3 | BYTES;

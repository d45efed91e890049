//! Many user records in one Kinesis record, and out of it again: the format of the Kinesis Producer Library (KPL),
//! <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>.
//!
//! A magic number, a protobuf message, the MD5 of the message:
//! ```text
//! AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2;
//!                    repeated Record records = 3; }
//! Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2;
//!          required bytes data = 3; repeated Tag tags = 4; }
//! ```

use core::ops::Range;
use md5::{Digest, Md5};

/// An aggregate that is being filled. Everything is encoded as it is pushed, so that its size is known at any time.
///
/// The Kinesis Client Library (KCL) drops a whole aggregate, without a word, when one of its records hashes outside the
/// shard that it was read from: fill an aggregate with records of one shard only, or of one key.
#[derive(Debug, Default)]
pub struct Aggregate {
    partition_keys: Table,
    explicit_hash_keys: Table,
    /// The message's `records`, as they stand in it.
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
        // Index 0 is written too: the field is required.
        put_varint(out, PARTITION_KEY_INDEX);
        put_varint(out, partition_key as u64);
        if let Some(index) = explicit_hash_key {
            put_varint(out, EXPLICIT_HASH_KEY_INDEX);
            put_varint(out, index as u64);
        }
        put_bytes(out, DATA, data);
        self.count += 1;
    }

    /// What [`finish`](Self::finish) would give, in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let tables = self.partition_keys.fields.len() + self.explicit_hash_keys.fields.len();
        MAGIC.len() + tables + self.records.len() + DIGEST_BYTES
    }

    /// What [`encoded_len`](Self::encoded_len) would be after a push of this record.
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

    /// How many user records are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Nothing was pushed. What [`finish`](Self::finish) gives then is no aggregate to any consumer.
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

/// What a consumer gets: a record as it was put, before any aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserRecord<'a> {
    /// The key that it was put under.
    pub partition_key: &'a str,
    /// The hash key that it was put under, where it had one.
    pub explicit_hash_key: Option<&'a str>,
    /// The bytes that were put.
    pub data: &'a [u8],
    /// Its place in the aggregate; 0 for a record that is none.
    pub sub_sequence_number: usize,
}

/// The user records in a Kinesis record: all in the order of their pushes for an aggregate, and the record itself for any
/// other.
///
/// As for the KCL, what lacks the magic number, a message, the right checksum or a field that is required, or is no
/// protobuf, is no aggregate; a message without records is one, of no user records; a record without an index has no
/// explicit hash key. It differs where the KCL would lose or alter records. With an index outside its table the KCL logs
/// the aggregate and goes on without the rest of it, and where a key is not UTF-8 it puts U+FFFD: here such a record comes
/// back whole. And nothing is dropped for its hash key, as shards are not known here.
///
/// No bytes make it panic, and it allocates a small multiple of their length at most.
#[must_use]
pub fn deaggregate<'a>(
    data: &'a [u8],
    partition_key: &'a str,
    explicit_hash_key: Option<&'a str>,
) -> Vec<UserRecord<'a>> {
    message(data).and_then(user_records).unwrap_or_else(|| {
        vec![UserRecord {
            partition_key,
            explicit_hash_key,
            data,
            sub_sequence_number: 0,
        }]
    })
}

/// One of the message's two lists of keys, each key in it once, in order of first use.
#[derive(Debug, Default)]
struct Table {
    /// The list as it stands in the message.
    fields: Vec<u8>,
    /// Where each key stands in `fields`.
    keys: Vec<Range<usize>>,
    /// The indices of `keys` in the order of the keys. A search is a dozen comparisons for as many keys as an aggregate of
    /// the KPL's size can have, whoever chose them: keys can be made to collide in a hash table. The maps of the standard
    /// library would add 1.2 KB and more to the gzipped module.
    sorted: Vec<usize>,
    /// The index of the key that was added last. Mostly it is the next one too.
    last: usize,
}

impl Table {
    /// Adds a key unless it is there, and returns its index.
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

    /// The index that a key has or would get, and by how many bytes the list would grow.
    fn would_add(&self, key: &str) -> (usize, usize) {
        match self.find(key) {
            Ok(index) => (index, 0),
            Err(_) => (self.keys.len(), bytes_len(key.len())),
        }
    }

    /// The index of a key, or else the place in `sorted` for it.
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

/// A `Record` without its tag and length.
fn record_len(data: &[u8], partition_key: usize, explicit_hash_key: Option<usize>) -> usize {
    let index_len = |index| TAG_BYTES + varint_len(index);
    index_len(partition_key) + explicit_hash_key.map_or(0, index_len) + bytes_len(data.len())
}

/// A field of that many bytes, with its tag and length.
fn bytes_len(length: usize) -> usize {
    TAG_BYTES + varint_len(length) + length
}

fn varint_len(value: usize) -> usize {
    // Seven bits a byte, and a byte for 0 as well.
    (value | 1).ilog2() as usize / 7 + 1
}

fn put_bytes(out: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    put_varint(out, tag);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// The message of data that has the magic number and the right checksum. An empty message is none.
fn message(data: &[u8]) -> Option<&[u8]> {
    let (message, checksum) = data.strip_prefix(&MAGIC)?.split_last_chunk()?;
    (!message.is_empty() && *checksum == digest(message)).then_some(message)
}

fn digest(message: &[u8]) -> [u8; DIGEST_BYTES] {
    Md5::digest(message).into()
}

/// Nothing, where the message is malformed. The order of fields is free in protobuf, so the tables are read to the end
/// before a record is.
fn user_records(message: &[u8]) -> Option<Vec<UserRecord<'_>>> {
    let mut partition_keys = Vec::new();
    let mut explicit_hash_keys = Vec::new();
    let mut records = Vec::new();
    let mut fields = Reader(message);
    while !fields.is_empty() {
        match fields.tag()? {
            PARTITION_KEY_TABLE => partition_keys.push(fields.text()?),
            EXPLICIT_HASH_KEY_TABLE => explicit_hash_keys.push(fields.text()?),
            RECORDS => records.push(fields.bytes()?),
            other => fields.skip(other, GROUPS_DEEP_MAX)?,
        }
    }
    let mut found = Vec::new();
    for record in records {
        let place = found.len();
        found.push(user_record(record, place, &partition_keys, &explicit_hash_keys)?);
    }
    Some(found)
}

/// A field that is there more than once counts as it was last, as protobuf wants it.
fn user_record<'a>(
    record: &'a [u8],
    place: usize,
    partition_keys: &[&'a str],
    explicit_hash_keys: &[&'a str],
) -> Option<UserRecord<'a>> {
    let mut partition_key = None;
    let mut explicit_hash_key = None;
    let mut data = None;
    let mut fields = Reader(record);
    while !fields.is_empty() {
        match fields.tag()? {
            PARTITION_KEY_INDEX => partition_key = Some(fields.varint()?),
            EXPLICIT_HASH_KEY_INDEX => explicit_hash_key = Some(fields.varint()?),
            DATA => data = Some(fields.bytes()?),
            other => fields.skip(other, GROUPS_DEEP_MAX)?,
        }
    }
    Some(UserRecord {
        partition_key: entry(partition_keys, partition_key?)?,
        explicit_hash_key: match explicit_hash_key {
            Some(index) => Some(entry(explicit_hash_keys, index)?),
            None => None,
        },
        data: data?,
        sub_sequence_number: place,
    })
}

fn entry<'a>(table: &[&'a str], index: u64) -> Option<&'a str> {
    table.get(usize::try_from(index).ok()?).copied()
}

/// Reads protobuf from front to back, <https://protobuf.dev/programming-guides/encoding/>. Nothing comes of what is
/// malformed.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number and wire type of the next field.
    fn tag(&mut self) -> Option<u64> {
        let tag = self.varint()?;
        (FIELD_ONE..=u64::from(u32::MAX)).contains(&tag).then_some(tag)
    }

    #[inline(never)] // a copy for every call would add 0.3 KB to the gzipped module
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..VARINT_BYTES_MAX {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if *byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.bytes()?).ok()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Passes over the value of a field that has no meaning here: one that was added later, or a known number with another
    /// wire type.
    fn skip(&mut self, tag: u64, groups_deep_max: u32) -> Option<()> {
        match tag & WIRE_TYPE {
            VARINT => self.varint().map(drop),
            FIXED_64 => self.take(8).map(drop),
            BYTES => self.bytes().map(drop),
            FIXED_32 => self.take(4).map(drop),
            GROUP => self.skip_group(tag, groups_deep_max.checked_sub(1)?),
            _ => None,
        }
    }

    /// Passes over fields up to the end of the group that began with a tag.
    fn skip_group(&mut self, start: u64, groups_deep_max: u32) -> Option<()> {
        loop {
            match self.tag()? {
                end if end == start - GROUP + GROUP_END => return Some(()),
                inner => self.skip(inner, groups_deep_max)?,
            }
        }
    }
}

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const DIGEST_BYTES: usize = 16;

// Tags: a field's number, then three bits for the form of its value.
const PARTITION_KEY_TABLE: u64 = 1 << 3 | BYTES;
const EXPLICIT_HASH_KEY_TABLE: u64 = 2 << 3 | BYTES;
const RECORDS: u64 = 3 << 3 | BYTES;
const PARTITION_KEY_INDEX: u64 = 1 << 3 | VARINT;
const EXPLICIT_HASH_KEY_INDEX: u64 = 2 << 3 | VARINT;
const DATA: u64 = 3 << 3 | BYTES;
/// What each of them takes.
const TAG_BYTES: usize = 1;
/// The lowest tag. Field 0 is not allowed.
const FIELD_ONE: u64 = 1 << 3;

const WIRE_TYPE: u64 = 7;
const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const BYTES: u64 = 2;
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;
const FIXED_32: u64 = 5;

/// 64 bits. More than that is dropped from the last byte, as protobuf's own readers do it.
const VARINT_BYTES_MAX: u32 = 10;
/// Groups in groups. Protobuf's own readers stop here too.
const GROUPS_DEEP_MAX: u32 = 100;

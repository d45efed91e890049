//! The user records in an aggregate.

use crate::producer::aggregate::{
    DATA, EXPLICIT_HASH_KEY_INDEX, EXPLICIT_HASH_KEY_TABLE, MAGIC, PARTITION_KEY_INDEX, PARTITION_KEY_TABLE, RECORDS,
    digest,
};
use crate::producer::protobuf::{GROUPS_DEEP_MAX, Reader};

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

/// The message of data that has the magic number and the right checksum. An empty message is none.
fn message(data: &[u8]) -> Option<&[u8]> {
    let (message, checksum) = data.strip_prefix(&MAGIC)?.split_last_chunk()?;
    (!message.is_empty() && *checksum == digest(message)).then_some(message)
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

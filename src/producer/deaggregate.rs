//! The user records in an aggregate.

use crate::api::record::PARTITION_KEY_CHARS_MAX;
use crate::producer::aggregate::{
    DATA, EXPLICIT_HASH_KEY_INDEX, EXPLICIT_HASH_KEY_TABLE, MAGIC, PARTITION_KEY_INDEX, PARTITION_KEY_TABLE, RECORDS,
    digest,
};
use crate::producer::protobuf::{GROUPS_DEEP_MAX, Reader};

/// A user record: a record as it was put, before aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserRecord<'a> {
    /// Its partition key.
    pub partition_key: &'a str,
    /// Its explicit hash key, if it has one.
    pub explicit_hash_key: Option<&'a str>,
    /// Its data.
    pub data: &'a [u8],
    /// Its index in the aggregate; 0 for a record outside of an aggregate.
    pub sub_sequence_number: usize,
}

/// The user records in a Kinesis record: those of an aggregate in the order of their pushes, or the record itself if it
/// is no aggregate.
///
/// As in the KCL, data without the magic number, a non-empty message, the right checksum or a required field is not an
/// aggregate, and neither is data whose message is malformed protobuf. A message without records is an aggregate of
/// none. A record without an index of an explicit hash key has none. The function differs where the KCL would lose or
/// alter records: if an index is outside its table, the KCL drops the rest of the aggregate, and if a key is not UTF-8,
/// it inserts U+FFFD; here such a record is returned as it is. No record is dropped for its hash key, as the shards are
/// unknown here.
///
/// It never panics, and allocates at most a small multiple of the length of `data`.
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

/// The message, if the data has the magic number, a non-empty message and the right checksum.
fn message(data: &[u8]) -> Option<&[u8]> {
    let (message, checksum) = data.strip_prefix(&MAGIC)?.split_last_chunk()?;
    (!message.is_empty() && *checksum == digest(message)).then_some(message)
}

/// `None` if the message is malformed. Protobuf does not order fields, so the tables are read completely before any
/// record.
fn user_records(message: &[u8]) -> Option<Vec<UserRecord<'_>>> {
    let mut partition_keys = Vec::new();
    let mut explicit_hash_keys = Vec::new();
    let mut records = Vec::new();
    let mut fields = Reader(message);
    while !fields.is_empty() {
        match fields.tag()? {
            PARTITION_KEY_TABLE => partition_keys.push(key(fields.text()?)?),
            EXPLICIT_HASH_KEY_TABLE => explicit_hash_keys.push(key(fields.text()?)?),
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

/// Of a repeated field the last value counts, as protobuf specifies.
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

/// A key that Kinesis may have accepted. A longer one is refused: many records of a small aggregate may have the same
/// key, and the host gets a copy of it for each.
fn key(text: &str) -> Option<&str> {
    (text.chars().count() <= PARTITION_KEY_CHARS_MAX).then_some(text)
}

/// The key at an index of a table.
fn entry<'a>(table: &[&'a str], index: u64) -> Option<&'a str> {
    table.get(usize::try_from(index).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::aggregate::Aggregate;

    #[test]
    fn an_aggregate_with_a_key_that_kinesis_cannot_have_accepted_stays_whole() {
        for (length, records) in [(256, 2), (257, 1)] {
            let key = "é".repeat(length);
            let mut aggregate = Aggregate::default();
            aggregate.push(b"one", &key, None);
            aggregate.push(b"two", &key, None);
            let data = aggregate.finish();
            let found = deaggregate(&data, "key", None);
            assert_eq!(found.len(), records, "{length}");
            assert_eq!(found[0].data == data, records == 1);
        }
    }
}

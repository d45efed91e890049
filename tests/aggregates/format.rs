//! Aggregates built and read, and the parts of their format.

use super::puts::Put;
use kinesis_edge::producer::aggregate::Aggregate;
use kinesis_edge::producer::deaggregate::{UserRecord, deaggregate};
use md5::{Digest, Md5};

/// Builds an aggregate, and checks the predicted length at each push.
pub fn aggregate(records: &[Put]) -> Vec<u8> {
    let mut aggregate = Aggregate::default();
    for (count, put) in records.iter().enumerate() {
        assert_eq!(aggregate.count(), count);
        assert_eq!(aggregate.is_empty(), count == 0);
        let predicted = aggregate.encoded_len_with(&put.data, &put.partition_key, put.hash_key());
        aggregate.push(&put.data, &put.partition_key, put.hash_key());
        assert_eq!(aggregate.encoded_len(), predicted);
    }
    let length = aggregate.encoded_len();
    let data = aggregate.finish();
    assert_eq!(data.len(), length);
    data
}

/// The user records, whose sub-sequence numbers count from 0.
pub fn user_records(data: &[u8]) -> Vec<Put> {
    let numbered = |(place, record): (usize, &UserRecord)| {
        assert_eq!(record.sub_sequence_number, place);
        Put::new(record.partition_key, record.explicit_hash_key, record.data)
    };
    opened(data).iter().enumerate().map(numbered).collect()
}

/// The user records of a message.
pub fn inside(message: &[u8]) -> Vec<Put> {
    user_records(&sealed(message))
}

/// The user records of the data of a Kinesis record.
pub fn opened(data: &[u8]) -> Vec<UserRecord<'_>> {
    deaggregate(data, OUTER_KEY, Some(OUTER_HASH_KEY))
}

/// Whether data is returned as the only record, as it is.
pub fn is_no_aggregate(data: &[u8]) -> bool {
    let whole = UserRecord {
        partition_key: OUTER_KEY,
        explicit_hash_key: Some(OUTER_HASH_KEY),
        data,
        sub_sequence_number: 0,
    };
    opened(data) == [whole]
}

/// A message with the magic number before it and its checksum after it.
pub fn sealed(message: &[u8]) -> Vec<u8> {
    [MAGIC, message, &Md5::digest(message)].concat()
}

pub fn message(aggregate: &[u8]) -> &[u8] {
    &aggregate[MAGIC.len()..aggregate.len() - DIGEST_BYTES]
}

/// Checks that there are not too many records: each has at least six bytes in the message.
pub fn check_bounds(data: &[u8]) {
    let count = opened(data).len();
    assert!(count <= 1.max(data.len() / 6), "{data:x?}");
}

pub const OUTER_KEY: &str = "outer";
pub const OUTER_HASH_KEY: &str = "7";
pub const MAGIC: &[u8] = &[0xf3, 0x89, 0x9a, 0xc2];
pub const DIGEST_BYTES: usize = 16;

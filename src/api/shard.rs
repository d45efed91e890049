//! Partition key → hash key → shard.
//!
//! Kinesis reads the MD5 of a partition key in UTF-8 as an unsigned 128-bit big-endian number, and stores the record on
//! the shard whose range of hash keys contains it:
//! <https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#partition-key>.

use crate::api::record::{Record, parse_hash_key};
use md5::{Digest, Md5};

/// The hash key of a partition key.
#[must_use]
pub fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(partition_key).into())
}

/// The hash key that selects the shard of a record.
#[must_use]
pub fn deciding_hash_key(record: &Record) -> u128 {
    let explicit = record.explicit_hash_key.and_then(|key| parse_hash_key(key, "").ok());
    explicit.unwrap_or_else(|| hash_key(record.partition_key))
}

/// The range of hash keys of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first hash key.
    pub starting: u128,
    /// The last hash key.
    pub ending: u128,
    /// Whether the shard accepts records. A shard that was split or merged is still listed, but closed.
    pub open: bool,
}

/// The index of the open shard whose range contains a hash key. The ranges have to be listed, as services divide the
/// hash keys with different rounding.
#[must_use]
pub fn find(ranges: &[Range], hash_key: u128) -> Option<usize> {
    ranges
        .iter()
        .position(|range| range.open && (range.starting..=range.ending).contains(&hash_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_keys_are_md5_in_decimal() {
        let expected = 16_955_237_001_963_240_173_058_271_559_858_726_497;
        assert_eq!(hash_key("a"), expected);
        let expected = 250_018_372_642_977_770_877_286_195_909_578_633_128;
        assert_eq!(hash_key("user-123"), expected);
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let range = |starting, ending, open| Range { starting, ending, open };
        let half = u128::MAX / 2;
        let ranges = [
            range(0, u128::MAX, false),
            range(0, half, true),
            range(half + 1, u128::MAX, true),
        ];
        for (key, index) in [(0, 1), (half, 1), (half + 1, 2), (u128::MAX, 2)] {
            assert_eq!(find(&ranges, key), Some(index));
        }
        assert_eq!(find(&ranges[..2], half + 1), None);
    }
}

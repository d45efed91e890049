//! A record in one piece of memory, as the host passes it.

use crate::api::record::Record;

/// Data, partition key and explicit hash key of a record, in this order and in one piece of memory.
#[derive(Debug, Default)]
pub struct PackedRecord {
    /// The bytes of all three.
    pub bytes: Vec<u8>,
    /// The length of the partition key in bytes.
    pub partition_key_len: usize,
    /// The length of the explicit hash key in bytes; 0 without one.
    pub hash_key_len: usize,
}

impl PackedRecord {
    /// Copies a record into one piece. An empty partition key or hash key means none.
    #[must_use]
    pub fn new(data: &[u8], partition_key: &str, explicit_hash_key: Option<&str>) -> Self {
        let hash_key = explicit_hash_key.unwrap_or_default();
        let mut bytes = Vec::with_capacity(data.len() + partition_key.len() + hash_key.len());
        bytes.extend_from_slice(data);
        Self::with_keys(bytes, partition_key, hash_key)
    }

    /// Adds the keys to data that is in memory of its own. An empty partition key or hash key means none.
    #[must_use]
    pub fn with_keys(mut data: Vec<u8>, partition_key: &str, explicit_hash_key: &str) -> Self {
        data.reserve_exact(partition_key.len() + explicit_hash_key.len());
        data.extend_from_slice(partition_key.as_bytes());
        data.extend_from_slice(explicit_hash_key.as_bytes());
        Self {
            bytes: data,
            partition_key_len: partition_key.len(),
            hash_key_len: explicit_hash_key.len(),
        }
    }

    /// Sets 16 hexadecimal digits of `random` as the partition key.
    pub fn set_random_partition_key(&mut self, random: u64) {
        let hash_key = self.bytes.split_off(self.bytes.len() - self.hash_key_len);
        self.bytes.truncate(self.bytes.len() - self.partition_key_len);
        self.bytes.reserve_exact(RANDOM_KEY_BYTES + hash_key.len());
        self.bytes.extend_from_slice(&hex_digits(random));
        self.bytes.extend_from_slice(&hash_key);
        self.partition_key_len = RANDOM_KEY_BYTES;
    }

    /// The record. A key that is not UTF-8 reads as empty, and is refused for that.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let keys_len = self.partition_key_len + self.hash_key_len;
        let data_len = self.bytes.len().saturating_sub(keys_len);
        let (data, keys) = self.bytes.split_at(data_len);
        let (partition_key, hash_key) = keys.split_at(self.partition_key_len.min(keys.len()));
        let text = |bytes| str::from_utf8(bytes).unwrap_or_default();
        Record {
            data,
            partition_key: text(partition_key),
            explicit_hash_key: (!hash_key.is_empty()).then(|| text(hash_key)),
        }
    }

    /// Bytes that count against all limits: data plus partition key.
    pub(super) fn counted_bytes(&self) -> usize {
        self.bytes.len() - self.hash_key_len
    }
}

/// The length of a random partition key in bytes.
pub const RANDOM_KEY_BYTES: usize = 16;

fn hex_digits(number: u64) -> [u8; RANDOM_KEY_BYTES] {
    let digit = |nibble: u64| if nibble < 10 { b'0' } else { b'a' - 10 };
    core::array::from_fn(|index| {
        let nibble = number >> (60 - 4 * index) & 15;
        digit(nibble) + nibble.to_le_bytes()[0]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_partition_key_takes_the_place_of_the_one_before() {
        for (key, hash_key) in [("", None), ("", Some("7")), ("key", Some("7"))] {
            let mut packed = PackedRecord::new(b"data", key, hash_key);
            packed.set_random_partition_key(0x0123_4567_89ab_cdef);
            let record = packed.record();
            assert_eq!(
                (record.data, record.partition_key),
                (b"data".as_slice(), "0123456789abcdef")
            );
            assert_eq!(record.explicit_hash_key, hash_key);
        }
    }
}

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
    /// Copies a record into one piece.
    #[must_use]
    pub fn new(data: &[u8], partition_key: &str, explicit_hash_key: Option<&str>) -> Self {
        let hash_key = explicit_hash_key.unwrap_or_default();
        let len = data.len() + partition_key.len() + hash_key.len();
        let mut bytes = Vec::with_capacity(len);
        for part in [data, partition_key.as_bytes(), hash_key.as_bytes()] {
            bytes.extend_from_slice(part);
        }
        Self {
            bytes,
            partition_key_len: partition_key.len(),
            hash_key_len: hash_key.len(),
        }
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

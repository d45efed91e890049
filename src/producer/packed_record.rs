//! A record in one piece, as it crosses from the host.

use crate::api::record::Record;

/// A record in one piece, as it crosses from the host: data, partition key and explicit hash key, one behind the other.
#[derive(Debug, Default)]
pub struct Content {
    /// All three.
    pub bytes: Vec<u8>,
    /// How many of them are the partition key.
    pub partition_key_len: usize,
    /// How many of them are the explicit hash key; 0 without one.
    pub hash_key_len: usize,
}

impl Content {
    /// Puts a record in one piece.
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

    /// Its parts. A key that is no text is empty, which no service takes.
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

    pub(super) fn counted_bytes(&self) -> usize {
        self.bytes.len() - self.hash_key_len
    }
}

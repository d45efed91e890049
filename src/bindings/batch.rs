//! The class `RecordBatch`: the records of one `PutRecords` call, encoded as they come.

use super::client::Client;
use super::packed_records::records_of;
use crate::api::PutRecords;
use crate::error::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// Records of one call. `Client.putRecords` takes it over.
#[wasm_bindgen]
pub struct RecordBatch {
    records: PutRecords,
}

#[wasm_bindgen]
impl RecordBatch {
    /// An empty batch in the client's encoding and within its limits.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self {
            records: PutRecords::new(client.inner.limits, client.inner.encoding),
        }
    }

    /// Adds one record.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` or `ERR_RECORD_TOO_LARGE`, with the record's place among the records.
    pub fn push(&mut self, data: Vec<u8>, partition_key: &str, explicit_hash_key: Option<String>) -> Result<(), Error> {
        self.records
            .push_checked(&data, partition_key, explicit_hash_key.as_deref())
    }

    /// Adds many records. `bytes` has all data and then all partition keys, in UTF-8, and `lengths` of each record the
    /// length of its data and of its partition key, in bytes.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[wasm_bindgen(js_name = pushMany)]
    pub fn push_many(&mut self, bytes: Vec<u8>, lengths: Vec<u32>) -> Result<(), Error> {
        for (data, partition_key) in records_of(&bytes, &lengths) {
            self.records.push_checked(data, partition_key, None)?;
        }
        Ok(())
    }
}

impl RecordBatch {
    pub(super) fn into_records(self) -> PutRecords {
        self.records
    }
}

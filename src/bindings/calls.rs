//! The calls of a `Client`: each method checks its arguments and begins one. A producer needs none of them.

use super::batch::RecordBatch;
use super::call::Call;
use super::client::Client;
use super::settings::{StreamObject, StreamTexts};
use crate::api::record::Record;
use crate::api::{self, Stream};
use crate::error::Error;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
impl Client {
    /// Begins `PutRecord`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` or `ERR_RECORD_TOO_LARGE`.
    #[wasm_bindgen(js_name = putRecord)]
    pub fn put_record(
        &self,
        stream: &StreamObject,
        data: Vec<u8>,
        partition_key: &str,
        explicit_hash_key: Option<String>,
        sequence_number_for_ordering: Option<String>,
    ) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        let bytes_max = self.inner.limits.record_bytes_max;
        let record = Record::new(&data, partition_key, explicit_hash_key.as_deref(), bytes_max, None)?;
        let number = sequence_number_for_ordering.as_deref();
        let request = api::put_record(stream_of(&texts)?, &record, number, self.inner.encoding)?;
        Call::new(request, &self.inner)
    }

    /// Begins `PutRecords` with the records of a batch.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a stream that is malformed and a batch that is empty.
    #[wasm_bindgen(js_name = putRecords)]
    pub fn put_records(&self, stream: &StreamObject, batch: RecordBatch) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        Call::new(batch.into_records().finish(stream_of(&texts)?)?, &self.inner)
    }

    /// Begins `ListShards`: the first page, or with `next_token`, the following page.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a stream that is malformed.
    #[wasm_bindgen(js_name = listShards)]
    pub fn list_shards(&self, stream: &StreamObject, next_token: Option<String>) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        let (stream, encoding) = (stream_of(&texts)?, self.inner.encoding);
        let request = match next_token {
            Some(token) => api::list_shards_next(texts.arn.as_deref(), &token, encoding),
            None => api::list_shards(stream, encoding),
        };
        Call::new(request, &self.inner)
    }

    /// Begins `DescribeStreamSummary`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a stream that is malformed.
    #[wasm_bindgen(js_name = describeStreamSummary)]
    pub fn describe_stream_summary(&self, stream: &StreamObject) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        let request = api::describe_stream_summary(stream_of(&texts)?, self.inner.encoding);
        Call::new(request, &self.inner)
    }

    /// Begins any other operation. `input` is its JSON; the ARN in it decides the host.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a malformed name of an operation or an ARN that has no endpoint.
    #[wasm_bindgen(js_name = anyOperation)]
    pub fn any_operation(&self, operation: &str, input: Vec<u8>, stream_arn: Option<String>) -> Result<Call, Error> {
        Call::new(api::any(operation, input, stream_arn)?, &self.inner)
    }
}

/// The stream of a call, by name, by ARN or by both, checked.
fn stream_of(texts: &StreamTexts) -> Result<Stream<'_>, Error> {
    Stream::new(texts.name.as_deref(), texts.arn.as_deref())
}

//! The class `Client`: credentials, clock and signing key, and the calls that share them.

use super::batch::RecordBatch;
use super::call::Call;
use super::credentials::CredentialsObject;
use super::numbers::unix_ms;
use super::request::CachedJsStrings;
use super::settings::{ClientSettings, StreamObject, StreamTexts};
use crate::api;
use crate::api::encoding::Encoding;
use crate::api::record::Record;
use crate::client;
use crate::client::credential_cache::CredentialCache;
use crate::error::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// What the calls of one client share. See [`client::Client`].
#[wasm_bindgen]
pub struct Client {
    pub(super) client: client::Client,
    pub(super) strings: CachedJsStrings,
}

#[wasm_bindgen]
impl Client {
    /// A client without credentials: it asks for them until some are set. `seed` is for the jitter of backoff.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a region or a combination of flags that has no endpoint.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: ClientSettings, seed: f64) -> Result<Self, Error> {
        let mut client = client::Client::new(
            settings.endpoint_config(),
            CredentialCache::default(),
            settings.limits(),
            settings.max_attempts(),
            seed.to_bits(),
        )?;
        if settings.protocol() == "cbor" {
            client.encoding = Encoding::Cbor;
        }
        Ok(Self {
            client,
            strings: CachedJsStrings::default(),
        })
    }

    /// Stores credentials: those that the provider returned at `now`, or without `now` credentials that are never
    /// refreshed.
    ///
    /// # Errors
    /// `ERR_CREDENTIALS` for a part that cannot be signed with or sent in a header.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(&mut self, credentials: &CredentialsObject, now: Option<f64>) -> Result<(), Error> {
        let credentials = credentials.read()?;
        match now {
            Some(now) => self.client.store_credentials(credentials, unix_ms(now)),
            None => self.client.credentials = CredentialCache::fixed(credentials),
        }
        Ok(())
    }

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
        let bytes_max = self.client.limits.record_bytes_max;
        let record = Record::new(&data, partition_key, explicit_hash_key.as_deref(), bytes_max, None)?;
        let number = sequence_number_for_ordering.as_deref();
        let request = api::put_record(texts.stream()?, &record, number, self.client.encoding)?;
        Call::new(request, &self.client)
    }

    /// Begins `PutRecords` with the records of a batch.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a stream that is malformed and a batch that is empty.
    #[wasm_bindgen(js_name = putRecords)]
    pub fn put_records(&self, stream: &StreamObject, batch: RecordBatch) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        Call::new(batch.into_records().finish(texts.stream()?)?, &self.client)
    }

    /// Begins `ListShards`: the first page, or with `next_token`, the following page.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a stream that is malformed.
    #[wasm_bindgen(js_name = listShards)]
    pub fn list_shards(&self, stream: &StreamObject, next_token: Option<String>) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        let (stream, encoding) = (texts.stream()?, self.client.encoding);
        let request = match next_token {
            Some(token) => api::list_shards_next(texts.arn.as_deref(), &token, encoding),
            None => api::list_shards(stream, encoding),
        };
        Call::new(request, &self.client)
    }

    /// Begins `DescribeStreamSummary`.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a stream that is malformed.
    #[wasm_bindgen(js_name = describeStreamSummary)]
    pub fn describe_stream_summary(&self, stream: &StreamObject) -> Result<Call, Error> {
        let texts = StreamTexts::of(stream);
        let request = api::describe_stream_summary(texts.stream()?, self.client.encoding);
        Call::new(request, &self.client)
    }

    /// Begins any other operation. `input` is its JSON; the ARN in it decides the host.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a malformed name of an operation or an ARN that has no endpoint.
    #[wasm_bindgen(js_name = anyOperation)]
    pub fn any_operation(&self, operation: &str, input: Vec<u8>, stream_arn: Option<String>) -> Result<Call, Error> {
        Call::new(api::any(operation, input, stream_arn)?, &self.client)
    }
}

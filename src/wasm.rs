//! The binding: converts what JavaScript gives, calls the core, converts back. The only file that knows the host.
//!
//! `src/js` calls what is exported here; the names are internal to the package. What crosses the boundary for each record or
//! request crosses in one piece, as a text or as bytes: every object read by name, and every further string, costs as much as
//! the work itself.
#![allow(clippy::needless_pass_by_value)] // what crosses the boundary is owned by one side or the other
#![allow(clippy::too_many_arguments)] // an object of them would weigh more

mod call;
mod crossing;
mod memory;
mod producer;

use crate::api::{self, Limits, Stream};

use crate::client::{self, split_url};
use crate::clock::{AmzDate, UnixMs};
use crate::credentials::{Credentials, Keeper};
use crate::encoding::{Encoding, as_json};
use crate::endpoint::Config;
use crate::entry::Content;
use crate::error::{Code, Error};
use crate::json::put_member;
use crate::record::{Record, parse_hash_key};
use crate::shard;
use crate::sigv4::{self, KeyCache, Payload, Scope};
use crate::text::{decimal, text};
use call::Call;
use core::cell::RefCell;
use crossing::{Lines, Texts};
use memory::Growth;
use talc::cell::TalcSyncCell;
use talc::wasm::WasmBinning;
use wasm_bindgen::prelude::*;

/// WebAssembly has one thread here; the allocator of the standard library weighs 2 KB more.
#[global_allocator]
static ALLOCATOR: TalcSyncCell<Growth, WasmBinning> = TalcSyncCell::new_wasm(Growth::new());

#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    /// Calls `fetch` at once. `head` has, a line each: URL, content type, target, date, authorization and, if any, the security
    /// token. The body is a view of wasm memory, good for the duration of the call.
    fn post(
        fetch: &Fetch,
        signal: &Signal,
        head: &str,
        body: &[u8],
        copies: bool,
        keepalive: bool,
    ) -> Sent;

    /// Writes a text's UTF-8 into a view of wasm memory, as far as it has room, and tells how many bytes it wrote.
    #[wasm_bindgen(js_name = encodeInto)]
    fn encode_into(text: &JsValue, bytes: &mut [u8]) -> usize;

    /// The SHA-256 of a large body in hexadecimal, or with `may_wait` a promise of it, where the host has one that is quicker
    /// than this module's; nothing where it has none. It copies the view at once.
    fn digest(body: &[u8], may_wait: bool) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    /// The host's `fetch`, or the user's own.
    #[wasm_bindgen(typescript_type = "typeof globalThis.fetch")]
    pub type Fetch;
    /// Calls a request off.
    #[wasm_bindgen(typescript_type = "AbortSignal")]
    pub type Signal;
    /// What to do next, or the milliseconds to wait.
    #[wasm_bindgen(typescript_type = "'send' | 'credentials' | 'settled' | 'done' | number")]
    pub type JsStep;
    /// The promise that `fetch` gave.
    #[wasm_bindgen(typescript_type = "Promise<Response>")]
    pub type Sent;
}

/// It is thrown as JSON, and the shim makes an object of the package's class of it.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let mut json = Vec::new();
        put_error(&mut json, &error);
        JsValue::from_str(str::from_utf8(&json).unwrap_or_default())
    }
}

/// See [`client::Client`].
#[wasm_bindgen]
pub struct Client {
    client: client::Client,
    /// The records of the next `putRecords`.
    records: api::PutRecords,
}

#[wasm_bindgen]
impl Client {
    /// Without keys that are stored as fixed ones a provider is asked for them. The seed is from the host's random source.
    #[wasm_bindgen(constructor)]
    pub fn new(
        region: String,
        endpoint: Option<String>,
        fips: bool,
        dualstack: bool,
        is_cbor: bool,
        max_attempts: u32,
        record_bytes_max: usize,
        request_bytes_max: usize,
        seed: f64,
    ) -> Result<Client, JsValue> {
        let limits = Limits::new(record_bytes_max, request_bytes_max)?;
        let endpoint = Config {
            region,
            custom: endpoint,
            fips,
            dualstack,
        };
        let keeper = Keeper::default();
        let mut client =
            client::Client::new(endpoint, keeper, limits, max_attempts, seed.to_bits())?;
        if is_cbor {
            client.encoding = Encoding::Cbor;
        }
        Ok(Self {
            records: api::PutRecords::new(limits, client.encoding),
            client,
        })
    }

    /// Keys that are for good: no provider is asked.
    #[wasm_bindgen(js_name = fixCredentials)]
    pub fn fix_credentials(
        &mut self,
        id: String,
        secret: String,
        token: Option<String>,
        expiration: Option<f64>,
    ) -> Result<(), JsValue> {
        self.client.credentials = Keeper::fixed(keys(id, secret, token, expiration)?);
        Ok(())
    }

    /// Takes what the provider gave.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(
        &mut self,
        id: String,
        secret: String,
        token: Option<String>,
        expiration: Option<f64>,
        now: f64,
    ) -> Result<(), JsValue> {
        store(
            &mut self.client,
            keys(id, secret, token, expiration)?,
            unix_ms(now),
        );
        Ok(())
    }

    /// One record: its bytes, and its keys in one piece.
    #[wasm_bindgen(js_name = putRecord)]
    pub fn put_record(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
        data: Vec<u8>,
        keys: &str,
        key_len: usize,
        sequence_number: Option<String>,
    ) -> Result<Call, JsValue> {
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        let content = joined(data, keys, key_len);
        let record = content.record();
        record.check(self.client.limits.record_bytes_max, None)?;
        let number = sequence_number.as_deref();
        let request = api::put_record(stream, &record, number, self.client.encoding)?;
        Ok(Call::new(request, &self.client)?)
    }

    /// Forgets the records of a `putRecords` that was given up.
    #[wasm_bindgen(js_name = clearRecords)]
    pub fn clear_records(&mut self) {
        self.records = api::PutRecords::new(self.client.limits, self.client.encoding);
    }

    /// Many more records for the next `putRecords`, in one text: see `Texts`. False where it is not all ASCII, and nothing was
    /// done.
    #[wasm_bindgen(js_name = pushTexts)]
    pub fn push_texts(
        &mut self,
        text: &JsValue,
        text_len: usize,
        lengths: &[u32],
    ) -> Result<bool, JsValue> {
        let Some(texts) = Texts::read(text, text_len) else {
            return Ok(false);
        };
        for (data, partition_key) in texts.records(lengths) {
            self.records.push(data, partition_key, None)?;
        }
        Ok(true)
    }

    /// One more record for the next `putRecords`, in one piece.
    #[wasm_bindgen(js_name = pushText)]
    pub fn push_text(
        &mut self,
        content: String,
        key_len: usize,
        hash_key_len: usize,
    ) -> Result<(), JsValue> {
        self.push(pieces(content.into_bytes(), key_len, hash_key_len))
    }

    /// The same of bytes, and keys in one piece.
    #[wasm_bindgen(js_name = pushBytes)]
    pub fn push_bytes(&mut self, data: Vec<u8>, keys: &str, key_len: usize) -> Result<(), JsValue> {
        self.push(joined(data, keys, key_len))
    }

    fn push(&mut self, content: Content) -> Result<(), JsValue> {
        let record = content.record();
        Ok(self
            .records
            .push(record.data, record.partition_key, record.explicit_hash_key)?)
    }

    /// All records pushed since the last one.
    #[wasm_bindgen(js_name = putRecords)]
    pub fn put_records(
        &mut self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
    ) -> Result<Call, JsValue> {
        let next = api::PutRecords::new(self.client.limits, self.client.encoding);
        let records = core::mem::replace(&mut self.records, next);
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        Ok(Call::new(records.finish(stream)?, &self.client)?)
    }

    /// A page of the stream's shards: the first, or the one of a token.
    #[wasm_bindgen(js_name = listShards)]
    pub fn list_shards(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
        next_token: Option<String>,
    ) -> Result<Call, JsValue> {
        let (stream_arn, encoding) = (stream_arn.as_deref(), self.client.encoding);
        let stream = Stream::new(stream_name.as_deref(), stream_arn)?;
        let request = match next_token {
            Some(token) => api::list_shards_next(stream_arn, &token, encoding),
            None => api::list_shards(stream, encoding),
        };
        Ok(Call::new(request, &self.client)?)
    }

    /// The stream's state.
    #[wasm_bindgen(js_name = describeStreamSummary)]
    pub fn describe_stream_summary(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
    ) -> Result<Call, JsValue> {
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        let request = api::describe_stream_summary(stream, self.client.encoding);
        Ok(Call::new(request, &self.client)?)
    }

    /// Any operation with its input as JSON, in which it is sent too.
    pub fn any(
        &self,
        operation: &str,
        input: String,
        stream_arn: Option<String>,
    ) -> Result<Call, JsValue> {
        let request = api::any(operation, input.into_bytes(), stream_arn)?;
        Ok(Call::new(request, &self.client)?)
    }
}

thread_local! {
    /// The signing key of the last `signRequest`: the next one is most often for the same day and scope.
    static SIGNING_KEYS: RefCell<KeyCache> = const { RefCell::new(KeyCache::new()) };
}

/// Signs any request to AWS. `head` has, a line each: method, region, service, access key id, secret, security token (may be
/// empty) and URL; then name and value of each header. Returns a line each: date, authorization.
#[wasm_bindgen(js_name = signRequest)]
pub fn sign_request(head: &str, body: Vec<u8>, date: f64) -> Result<String, JsValue> {
    let mut lines = Lines(head);
    let [method, region, service, id, secret, token, url] = core::array::from_fn(|_| lines.next());
    let (host, path, query) = split_url(url);
    let mut headers = Vec::new();
    while !lines.0.is_empty() {
        headers.push((lines.next(), lines.next()));
    }
    let to_sign = sigv4::Request {
        method,
        host,
        path,
        query,
        headers: &headers,
        payload: Payload::Body(&body),
    };
    let token = (!token.is_empty()).then(|| token.to_owned());
    let credentials = keys(id.to_owned(), secret.to_owned(), token, None)?;
    let scope = Scope { region, service };
    let date = AmzDate::new(unix_ms(date));
    let authorization = SIGNING_KEYS
        .with_borrow_mut(|keys| sigv4::authorization(&to_sign, &credentials, scope, date, keys));
    Ok(text![date.as_str(), "\n", authorization])
}

/// The hash key of a partition key, in decimal.
#[wasm_bindgen(js_name = hashKey)]
pub fn hash_key(partition_key: &str) -> String {
    text![shard::hash_key(partition_key)]
}

/// Throws where a key that decides a shard is malformed; `argument` is its name.
#[wasm_bindgen(js_name = checkKey)]
pub fn check_key(key: &str, argument: &str) -> Result<(), JsValue> {
    if argument == "partitionKey" {
        Record::new(b"", key, None, usize::MAX, None)?;
    } else {
        parse_hash_key(key, argument)?;
    }
    Ok(())
}

/// A CBOR body as JSON; any other as it is.
#[wasm_bindgen(js_name = asJson)]
pub fn cbor_as_json(body: &[u8]) -> Vec<u8> {
    as_json(body).into_owned()
}

fn pieces(bytes: Vec<u8>, partition_key_len: usize, hash_key_len: usize) -> Content {
    Content {
        bytes,
        partition_key_len,
        hash_key_len,
    }
}

fn joined(mut data: Vec<u8>, keys: &str, partition_key_len: usize) -> Content {
    data.reserve_exact(keys.len());
    data.extend_from_slice(keys.as_bytes());
    let hash_key_len = keys.len().saturating_sub(partition_key_len);
    pieces(data, partition_key_len, hash_key_len)
}

fn keys(
    id: String,
    secret: String,
    token: Option<String>,
    expiration: Option<f64>,
) -> Result<Credentials, Error> {
    Credentials::new(id, secret, token, expiration.map(unix_ms))
}

fn store(client: &mut client::Client, keys: Credentials, now: UnixMs) {
    let server_time = client.clock.server_time(now);
    client.credentials.store(keys, server_time);
}

fn digest_of(body: Option<&[u8]>, may_wait: bool) -> JsValue {
    match body {
        Some(body) if body.len() >= DIGEST_BYTES_MIN => digest(body, may_wait),
        _ => JsValue::UNDEFINED,
    }
}

fn head_of(url: &str, signed: &client::Headers) -> String {
    let mut head = text![
        url,
        "\n",
        signed.content_type,
        "\n",
        signed.target,
        "\n",
        signed.date,
        "\n",
        signed.authorization
    ];
    if let Some(token) = &signed.security_token {
        head.push('\n');
        head.push_str(token);
    }
    head
}

fn failure(timed_out: bool, message: &str, status: Option<u16>) -> Error {
    let code = if timed_out {
        Code::Timeout
    } else {
        Code::Network
    };
    let mut error = Error::new(code, message);
    // The name that fetch and the AWS SDKs use.
    error.name = timed_out.then(|| "TimeoutError".to_owned());
    error.status = status;
    error
}

fn put_error(json: &mut Vec<u8>, error: &Error) {
    json.push(b'{');
    put_member(json, "code", error.code.as_str());
    put_member(json, "message", &error.message);
    let texts = [
        ("name", &error.name),
        ("requestId", &error.request_id),
        ("partitionKey", &error.partition_key),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            put_member(json, name, text);
        }
    }
    let numbers = [
        ("status", error.status.map(u32::from)),
        ("attempts", error.attempts),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            let member = text![",\"", name, "\":", number];
            json.extend_from_slice(member.as_bytes());
        }
    }
    json.push(b'}');
}

#[allow(clippy::cast_possible_truncation)] // saturates, and NaN is 1970
fn unix_ms(time: f64) -> UnixMs {
    time as UnixMs
}

#[allow(clippy::cast_precision_loss)] // exact for some 280,000 years
fn js_ms(time: UnixMs) -> f64 {
    time as f64
}

fn milliseconds(header: &str) -> Option<u32> {
    decimal(header.as_bytes()).and_then(|ms| ms.try_into().ok())
}

/// A call of the host costs more than it saves below this.
const DIGEST_BYTES_MIN: usize = 4096;

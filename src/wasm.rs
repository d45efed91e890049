//! The binding: converts what JavaScript gives, calls the core, converts back. The only file that knows the host.
//!
//! `src/js` calls what is exported here; the names are internal to the package.
#![allow(clippy::needless_pass_by_value)] // what crosses the boundary is owned by one side or the other

mod producer;

use crate::answer::Answer;
use crate::api::{self, Limits, Stream};
use crate::call::{self, Step};
use crate::client::{self, split_url};
use crate::clock::{AmzDate, UnixMs};
use crate::credentials::{Credentials, Keeper};
use crate::encoding::Encoding;
use crate::endpoint::Config;
use crate::error::{Code, Error};
use crate::record::{RECORD_BYTES_MAX, Record, parse_hash_key};
use crate::shard::{self, Range};
use crate::sigv4::{self, KeyCache, Scope};
use crate::text::{decimal, text};
use core::cell::RefCell;
use wasm_bindgen::prelude::*;

/// WebAssembly has one thread here; the allocator of the standard library weighs 2 KB more.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

// What the core wants of its host goes through functions of the shim: js-sys, web-sys and serde-wasm-bindgen would weigh 4 KB
// gzipped, and members read from an object by name weigh less than a long list of arguments.
#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    /// Makes an error of the package's class. What is not known is not in the error.
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(
        code: &str,
        message: &str,
        name: Option<&str>,
        status: Option<u16>,
        request_id: Option<&str>,
        attempts: Option<u32>,
        partition_key: Option<&str>,
    ) -> JsValue;

    /// Makes an object of the headers of a signed request.
    #[wasm_bindgen(js_name = makeHeaders)]
    fn make_headers(date: &str, security_token: Option<&str>, authorization: &str) -> JsHeaders;

    /// Calls `fetch` at once. The body is a view of wasm memory, good for the duration of the call.
    fn post(
        fetch: &Fetch,
        signal: &Signal,
        url: &str,
        body: &[u8],
        copies: bool,
        keepalive: bool,
        content_type: &str,
        target: &str,
        headers: JsHeaders,
    ) -> Sent;

    /// A member that is a string, or nothing.
    #[wasm_bindgen(js_name = textOf)]
    fn text_of(object: &JsValue, name: &str) -> Option<String>;

    /// An item that is a string; nothing after the last.
    #[wasm_bindgen(js_name = itemOf)]
    fn item_of(list: &JsValue, index: usize) -> Option<String>;

    /// The bytes of a `Uint8Array`.
    #[wasm_bindgen(js_name = bytesOf)]
    fn bytes_of(data: &JsValue) -> Vec<u8>;
}

#[wasm_bindgen]
extern "C" {
    /// What a client is made with, checked for its types by the shim.
    pub type ClientOptions;
    #[wasm_bindgen(method, getter, js_name = useFipsEndpoint)]
    fn use_fips_endpoint(this: &ClientOptions) -> bool;
    #[wasm_bindgen(method, getter, js_name = useDualstackEndpoint)]
    fn use_dualstack_endpoint(this: &ClientOptions) -> bool;
    #[wasm_bindgen(method, getter, js_name = maxAttempts)]
    fn max_attempts(this: &ClientOptions) -> u32;
    #[wasm_bindgen(method, getter, js_name = recordBytesMax)]
    fn record_bytes_max(this: &ClientOptions) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = requestBytesMax)]
    fn request_bytes_max(this: &ClientOptions) -> Option<u32>;

    /// Credentials as every AWS SDK provider gives them, with the expiration in milliseconds.
    pub type KeySet;
    #[wasm_bindgen(method, getter)]
    fn expiration(this: &KeySet) -> Option<f64>;

    /// The headers of an answer.
    #[wasm_bindgen(typescript_type = "Headers")]
    pub type AnswerHeaders;
    #[wasm_bindgen(method)]
    fn get(this: &AnswerHeaders, name: &str) -> Option<String>;

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
    /// Headers by name.
    #[wasm_bindgen(typescript_type = "Record<string, string>")]
    pub type JsHeaders;
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        make_error(
            error.code.as_str(),
            &error.message,
            error.name.as_deref(),
            error.status,
            error.request_id.as_deref(),
            error.attempts,
            error.partition_key.as_deref(),
        )
    }
}

impl KeySet {
    fn read(&self) -> Result<Credentials, Error> {
        Credentials::new(
            text_of(self, "accessKeyId").unwrap_or_default(),
            text_of(self, "secretAccessKey").unwrap_or_default(),
            text_of(self, "sessionToken"),
            self.expiration().map(unix_ms),
        )
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
    /// Without `keys` a provider is asked for them. The seed is from the host's random source.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &ClientOptions,
        keys: Option<KeySet>,
        seed: f64,
    ) -> Result<Client, JsValue> {
        let keeper = match keys {
            None => Keeper::default(),
            Some(keys) => Keeper::fixed(keys.read()?),
        };
        let limits = Limits::new(
            options.record_bytes_max().map_or(RECORD_BYTES_MAX, bytes),
            options
                .request_bytes_max()
                .map_or(api::REQUEST_BYTES_MAX, bytes),
        )?;
        let endpoint = Config {
            region: text_of(options, "region").unwrap_or_default(),
            custom: text_of(options, "endpoint"),
            fips: options.use_fips_endpoint(),
            dualstack: options.use_dualstack_endpoint(),
        };
        let attempts_max = options.max_attempts();
        let mut client =
            client::Client::new(endpoint, keeper, limits, attempts_max, seed.to_bits())?;
        if text_of(options, "protocol").as_deref() == Some("cbor") {
            client.encoding = Encoding::Cbor;
        }
        Ok(Self {
            records: api::PutRecords::new(limits, client.encoding),
            client,
        })
    }

    /// Takes what the provider gave.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(&mut self, keys: &KeySet, now: f64) -> Result<(), JsValue> {
        let server_time = self.client.clock.server_time(unix_ms(now));
        self.client.credentials.store(keys.read()?, server_time);
        Ok(())
    }

    /// One record. `data` is a string or a `Uint8Array`.
    #[wasm_bindgen(js_name = putRecord)]
    pub fn put_record(&self, input: &JsValue, data: &JsValue) -> Result<Call, JsValue> {
        let data = data_bytes(data);
        let partition_key = text_of(input, "PartitionKey").unwrap_or_default();
        let hash_key = text_of(input, "ExplicitHashKey");
        let sequence_number = text_of(input, "SequenceNumberForOrdering");
        let bytes_max = self.client.limits.record_bytes_max;
        let hash_key = hash_key.as_deref();
        let stream = StreamNames::of(input);
        let stream = stream.check()?;
        let record = Record::new(&data, &partition_key, hash_key, bytes_max, None)?;
        let number = sequence_number.as_deref();
        let request = api::put_record(stream, &record, number, self.client.encoding)?;
        Ok(Call::new(request, &self.client)?)
    }

    /// Forgets the records of a `putRecords` that was given up.
    #[wasm_bindgen(js_name = clearRecords)]
    pub fn clear_records(&mut self) {
        self.records = api::PutRecords::new(self.client.limits, self.client.encoding);
    }

    /// One more record for the next `putRecords`. `data` is a string or a `Uint8Array`.
    #[wasm_bindgen(js_name = pushRecord)]
    pub fn push_record(
        &mut self,
        data: &JsValue,
        partition_key: &str,
        explicit_hash_key: Option<String>,
    ) -> Result<(), JsValue> {
        let hash_key = explicit_hash_key.as_deref();
        Ok(self
            .records
            .push(&data_bytes(data), partition_key, hash_key)?)
    }

    /// All records pushed since the last one.
    #[wasm_bindgen(js_name = putRecords)]
    pub fn put_records(&mut self, input: &JsValue) -> Result<Call, JsValue> {
        let next = api::PutRecords::new(self.client.limits, self.client.encoding);
        let records = core::mem::replace(&mut self.records, next);
        let stream = StreamNames::of(input);
        let request = records.finish(stream.check()?)?;
        Ok(Call::new(request, &self.client)?)
    }

    /// All pages of the stream's shards.
    #[wasm_bindgen(js_name = listShards)]
    pub fn list_shards(&self, input: &JsValue) -> Result<Call, JsValue> {
        let stream = StreamNames::of(input);
        let request = api::list_shards(stream.check()?, self.client.encoding);
        Ok(Call::new(request, &self.client)?)
    }

    /// The stream's state.
    #[wasm_bindgen(js_name = describeStreamSummary)]
    pub fn describe_stream_summary(&self, input: &JsValue) -> Result<Call, JsValue> {
        let stream = StreamNames::of(input);
        let request = api::describe_stream_summary(stream.check()?, self.client.encoding);
        Ok(Call::new(request, &self.client)?)
    }

    /// Any operation with its input as JSON, in which it is sent too.
    pub fn any(&self, operation: &str, input: String) -> Result<Call, JsValue> {
        Ok(Call::new(
            api::any(operation, input.into_bytes())?,
            &self.client,
        )?)
    }
}

fn send(
    url: &str,
    body: &[u8],
    signed: &client::Headers,
    fetch: &Fetch,
    signal: &Signal,
    copies: bool,
    keepalive: bool,
) -> Sent {
    let token = signed.security_token.as_deref();
    let headers = make_headers(&signed.date, token, &signed.authorization);
    let (content_type, target) = (signed.content_type, &signed.target);
    post(
        fetch,
        signal,
        url,
        body,
        copies,
        keepalive,
        content_type,
        target,
        headers,
    )
}

/// What a request says of its stream.
struct StreamNames {
    name: Option<String>,
    arn: Option<String>,
}

impl StreamNames {
    fn of(input: &JsValue) -> Self {
        Self {
            name: text_of(input, "StreamName"),
            arn: text_of(input, "StreamARN"),
        }
    }

    fn check(&self) -> Result<Stream<'_>, Error> {
        Stream::new(self.name.as_deref(), self.arn.as_deref())
    }
}

/// See [`call::Call`].
#[wasm_bindgen]
pub struct Call {
    machine: call::Call,
    signed: Option<client::Headers>,
}

impl Call {
    fn new(request: api::Request, client: &client::Client) -> Result<Self, Error> {
        Ok(Self {
            machine: call::Call::new(request, client)?,
            signed: None,
        })
    }
}

#[wasm_bindgen]
impl Call {
    /// What to do now.
    pub fn poll(&mut self, client: &mut Client, now: f64) -> JsStep {
        let step = match self.machine.poll(&mut client.client, unix_ms(now)) {
            Step::Send(headers) => {
                self.signed = Some(headers);
                "send".into()
            }
            Step::Credentials => "credentials".into(),
            Step::Wait(until) => JsValue::from_f64(js_ms(until) - now),
            Step::Done => "done".into(),
        };
        step.unchecked_into()
    }

    /// Sends the request. `fetch` copies the body before it returns, so it is given a view of wasm memory; one that the user
    /// brought may read the body later: `copies` gives it a copy.
    pub fn send(&mut self, fetch: &Fetch, signal: &Signal, copies: bool) -> Sent {
        let signed = self.signed.take().unwrap_or_default();
        let (url, body) = (self.machine.url(), self.machine.body());
        send(url, body, &signed, fetch, signal, copies, false)
    }

    /// The answer, read to its end.
    #[wasm_bindgen(js_name = handleAnswer)]
    pub fn handle_answer(
        &mut self,
        client: &mut Client,
        now: f64,
        status: u16,
        headers: &AnswerHeaders,
        body: &[u8],
    ) {
        let header = |name| headers.get(name);
        let (request_id, error_type) = (header("x-amzn-requestid"), header("x-amzn-errortype"));
        let (date, retry_after) = (header("date"), header("x-amz-retry-after"));
        let answer = Answer {
            status,
            request_id: request_id.as_deref(),
            error_type: error_type.as_deref(),
            date: date.as_deref(),
            retry_after_ms: retry_after.and_then(milliseconds),
            body,
        };
        self.machine
            .handle_answer(&mut client.client, unix_ms(now), answer);
    }

    /// No answer in time, or none at all. The status is there where the answer broke off.
    #[wasm_bindgen(js_name = handleFailure)]
    pub fn handle_failure(
        &mut self,
        client: &mut Client,
        now: f64,
        timed_out: bool,
        message: &str,
        status: Option<u16>,
    ) {
        let code = if timed_out {
            Code::Timeout
        } else {
            Code::Network
        };
        let mut error = Error::new(code, message);
        // The name that fetch and the AWS SDKs use.
        error.name = timed_out.then(|| "TimeoutError".to_owned());
        error.status = status;
        self.machine
            .handle_failure(&mut client.client, unix_ms(now), error);
    }

    /// The provider has answered, or has failed with a message.
    #[wasm_bindgen(js_name = handleCredentials)]
    pub fn handle_credentials(&mut self, client: &Client, now: f64, failure: Option<String>) {
        let failure = failure.map(|message| Error::new(Code::Credentials, message));
        self.machine
            .handle_credentials(&client.client, unix_ms(now), failure);
    }

    /// The result as JSON, once.
    pub fn result(&mut self) -> Result<String, JsValue> {
        let json = self.machine.take_result()?;
        let broken = |_| Error::new(Code::Service, "the answer is not UTF-8");
        String::from_utf8(json).map_err(|error| broken(error).into())
    }
}

thread_local! {
    /// The signing key of the last `signRequest`: the next one is most often for the same day and scope.
    static SIGNING_KEYS: RefCell<KeyCache> = const { RefCell::new(KeyCache::new()) };
}

/// Signs any request to AWS. `headers` are names and values in turn. Returns the headers to add.
#[wasm_bindgen(js_name = signRequest)]
pub fn sign_request(
    request: &JsValue,
    headers: &JsValue,
    body: &JsValue,
    keys: &KeySet,
    date: f64,
) -> Result<JsHeaders, JsValue> {
    let member = |name| text_of(request, name).unwrap_or_default();
    let (method, url) = (member("method"), member("url"));
    let (region, service) = (member("region"), member("service"));
    let (host, path, query) = split_url(&url);
    let headers = pairs_of(headers);
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let to_sign = sigv4::Request {
        method: &method,
        host,
        path,
        query,
        headers: &headers,
        body: &data_bytes(body),
    };
    let scope = Scope {
        region: &region,
        service: &service,
    };
    let credentials = keys.read()?;
    let date = AmzDate::new(unix_ms(date));
    let authorization = SIGNING_KEYS
        .with_borrow_mut(|keys| sigv4::authorization(&to_sign, &credentials, scope, date, keys));
    let token = credentials.session_token();
    Ok(make_headers(date.as_str(), token, &authorization))
}

/// The hash key of a partition key, in decimal.
#[wasm_bindgen(js_name = hashKey)]
pub fn hash_key(partition_key: &str) -> String {
    text![shard::hash_key(partition_key)]
}

/// The index of the open shard that a key lands on. Each shard is three texts: starting and ending hash key, and the ending
/// sequence number, which only a closed one has.
#[wasm_bindgen(js_name = shardFor)]
pub fn shard_for(
    shards: &JsValue,
    partition_key: Option<String>,
    explicit_hash_key: Option<String>,
) -> Result<Option<usize>, JsValue> {
    let mut ranges = Vec::new();
    while let Some(starting) = item_of(shards, ranges.len() * 3) {
        let member = |index| item_of(shards, ranges.len() * 3 + index).unwrap_or_default();
        ranges.push(Range {
            starting: parse_hash_key(&starting, "StartingHashKey")?,
            ending: parse_hash_key(&member(1), "EndingHashKey")?,
            open: member(2).is_empty(),
        });
    }
    let key = match (explicit_hash_key, partition_key) {
        (Some(key), _) => parse_hash_key(&key, "explicitHashKey")?,
        (None, Some(key)) => {
            Record::new(b"", &key, None, RECORD_BYTES_MAX, None)?;
            shard::hash_key(&key)
        }
        (None, None) => {
            return Err(Error::invalid("key needs partitionKey or explicitHashKey").into());
        }
    };
    Ok(shard::find(&ranges, key))
}

/// The shim has made sure that it is a string or a `Uint8Array`.
fn data_bytes(data: &JsValue) -> Vec<u8> {
    data.as_string()
        .map_or_else(|| bytes_of(data), String::into_bytes)
}

fn pairs_of(list: &JsValue) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while let Some(name) = item_of(list, pairs.len() * 2) {
        let value = item_of(list, pairs.len() * 2 + 1).unwrap_or_default();
        pairs.push((name, value));
    }
    pairs
}

#[allow(clippy::cast_possible_truncation)] // saturates, and NaN is 1970
fn unix_ms(time: f64) -> UnixMs {
    time as UnixMs
}

#[allow(clippy::cast_precision_loss)] // exact for some 280,000 years
fn js_ms(time: UnixMs) -> f64 {
    time as f64
}

fn milliseconds(header: String) -> Option<u32> {
    decimal(header.as_bytes()).and_then(|ms| ms.try_into().ok())
}

fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

//! The binding: converts what JavaScript gives, calls the core, converts back. The only file that knows the host.
//!
//! `src/js` calls what is exported here; the names are internal to the package.
#![allow(clippy::needless_pass_by_value)] // what crosses the boundary is owned by one side or the other

use crate::api::{self, Limits, Stream};
use crate::call::{self, Answer, Step};
use crate::client::{self, CONTENT_TYPE, split_url};
use crate::clock::{AmzDate, UnixMs};
use crate::credentials::{Credentials, Keeper};
use crate::endpoint::Config;
use crate::error::{Code, Error};
use crate::record::{RECORD_BYTES_MAX, Record, parse_hash_key};
use crate::shard::{self, Range};
use crate::sigv4::{self, KeyCache, Scope};
use core::cell::RefCell;
use js_sys::{Function, Promise, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers, RequestInit, Url};

#[wasm_bindgen(raw_module = "./error.js")]
extern "C" {
    /// The error class of the package.
    type KinesisError;

    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, details: JsValue) -> KinesisError;
}

/// What an error says beside its code and message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_key: Option<&'a str>,
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let details = Details {
            name: error.name.as_deref(),
            status: error.status,
            request_id: error.request_id.as_deref(),
            attempts: error.attempts,
            partition_key: error.partition_key.as_deref(),
        };
        let details = serde_wasm_bindgen::to_value(&details).unwrap_or_default();
        KinesisError::new(error.code.as_str(), &error.message, details).into()
    }
}

#[wasm_bindgen]
extern "C" {
    /// What a client is made with, checked for its types by the shim.
    pub type ClientOptions;
    #[wasm_bindgen(method, getter)]
    fn region(this: &ClientOptions) -> String;
    #[wasm_bindgen(method, getter)]
    fn endpoint(this: &ClientOptions) -> Option<String>;
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
    #[wasm_bindgen(method, getter, js_name = accessKeyId)]
    fn access_key_id(this: &KeySet) -> String;
    #[wasm_bindgen(method, getter, js_name = secretAccessKey)]
    fn secret_access_key(this: &KeySet) -> String;
    #[wasm_bindgen(method, getter, js_name = sessionToken)]
    fn session_token(this: &KeySet) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn expiration(this: &KeySet) -> Option<f64>;

    /// A shard as `ListShards` gives it.
    pub type Shard;
    #[wasm_bindgen(method, getter, js_name = HashKeyRange)]
    fn hash_key_range(this: &Shard) -> HashKeyRange;
    #[wasm_bindgen(method, getter, js_name = SequenceNumberRange)]
    fn sequence_number_range(this: &Shard) -> Option<SequenceNumberRange>;

    type HashKeyRange;
    #[wasm_bindgen(method, getter, js_name = StartingHashKey)]
    fn starting_hash_key(this: &HashKeyRange) -> String;
    #[wasm_bindgen(method, getter, js_name = EndingHashKey)]
    fn ending_hash_key(this: &HashKeyRange) -> String;

    type SequenceNumberRange;
    #[wasm_bindgen(method, getter, js_name = EndingSequenceNumber)]
    fn ending_sequence_number(this: &SequenceNumberRange) -> Option<String>;
}

impl KeySet {
    fn read(&self) -> Result<Credentials, Error> {
        let expiration = self.expiration().map(unix_ms);
        Credentials::new(
            self.access_key_id(),
            self.secret_access_key(),
            self.session_token(),
            expiration,
        )
    }
}

impl Shard {
    fn range(&self) -> Result<Range, Error> {
        let range = self.hash_key_range();
        let ending = self
            .sequence_number_range()
            .and_then(|numbers| numbers.ending_sequence_number());
        Ok(Range {
            starting: parse_hash_key(&range.starting_hash_key(), "StartingHashKey")?,
            ending: parse_hash_key(&range.ending_hash_key(), "EndingHashKey")?,
            open: ending.is_none(),
        })
    }
}

/// See [`client::Client`].
#[wasm_bindgen]
pub struct Client(client::Client);

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
        let defaults = Limits::default();
        let limits = Limits::new(
            options
                .record_bytes_max()
                .map_or(defaults.record_bytes_max, bytes),
            options
                .request_bytes_max()
                .map_or(defaults.request_bytes_max, bytes),
        )?;
        let endpoint = Config {
            region: options.region(),
            custom: options.endpoint(),
            fips: options.use_fips_endpoint(),
            dualstack: options.use_dualstack_endpoint(),
        };
        let attempts_max = options.max_attempts();
        let client = client::Client::new(endpoint, keeper, limits, attempts_max, seed.to_bits())?;
        Ok(Self(client))
    }

    /// Takes what the provider gave.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(&mut self, keys: &KeySet, now: f64) -> Result<(), JsValue> {
        let server_time = self.0.clock.server_time(unix_ms(now));
        self.0.credentials.store(keys.read()?, server_time);
        Ok(())
    }

    /// One record. `data` is a string or a `Uint8Array`.
    #[wasm_bindgen(js_name = putRecord)]
    pub fn put_record(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
        data: JsValue,
        partition_key: &str,
        explicit_hash_key: Option<String>,
        sequence_number: Option<String>,
    ) -> Result<Call, JsValue> {
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        let data = data_bytes(&data);
        let bytes_max = self.0.limits.record_bytes_max;
        let hash_key = explicit_hash_key.as_deref();
        let record = Record::new(&data, partition_key, hash_key, bytes_max, None)?;
        self.call(api::put_record(
            stream,
            &record,
            sequence_number.as_deref(),
        )?)
    }

    /// Many records, pushed before.
    #[wasm_bindgen(js_name = putRecords)]
    pub fn put_records(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
        records: Records,
    ) -> Result<Call, JsValue> {
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        self.call(records.0.finish(stream)?)
    }

    /// All pages of the stream's shards.
    #[wasm_bindgen(js_name = listShards)]
    pub fn list_shards(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
    ) -> Result<Call, JsValue> {
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        self.call(api::list_shards(stream))
    }

    /// The stream's state.
    #[wasm_bindgen(js_name = describeStreamSummary)]
    pub fn describe_stream_summary(
        &self,
        stream_name: Option<String>,
        stream_arn: Option<String>,
    ) -> Result<Call, JsValue> {
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref())?;
        self.call(api::describe_stream_summary(stream))
    }

    /// Any operation with its input as JSON.
    pub fn any(&self, operation: &str, input: String) -> Result<Call, JsValue> {
        self.call(api::any(operation, input.into_bytes())?)
    }

    fn call(&self, request: api::Request) -> Result<Call, JsValue> {
        Ok(Call {
            machine: call::Call::new(request, &self.0)?,
            signed: None,
        })
    }
}

/// See [`api::PutRecords`].
#[wasm_bindgen]
pub struct Records(api::PutRecords);

#[wasm_bindgen]
impl Records {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new(client: &Client) -> Records {
        Self(api::PutRecords::new(client.0.limits))
    }

    /// One more. `data` is a string or a `Uint8Array`.
    pub fn push(
        &mut self,
        data: JsValue,
        partition_key: &str,
        explicit_hash_key: Option<String>,
    ) -> Result<(), JsValue> {
        let data = data_bytes(&data);
        Ok(self
            .0
            .push(&data, partition_key, explicit_hash_key.as_deref())?)
    }
}

/// See [`call::Call`].
#[wasm_bindgen]
pub struct Call {
    machine: call::Call,
    signed: Option<client::Headers>,
}

#[wasm_bindgen]
extern "C" {
    /// What to do next: `'send'`, `'credentials'`, `'done'`, or the milliseconds to wait.
    #[wasm_bindgen(typescript_type = "'send' | 'credentials' | 'done' | number")]
    pub type JsStep;
    /// The promise that `fetch` gave.
    #[wasm_bindgen(typescript_type = "Promise<Response>")]
    pub type Sent;
}

#[wasm_bindgen]
impl Call {
    /// What to do now.
    pub fn poll(&mut self, client: &mut Client, now: f64) -> JsStep {
        let step = match self.machine.poll(&mut client.0, unix_ms(now)) {
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

    /// Calls `fetch` at once. It copies the body before it returns, so it is given a view of wasm memory; a `fetch` that the
    /// user brought may read the body later: `copies` gives it a copy.
    pub fn send(&mut self, fetch: &Function, signal: &AbortSignal, copies: bool) -> Sent {
        let (global, url) = (js_sys::global(), JsValue::from(self.machine.url()));
        let sent = self.request(signal).and_then(|init| {
            if copies {
                init.set_body(&Uint8Array::from(self.machine.body()).into());
            } else {
                // SAFETY: nothing allocates in wasm before fetch has copied the bytes, so that they stay where they are.
                init.set_body(&unsafe { Uint8Array::view(self.machine.body()).into() });
            }
            fetch.call2(&global, &url, &init)
        });
        // A fetch that throws at once has failed like one that rejects.
        sent.unwrap_or_else(|error| Promise::reject(&error).into())
            .unchecked_into()
    }

    /// The answer, read to its end.
    #[wasm_bindgen(js_name = handleAnswer)]
    pub fn handle_answer(
        &mut self,
        client: &mut Client,
        now: f64,
        status: u16,
        headers: &Headers,
        body: &[u8],
    ) {
        let header = |name| headers.get(name).ok().flatten();
        let (request_id, error_type) = (header("x-amzn-requestid"), header("x-amzn-errortype"));
        let (date, retry_after) = (header("date"), header("x-amz-retry-after"));
        let answer = Answer {
            status,
            request_id: request_id.as_deref(),
            error_type: error_type.as_deref(),
            date: date.as_deref(),
            retry_after_ms: retry_after.and_then(|ms| ms.parse().ok()),
            body,
        };
        self.machine
            .handle_answer(&mut client.0, unix_ms(now), answer);
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
            .handle_failure(&mut client.0, unix_ms(now), error);
    }

    /// The provider has answered, or has failed with a message.
    #[wasm_bindgen(js_name = handleCredentials)]
    pub fn handle_credentials(&mut self, client: &Client, now: f64, failure: Option<String>) {
        let failure = failure.map(|message| Error::new(Code::Credentials, message));
        self.machine
            .handle_credentials(&client.0, unix_ms(now), failure);
    }

    /// The result as JSON.
    #[wasm_bindgen(js_name = intoResult)]
    pub fn into_result(self) -> Result<String, JsValue> {
        let json = self.machine.into_result()?;
        let broken = |_| Error::new(Code::Service, "the answer is not UTF-8");
        String::from_utf8(json).map_err(|error| broken(error).into())
    }

    fn request(&mut self, signal: &AbortSignal) -> Result<RequestInit, JsValue> {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_signal(Some(signal));
        init.set_headers(&self.headers()?.into());
        Ok(init)
    }

    fn headers(&mut self) -> Result<Headers, JsValue> {
        let headers = Headers::new()?;
        headers.append("content-type", CONTENT_TYPE)?;
        if let Some(signed) = self.signed.take() {
            headers.append("x-amz-target", &signed.target)?;
            headers.append("x-amz-date", &signed.date)?;
            headers.append("authorization", &signed.authorization)?;
            if let Some(token) = &signed.security_token {
                headers.append("x-amz-security-token", token)?;
            }
        }
        Ok(headers)
    }
}

thread_local! {
    /// The signing key of the last `signRequest`: the next one is most often for the same day and scope.
    static SIGNING_KEYS: RefCell<KeyCache> = RefCell::default();
}

/// Signs any request to AWS. `headers` are names and values in turn. Returns x-amz-date, authorization and
/// x-amz-security-token, the last one only where there is a token.
#[wasm_bindgen(js_name = signRequest)]
#[allow(clippy::too_many_arguments)] // one call across the boundary, without an object to take apart
pub fn sign_request(
    method: &str,
    url: &str,
    headers: Vec<String>,
    body: &JsValue,
    region: &str,
    service: &str,
    keys: &KeySet,
    date: f64,
) -> Result<Vec<String>, JsValue> {
    // The host's parser makes of a URL what its fetch will send.
    let url = Url::new(url)?.href();
    let (host, path, query) = split_url(&url);
    let pairs = headers.chunks_exact(2);
    let headers: Vec<(&str, &str)> = pairs.map(|pair| (&*pair[0], &*pair[1])).collect();
    let to_sign = sigv4::Request {
        method,
        host,
        path,
        query,
        headers: &headers,
        body: &data_bytes(body),
    };
    let credentials = keys.read()?;
    let date = AmzDate::new(unix_ms(date));
    let authorization = SIGNING_KEYS.with_borrow_mut(|keys| {
        sigv4::authorization(
            &to_sign,
            &credentials,
            Scope { region, service },
            date,
            keys,
        )
    });
    let mut signed = vec![date.as_str().to_owned(), authorization];
    signed.extend(credentials.session_token().map(str::to_owned));
    Ok(signed)
}

/// The hash key of a partition key, in decimal.
#[wasm_bindgen(js_name = hashKey)]
pub fn hash_key(partition_key: &str) -> String {
    shard::hash_key(partition_key).to_string()
}

/// The index of the open shard that a key lands on.
#[wasm_bindgen(js_name = shardFor)]
pub fn shard_for(
    shards: Vec<Shard>,
    partition_key: Option<String>,
    explicit_hash_key: Option<String>,
) -> Result<Option<usize>, JsValue> {
    let ranges: Vec<Range> = shards.iter().map(Shard::range).collect::<Result<_, _>>()?;
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

/// The shim has made sure that it is one of the two.
fn data_bytes(data: &JsValue) -> Vec<u8> {
    data.as_string().map_or_else(
        || data.unchecked_ref::<Uint8Array>().to_vec(),
        String::into_bytes,
    )
}

#[allow(clippy::cast_possible_truncation)] // saturates, and NaN is 1970
fn unix_ms(time: f64) -> UnixMs {
    time as UnixMs
}

#[allow(clippy::cast_precision_loss)] // exact for some 280,000 years
fn js_ms(time: UnixMs) -> f64 {
    time as f64
}

fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

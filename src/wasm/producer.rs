//! The producer's binding.

use super::{
    AnswerHeaders, Client, Fetch, JsStep, KeySet, Sent, Signal, data_bytes, js_ms, milliseconds,
    send, text_of, unix_ms,
};
use crate::aggregate;
use crate::answer::Answer;
use crate::client::Headers;
use crate::error::{Code, Error};
use crate::flight::RequestId;
use crate::json::{put_member, put_string};
use crate::ledger::{Report, Settlement};
use crate::options::{Aggregation, Options};
use crate::producer::{self, Outgoing, Step};
use crate::text::text;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    /// A member that is a number.
    #[wasm_bindgen(js_name = numberOf)]
    fn number_of(object: &JsValue, name: &str) -> f64;

    /// Adds a user record to a list of them.
    #[wasm_bindgen(js_name = pushUserRecord)]
    fn push_user_record(list: &JsValue, key: &str, hash_key: Option<&str>, data: &[u8]);
}

/// See [`producer::Producer`].
#[wasm_bindgen]
pub struct Producer {
    machine: producer::Producer,
    signed: Option<(RequestId, Headers, bool)>,
    report: Option<Report>,
}

#[wasm_bindgen]
impl Producer {
    /// Takes a client over.
    #[wasm_bindgen(constructor)]
    pub fn new(client: Client, options: &JsValue) -> Result<Producer, JsValue> {
        let count = |name| whole(number_of(options, name));
        let milliseconds = |name| u32::try_from(count(name)).unwrap_or(u32::MAX);
        let client = client.client;
        let options = Options {
            stream_name: text_of(options, "streamName"),
            stream_arn: text_of(options, "streamARN"),
            aggregation: match text_of(options, "aggregation").as_deref() {
                Some("key") => Aggregation::Key,
                Some("shard") => Aggregation::Shard,
                _ => Aggregation::Off,
            },
            ordered: text_of(options, "ordering").as_deref() == Some("key"),
            linger_ms: milliseconds("lingerMs"),
            limits: client.limits,
            request_records_max: count("requestRecordsMax"),
            aggregate_bytes_max: count("aggregateBytesMax"),
            requests_in_flight_max: count("requestsInFlightMax"),
            buffer_bytes_max: count("bufferBytesMax"),
            buffer_records_max: count("bufferRecordsMax"),
            record_attempts_max: milliseconds("recordAttemptsMax"),
            record_ttl_ms: milliseconds("recordTtlMs"),
            request_timeout_ms: milliseconds("requestTimeoutMs"),
            shard_rate_limit: number_of(options, "shardRateLimit"),
        };
        Ok(Self {
            machine: producer::Producer::new(client, options)?,
            signed: None,
            report: None,
        })
    }

    /// Takes a record and names it. `data` is a string or a `Uint8Array`.
    pub fn put(
        &mut self,
        now: f64,
        data: &JsValue,
        partition_key: Option<String>,
        explicit_hash_key: Option<String>,
    ) -> Result<f64, JsValue> {
        let (data, now) = (data_bytes(data), unix_ms(now));
        let (key, hash_key) = (partition_key.as_deref(), explicit_hash_key.as_deref());
        let id = self.machine.put(now, data, key, hash_key)?;
        Ok(js_number(id))
    }

    /// What to do now.
    pub fn poll(&mut self, now: f64) -> JsStep {
        let step = match self.machine.poll(unix_ms(now)) {
            Step::Settled(report) => {
                self.report = Some(report);
                "settled".into()
            }
            Step::Credentials => "credentials".into(),
            Step::Send {
                id,
                headers,
                keepalive,
            } => {
                self.signed = Some((id, headers, keepalive));
                "send".into()
            }
            Step::Wait(until) => JsValue::from_f64(js_ms(until) - now),
        };
        step.unchecked_into()
    }

    /// What has settled, as JSON: `{ settled: [[ids, attempts, shardId, sequenceNumber] | [ids, attempts, error]], flushes:
    /// [[id, delivered, failed]] }`.
    #[wasm_bindgen(js_name = takeReport)]
    pub fn take_report(&mut self) -> String {
        let report = self.report.take().unwrap_or(Report {
            settlements: Vec::new(),
            flushes: Vec::new(),
        });
        String::from_utf8(report_json(&report)).unwrap_or_default()
    }

    /// The name of the request that is to be sent.
    #[wasm_bindgen(getter, js_name = requestId)]
    pub fn request_id(&self) -> Option<RequestId> {
        self.signed.as_ref().map(|(id, ..)| *id)
    }

    /// Sends the request that `poll` or `sendKeepalive` has prepared: see `Call.send`.
    pub fn send(&mut self, fetch: &Fetch, signal: &Signal, copies: bool) -> Sent {
        let (_, headers, keepalive) = self.signed.take().unwrap_or_default();
        let Outgoing { url, body } = self.machine.take_request();
        send(&url, &body, &headers, fetch, signal, copies, keepalive)
    }

    /// Prepares a request that outlives the page. False where there is nothing more that fits.
    #[wasm_bindgen(js_name = sendKeepalive)]
    pub fn send_keepalive(&mut self, now: f64, bytes_max: usize) -> bool {
        let Some(Step::Send {
            id,
            headers,
            keepalive,
        }) = self.machine.send_keepalive(unix_ms(now), bytes_max)
        else {
            return false;
        };
        self.signed = Some((id, headers, keepalive));
        true
    }

    /// Names a wait for all that is buffered.
    pub fn flush(&mut self) -> u32 {
        self.machine.flush()
    }

    /// The answer, read to its end.
    #[wasm_bindgen(js_name = handleAnswer)]
    pub fn handle_answer(
        &mut self,
        now: f64,
        id: RequestId,
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
        self.machine.handle_answer(unix_ms(now), id, answer);
    }

    /// No answer in time, or none at all. The status is there where the answer broke off.
    #[wasm_bindgen(js_name = handleFailure)]
    pub fn handle_failure(
        &mut self,
        now: f64,
        id: RequestId,
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
        error.status = status;
        self.machine.handle_failure(unix_ms(now), id, &error);
    }

    /// Takes what the provider gave.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(&mut self, keys: &KeySet, now: f64) -> Result<(), JsValue> {
        let client = &mut self.machine.client;
        let server_time = client.clock.server_time(unix_ms(now));
        client.credentials.store(keys.read()?, server_time);
        Ok(())
    }

    /// The provider has answered, or has failed with a message.
    #[wasm_bindgen(js_name = handleCredentials)]
    pub fn handle_credentials(&mut self, now: f64, failure: Option<String>) {
        let failure = failure.map(|message| Error::new(Code::Credentials, message));
        self.machine.handle_credentials(unix_ms(now), failure);
    }

    /// What the host says of the connection.
    #[wasm_bindgen(js_name = handleOnline)]
    pub fn handle_online(&mut self, now: f64, online: bool) {
        self.machine.handle_online(unix_ms(now), online);
    }

    /// Whether a record of so many bytes would be taken.
    #[wasm_bindgen(js_name = hasRoom)]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.machine.has_room(bytes)
    }

    /// The counts, in the order of `STATS` in the shim.
    pub fn stats(&self) -> Vec<f64> {
        let ledger = self.machine.ledger();
        let stats = &ledger.stats;
        vec![
            js_number(stats.records_put),
            js_number(stats.records_delivered),
            js_number(stats.records_failed),
            js_number(ledger.buffered_records() as u64),
            js_number(ledger.buffered_bytes() as u64),
            js_number(stats.requests),
            js_number(stats.requests_failed),
            js_number(stats.records_retried),
            js_number(stats.records_throttled),
            js_number(stats.bytes_sent),
            js_ms(self.machine.client.clock.offset_ms()),
        ]
    }
}

/// Puts the user records in a record into a list.
#[wasm_bindgen]
pub fn deaggregate(
    list: &JsValue,
    data: &[u8],
    partition_key: &str,
    explicit_hash_key: Option<String>,
) {
    for record in aggregate::deaggregate(data, partition_key, explicit_hash_key.as_deref()) {
        push_user_record(
            list,
            record.partition_key,
            record.explicit_hash_key,
            record.data,
        );
    }
}

fn report_json(report: &Report) -> Vec<u8> {
    let mut json = b"{\"settled\":[".to_vec();
    for settlement in &report.settlements {
        separate(&mut json);
        put_settlement(&mut json, settlement);
    }
    json.extend_from_slice(b"],\"flushes\":[");
    for flush in &report.flushes {
        separate(&mut json);
        json.push(b'[');
        for number in [
            u64::from(flush.id),
            flush.delivered as u64,
            flush.failed as u64,
        ] {
            separate(&mut json);
            put_number(&mut json, number);
        }
        json.push(b']');
    }
    json.extend_from_slice(b"]}");
    json
}

fn put_settlement(json: &mut Vec<u8>, settlement: &Settlement) {
    json.extend_from_slice(b"[[");
    for id in settlement.records.iter() {
        separate(json);
        put_number(json, id);
    }
    json.extend_from_slice(b"],");
    put_number(json, u64::from(settlement.attempts));
    json.push(b',');
    match &settlement.outcome {
        Ok(landed) => {
            put_string(json, &landed.shard_id);
            json.push(b',');
            put_string(json, &landed.sequence_number);
        }
        Err(error) => put_error(json, error),
    }
    json.push(b']');
}

fn put_error(json: &mut Vec<u8>, error: &Error) {
    json.push(b'{');
    put_member(json, "code", error.code.as_str());
    put_member(json, "message", &error.message);
    if let Some(name) = &error.name {
        put_member(json, "name", name);
    }
    if let Some(id) = &error.request_id {
        put_member(json, "requestId", id);
    }
    if let Some(status) = error.status {
        json.extend_from_slice(b",\"status\":");
        put_number(json, u64::from(status));
    }
    json.push(b'}');
}

fn separate(json: &mut Vec<u8>) {
    if json.last() != Some(&b'[') {
        json.push(b',');
    }
}

fn put_number(json: &mut Vec<u8>, number: u64) {
    json.extend_from_slice(text![number].as_bytes());
}

#[allow(clippy::cast_precision_loss)] // counts stay far below 2⁵³
fn js_number(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the shim has checked the range
fn whole(number: f64) -> usize {
    number as usize
}

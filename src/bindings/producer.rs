//! The class `Producer`: many records, from `put` to their settlement.

use super::client::Client;
use super::counts::Counts;
use super::credentials::CredentialsObject;
use super::error::to_object;
use super::numbers::{duration_ms, js_number, ms_until, unix_ms, usize_of};
use super::packed_records::records_of;
use super::report::{failures_object, report_object};
use super::request::{FetchArguments, copy_of};
use super::response::{RequestFailure, ResponseHead, failure_error, provider_failure, with_response};
use super::settings::ProducerSettings;
use super::trap::trap_if_requested;
use crate::error::Error;
use crate::producer::entry::Entry;
use crate::producer::in_flight::RequestId;
use crate::producer::packed_record::PackedRecord;
use crate::producer::settlement::SettlementReport;
use crate::producer::{self, Step};
use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, RequestInit};

/// What a producer needs next.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProducerStep {
    /// `takeReport`: records have settled or flushes are complete.
    Settled,
    /// Ask the provider, `storeCredentials`, then `handleCredentials`.
    AskCredentials,
    /// Send the request `requestId`: `sign` it; then `handleResponse` or `handleFailure`.
    Send,
    /// Poll again after `waitMs`, or when something has changed.
    Wait,
}

/// A producer. After every call that changes it, poll it until it says `Wait`; after a put, only if `wantsPoll` says
/// so. See [`producer::Producer`].
#[wasm_bindgen]
pub struct Producer {
    /// The producer, which knows nothing of JavaScript.
    pub(super) inner: producer::Producer,
    fetch_arguments: FetchArguments,
    request_id: RequestId,
    wait_ms: f64,
    report: Option<SettlementReport>,
}

#[wasm_bindgen]
impl Producer {
    /// A producer that takes the client over.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for settings that do not fit together.
    #[wasm_bindgen(constructor)]
    pub fn new(client: Client, settings: ProducerSettings) -> Result<Self, Error> {
        let options = settings.options(client.inner.limits);
        Ok(Self {
            inner: producer::Producer::new(client.inner, options)?,
            fetch_arguments: client.fetch_arguments,
            request_id: 0,
            wait_ms: 0.0,
            report: None,
        })
    }

    /// Accepts a record and returns its id. An empty partition key means a random one, an empty hash key none.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT`, `ERR_RECORD_TOO_LARGE` or `ERR_BUFFER_FULL`. Records that were accepted before are not
    /// affected.
    pub fn put(&mut self, now: f64, data: Vec<u8>, partition_key: &str, explicit_hash_key: &str) -> Result<f64, Error> {
        trap_if_requested();
        let packed = PackedRecord::with_keys(data, partition_key, explicit_hash_key);
        self.inner.put(unix_ms(now), packed).map(js_number)
    }

    /// Accepts many records, packed as `records_of` reads them. They get ids in order, and the first one is
    /// returned. Returns `undefined` and accepts none if there is no room for all of them.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    #[wasm_bindgen(js_name = putMany)]
    pub fn put_many(&mut self, now: f64, bytes: Vec<u8>, lengths: Vec<u32>) -> Result<Option<f64>, Error> {
        trap_if_requested();
        let records = records_of(&bytes, &lengths);
        let first = self
            .inner
            .put_many(unix_ms(now), lengths.len() / 2, bytes.len(), records)?;
        Ok(first.map(js_number))
    }

    /// Whether the host should poll after a put: there is something to do now, or the next poll is due earlier than the
    /// last `Wait` said.
    #[wasm_bindgen(js_name = wantsPoll)]
    #[must_use]
    pub fn wants_poll(&self, now: f64) -> bool {
        self.inner.wants_poll(unix_ms(now))
    }

    /// What to do now.
    pub fn poll(&mut self, now: f64) -> ProducerStep {
        trap_if_requested();
        match self.inner.poll(unix_ms(now)) {
            Step::Settled(report) => {
                self.report = Some(report);
                ProducerStep::Settled
            }
            Step::AskCredentials => ProducerStep::AskCredentials,
            Step::Send(id) => {
                self.request_id = id;
                ProducerStep::Send
            }
            Step::Wait(until) => {
                self.wait_ms = ms_until(until, now);
                ProducerStep::Wait
            }
        }
    }

    /// The request to send, after `poll` has returned `Send`.
    #[wasm_bindgen(getter, js_name = requestId)]
    #[must_use]
    pub fn request_id(&self) -> u32 {
        self.request_id
    }

    /// How long to wait, in milliseconds, after `poll` has returned `Wait`.
    #[wasm_bindgen(getter, js_name = waitMs)]
    #[must_use]
    pub fn wait_ms(&self) -> f64 {
        self.wait_ms
    }

    /// What has settled since the last report, as also after `poll` has returned `Settled`; `undefined` if nothing has.
    #[wasm_bindgen(js_name = takeReport, unchecked_return_type = "SettlementReport | undefined")]
    pub fn take_report(&mut self) -> JsValue {
        let report = self.report.take().or_else(|| self.inner.take_report());
        report.as_ref().map(report_object).unwrap_or_default()
    }

    /// Starts a request with `keepalive` for a page that is about to close, and returns its id. The requests in flight
    /// that this method has started have at most `bytes_max` bytes of bodies together. `undefined` where nothing more
    /// fits.
    #[wasm_bindgen(js_name = nextKeepalive)]
    pub fn next_keepalive(&mut self, now: f64, bytes_max: f64) -> Option<u32> {
        self.inner.next_keepalive(unix_ms(now), usize_of(bytes_max))
    }

    /// How long records have waited for their first request, of those that were sent since the last call: pairs of
    /// milliseconds and a number of records.
    #[wasm_bindgen(js_name = takeBufferingTimes)]
    pub fn take_buffering_times(&mut self) -> Vec<u32> {
        self.inner.buffering_times.take()
    }

    /// A copy of the body of a request that is to be sent.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array<ArrayBuffer> | undefined")]
    #[must_use]
    pub fn body(&self, request_id: u32) -> Option<Uint8Array> {
        self.inner.body(request_id).map(copy_of)
    }

    /// Where to send a request.
    pub fn url(&mut self, request_id: u32) -> Option<JsString> {
        let url = self.inner.url(request_id)?;
        Some(self.fetch_arguments.url(&url))
    }

    /// The second argument of `fetch`, signed for `now`; see `Call.sign`. `undefined` if the request must not be sent
    /// any more: poll again.
    pub fn sign(
        &mut self,
        request_id: u32,
        now: f64,
        payload_hash: Option<String>,
        body: &Uint8Array,
        signal: &AbortSignal,
        keepalive: bool,
    ) -> Option<RequestInit> {
        trap_if_requested();
        let headers = self.inner.sign(request_id, unix_ms(now), payload_hash.as_deref())?;
        Some(self.fetch_arguments.request_init(&headers, body, signal, keepalive))
    }

    /// The response to a request has arrived in full.
    #[wasm_bindgen(js_name = handleResponse)]
    pub fn handle_response(&mut self, request_id: u32, now: f64, head: &ResponseHead, body: Vec<u8>) {
        trap_if_requested();
        with_response(head, &body, |response| {
            self.inner.handle_response(unix_ms(now), request_id, response);
        });
    }

    /// There is no response to a request, or not all of one.
    #[wasm_bindgen(js_name = handleFailure)]
    pub fn handle_failure(&mut self, request_id: u32, now: f64, failure: &RequestFailure) {
        self.inner
            .handle_failure(unix_ms(now), request_id, &failure_error(failure));
    }

    /// Stores what a provider gave at `now`.
    ///
    /// # Errors
    /// `ERR_CREDENTIALS` for a part that cannot be signed with or sent in a header.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(&mut self, credentials: &CredentialsObject, now: f64) -> Result<(), Error> {
        self.inner.client.store_credentials(credentials.read()?, unix_ms(now));
        Ok(())
    }

    /// The provider has answered, and its credentials are stored; or it has failed, and `failure` says why.
    #[wasm_bindgen(js_name = handleCredentials)]
    pub fn handle_credentials(&mut self, now: f64, failure: Option<String>) {
        self.inner.handle_credentials(unix_ms(now), provider_failure(failure));
    }

    /// The host reports that it is online or offline.
    #[wasm_bindgen(js_name = handleHostReport)]
    pub fn handle_host_report(&mut self, now: f64, is_online: bool) {
        self.inner.handle_host_report(unix_ms(now), is_online);
    }

    /// The device has slept for this number of milliseconds by its own clock, while `now` did not advance.
    #[wasm_bindgen(js_name = handleDeviceSleep)]
    pub fn handle_device_sleep(&mut self, ms: f64) {
        self.inner.client.clock.handle_device_sleep(duration_ms(ms));
    }

    /// Whether this number of records, of this number of bytes together, would be accepted.
    #[wasm_bindgen(js_name = hasRoomFor)]
    #[must_use]
    pub fn has_room_for(&self, records: f64, bytes: f64) -> bool {
        self.inner.has_room_for(usize_of(records), usize_of(bytes))
    }

    /// A caller waits until this number of records, of this number of bytes together, would be accepted. Where they
    /// would not, the next polls send what is buffered.
    #[wasm_bindgen(js_name = waitForRoom)]
    pub fn wait_for_room(&mut self, records: f64, bytes: f64) {
        self.inner.wait_for_room(usize_of(records), usize_of(bytes));
    }

    /// Begins a flush: the next polls send what is buffered. Returns the id that the report names when all of it has
    /// settled.
    pub fn flush(&mut self) -> u32 {
        self.inner.flush()
    }

    /// Removes and returns every record that has not settled, in any order. The producer must not be used afterwards.
    #[wasm_bindgen(js_name = takeRecords, unchecked_return_type = "TakenRecord[]")]
    pub fn take_records(&mut self) -> Array {
        let records = Array::new();
        for entry in self.inner.take_records() {
            records.push(&taken_record(&entry));
        }
        records
    }

    /// Changes with each failure, and with the first success after it: then `failures` has something new.
    #[wasm_bindgen(getter, js_name = failureChanges)]
    #[must_use]
    pub fn failure_changes(&self) -> u32 {
        self.inner.failures.changes
    }

    /// What has failed since the producer was made.
    #[wasm_bindgen(unchecked_return_type = "ProducerFailures")]
    #[must_use]
    pub fn failures(&self) -> JsValue {
        failures_object(&self.inner.failures)
    }

    /// Counts since the producer was made, and what is buffered now.
    #[wasm_bindgen(unchecked_return_type = "ProducerCounts")]
    #[must_use]
    pub fn stats(&self) -> JsValue {
        to_object(&Counts::of(&self.inner))
    }
}

fn taken_record(entry: &Entry) -> JsValue {
    let record = entry.record();
    let id = js_number(entry.records.first).into();
    let hash_key = record.explicit_hash_key.unwrap_or_default().into();
    Array::of4(
        &id,
        &record.partition_key.into(),
        &hash_key,
        &copy_of(record.data).into(),
    )
    .into()
}

#[wasm_bindgen(typescript_custom_section)]
const TAKEN_RECORD: &str = "
/** A record as `put` takes it, with the id that it had. */
export type TakenRecord = [id: number, partitionKey: string, explicitHashKey: string, data: Uint8Array];
";

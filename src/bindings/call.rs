//! The class `Call`: one call of the API from its first request to its result.

use super::client::Client;
use super::error::{ErrorDetails, to_object};
use super::numbers::{ms_until, unix_ms};
use super::request::copy_of;
use super::response::{RequestFailure, ResponseHead, failure_error, provider_failure, with_response};
use super::trap::trap_if_requested;
use crate::api;
use crate::client;
use crate::client::call::{self, Step};
use crate::client::retry::FailureClass;
use crate::error::Error;
use js_sys::{JsString, Uint8Array};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, RequestInit};

/// What a call needs next.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStep {
    /// `sign` it and send it; then `handleResponse` or `handleFailure`.
    Send,
    /// Ask the provider, `Client.storeCredentials`, then `handleCredentials`.
    AskCredentials,
    /// Poll again after `waitMs`.
    Wait,
    /// `finish` it.
    Done,
}

/// One call. Poll it until it says `Wait` or `Done`. See [`call::Call`].
#[wasm_bindgen]
pub struct Call {
    /// The call, which knows nothing of JavaScript.
    inner: call::Call,
    wait_ms: f64,
}

impl Call {
    pub(super) fn new(request: api::Request, client: &client::Client) -> Result<Self, Error> {
        Ok(Self {
            inner: call::Call::new(request, client)?,
            wait_ms: 0.0,
        })
    }
}

#[wasm_bindgen]
impl Call {
    /// What to do now.
    pub fn poll(&mut self, client: &mut Client, now: f64) -> CallStep {
        trap_if_requested();
        match self.inner.poll(&mut client.inner, unix_ms(now)) {
            Step::Send => CallStep::Send,
            Step::AskCredentials => CallStep::AskCredentials,
            Step::Done => CallStep::Done,
            Step::Wait(until) => {
                self.wait_ms = ms_until(until, now);
                CallStep::Wait
            }
        }
    }

    /// How long to wait, in milliseconds, after `poll` has returned `Wait`.
    #[wasm_bindgen(getter, js_name = waitMs)]
    #[must_use]
    pub fn wait_ms(&self) -> f64 {
        self.wait_ms
    }

    /// Why the call is repeated, once after each attempt that has failed.
    #[wasm_bindgen(js_name = takeFailure, unchecked_return_type = "CallFailure | undefined")]
    pub fn take_failure(&mut self) -> JsValue {
        match self.inner.last_failure.take() {
            Some((class, error)) => to_object(&FailureObject {
                is_throttle: class == FailureClass::Throttle,
                error: ErrorDetails::from(&error),
            }),
            None => JsValue::UNDEFINED,
        }
    }

    /// A copy of the body to send.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array<ArrayBuffer>")]
    #[must_use]
    pub fn body(&self) -> Uint8Array {
        copy_of(self.inner.body())
    }

    /// Where to send it.
    #[must_use]
    pub fn url(&self, client: &mut Client) -> JsString {
        client.fetch_arguments.url(self.inner.url())
    }

    /// What `fetch` takes beside the URL, signed for `now`. `payload_hash` is the SHA-256 of the body in hexadecimal,
    /// where the host has made it. `undefined` where the credentials have gone since `poll`: poll again.
    pub fn sign(
        &mut self,
        client: &mut Client,
        now: f64,
        payload_hash: Option<String>,
        body: &Uint8Array,
        signal: &AbortSignal,
    ) -> Option<RequestInit> {
        trap_if_requested();
        let headers = self
            .inner
            .sign(&mut client.inner, unix_ms(now), payload_hash.as_deref())?;
        Some(client.fetch_arguments.request_init(&headers, body, signal, false))
    }

    /// The response has arrived in full. `is_result`: its status is good, and its body, which the shim has read, is a
    /// result of the operation. `body` is needed only where it is not.
    #[wasm_bindgen(js_name = handleResponse)]
    pub fn handle_response(
        &mut self,
        client: &mut Client,
        now: f64,
        head: &ResponseHead,
        body: Vec<u8>,
        is_result: bool,
    ) {
        trap_if_requested();
        let client = &mut client.inner;
        with_response(head, &body, |response| {
            self.inner.handle_response(client, unix_ms(now), response, is_result);
        });
    }

    /// There is no response, or not all of one.
    #[wasm_bindgen(js_name = handleFailure)]
    pub fn handle_failure(&mut self, client: &mut Client, now: f64, failure: &RequestFailure) {
        let error = failure_error(failure);
        self.inner.handle_failure(&mut client.inner, unix_ms(now), error);
    }

    /// The provider has answered, and its credentials are stored; or it has failed, and `failure` says why.
    #[wasm_bindgen(js_name = handleCredentials)]
    pub fn handle_credentials(&mut self, client: &Client, now: f64, failure: Option<String>) {
        self.inner
            .handle_credentials(&client.inner, unix_ms(now), provider_failure(failure));
    }

    /// Ends the call, once `poll` has returned `Done`.
    ///
    /// # Errors
    /// What the call has failed with.
    pub fn finish(self) -> Result<(), Error> {
        self.inner.into_result()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureObject<'a> {
    is_throttle: bool,
    error: ErrorDetails<'a>,
}

#[wasm_bindgen(typescript_custom_section)]
const CALL_FAILURE: &str = "
export interface CallFailure {
  readonly isThrottle: boolean;
  readonly error: ErrorDetails;
}
";

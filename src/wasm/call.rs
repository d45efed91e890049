//! The binding of one call.

use super::crossing::Facts;
use super::{
    Client, Fetch, JsStep, Sent, Signal, digest_of, failure, head_of, js_ms, post, unix_ms,
};
use crate::api;
use crate::call::{self, Step};
use crate::client;
use crate::error::{Code, Error};
use wasm_bindgen::prelude::*;

/// See [`call::Call`].
#[wasm_bindgen]
pub struct Call {
    machine: call::Call,
}

impl Call {
    pub(super) fn new(request: api::Request, client: &client::Client) -> Result<Self, Error> {
        Ok(Self {
            machine: call::Call::new(request, client)?,
        })
    }
}

#[wasm_bindgen]
impl Call {
    /// What to do now.
    pub fn poll(&mut self, client: &mut Client, now: f64) -> JsStep {
        let step = match self.machine.poll(&mut client.client, unix_ms(now)) {
            Step::Send => "send".into(),
            Step::Credentials => "credentials".into(),
            Step::Wait(until) => JsValue::from_f64(js_ms(until) - now),
            Step::Done => "done".into(),
        };
        step.unchecked_into()
    }

    /// What the host's `digest` gives for the body.
    pub fn digest(&self) -> JsValue {
        digest_of(Some(self.machine.body()), true)
    }

    /// Sends the request. `fetch` copies the body before it returns, so it is given a view of wasm memory; one that the user
    /// brought may read the body later: `copies` gives it a copy. Nothing where there is nothing to send any more: poll again.
    pub fn send(
        &mut self,
        client: &mut Client,
        now: f64,
        fetch: &Fetch,
        signal: &Signal,
        copies: bool,
        payload_hash: Option<String>,
    ) -> Option<Sent> {
        let hash = payload_hash.as_deref();
        let headers = self.machine.sign(&mut client.client, unix_ms(now), hash)?;
        let head = head_of(self.machine.url(), &headers);
        Some(post(
            fetch,
            signal,
            &head,
            self.machine.body(),
            copies,
            false,
        ))
    }

    /// The answer, read to its end: see `Facts`. Of a good one the shim has read the body, and tells whether it could.
    #[wasm_bindgen(js_name = handleAnswer)]
    pub fn handle_answer(
        &mut self,
        client: &mut Client,
        now: f64,
        status: u16,
        facts: &str,
        body: &[u8],
        is_result: bool,
    ) {
        let answer = Facts::read(facts).answer(status, body);
        let client = &mut client.client;
        self.machine
            .handle_answer(client, unix_ms(now), answer, is_result);
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
        let error = failure(timed_out, message, status);
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

    /// Throws what the call has failed with.
    pub fn result(&mut self) -> Result<(), JsValue> {
        Ok(self.machine.take_result()?)
    }
}

//! One call of the API from its first try to its result, as a machine without I/O.
//!
//! After every call that changes it, poll until it says [`Step::Wait`] or [`Step::Done`]. A [`Step`] asks the host for one
//! thing; what comes of it is fed back through a `handle_*` method.

use crate::api::{Request, Response};
use crate::client::retry::{Class, backoff_ms};
use crate::client::signing_context::SigningContext;
use crate::client::{Client, Headers};
use crate::error::{Code, Error};
use crate::time::UnixMs;

/// One call.
#[derive(Debug)]
pub struct Call {
    request: Request,
    url: String,
    state: State,
    attempts: u32,
    /// Whether the provider was asked since the last try.
    asked: bool,
    signed: SigningContext,
}

#[derive(Debug)]
enum State {
    Ready,
    AwaitsCredentials,
    InFlight,
    Waits(UnixMs),
    Done(Result<(), Error>),
}

/// What the machine wants next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// [`Call::sign`] the request, and send [`Call::body`] to [`Call::url`]; then `handle_answer` or `handle_failure`.
    Send,
    /// Ask the provider and store what it gives in [`Client::credentials`]; then `handle_credentials`.
    Credentials,
    /// Nothing until then; then poll again.
    Wait(UnixMs),
    /// Take the result.
    Done,
}

impl Call {
    /// A call that has not been sent.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an ARN that has no endpoint.
    pub fn new(request: Request, client: &Client) -> Result<Self, Error> {
        Ok(Self {
            url: client.url(&request)?,
            request,
            state: State::Ready,
            attempts: 0,
            asked: false,
            signed: SigningContext::default(),
        })
    }

    /// Where to send the body.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to send. It stays as it is until the answer is handled.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.request.body
    }

    /// What to do now.
    pub fn poll(&mut self, client: &mut Client, now: UnixMs) -> Step {
        match self.state {
            State::Waits(until) if now < until => return Step::Wait(until),
            State::InFlight | State::AwaitsCredentials => return Step::Wait(UnixMs::MAX),
            State::Done(_) => return Step::Done,
            State::Waits(_) | State::Ready => {}
        }
        let server_time = client.clock.server_time(now);
        if !self.asked && client.credentials.wants_new(server_time) {
            self.asked = true;
            self.state = State::AwaitsCredentials;
            return Step::Credentials;
        }
        self.send(client)
    }

    /// The provider has answered, or has failed with an error.
    pub fn handle_credentials(&mut self, client: &Client, now: UnixMs, failure: Option<Error>) {
        let server_time = client.clock.server_time(now);
        self.state = match failure {
            Some(error) if !client.credentials.outlasts_provider(server_time) => State::Done(Err(error)),
            _ => State::Ready,
        };
    }

    /// The answer has arrived in full. Of a good one the host reads the body: `is_result` is whether it holds what was asked
    /// for.
    pub fn handle_answer(&mut self, client: &mut Client, now: UnixMs, answer: Response, is_result: bool) {
        self.signed.observe_server_time(client, &answer, now);
        if answer.is_success() {
            if is_result {
                self.state = State::Done(Ok(()));
            } else {
                self.retry(client, now, Class::Transient, None, answer.unreadable());
            }
            return;
        }
        let (class, error) = self.signed.diagnose(client, &answer, now);
        self.retry(client, now, class, answer.retry_after_ms, error);
    }

    /// No answer, or not all of it: the error says why.
    pub fn handle_failure(&mut self, client: &mut Client, now: UnixMs, error: Error) {
        self.retry(client, now, Class::Transient, None, error);
    }

    /// How it ended, once [`Step::Done`] was said.
    ///
    /// # Errors
    /// Why the call failed.
    pub fn into_result(mut self) -> Result<(), Error> {
        self.take_result()
    }

    /// As [`Call::into_result`], for a host that cannot give the call away. The call is of no use afterwards.
    ///
    /// # Errors
    /// Why the call failed.
    pub fn take_result(&mut self) -> Result<(), Error> {
        match core::mem::replace(&mut self.state, State::InFlight) {
            State::Done(result) => result,
            _ => Err(Error::new(Code::Core, "the call is not done")),
        }
    }

    /// The headers to send. None where the credentials have gone meanwhile: poll again. No attempt is counted then.
    pub fn sign(&mut self, client: &mut Client, now: UnixMs, payload_hash: Option<&str>) -> Option<Headers> {
        self.signed = SigningContext::now(client, now);
        let headers = client.sign(&self.request, &self.url, payload_hash, now);
        if headers.is_none() {
            self.attempts = self.attempts.saturating_sub(1);
            self.state = State::Ready;
        }
        headers
    }

    fn send(&mut self, client: &Client) -> Step {
        self.asked = false;
        if client.credentials.current().is_none() {
            let message = "credentials are missing: the provider gave none that could be used";
            self.state = State::Done(Err(Error::new(Code::Credentials, message)));
            return Step::Done;
        }
        self.attempts += 1;
        self.state = State::InFlight;
        Step::Send
    }

    fn retry(&mut self, client: &mut Client, now: UnixMs, class: Class, server_wait_ms: Option<u32>, mut error: Error) {
        if class == Class::Never || self.attempts >= client.attempts_max {
            error.attempts = Some(self.attempts);
            self.state = State::Done(Err(error));
            return;
        }
        let failures = self.attempts - 1;
        let wait_ms = backoff_ms(class, failures, server_wait_ms, &mut client.random);
        self.state = State::Waits(now.saturating_add(i64::from(wait_ms)));
    }
}

#[cfg(test)]
mod tests;

//! One call of the API, from its first attempt to its result, as a state machine without I/O.
//!
//! After each call that changes it, poll it until it returns [`Step::Wait`] or [`Step::Done`]. A [`Step`] is one task
//! for the host, whose result goes into a `handle_*` method.

use crate::api::{Request, Response};
use crate::client::retry::{FailureClass, backoff_ms};
use crate::client::signing_context::SigningContext;
use crate::client::{Client, Headers};
use crate::error::{Code, Error};
use crate::time::UnixMs;

/// A call: its request and how far it is.
#[derive(Debug)]
pub struct Call {
    request: Request,
    url: String,
    state: State,
    /// Signed requests so far.
    attempts: u32,
    /// Whether the provider was asked since the last attempt.
    provider_asked: bool,
    signing_context: SigningContext,
    /// Why the call is repeated, after an attempt that has failed: the class and the error.
    pub last_failure: Option<(FailureClass, Error)>,
}

#[derive(Debug)]
enum State {
    Ready,
    AwaitsCredentials,
    InFlight,
    Waits(UnixMs),
    Done(Result<(), Error>),
}

/// What the host has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// [`Call::sign`] the request and send [`Call::body`] to [`Call::url`], then call `handle_response` or
    /// `handle_failure`.
    Send,
    /// Ask the credentials provider, store its credentials in [`Client::credentials`], then call `handle_credentials`.
    AskCredentials,
    /// Poll again at this time.
    Wait(UnixMs),
    /// Get the result.
    Done,
}

impl Call {
    /// A call that was not sent yet.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an ARN that has no endpoint.
    pub fn new(request: Request, client: &Client) -> Result<Self, Error> {
        Ok(Self {
            url: client.url(&request)?,
            request,
            state: State::Ready,
            attempts: 0,
            provider_asked: false,
            signing_context: SigningContext::default(),
            last_failure: None,
        })
    }

    /// The URL to send the body to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The body to send. It does not change until the response is handled.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.request.body
    }

    /// The next step at `now`.
    pub fn poll(&mut self, client: &mut Client, now: UnixMs) -> Step {
        match self.state {
            State::Waits(until) if now < until => return Step::Wait(until),
            State::InFlight | State::AwaitsCredentials => return Step::Wait(UnixMs::MAX),
            State::Done(_) => return Step::Done,
            State::Waits(_) | State::Ready => {}
        }
        let server_time = client.clock.server_time(now);
        if !self.provider_asked && client.credentials.needs_refresh(server_time) {
            self.provider_asked = true;
            self.state = State::AwaitsCredentials;
            return Step::AskCredentials;
        }
        self.send(client)
    }

    /// The provider has answered and its credentials are stored, or it has failed.
    pub fn handle_credentials(&mut self, client: &Client, now: UnixMs, failure: Option<Error>) {
        let server_time = client.clock.server_time(now);
        self.state = match failure {
            Some(error) if !client.credentials.are_valid(server_time) => State::Done(Err(error)),
            _ => State::Ready,
        };
    }

    /// The response has arrived completely. The host has read the body of a success: `is_result` is whether it has the
    /// expected members.
    pub fn handle_response(&mut self, client: &mut Client, now: UnixMs, response: Response, is_result: bool) {
        self.signing_context.adjust_clock(client, &response, now);
        if response.is_success() {
            if is_result {
                self.state = State::Done(Ok(()));
            } else {
                self.retry(
                    client,
                    now,
                    FailureClass::Transient,
                    None,
                    response.unreadable_body_error(),
                );
            }
            return;
        }
        let (class, error) = self.signing_context.diagnose(client, &response, now);
        self.retry(client, now, class, response.retry_after_ms, error);
    }

    /// There is no response, or only a part of it. The error says why.
    pub fn handle_failure(&mut self, client: &mut Client, now: UnixMs, error: Error) {
        self.retry(client, now, FailureClass::Transient, None, error);
    }

    /// The result, after [`Step::Done`].
    ///
    /// # Errors
    /// Why the call failed.
    pub fn into_result(self) -> Result<(), Error> {
        match self.state {
            State::Done(result) => result,
            _ => Err(Error::new(Code::Core, "the call is not done")),
        }
    }

    /// Signs the request and returns its headers. Returns `None` if the credentials were refused since the poll: the
    /// attempt is not counted, and the call has to be polled again.
    pub fn sign(&mut self, client: &mut Client, now: UnixMs, payload_hash: Option<&str>) -> Option<Headers> {
        self.signing_context = SigningContext::of(client, now);
        let headers = client.sign(&self.request, &self.url, payload_hash, now);
        if headers.is_none() {
            self.attempts = self.attempts.saturating_sub(1);
            self.state = State::Ready;
        }
        headers
    }

    fn send(&mut self, client: &Client) -> Step {
        self.provider_asked = false;
        if client.credentials.current().is_none() {
            let message = "credentials are missing: the provider has returned none that can be used";
            self.state = State::Done(Err(Error::new(Code::Credentials, message)));
            return Step::Done;
        }
        self.attempts += 1;
        self.state = State::InFlight;
        Step::Send
    }

    fn retry(
        &mut self,
        client: &mut Client,
        now: UnixMs,
        class: FailureClass,
        server_wait_ms: Option<u32>,
        mut error: Error,
    ) {
        if class.is_final() || self.attempts >= client.attempts_max {
            error.attempts = Some(self.attempts);
            self.state = State::Done(Err(error));
            return;
        }
        let failures = self.attempts - 1;
        let wait_ms = backoff_ms(class, failures, server_wait_ms, &mut client.random);
        self.state = State::Waits(now.saturating_add(i64::from(wait_ms)));
        self.last_failure = Some((class, error));
    }
}

#[cfg(test)]
mod tests;

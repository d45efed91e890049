//! What an HTTP answer says, and what to do about it.

use crate::api::results::Exception;
use crate::client::Client;
use crate::client::clock::{UnixMs, parse_http_date, server_time_in_message};
use crate::client::retry::{Class, classify};
use crate::error::{Code, Error};
use crate::text::{excerpt, text, valid_start};

/// An HTTP answer, read to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// x-amzn-requestid
    pub request_id: Option<&'a str>,
    /// x-amzn-errortype
    pub error_type: Option<&'a str>,
    /// `Date`, where it can be read.
    pub date: Option<&'a str>,
    /// x-amz-retry-after
    pub retry_after_ms: Option<u32>,
    /// The body as it came.
    pub body: &'a [u8],
}

/// What a request was signed with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signed {
    /// When, by the host's clock.
    pub at: UnixMs,
    clock_offset_ms: i64,
    credentials_generation: u32,
}

impl Signed {
    /// With what the client has now.
    #[must_use]
    pub fn now(client: &Client, at: UnixMs) -> Self {
        Self {
            at,
            clock_offset_ms: client.clock.offset_ms(),
            credentials_generation: client.credentials.generation(),
        }
    }
}

impl Answer<'_> {
    /// Whether the service did what it was asked, as far as the status tells.
    #[must_use]
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Learns the server's time from the answer.
    pub fn teach_clock(&self, client: &mut Client, signed: Signed, now: UnixMs) {
        if let Some(stamp) = self.date.and_then(parse_http_date) {
            client.clock.learn(stamp, signed.at, now);
        }
    }

    /// What an answer with a bad status means for the next try. Repairs the clock and the credentials where it is about them.
    pub fn diagnose(&self, client: &mut Client, signed: Signed, now: UnixMs) -> (Class, Error) {
        let exception = Exception::read(self.body, self.error_type);
        let class = match classify(self.status, &exception.name, &exception.message) {
            Class::Clock => repair_clock(client, signed, now, &exception.message),
            Class::Credentials => repair_credentials(client, signed),
            other => other,
        };
        let message = if exception.message.is_empty() {
            self.unexplained(&exception.name)
        } else {
            exception.message
        };
        let mut error = self.error(message);
        error.name = Some(exception.name).filter(|name| !name.is_empty());
        (class, error)
    }

    /// For a good status with a body that is no answer: a captive portal, a proxy, a connection that broke off.
    #[must_use]
    pub fn unreadable(&self) -> Error {
        let Self { status, body, .. } = self;
        if body.is_empty() {
            return self.error(text!["HTTP ", status, " with an empty body is no answer of Kinesis"]);
        }
        let start = self.start();
        self.error(text![
            "HTTP ",
            status,
            " with a body that is no complete answer of Kinesis: ",
            start
        ])
    }

    /// For an error without words.
    fn unexplained(&self, name: &str) -> String {
        let status = self.status;
        if !name.is_empty() {
            return text!["HTTP ", status, ": ", name, " without a message"];
        }
        let start = self.start();
        text!["HTTP ", status, " without an exception of Kinesis: ", start]
    }

    fn start(&self) -> String {
        excerpt(valid_start(self.body))
    }

    fn error(&self, message: String) -> Error {
        let mut error = Error::new(Code::Service, message);
        error.status = Some(self.status);
        error.request_id = self.request_id.map(str::to_owned);
        error
    }
}

/// There is no point in another try unless it would be signed for another time.
fn repair_clock(client: &mut Client, signed: Signed, now: UnixMs, message: &str) -> Class {
    if let Some(stamp) = server_time_in_message(message) {
        client.clock.learn(stamp, signed.at, now);
    }
    let moved_ms = client.clock.offset_ms() - signed.clock_offset_ms;
    if moved_ms.abs() < CLOCK_REPAIR_MS_MIN {
        return Class::Never;
    }
    Class::Clock
}

fn repair_credentials(client: &mut Client, signed: Signed) -> Class {
    if client.credentials.refuse(signed.credentials_generation) {
        return Class::Credentials;
    }
    Class::Never
}

/// Less than this is rounding.
const CLOCK_REPAIR_MS_MIN: i64 = 2000;

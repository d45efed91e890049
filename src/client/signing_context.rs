//! What a request was signed with, and what a response says about that.

use crate::api::Response;
use crate::api::exception::Exception;
use crate::api::http_date::parse_http_date;
use crate::client::Client;
use crate::client::clock::server_time_in_message;
use crate::client::retry::{FailureClass, WRONG_KEY_ERRORS, classify};
use crate::error::Error;
use crate::time::UnixMs;

/// The time, the clock offset and the credentials that a request was signed with. Its response is judged by them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SigningContext {
    /// The time of the signature by the host's clock.
    pub signed_at: UnixMs,
    clock_offset_ms: i64,
    credentials_generation: u32,
}

impl SigningContext {
    /// The context of a request that the client signs at the host's time `signed_at`.
    #[must_use]
    pub fn of(client: &Client, signed_at: UnixMs) -> Self {
        Self {
            signed_at,
            clock_offset_ms: client.clock.offset_ms(),
            credentials_generation: client.credentials.generation(),
        }
    }

    /// Updates the client's clock from the `Date` header of a response, where it is readable.
    pub fn adjust_clock(self, client: &mut Client, response: &Response, now: UnixMs) {
        if let Some(server_time) = response.date.and_then(parse_http_date) {
            client.clock.adjust(server_time, self.signed_at, now);
        }
    }

    /// Decides what a response with an error status means for a retry. Corrects the clock where the error is about it,
    /// and marks the credentials as refused where it is about them.
    pub fn diagnose(self, client: &mut Client, response: &Response, now: UnixMs) -> (FailureClass, Error) {
        let exception = Exception::read(response.body, response.error_type);
        let class = match classify(response.status, &exception.name, &exception.message) {
            FailureClass::ClockSkew => self.correct_clock(client, now, &exception.message),
            FailureClass::Credentials => self.refuse_credentials(client),
            FailureClass::Operator if WRONG_KEY_ERRORS.contains(&&*exception.name) => {
                // The provider may have other keys by now.
                self.refuse_credentials(client);
                FailureClass::Operator
            }
            other => other,
        };
        (class, response.exception_error(exception))
    }

    /// A retry helps only if its signature will have another time than this one: the offset is another one now, or the
    /// request has waited for minutes, as in a page that was frozen.
    fn correct_clock(self, client: &mut Client, now: UnixMs, message: &str) -> FailureClass {
        if let Some(server_time) = server_time_in_message(message) {
            client.clock.adjust(server_time, self.signed_at, now);
        }
        let moved_ms = client.clock.offset_ms() - self.clock_offset_ms;
        if moved_ms.abs() < CLOCK_CORRECTION_MS_MIN && now - self.signed_at < AGE_MS_MIN {
            return FailureClass::Never;
        }
        FailureClass::Immediate
    }

    fn refuse_credentials(self, client: &mut Client) -> FailureClass {
        if client.credentials.refuse(self.credentials_generation) {
            return FailureClass::Credentials;
        }
        FailureClass::Operator
    }
}

/// A smaller change of the offset, in milliseconds, comes from the whole seconds of the date formats.
const CLOCK_CORRECTION_MS_MIN: i64 = 2000;
/// A signature of this age, in milliseconds, may have expired on its way. The service accepts five minutes.
const AGE_MS_MIN: i64 = 4 * 60_000;

//! The credentials provider as the producer sees it.

use crate::client::retry::{Class, backoff_ms};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::connectivity::Permit;
use crate::text::text;
use crate::time::UnixMs;

/// What the producer knows of the credentials provider.
#[derive(Debug, Default)]
pub(super) struct ProviderState {
    /// While it is asked: when it counts as failed. A host such as a worker may end the request that asked, and then nobody
    /// reports what became of it.
    pub(super) deadline: Option<UnixMs>,
    pub(super) not_before: UnixMs,
    pub(super) failures: u32,
    /// Those that count: offline a provider cannot but fail.
    pub(super) failures_online: u32,
}

impl Producer {
    pub(super) fn wants_credentials(&self, now: UnixMs) -> bool {
        // Offline the provider would fail too.
        let is_offline = matches!(self.online.permit(now), Permit::NoneUntil(_));
        !is_offline && now >= self.provider.not_before && self.lacks_credentials(now)
    }

    pub(super) fn lacks_credentials(&self, now: UnixMs) -> bool {
        let server_time = self.client.clock.server_time(now);
        self.provider.deadline.is_none()
            && self.ledger.buffered_records() > 0
            && self.client.credentials.wants_new(server_time)
    }

    /// The provider has answered, or has failed with an error. Once the question was given up, credentials are still taken, and a
    /// failure is ignored.
    pub fn handle_credentials(&mut self, now: UnixMs, failure: Option<Error>) {
        let is_awaited = self.provider.deadline.take().is_some();
        let Some(error) = failure else {
            self.provider = ProviderState::default();
            // Some providers give again and again what has expired.
            self.provider.not_before = now + CREDENTIALS_AGAIN_MS;
            return;
        };
        if !is_awaited {
            return;
        }
        self.provider.failures += 1;
        let counts = self.online.permit(now) == Permit::Any;
        self.provider.failures_online += u32::from(counts);
        let wait_ms = backoff_ms(Class::Throttle, self.provider.failures, None, &mut self.client.random);
        self.provider.not_before = now + i64::from(wait_ms);
        if counts
            && self.provider.failures_online >= self.options.record_attempts_max
            && self.client.credentials.current().is_none()
        {
            self.provider.failures_online = 0;
            self.give_up_all(&error);
        }
    }

    pub(super) fn give_up_late_provider(&mut self, now: UnixMs) {
        if self.provider.deadline.is_some_and(|at| at <= now) {
            let message = text![
                "credentials: the provider did not answer within ",
                self.options.request_timeout_ms,
                " ms (requestTimeoutMs)"
            ];
            self.handle_credentials(now, Some(Error::new(Code::Credentials, message)));
        }
    }
}

/// Between two questions to a provider that answers.
const CREDENTIALS_AGAIN_MS: i64 = 1000;

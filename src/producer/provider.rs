//! The credentials provider as the producer sees it.

use crate::client::retry::{FailureClass, backoff_ms};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::permit::Permit;
use crate::text::text;
use crate::time::UnixMs;

/// When the credentials provider may be asked, and how often it has failed.
#[derive(Debug, Default)]
pub(super) struct ProviderState {
    /// When the running request to the provider counts as failed. A host may end the task that asked, and then reports
    /// nothing.
    pub(super) deadline: Option<UnixMs>,
    /// The provider is not asked before this time.
    pub(super) not_before: UnixMs,
    /// Failures since the last success.
    pub(super) failures: u32,
    /// Failures since the last success, or since records were given up, while requests were permitted without limits.
    /// Only these count: a provider cannot succeed offline.
    pub(super) failures_online: u32,
}

impl Producer {
    /// Whether to ask the provider now.
    pub(super) fn wants_credentials(&self, now: UnixMs) -> bool {
        // Offline the provider would fail as well, and while the service refuses all there is nothing to sign.
        let may_send = !matches!(self.permit(now), Permit::NoneUntil(_));
        may_send && now >= self.provider.not_before && self.lacks_credentials(now)
    }

    /// Whether there are records to send and the credentials are missing, refused or about to expire.
    pub(super) fn lacks_credentials(&self, now: UnixMs) -> bool {
        let server_time = self.client.clock.server_time(now);
        self.provider.deadline.is_none()
            && !self.unsettled.is_empty()
            && self.client.credentials.needs_refresh(server_time)
    }

    /// The provider has answered and its credentials are stored, or it has failed. After the deadline an answer is
    /// accepted, and a failure is ignored.
    pub fn handle_credentials(&mut self, now: UnixMs, failure: Option<Error>) {
        let is_awaited = self.provider.deadline.take().is_some();
        let Some(error) = failure else {
            self.provider = ProviderState::default();
            // Some providers return the same expired credentials repeatedly.
            self.provider.not_before = now + PROVIDER_INTERVAL_MS;
            return;
        };
        if !is_awaited {
            return;
        }
        self.failures.add(error.clone());
        self.provider.failures += 1;
        let is_counted = self.permit(now) == Permit::Any;
        self.provider.failures_online += u32::from(is_counted);
        let wait_ms = backoff_ms(
            FailureClass::Throttle,
            self.provider.failures,
            None,
            &mut self.client.random,
        );
        self.provider.not_before = now + i64::from(wait_ms);
        if is_counted
            && self.provider.failures_online >= self.options.record_attempts_max
            && self.client.credentials.current().is_none()
        {
            self.provider.failures_online = 0;
            self.give_up_all(&error);
        }
    }

    /// Ends the request to a provider that has not answered by its deadline.
    pub(super) fn time_out_provider(&mut self, now: UnixMs) {
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

/// The least time between two requests to a provider that answers.
const PROVIDER_INTERVAL_MS: i64 = 1000;

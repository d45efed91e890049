//! The provider of credentials.

use super::kinesis::Kinesis;
use super::plan::Plan;
use super::random_choices::RandomChoices;
use super::world::{Event, World};
use kinesis_edge::error::{Code, Error};
use kinesis_edge::producer::in_flight::RequestId;
use kinesis_edge::sigv4::Credentials;
use kinesis_edge::time::UnixMs;

impl World {
    pub fn ask_provider(&mut self) {
        let is_asked = self.provider_deadline.is_some();
        assert!(!is_asked, "asks the provider twice at once");
        let timeout_ms = i64::from(self.plan.options.request_timeout_ms);
        self.provider_deadline = Some(self.now + timeout_ms + 1000);
        if self.is_faulty && self.choices.chance(self.plan.faults.provider_silent) {
            self.say(format_args!("asks the provider, which never answers"));
            return;
        }
        let is_slow = self.is_faulty && self.choices.chance(self.plan.faults.provider_slow);
        let ms = self.choices.between(0, if is_slow { 60_000 } else { 300 });
        self.say(format_args!("asks the provider"));
        self.after(ms, Event::Provider { page: self.page });
    }

    /// The provider has not answered by its deadline: the producer counts it as failed.
    pub fn notice_provider_deadline(&mut self) {
        if self.provider_deadline.is_some_and(|at| at <= self.now) {
            self.provider_deadline = None;
            self.invariants.provider_failures += 1;
            self.say(format_args!("the provider has not answered in time"));
        }
    }

    /// The service refuses the credentials between the poll for a request and its signature.
    pub fn lose_credentials(&mut self, request: RequestId) {
        self.say(format_args!("{request} is not sent: the credentials vanish"));
        let credentials = &mut self.producer.client.credentials;
        credentials.refuse(credentials.generation());
        let signed = self.producer.sign(request, self.now, None);
        assert!(signed.is_none(), "signed without credentials");
    }

    pub fn provide(&mut self, page: u32) {
        if page != self.page {
            return;
        }
        let is_awaited = self.provider_deadline.take().is_some();
        let fails = self.is_faulty && self.choices.chance(self.plan.faults.provider_fails);
        self.say(format_args!(
            "the provider answers, fails: {}",
            self.is_offline || fails
        ));
        if self.is_offline || fails {
            self.invariants.provider_failures += u32::from(is_awaited);
            let error = Error::new(Code::Credentials, "the provider has failed");
            self.producer.handle_credentials(self.now, Some(error));
            return;
        }
        let client = &mut self.producer.client;
        let server_time = client.clock.server_time(self.now);
        client.credentials.store(
            credentials(
                &mut self.kinesis,
                &self.plan,
                &mut self.choices,
                self.now + self.skew_ms,
                self.is_faulty,
            ),
            server_time,
        );
        self.producer.handle_credentials(self.now, None);
    }
}

fn credentials(
    kinesis: &mut Kinesis,
    plan: &Plan,
    choices: &mut RandomChoices,
    server_time: UnixMs,
    is_faulty: bool,
) -> Credentials {
    let is_stale = is_faulty && !kinesis.tokens.is_empty() && choices.chance(plan.faults.provider_stale);
    let life_ms = if is_faulty {
        plan.faults.token_life_ms
    } else {
        3_600_000
    };
    let (token, ends_at) = if is_stale {
        let last = kinesis.tokens.len() - 1;
        (format!("token-{last}"), kinesis.tokens[last])
    } else {
        let ends_at = server_time + life_ms;
        (kinesis.issue(ends_at), ends_at)
    };
    let expiration = plan.faults.reports_expiration.then_some(ends_at);
    Credentials::new("AKIDEXAMPLE".into(), "secret".into(), Some(token), expiration).expect("good credentials")
}

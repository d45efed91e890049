//! What the calls of one client share: its configuration, credentials, clock and signing key.

use crate::api::encoding::Encoding;
use crate::api::endpoint::{self, Config};
use crate::api::{Limits, Request};
use crate::client::clock::Clock;
use crate::client::credential_cache::Keeper;
use crate::error::Error;
use crate::random::Random;
use crate::sigv4::{AmzDate, Credentials, KeyCache, Payload, Scope, authorization, split_url};
use crate::text::text;
use crate::time::UnixMs;

/// The state that outlives a call.
pub struct Client {
    /// Where requests go.
    pub endpoint: Config,
    /// What the stream takes.
    pub limits: Limits,
    /// What requests are written in; JSON unless it is set.
    pub encoding: Encoding,
    /// Tries per call.
    pub attempts_max: u32,
    /// Whose requests these are.
    pub credentials: Keeper,
    /// The server's clock.
    pub clock: Clock,
    /// For the jitter of backoff.
    pub random: Random,
    keys: KeyCache,
}

/// The headers of one signed request. `Host` is signed too, and set by whoever sends it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// What the body is written in.
    pub content_type: &'static str,
    /// Names the operation.
    pub target: String,
    /// When it was signed.
    pub date: String,
    /// Goes with temporary credentials.
    pub security_token: Option<String>,
    /// The signature.
    pub authorization: String,
}

impl Client {
    /// A client that has no credentials yet and believes its host's clock. Fails where no request could ever be sent.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] for a region or a combination of flags that has no endpoint.
    pub fn new(
        endpoint: Config,
        credentials: Keeper,
        limits: Limits,
        attempts_max: u32,
        seed: u64,
    ) -> Result<Self, Error> {
        endpoint::resolve(&endpoint, None, endpoint::Plane::Data)?;
        Ok(Self {
            endpoint,
            limits,
            encoding: Encoding::default(),
            attempts_max,
            credentials,
            clock: Clock::default(),
            random: Random::new(seed),
            keys: KeyCache::default(),
        })
    }

    /// Takes what a provider gave at `now`.
    pub fn store_credentials(&mut self, credentials: Credentials, now: UnixMs) {
        let server_time = self.clock.server_time(now);
        self.credentials.store(credentials, server_time);
    }

    /// Where a request goes: a URL without a trailing slash.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] for an ARN that has no endpoint.
    pub fn url(&self, request: &Request) -> Result<String, Error> {
        let arn = request.stream_arn.as_deref();
        endpoint::resolve(&self.endpoint, arn, request.plane())
    }

    /// Signs a request for the time that the server's clock shows at `now`. None while there are no credentials.
    /// `payload_hash` is the SHA-256 of the body in hexadecimal, where the host has it already.
    pub fn sign(&mut self, request: &Request, url: &str, payload_hash: Option<&str>, now: UnixMs) -> Option<Headers> {
        let credentials = self.credentials.current()?;
        let date = AmzDate::new(self.clock.server_time(now));
        let target = text![TARGET_PREFIX, request.operation];
        let content_type = request.encoding.content_type();
        let (host, path, query) = split_url(url);
        let to_sign = crate::sigv4::Request {
            method: "POST",
            host,
            path,
            query,
            headers: &[("content-type", content_type), ("x-amz-target", &target)],
            payload: payload_hash.map_or(Payload::Body(&request.body), Payload::Hash),
        };
        let scope = Scope {
            region: &self.endpoint.region,
            service: "kinesis",
        };
        let authorization = authorization(&to_sign, credentials, scope, date, &mut self.keys);
        Some(Headers {
            content_type,
            authorization,
            target,
            date: date.as_str().to_owned(),
            security_token: credentials.session_token().map(str::to_owned),
        })
    }
}

const TARGET_PREFIX: &str = "Kinesis_20131202.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Stream, list_shards};

    #[test]
    fn a_request_is_signed_with_the_content_type_of_its_body() {
        let keys = Credentials::new("a".into(), "s".into(), None, None).unwrap();
        let endpoint = Config {
            region: "us-east-1".into(),
            ..Config::default()
        };
        let limits = Limits::default();
        let mut client = Client::new(endpoint, Keeper::fixed(keys), limits, 3, 1).unwrap();
        assert_eq!(client.encoding, Encoding::Json);
        let stream = Stream::new(Some("clicks"), None).unwrap();
        let request = list_shards(stream, Encoding::Cbor);
        let mut posing = list_shards(stream, Encoding::Cbor);
        posing.encoding = Encoding::Json;
        let mut sign = |request| client.sign(request, "https://a.b", None, 0).unwrap();
        let (signed, other) = (sign(&request), sign(&posing));
        assert_eq!(signed.content_type, "application/x-amz-cbor-1.1");
        assert_eq!(other.content_type, "application/x-amz-json-1.1");
        assert!(signed.authorization.contains("SignedHeaders=content-type;"));
        assert_ne!(signed.authorization, other.authorization);
    }
}

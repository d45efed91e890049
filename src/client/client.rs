//! What the calls of one client share: its configuration, credentials, clock and signing key.

use crate::api::encoding::Encoding;
use crate::api::endpoint::{self, EndpointConfig};
use crate::api::{Limits, Request};
use crate::client::clock::Clock;
use crate::client::credential_cache::CredentialCache;
use crate::error::Error;
use crate::random::Random;
use crate::sigv4::{AmzDate, Credentials, KeyCache, Payload, Scope, authorization, split_url};
use crate::text::text;
use crate::time::UnixMs;

/// The configuration and the state that all calls share.
pub struct Client {
    /// The region and other settings that select the endpoint.
    pub endpoint: EndpointConfig,
    /// The limits of a record and a request.
    pub limits: Limits,
    /// The encoding of requests; JSON by default.
    pub encoding: Encoding,
    /// The most attempts of a call.
    pub attempts_max: u32,
    /// The credentials in use.
    pub credentials: CredentialCache,
    /// The offset between the clocks of the host and the server.
    pub clock: Clock,
    /// Random numbers: the jitter of backoff, partition keys where a record has none, and seeds of hash maps.
    pub random: Random,
    keys: KeyCache,
}

/// The headers of a signed request. `Host` is signed as well, and set by the sender.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `content-type`: the encoding of the body.
    pub content_type: &'static str,
    /// `x-amz-target`: the operation.
    pub target: String,
    /// `x-amz-date`: the time of the signature.
    pub date: String,
    /// `x-amz-security-token`, for temporary credentials.
    pub security_token: Option<String>,
    /// `authorization`: the signature.
    pub authorization: String,
}

impl Client {
    /// A client whose clock offset is 0. It fails if no request could ever be sent.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] for a region or a combination of flags that has no endpoint.
    pub fn new(
        endpoint: EndpointConfig,
        credentials: CredentialCache,
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

    /// Stores the credentials that the provider has returned at `now`.
    pub fn store_credentials(&mut self, credentials: Credentials, now: UnixMs) {
        let server_time = self.clock.server_time(now);
        self.credentials.store(credentials, server_time);
    }

    /// The URL of a request, without a slash at its end.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] for an ARN that has no endpoint.
    pub fn url(&self, request: &Request) -> Result<String, Error> {
        let arn = request.stream_arn.as_deref();
        endpoint::resolve(&self.endpoint, arn, request.plane())
    }

    /// Signs a request for the server time at `now`. Returns `None` if there are no credentials. `payload_hash` is the
    /// SHA-256 of the body in hexadecimal, if the host has computed it.
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
        let endpoint = EndpointConfig {
            region: "us-east-1".into(),
            ..EndpointConfig::default()
        };
        let limits = Limits::default();
        let mut client = Client::new(endpoint, CredentialCache::fixed(keys), limits, 3, 1).unwrap();
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

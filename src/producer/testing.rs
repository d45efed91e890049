//! Producers for unit tests: each test of a file in this folder can stand at the foot of that file.

use crate::api::Response;
use crate::api::endpoint::EndpointConfig;
use crate::client::Client;
use crate::client::credential_cache::CredentialCache;
use crate::producer::in_flight::RequestId;
use crate::producer::options::Options;
use crate::producer::packed_record::PackedRecord;
use crate::producer::{Producer, Step};
use crate::sigv4::Credentials;
use crate::time::UnixMs;

/// The time at which the tests begin.
pub const NOW: UnixMs = 1_795_229_130_000;

/// Options with a stream, and without lingering.
pub fn options() -> Options {
    Options {
        stream_name: Some("clicks".into()),
        linger_ms: 0,
        ..Options::default()
    }
}

/// Credentials that sign, and that no service accepts.
pub fn credentials() -> Credentials {
    Credentials::new("a".into(), "secret".into(), None, None).unwrap()
}

/// A producer with fixed credentials.
pub fn producer(options: Options) -> Producer {
    producer_of(CredentialCache::fixed(credentials()), options)
}

/// A producer without credentials: it asks for them when the first record is put.
pub fn producer_without_credentials(options: Options) -> Producer {
    producer_of(CredentialCache::default(), options)
}

fn producer_of(credentials: CredentialCache, options: Options) -> Producer {
    let endpoint = EndpointConfig {
        region: "us-east-1".into(),
        ..EndpointConfig::default()
    };
    let client = Client::new(endpoint, credentials, options.limits, 3, 1).unwrap();
    Producer::new(client, options).unwrap()
}

/// Puts a record.
pub fn put(producer: &mut Producer, now: UnixMs, data: &[u8], key: &str) {
    producer.put(now, PackedRecord::new(data, key, None)).unwrap();
}

/// Polls, and returns the request that the producer sends.
pub fn next_request(producer: &mut Producer, now: UnixMs) -> RequestId {
    match producer.poll(now) {
        Step::Send(id) => id,
        Step::Settled(_) => next_request(producer, now),
        step => panic!("{step:?}"),
    }
}

/// Responds to a request.
pub fn respond(producer: &mut Producer, now: UnixMs, id: RequestId, status: u16, body: &str) {
    let response = Response {
        status,
        body: body.as_bytes(),
        ..Response::default()
    };
    producer.handle_response(now, id, response);
}

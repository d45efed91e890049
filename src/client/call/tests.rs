use super::*;
use crate::api::endpoint::EndpointConfig;
use crate::api::{Limits, Stream, list_shards};
use crate::client::credential_cache::CredentialCache;
use crate::sigv4::{AmzDate, Credentials};

const NOW: UnixMs = 1_795_229_130_000;
const HOUR_MS: i64 = 3_600_000;
const SHARDS: &[u8] = br#"{"Shards":[{"ShardId":"a"}]}"#;

fn credentials(key: &str) -> Credentials {
    Credentials::new(key.into(), "secret".into(), None, None).unwrap()
}

fn client(cache: CredentialCache) -> Client {
    let endpoint = EndpointConfig {
        region: "us-east-1".into(),
        ..EndpointConfig::default()
    };
    Client::new(endpoint, cache, Limits::default(), 3, 1).unwrap()
}

fn start(client: &Client) -> Call {
    let stream = Stream::new(Some("clicks"), None).unwrap();
    Call::new(list_shards(stream, client.encoding), client).unwrap()
}

fn good(body: &[u8]) -> Response<'_> {
    Response {
        status: 200,
        body,
        ..Response::default()
    }
}

fn bad(status: u16, body: &[u8]) -> Response<'_> {
    Response {
        status,
        body,
        ..Response::default()
    }
}

/// Polls for a request and signs it.
fn sent_date(call: &mut Call, client: &mut Client) -> String {
    assert_eq!(call.poll(client, NOW), Step::Send);
    call.sign(client, NOW, None).unwrap().date
}

#[test]
fn a_good_response_is_the_result() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let mut call = start(&client);
    sent_date(&mut call, &mut client);
    assert_eq!(call.poll(&mut client, NOW), Step::Wait(UnixMs::MAX));
    call.handle_response(&mut client, NOW, good(SHARDS), true);
    assert_eq!(call.poll(&mut client, NOW), Step::Done);
    assert_eq!(call.into_result(), Ok(()));
}

#[test]
fn transient_failures_have_three_attempts() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let mut call = start(&client);
    let mut now = NOW;
    for body in ["<html>", "", r#"{"__type":"InternalFailure"}"#] {
        assert!(matches!(call.poll(&mut client, now), Step::Send));
        call.handle_response(&mut client, now, bad(500, body.as_bytes()), false);
        if let Step::Wait(until) = call.poll(&mut client, now) {
            assert!(until - now <= 200);
            now = until;
        }
    }
    assert_eq!(call.poll(&mut client, now), Step::Done);
    let error = call.into_result().unwrap_err();
    assert_eq!(
        (error.code, error.status, error.attempts),
        (Code::Service, Some(500), Some(3))
    );
    assert_eq!(error.name.as_deref(), Some("InternalFailure"));
}

#[test]
fn a_final_exception_is_not_retried() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let mut call = start(&client);
    call.poll(&mut client, NOW);
    let body = br#"{"__type":"ResourceNotFoundException","message":"no such stream"}"#;
    let response = Response {
        request_id: Some("id"),
        ..bad(400, body)
    };
    call.handle_response(&mut client, NOW, response, false);
    let error = call.into_result().unwrap_err();
    assert_eq!(error.name.as_deref(), Some("ResourceNotFoundException"));
    assert_eq!(error.message, "no such stream");
    assert_eq!((error.request_id.as_deref(), error.attempts), (Some("id"), Some(1)));
}

#[test]
fn a_success_status_with_a_broken_body_is_retried_and_then_fails() {
    for body in ["", "<html>", r#"{"Shards":[{"#] {
        let mut client = client(CredentialCache::fixed(credentials("a")));
        let mut call = start(&client);
        let mut now = NOW;
        let mut sent = 0;
        loop {
            match call.poll(&mut client, now) {
                Step::Send => {
                    sent += 1;
                    call.handle_response(&mut client, now, good(body.as_bytes()), false);
                }
                Step::Wait(until) => now = until,
                _ => break,
            }
        }
        let error = call.into_result().unwrap_err();
        assert_eq!((error.code, error.status, sent), (Code::Service, Some(200), 3));
    }
}

#[test]
fn a_wrong_clock_is_corrected_for_the_second_attempt_with_and_without_a_date_header() {
    for hours in [-1, 1] {
        for hidden in [false, true] {
            let mut client = client(CredentialCache::fixed(credentials("a")));
            let mut call = start(&client);
            let server = NOW + hours * HOUR_MS;
            sent_date(&mut call, &mut client);
            let message = format!(
                r#"{{"__type":"InvalidSignatureException","message":"Signature expired: A is now earlier than B ({} - 5 min.)"}}"#,
                AmzDate::new(server).as_str()
            );
            // The `Date` header of the response is one hour ahead.
            let date = (hours == 1 && !hidden).then_some("Sat, 21 Nov 2026 03:45:30 GMT");
            let response = Response {
                date,
                ..bad(400, message.as_bytes())
            };
            call.handle_response(&mut client, NOW, response, false);
            let date = sent_date(&mut call, &mut client);
            let off = AmzDate::parse(&date).unwrap() - server;
            assert!(off.abs() <= 1000, "{date} is {off} ms off");
        }
    }
}

#[test]
fn clock_skew_without_a_server_time_is_final() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let mut call = start(&client);
    sent_date(&mut call, &mut client);
    let body = br#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#;
    call.handle_response(&mut client, NOW, bad(400, body), false);
    assert_eq!(call.poll(&mut client, NOW), Step::Done);
}

#[test]
fn a_signature_that_has_expired_on_its_way_is_made_again() {
    for (minutes, is_retried) in [(1, false), (6, true)] {
        let mut client = client(CredentialCache::fixed(credentials("a")));
        let mut call = start(&client);
        sent_date(&mut call, &mut client);
        let now = NOW + minutes * 60_000;
        let message = format!(
            r#"{{"__type":"InvalidSignatureException","message":"Signature expired: A is now earlier than B ({} - 5 min.)"}}"#,
            AmzDate::new(now).as_str()
        );
        call.handle_response(&mut client, now, bad(400, message.as_bytes()), false);
        assert_eq!(call.poll(&mut client, now) == Step::Send, is_retried, "{minutes}");
    }
}

#[test]
fn a_second_call_uses_the_offset_that_the_first_has_observed() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let (mut first, mut second) = (start(&client), start(&client));
    sent_date(&mut first, &mut client);
    sent_date(&mut second, &mut client);
    let message = format!(
        r#"{{"__type":"InvalidSignatureException","message":"Signature expired: A is now earlier than B ({} - 5 min.)"}}"#,
        AmzDate::new(NOW + HOUR_MS).as_str()
    );
    for call in [&mut first, &mut second] {
        call.handle_response(&mut client, NOW, bad(400, message.as_bytes()), false);
        sent_date(call, &mut client);
    }
}

#[test]
fn the_provider_is_asked_first_and_again_after_its_token_has_expired() {
    let mut client = client(CredentialCache::default());
    let mut call = start(&client);
    for key in ["old", "new"] {
        assert_eq!(call.poll(&mut client, NOW), Step::AskCredentials);
        client.credentials.store(credentials(key), NOW);
        call.handle_credentials(&client, NOW, None);
        sent_date(&mut call, &mut client);
        let body = br#"{"__type":"ExpiredTokenException","message":"expired"}"#;
        call.handle_response(&mut client, NOW, bad(400, body), false);
    }
}

#[test]
fn expired_credentials_without_a_provider_are_an_error() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let mut call = start(&client);
    sent_date(&mut call, &mut client);
    let body = br#"{"__type":"ExpiredTokenException","message":"expired"}"#;
    call.handle_response(&mut client, NOW, bad(400, body), false);
    let error = call.into_result().unwrap_err();
    assert_eq!(error.name.as_deref(), Some("ExpiredTokenException"));
}

#[test]
fn a_failed_provider_ends_the_call_unless_the_old_credentials_are_valid() {
    let failure = || Some(Error::new(Code::Credentials, "the provider threw"));
    let mut client = client(CredentialCache::default());
    let mut call = start(&client);
    call.poll(&mut client, NOW);
    call.handle_credentials(&client, NOW, failure());
    assert_eq!(call.poll(&mut client, NOW), Step::Done);

    let minute = 60_000;
    let old = Credentials::new("a".into(), "s".into(), None, Some(NOW + minute)).unwrap();
    client.credentials.store(old, NOW - HOUR_MS);
    let mut call = start(&client);
    assert_eq!(call.poll(&mut client, NOW), Step::AskCredentials);
    call.handle_credentials(&client, NOW, failure());
    sent_date(&mut call, &mut client);
}

#[test]
fn credentials_that_look_expired_to_a_wrong_clock_are_used() {
    let mut client = client(CredentialCache::default());
    let mut call = start(&client);
    call.poll(&mut client, NOW);
    let day_ago = Some(NOW - 24 * HOUR_MS);
    let keys = Credentials::new("a".into(), "s".into(), None, day_ago).unwrap();
    client.credentials.store(keys, NOW);
    call.handle_credentials(&client, NOW, None);
    sent_date(&mut call, &mut client);
}

#[test]
fn credentials_that_vanish_before_the_signature_cost_no_attempt() {
    let mut client = client(CredentialCache::default());
    let mut call = start(&client);
    for _ in 0..2 {
        assert_eq!(call.poll(&mut client, NOW), Step::AskCredentials);
        client.credentials.store(credentials("a"), NOW);
        call.handle_credentials(&client, NOW, None);
        assert_eq!(call.poll(&mut client, NOW), Step::Send);
        client.credentials.refuse(client.credentials.generation());
        assert!(call.sign(&mut client, NOW, None).is_none());
    }
    client.credentials.store(credentials("b"), NOW);
    sent_date(&mut call, &mut client);
    let body = br#"{"__type":"ResourceNotFoundException","message":"no such stream"}"#;
    call.handle_response(&mut client, NOW, bad(400, body), false);
    assert_eq!(call.into_result().unwrap_err().attempts, Some(1));
}

#[test]
fn why_a_call_is_repeated_is_told_once() {
    let mut client = client(CredentialCache::fixed(credentials("a")));
    let mut call = start(&client);
    sent_date(&mut call, &mut client);
    assert_eq!(call.last_failure, None);
    call.handle_response(&mut client, NOW, bad(400, br#"{"__type":"SlowDown"}"#), false);
    let (class, error) = call.last_failure.take().unwrap();
    assert_eq!(
        (class, error.name.as_deref()),
        (FailureClass::Throttle, Some("SlowDown"))
    );
    assert_eq!(call.last_failure, None);
}

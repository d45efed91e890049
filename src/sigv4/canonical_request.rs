//! The canonical request: the form of a request that client and service hash alike.

use super::amz_date::AmzDate;
use super::credentials::Credentials;
use super::encoding::{encode_again, hex, percent_encode};
use super::request::{Payload, Request, Scope};
use crate::text::text;
use sha2::{Digest, Sha256};

/// The name and the value of a header or a query parameter.
type Pair = (String, String);

/// Step 1: the canonical request.
pub(super) fn canonical_request(request: &Request, scope: Scope, headers: &[Pair], names: &str) -> String {
    let mut text = String::with_capacity(1024);
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
    put(&[request.method, "\n"]);
    put(&[&canonical_path(request.path, scope.service), "\n"]);
    put(&[&canonical_query(request.query), "\n"]);
    for (name, value) in headers {
        put(&[name, ":", value, "\n"]);
    }
    put(&["\n", names, "\n", &payload_hash(request, headers)]);
    text
}

/// The path, with single slashes and encoded once more than in the URL, as all services but S3 require. For S3 the key
/// of the object is decoded and encoded once, and its slashes stay as they are. There are no dot segments, as URL
/// parsers remove them.
fn canonical_path(path: &str, service: &str) -> String {
    match path {
        "" | "/" => "/".to_owned(),
        _ if S3_SERVICES.contains(&service) => encode_again(path, b"/"),
        _ => {
            let mut encoded = percent_encode(path.as_bytes(), b"/");
            let mut last = ' ';
            encoded.retain(|next| {
                let again = next == '/' && last == '/';
                last = next;
                !again
            });
            encoded
        }
    }
}

/// The query parameters, decoded, encoded again and sorted by name and value.
fn canonical_query(query: &str) -> String {
    let mut pairs = Vec::new();
    let mut rest = query;
    while !rest.is_empty() {
        let (pair, after) = rest.split_once('&').unwrap_or((rest, ""));
        rest = after;
        if !pair.is_empty() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let pair = (encode_again(name, b""), encode_again(value, b""));
            insert_sorted(&mut pairs, pair);
        }
    }
    let mut joined = String::with_capacity(query.len());
    for (name, value) in &pairs {
        let separator = if joined.is_empty() { "" } else { "&" };
        joined.push_str(&text![separator, name, "=", value]);
    }
    joined
}

/// The headers to sign, in lower case, trimmed and sorted. The values of headers with the same name are joined.
pub(super) fn signed_headers(request: &Request, credentials: &Credentials, date: &AmzDate) -> Vec<Pair> {
    let mut headers: Vec<Pair> = Vec::with_capacity(request.headers.len() + 3);
    let mut add = |name: &str, value: &str| {
        let name = name.to_ascii_lowercase();
        let value = trim_all(value);
        match headers.iter_mut().find(|(other, _)| *other == name) {
            Some((_, values)) => *values = text![&**values, ",", value],
            None => insert_sorted(&mut headers, (name, value)),
        }
    };
    for (name, value) in request.headers {
        if !is_one_of(name, &UNSIGNED_HEADERS) {
            add(name, value);
        }
    }
    if !request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        add("host", request.host);
    }
    add("x-amz-date", date.as_str());
    if let Some(token) = credentials.session_token() {
        add("x-amz-security-token", token);
    }
    headers
}

pub(super) fn header_names(headers: &[Pair]) -> String {
    let mut names = String::new();
    for (name, _) in headers {
        let separator = if names.is_empty() { "" } else { ";" };
        names.push_str(separator);
        names.push_str(name);
    }
    names
}

/// The hash of the payload. The header `x-amz-content-sha256`, which S3 requires, may state it or `UNSIGNED-PAYLOAD`.
fn payload_hash(request: &Request, headers: &[Pair]) -> String {
    headers
        .iter()
        .find(|(name, _)| name == "x-amz-content-sha256")
        .map_or_else(
            || match request.payload {
                Payload::Body(body) => hex(&Sha256::digest(body)),
                Payload::Hash(hash) => hash.to_owned(),
            },
            |(_, value)| value.clone(),
        )
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

fn insert_sorted(pairs: &mut Vec<Pair>, pair: Pair) {
    let place = pairs.iter().take_while(|other| **other <= pair).count();
    pairs.insert(place, pair);
}

/// The value without white space at its ends, and with single spaces inside.
fn trim_all(value: &str) -> String {
    let mut trimmed = String::with_capacity(value.len());
    for word in value.split_ascii_whitespace() {
        let separator = if trimmed.is_empty() { "" } else { " " };
        trimmed.push_str(separator);
        trimmed.push_str(word);
    }
    trimmed
}

/// The names in a credential scope that S3 and what belongs to it have.
const S3_SERVICES: [&str; 4] = ["s3", "s3express", "s3-outposts", "s3-object-lambda"];

/// Headers of the caller that are not signed: those that proxies and clients may change, as in botocore, and those that
/// the signer sets.
const UNSIGNED_HEADERS: [&str; 17] = [
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
    "authorization",
    "x-amz-date",
    "x-amz-security-token",
];

//! Signature Version 4: the four steps of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use crate::client::clock::AmzDate;
use crate::client::credentials::Credentials;
use crate::text::text;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// One request to sign. Nothing in it is changed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `POST`
    pub method: &'a str,
    /// Host with its port, where it is not the scheme's own.
    pub host: &'a str,
    /// Path as it is in the URL, percent-encoded.
    pub path: &'a str,
    /// Query as it is in the URL, without the question mark.
    pub query: &'a str,
    /// Name and value of each header; those that proxies may change are left out of the signature.
    pub headers: &'a [(&'a str, &'a str)],
    /// What is hashed.
    pub payload: Payload<'a>,
}

/// The body, or its hash where somebody else was quicker.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The whole body.
    Body(&'a [u8]),
    /// Its SHA-256 in hexadecimal.
    Hash(&'a str),
}

/// For whom a signature counts: one region's endpoint of one service.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `us-east-1`
    pub region: &'a str,
    /// `kinesis`
    pub service: &'a str,
}

/// Name and value, of a header or of a query parameter.
type Pair = (String, String);

/// Signs and returns the value of the `Authorization` header. The headers x-amz-date and x-amz-security-token are part of what
/// is signed, and the caller sends them with it.
pub fn authorization(
    request: &Request,
    credentials: &Credentials,
    scope: Scope,
    date: AmzDate,
    keys: &mut KeyCache,
) -> String {
    let headers = signed_headers(request, credentials, &date);
    let names = header_names(&headers);
    let canonical = canonical_request(request, scope, &headers, &names);
    let day_scope = credential_scope(scope, &date);
    let to_sign = string_to_sign(&canonical, &day_scope, &date);
    let signature = keys.sign(credentials.secret_access_key(), scope, &date, &to_sign);
    text![
        AUTHORIZATION_BYTES;
        ALGORITHM,
        " Credential=",
        credentials.access_key_id(),
        "/",
        day_scope,
        ", SignedHeaders=",
        names,
        ", Signature=",
        signature,
    ]
}

/// The signing key of the last day, scope and secret: four of the HMACs of a signature are the same all day. It has no `Debug`,
/// as it holds the secret.
#[derive(Default)]
pub struct KeyCache {
    /// Day, scope and secret that `key` was derived from.
    derived_from: String,
    /// Has the key in it already; each signature begins with a clone.
    key: Option<Hmac<Sha256>>,
}

impl KeyCache {
    /// Nothing derived yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            derived_from: String::new(),
            key: None,
        }
    }

    fn sign(&mut self, secret: &str, scope: Scope, date: &AmzDate, to_sign: &str) -> String {
        // The line breaks keep `ab` + `c` apart from `a` + `bc`.
        let wanted = text![
            AUTHORIZATION_BYTES;
            secret,
            "\n",
            date.day(),
            "\n",
            scope.region,
            "\n",
            scope.service
        ];
        if self.derived_from != wanted {
            self.key = Some(keyed(&signing_key(secret, scope, date)));
            self.derived_from = wanted;
        }
        let key = self.key.clone().expect("derived above");
        hex(&code(key, to_sign))
    }
}

/// Step 3: the key for one day and scope.
fn signing_key(secret: &str, scope: Scope, date: &AmzDate) -> [u8; 32] {
    let mut start = Vec::with_capacity(4 + secret.len());
    start.extend_from_slice(b"AWS4");
    start.extend_from_slice(secret.as_bytes());
    let day = hmac(&start, date.day());
    let region = hmac(&day, scope.region);
    let service = hmac(&region, scope.service);
    hmac(&service, "aws4_request")
}

/// Step 2.
fn string_to_sign(canonical: &str, day_scope: &str, date: &AmzDate) -> String {
    let hash = hex(&Sha256::digest(canonical));
    text![AUTHORIZATION_BYTES; ALGORITHM, "\n", date.as_str(), "\n", day_scope, "\n", hash]
}

/// Step 1.
fn canonical_request(request: &Request, scope: Scope, headers: &[Pair], names: &str) -> String {
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

/// Every service but S3 wants runs of slashes made one, and the path encoded once more than the URL has it. Dot segments are
/// gone already: no URL parser leaves them in.
fn canonical_path(path: &str, service: &str) -> String {
    match path {
        "" | "/" => "/".to_owned(),
        _ if service == "s3" => path.to_owned(),
        _ => {
            let mut encoded = percent_encode(path, b"/");
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

/// Parameters sorted by name, then value. What the URL has encoded stays as it is; what a URL may carry bare and the
/// canonical form may not is encoded.
fn canonical_query(query: &str) -> String {
    let mut pairs = Vec::new();
    let mut rest = query;
    while !rest.is_empty() {
        let (pair, after) = rest.split_once('&').unwrap_or((rest, ""));
        rest = after;
        if !pair.is_empty() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let pair = (percent_encode(name, b"%"), percent_encode(value, b"%"));
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

/// The headers that are signed, lower-case, trimmed and sorted. A name given twice counts once, with its values joined.
fn signed_headers(request: &Request, credentials: &Credentials, date: &AmzDate) -> Vec<Pair> {
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
        if !is_one_of(name, &NOT_TAKEN) {
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

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

fn insert_sorted(pairs: &mut Vec<Pair>, pair: Pair) {
    let place = pairs.iter().take_while(|other| **other <= pair).count();
    pairs.insert(place, pair);
}

fn header_names(headers: &[Pair]) -> String {
    let mut names = String::new();
    for (name, _) in headers {
        let separator = if names.is_empty() { "" } else { ";" };
        names.push_str(separator);
        names.push_str(name);
    }
    names
}

/// A caller may state the hash, or `UNSIGNED-PAYLOAD`, in x-amz-content-sha256, as S3 wants it.
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

fn credential_scope(scope: Scope, date: &AmzDate) -> String {
    text![date.day(), "/", scope.region, "/", scope.service, "/aws4_request"]
}

/// Without white space at the ends, and with one space for each run of it inside.
fn trim_all(value: &str) -> String {
    let mut trimmed = String::with_capacity(value.len());
    for word in value.split_ascii_whitespace() {
        let separator = if trimmed.is_empty() { "" } else { " " };
        trimmed.push_str(separator);
        trimmed.push_str(word);
    }
    trimmed
}

/// RFC 3986's unreserved characters stay, and those in `also`; each byte of the others becomes `%XX`.
fn percent_encode(text: &str, also: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || also.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(HEX_UPPER[usize::from(digit)]));
            }
        }
    }
    encoded
}

fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    code(keyed(key), message)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn code(mut key: Hmac<Sha256>, message: &str) -> [u8; 32] {
    key.update(message.as_bytes());
    key.finalize().into_bytes().into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.extend_from_slice(&[HEX_LOWER[usize::from(byte >> 4)], HEX_LOWER[usize::from(byte & 15)]]);
    }
    String::from_utf8(digits).unwrap_or_default()
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// As many as most have.
const AUTHORIZATION_BYTES: usize = 320;
const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";
/// Headers of the caller that are not signed as given: those that proxies and clients change on the way, as botocore has it, and
/// those that the signer sets.
const NOT_TAKEN: [&str; 17] = [
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases 2, 6 and 7 of RFC 4231: a short key, and keys longer than a block.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let long = [0xaa; 131];
        let cases: [(&[u8], &str, &str); 3] = [
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &long,
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, code) in cases {
            assert_eq!(hex(&hmac(key, message)), code);
        }
    }

    #[test]
    fn a_cached_key_signs_as_a_new_one_and_changes_with_all_that_it_is_made_of() {
        let mut cache = KeyCache::new();
        let mut signatures = Vec::new();
        for (secret, region, service, time) in [
            ("a", "b", "c", 0),
            ("ab", "b", "c", 0),
            ("a", "bb", "c", 0),
            ("a", "b", "cc", 0),
            ("a", "b", "c", 24 * 3_600_000),
        ] {
            let (scope, date) = (Scope { region, service }, AmzDate::new(time));
            let sign = |keys: &mut KeyCache| keys.sign(secret, scope, &date, "text");
            let first = sign(&mut cache);
            assert_eq!(first, sign(&mut cache));
            assert_eq!(first, sign(&mut KeyCache::new()));
            assert!(!signatures.contains(&first));
            signatures.push(first);
        }
    }
}

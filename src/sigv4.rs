//! Signature Version 4: the four steps of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use crate::clock::AmzDate;
use crate::credentials::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

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
    /// The whole body.
    pub body: &'a [u8],
}

/// For whom a signature counts: one region's endpoint of one service.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `us-east-1`
    pub region: &'a str,
    /// `kinesis`
    pub service: &'a str,
}

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
    let to_sign = string_to_sign(&canonical, scope, &date);
    let signature = keys.sign(credentials.secret_access_key(), scope, &date, &to_sign);
    let mut value = String::with_capacity(200 + names.len());
    for part in [
        ALGORITHM,
        " Credential=",
        credentials.access_key_id(),
        "/",
        &credential_scope(scope, &date),
        ", SignedHeaders=",
        &names,
        ", Signature=",
        &signature,
    ] {
        value.push_str(part);
    }
    value
}

/// The signing key of the last day, scope and secret: four of the HMACs of a signature are the same all day.
#[derive(Default)]
pub struct KeyCache {
    /// Day, scope and secret that `key` was derived from.
    derived_from: String,
    key: Option<Hmac<Sha256>>,
}

impl KeyCache {
    fn sign(&mut self, secret: &str, scope: Scope, date: &AmzDate, to_sign: &str) -> String {
        let wanted = [secret, date.day(), scope.region, scope.service];
        let same = self.key.is_some() && is_joined(&self.derived_from, &wanted);
        if !same {
            self.derived_from = wanted.join(SEPARATOR);
            self.key = Some(mac(&signing_key(secret, scope, date)));
        }
        let key = self.key.clone().expect("derived above");
        hex(&key.chain_update(to_sign).finalize().into_bytes())
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
fn string_to_sign(canonical: &str, scope: Scope, date: &AmzDate) -> String {
    let hash = hex(&Sha256::digest(canonical));
    [
        ALGORITHM,
        date.as_str(),
        &credential_scope(scope, date),
        &hash,
    ]
    .join("\n")
}

/// Step 1.
fn canonical_request(
    request: &Request,
    scope: Scope,
    headers: &[(String, Cow<str>)],
    names: &str,
) -> String {
    let mut text = String::with_capacity(512);
    for part in [
        request.method,
        "\n",
        &canonical_path(request.path, scope.service),
        "\n",
        &canonical_query(request.query),
        "\n",
    ] {
        text.push_str(part);
    }
    for (name, value) in headers {
        text.push_str(name);
        text.push(':');
        text.push_str(value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(names);
    text.push('\n');
    text.push_str(&payload_hash(request, headers));
    text
}

/// Every service but S3 wants runs of slashes made one, and the path encoded once more than the URL has it. Dot segments are
/// gone already: no URL parser leaves them in.
fn canonical_path<'a>(path: &'a str, service: &str) -> Cow<'a, str> {
    match path {
        "" | "/" => Cow::Borrowed("/"),
        _ if service == "s3" => Cow::Borrowed(path),
        _ => {
            let mut encoded = percent_encode(path, b"/");
            while encoded.contains("//") {
                encoded = encoded.replace("//", "/");
            }
            Cow::Owned(encoded)
        }
    }
}

/// Parameters sorted by name, then value. What the URL has encoded stays as it is; what a URL may carry bare and the
/// canonical form may not is encoded.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let pair = (percent_encode(name, b"%"), percent_encode(value, b"%"));
        let place = pairs.partition_point(|other| *other <= pair);
        pairs.insert(place, pair);
    }
    let joined: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| name + "=" + &value)
        .collect();
    joined.join("&")
}

/// The headers that are signed, lower-case, trimmed and sorted.
fn signed_headers<'a>(
    request: &Request<'a>,
    credentials: &'a Credentials,
    date: &'a AmzDate,
) -> Vec<(String, Cow<'a, str>)> {
    let mut headers = Vec::with_capacity(request.headers.len() + 3);
    for (name, value) in request.headers {
        let name = name.to_ascii_lowercase();
        if !UNSIGNED.contains(&name.as_str()) && !SET_BY_SIGNER.contains(&name.as_str()) {
            add_header(&mut headers, name, trim_all(value));
        }
    }
    if !headers.iter().any(|(name, _)| name == "host") {
        add_header(&mut headers, "host".into(), Cow::Borrowed(request.host));
    }
    add_header(
        &mut headers,
        "x-amz-date".into(),
        Cow::Borrowed(date.as_str()),
    );
    if let Some(token) = credentials.session_token() {
        add_header(
            &mut headers,
            "x-amz-security-token".into(),
            Cow::Borrowed(token),
        );
    }
    headers
}

/// Puts a header at its place in the order. A name given twice counts once, with its values joined.
fn add_header<'a>(headers: &mut Vec<(String, Cow<'a, str>)>, name: String, value: Cow<'a, str>) {
    let place = headers.partition_point(|(other, _)| *other < name);
    match headers.get_mut(place) {
        Some((same, values)) if *same == name => {
            let values = values.to_mut();
            values.push(',');
            values.push_str(&value);
        }
        _ => headers.insert(place, (name, value)),
    }
}

fn header_names(headers: &[(String, Cow<str>)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.join(";")
}

/// A caller may state the hash, or `UNSIGNED-PAYLOAD`, in x-amz-content-sha256, as S3 wants it.
fn payload_hash(request: &Request, headers: &[(String, Cow<str>)]) -> String {
    headers
        .iter()
        .find(|(name, _)| name == "x-amz-content-sha256")
        .map_or_else(
            || hex(&Sha256::digest(request.body)),
            |(_, value)| value.to_string(),
        )
}

fn credential_scope(scope: Scope, date: &AmzDate) -> String {
    [date.day(), scope.region, scope.service, "aws4_request"].join("/")
}

/// Without white space at the ends, and with one space for each run of it inside.
fn trim_all(value: &str) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    let clean = !ends.into_iter().flatten().any(u8::is_ascii_whitespace)
        && !bytes
            .windows(2)
            .any(|pair| pair[0].is_ascii_whitespace() && pair[1].is_ascii_whitespace())
        && !bytes.iter().any(|b| b.is_ascii_whitespace() && *b != b' ');
    if clean {
        return Cow::Borrowed(value);
    }
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    Cow::Owned(words.join(" "))
}

/// RFC 3986's unreserved characters stay, and those in `also`; each byte of the others becomes `%XX`.
fn percent_encode(text: &str, also: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || also.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX_UPPER[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX_UPPER[usize::from(byte & 15)]));
        }
    }
    encoded
}

fn is_joined(text: &str, parts: &[&str]) -> bool {
    let mut rest = text;
    for (index, part) in parts.iter().enumerate() {
        let separator = if index == 0 { "" } else { SEPARATOR };
        match rest
            .strip_prefix(separator)
            .and_then(|rest| rest.strip_prefix(part))
        {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    mac(key)
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(HEX_LOWER[usize::from(byte >> 4)]));
        text.push(char::from(HEX_LOWER[usize::from(byte & 15)]));
    }
    text
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Between the parts that a cached key was derived from; the line break keeps `ab` + `c` apart from `a` + `bc`.
const SEPARATOR: &str = "\n";
const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";
/// Proxies and clients change these on the way; botocore leaves out the same ones.
const UNSIGNED: [&str; 14] = [
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
];
/// A value that the caller brings for one of these would be replaced.
const SET_BY_SIGNER: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];

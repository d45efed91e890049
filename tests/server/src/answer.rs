//! Answers that do not come from the service behind.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

use crate::encoding::Encoding;
use crate::plan::ErrorAnswer;

/// An error as the service shapes it: named in the body and in a header.
pub fn error(error: &ErrorAnswer, encoding: Encoding) -> Response<Body> {
    let body = if error.body_type {
        encoding.write(&json!({ "__type": error.name, "message": error.message }))
    } else {
        encoding.write(&json!({}))
    };
    let mut answer = service(error.status, encoding, body);
    if error.header_type {
        set(&mut answer, "x-amzn-errortype", &error.name);
    }
    if let Some(ms) = error.retry_after_ms {
        set(&mut answer, "x-amz-retry-after", &ms.to_string());
    }
    answer
}

/// An answer in the service's encoding, with the id that each of its answers has.
pub fn service(status: u16, encoding: Encoding, body: Vec<u8>) -> Response<Body> {
    let mut answer = literal(status, Some(encoding.content_type()), body);
    set(&mut answer, "x-amzn-requestid", &request_id());
    answer
}

/// An answer of exactly these bytes.
pub fn literal(status: u16, content_type: Option<&str>, body: impl Into<Bytes>) -> Response<Body> {
    let body = body.into();
    let length = body.len();
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    if let Some(content_type) = content_type {
        set(&mut answer, CONTENT_TYPE.as_str(), content_type);
    }
    answer
}

/// Plain words, for a person.
pub fn text(status: u16, text: &str) -> Response<Body> {
    literal(status, Some("text/plain; charset=utf-8"), text.to_owned())
}

/// To a request that is larger than any that the service takes.
pub fn too_large() -> Response<Body> {
    text(413, "the body is too large, or broke off")
}

fn set(answer: &mut Response<Body>, name: &'static str, value: &str) {
    // A test's text with a line break in it is no header: it goes without.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// Looks like the service's ids; the number makes it findable.
fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("00000000-0000-4000-8000-{number:012x}")
}

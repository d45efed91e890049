//! Cross-origin headers, as the service was seen to send them: only to pages, every origin, two days of preflight.

use axum::body::Body;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue,
};
use hyper::{Request, Response};

/// The answer to the question a browser asks ahead of a request: what it asks for is allowed.
pub fn preflight<B>(request: &Request<B>) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    let headers = answer.headers_mut();
    for (asked, allowed) in ASKED_AND_ALLOWED {
        if let Some(value) = request.headers().get(&asked) {
            headers.insert(allowed, value.clone());
        }
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    answer
}

/// Lets a page of any origin read the answer and the headers that a client needs.
pub fn allow(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

/// Takes away what [`allow`] gives: a page's `fetch` then rejects.
pub fn strip(headers: &mut HeaderMap) {
    headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
}

const ASKED_AND_ALLOWED: [(HeaderName, HeaderName); 2] = [
    (ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_ALLOW_HEADERS),
    (ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_ALLOW_METHODS),
];

const EXPOSED: &str = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_is_told_that_it_may_do_what_it_asked_for() {
        let request = Request::options("/")
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "x-amz-target,x-amz-date")
            .body(())
            .unwrap();
        let answer = preflight(&request);
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_METHODS], "PUT");
        assert_eq!(
            answer.headers()[ACCESS_CONTROL_ALLOW_HEADERS],
            "x-amz-target,x-amz-date"
        );
    }
}

//! A request as it came in, and what its headers say of it.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use hyper::http::request::Parts;
use hyper::{Request, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tower_service::Service;

use crate::encoding::Encoding;

/// A request, read to its end.
pub struct Call {
    head: Parts,
    /// The body's bytes.
    pub body: Bytes,
}

impl Call {
    /// Reads a request's body; `None` when it is too long or breaks off.
    pub async fn read(request: Request<Incoming>) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, BODY_BYTES_MAX).collect().await.ok()?;
        Some(Self {
            head,
            body: body.to_bytes(),
        })
    }

    /// Hands it to the service as it is.
    pub async fn forward(&self, kinesis: &Router) -> Response<Body> {
        self.forward_with(self.body.clone(), kinesis).await
    }

    /// Hands it to the service with another body.
    pub async fn forward_with(&self, body: Bytes, kinesis: &Router) -> Response<Body> {
        let mut head = self.head.clone();
        head.headers.insert(CONTENT_LENGTH, body.len().into());
        let request = Request::from_parts(head, Body::from(body));
        let Ok(answer) = kinesis.clone().call(request).await;
        answer
    }

    /// The name after the dot of `X-Amz-Target`.
    pub fn operation(&self) -> Option<&str> {
        Some(self.header("x-amz-target")?.split_once('.')?.1)
    }

    /// How the body is written.
    pub fn encoding(&self) -> Encoding {
        Encoding::of(self.content_type())
    }

    /// `Content-Type`.
    pub fn content_type(&self) -> Option<&str> {
        self.header(CONTENT_TYPE.as_str())
    }

    /// The access key id that signed.
    pub fn access_key(&self) -> Option<&str> {
        let credential = self.signature_part("Credential=")?;
        Some(credential.split_once('/')?.0)
    }

    /// The headers that were signed, as the signature lists them.
    pub fn signed_headers(&self) -> Option<&str> {
        self.signature_part("SignedHeaders=")
    }

    /// When it was signed, as the client says.
    pub fn amz_date(&self) -> Option<&str> {
        self.header("x-amz-date")
    }

    /// Whether temporary credentials signed.
    pub fn has_token(&self) -> bool {
        self.head.headers.contains_key("x-amz-security-token")
    }

    /// How many records a `PutRecords` has.
    pub fn entries(&self) -> Option<usize> {
        (self.operation() == Some("PutRecords"))
            .then(|| self.encoding().read::<Entries>(&self.body))?
            .map(|body| body.records.len())
    }

    /// The stream it is about, by name or as the end of an ARN.
    pub fn stream(&self) -> Option<String> {
        let target: Target = self.encoding().read(&self.body)?;
        let arn = target.arn.as_deref();
        let named = arn.and_then(|arn| Some(arn.split_once('/')?.1.to_owned()));
        target.name.or(named)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    fn signature_part(&self, name: &str) -> Option<&str> {
        let header = self.header(AUTHORIZATION.as_str())?;
        header.split([',', ' ']).find_map(|part| part.strip_prefix(name))
    }
}

/// Counts without keeping.
#[derive(Deserialize)]
struct Entries {
    #[serde(rename = "Records")]
    records: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "StreamName")]
    name: Option<String>,
    #[serde(rename = "StreamARN")]
    arn: Option<String>,
}

/// Twice what the largest request of the service takes in base64.
const BODY_BYTES_MAX: usize = 32 << 20;

#[cfg(test)]
impl Call {
    /// A request of a test.
    pub fn test(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        Self {
            head,
            body: body.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: (&str, &str) = ("x-amz-target", "Kinesis_20131202.PutRecords");

    #[test]
    fn the_authorization_header_tells_key_and_signed_headers() {
        let call = Call::test(
            &[(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
            )],
            "",
        );
        assert_eq!(call.access_key(), Some("AKID"));
        assert_eq!(call.signed_headers(), Some("host;x-amz-date"));
    }

    #[test]
    fn a_request_without_headers_tells_nothing() {
        let call = Call::test(&[], "");
        assert_eq!((call.access_key(), call.operation()), (None, None));
        assert_eq!((call.entries(), call.stream()), (None, None));
    }

    #[test]
    fn records_are_counted_in_both_encodings() {
        let json = br#"{"StreamName":"s","Records":[{"Data":"","PartitionKey":"a"},{"Data":"","PartitionKey":"b"}]}"#;
        assert_eq!(Call::test(&[PUT], &json[..]).entries(), Some(2));
        let tree: ciborium::Value = Encoding::Json.read(json).unwrap();
        let cbor = ("content-type", "application/x-amz-cbor-1.1");
        let call = Call::test(&[PUT, cbor], Encoding::Cbor.write(&tree));
        assert_eq!(call.entries(), Some(2));
        assert_eq!(call.stream().as_deref(), Some("s"));
    }

    #[test]
    fn an_arn_names_the_stream_too() {
        let body = r#"{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}"#;
        assert_eq!(Call::test(&[PUT], body).stream().as_deref(), Some("s"));
    }
}

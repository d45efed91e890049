//! A response as the host has received it.

use super::excerpt::{excerpt, valid_start};
use crate::api::exception::Exception;
use crate::error::{Code, Error};
use crate::text::text;

/// An HTTP response with its whole body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Response<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `x-amzn-requestid`
    pub request_id: Option<&'a str>,
    /// `x-amzn-errortype`
    pub error_type: Option<&'a str>,
    /// `Date`, where the host may read it.
    pub date: Option<&'a str>,
    /// `x-amz-retry-after`, in milliseconds.
    pub retry_after_ms: Option<u32>,
    /// The body as received.
    pub body: &'a [u8],
}

impl Response<'_> {
    /// Whether the status says that the service has executed the request.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The error for a success status whose body is not a response of Kinesis: a captive portal, a proxy, a cut
    /// connection.
    #[must_use]
    pub fn unreadable_body_error(&self) -> Error {
        let Self { status, body, .. } = self;
        if body.is_empty() {
            return self.error(text![
                "HTTP ",
                status,
                " with an empty body is not a response of Kinesis"
            ]);
        }
        let start = self.body_excerpt();
        self.error(text![
            "HTTP ",
            status,
            " with a body that is not a complete response of Kinesis: ",
            start
        ])
    }

    /// The error for an exception of the service.
    pub(crate) fn exception_error(&self, exception: Exception) -> Error {
        let message = if exception.message.is_empty() {
            self.default_message(&exception.name)
        } else {
            exception.message
        };
        let mut error = self.error(message);
        error.name = Some(exception.name).filter(|name| !name.is_empty());
        error
    }

    /// The message for an exception that has none.
    fn default_message(&self, name: &str) -> String {
        let status = self.status;
        if !name.is_empty() {
            return text!["HTTP ", status, ": ", name, " without a message"];
        }
        let start = self.body_excerpt();
        text!["HTTP ", status, " without an exception of Kinesis: ", start]
    }

    /// The start of the body. A proxy may repeat the request in it, and a message has no data of a record.
    fn body_excerpt(&self) -> String {
        let start = valid_start(self.body);
        // The member `Data`, in JSON and in CBOR.
        if start
            .as_bytes()
            .windows(5)
            .any(|part| part == b"Data\"" || part == b"dData")
        {
            return "it has data of records".to_owned();
        }
        excerpt(start)
    }

    fn error(&self, message: String) -> Error {
        let mut error = Error::new(Code::Service, message);
        error.status = Some(self.status);
        error.request_id = self.request_id.map(str::to_owned);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_of_a_body_has_no_data_of_a_record() {
        let message = |body: &[u8]| {
            let response = Response {
                status: 200,
                request_id: None,
                error_type: None,
                date: None,
                retry_after_ms: None,
                body,
            };
            response.unreadable_body_error().message.clone()
        };
        for echo in [
            br#"{"Records":[{"Data":"aHVzaA==","PartitionKey":"k"}]}"#.as_slice(),
            b"\xa1gRecords\x81\xa2dDataDhush",
            b"dDataDhush",
        ] {
            assert!(!message(echo).contains("hush") && !message(echo).contains("aHVz"));
        }
        let cut = br#"{"FailedRecordCount":0,"Records":[{"SequenceNumber":"49"#;
        assert!(message(cut).contains("FailedRecordCount"));
    }
}

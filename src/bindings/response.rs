//! What the host has received, or why it has received nothing.

use crate::answer::Answer;
use crate::error::{Code, Error};

/// The headers of a response that the core reads. An empty one is as one that is absent.
pub struct ResponseHeaders {
    /// `x-amzn-requestid`
    pub request_id: Option<String>,
    /// `x-amzn-errortype`
    pub error_type: Option<String>,
    /// `date`
    pub date: Option<String>,
    /// `x-amz-retry-after`, in milliseconds
    pub retry_after: Option<String>,
}

impl ResponseHeaders {
    /// The response with its status and body.
    pub fn response<'a>(&'a self, status: u16, body: &'a [u8]) -> Answer<'a> {
        Answer {
            status,
            request_id: filled(self.request_id.as_ref()),
            error_type: filled(self.error_type.as_ref()),
            date: filled(self.date.as_ref()),
            retry_after_ms: filled(self.retry_after.as_ref()).and_then(|text| text.parse().ok()),
            body,
        }
    }
}

/// No response, or not all of it. `status` is there where the response broke off.
pub fn failure(message: String, is_timeout: bool, status: Option<u16>) -> Error {
    let code = if is_timeout {
        Code::Timeout
    } else {
        Code::Network
    };
    let mut error = Error::new(code, message);
    // The name that fetch and the AWS SDKs use.
    error.name = is_timeout.then(|| "TimeoutError".to_owned());
    error.status = status;
    error
}

/// Why a credentials provider has failed, if it has.
pub fn provider_failure(message: Option<String>) -> Option<Error> {
    message.map(|message| Error::new(Code::Credentials, message))
}

fn filled(header: Option<&String>) -> Option<&str> {
    header.map(String::as_str).filter(|text| !text.is_empty())
}

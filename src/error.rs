//! Errors with stable codes.

use core::fmt;
use core::ops::{Deref, DerefMut};

/// Why a call or a record has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// An argument is missing, malformed or past a limit.
    InvalidArgument,
    /// A record is larger than the stream accepts.
    RecordTooLarge,
    /// The buffer has no room for the record, which was not accepted.
    BufferFull,
    /// A record was not delivered within its time to live.
    Expired,
    /// A record was not delivered within its attempts.
    Attempts,
    /// The credentials are invalid or missing, or the provider has failed.
    Credentials,
    /// Kinesis has responded with an exception, or the response is not one of Kinesis.
    Service,
    /// The request or its response was lost.
    Network,
    /// There was no response within the time limit.
    Timeout,
    /// The WebAssembly module could not be loaded, or failed.
    Core,
}

impl Code {
    /// The code as JavaScript sees it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "ERR_INVALID_ARGUMENT",
            Self::RecordTooLarge => "ERR_RECORD_TOO_LARGE",
            Self::BufferFull => "ERR_BUFFER_FULL",
            Self::Expired => "ERR_EXPIRED",
            Self::Attempts => "ERR_ATTEMPTS",
            Self::Credentials => "ERR_CREDENTIALS",
            Self::Service => "ERR_SERVICE",
            Self::Network => "ERR_NETWORK",
            Self::Timeout => "ERR_TIMEOUT",
            Self::Core => "ERR_CORE",
        }
    }
}

/// An error. It never contains a secret or the data of a record.
///
/// It is one pointer wide, since most results contain it, and copies of its fields at each `?` would make the module
/// larger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Details>);

/// The fields of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The code.
    pub code: Code,
    /// The name of the exception, if the service has named one.
    pub name: Option<String>,
    /// The message: the argument and its limit, or the message of the service.
    pub message: String,
    /// The HTTP status of the last response.
    pub status: Option<u16>,
    /// The request id of AWS in the last response.
    pub request_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: Option<u32>,
    /// The partition key of the record.
    pub partition_key: Option<String>,
}

impl Error {
    /// An error with a code and a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            name: None,
            message: message.into(),
            status: None,
            request_id: None,
            attempts: None,
            partition_key: None,
        }))
    }

    /// Copies what the service has said in another error: the exception, the status and the request id.
    #[allow(clippy::assigning_clones)] // `clone_from` would be code of its own
    pub fn copy_service_details(&mut self, other: &Self) {
        self.name = other.name.clone();
        self.status = other.status;
        self.request_id = other.request_id.clone();
    }

    /// An error about an argument.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl core::error::Error for Error {}

//! What went wrong, in a form that a program can act on.

use core::fmt;
use core::ops::{Deref, DerefMut};

/// A stable name for each reason that a call or a record can fail for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// An argument is missing, malformed or past a limit.
    InvalidArgument,
    /// One record is larger than the stream takes.
    RecordTooLarge,
    /// There is no room for the record: it was not taken.
    BufferFull,
    /// A record was not delivered within its life.
    Expired,
    /// A record was not delivered within its tries.
    Attempts,
    /// The credentials are unusable, or could not be had.
    Credentials,
    /// Kinesis answered with an exception, or with something that is no answer.
    Service,
    /// The request or its answer was lost on the way.
    Network,
    /// No answer within the time allowed.
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

/// An error with everything that is known about it. It never holds a secret or a record's data.
///
/// It is one pointer wide, because it is part of most results: copies of seven fields, at each `?`, weigh kilobytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Details>);

/// The fields of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The reason.
    pub code: Code,
    /// AWS's name of the exception, where the service gave one.
    pub name: Option<String>,
    /// The reason in words: the argument and the limit, or the service's own message.
    pub message: String,
    /// HTTP status of the last answer.
    pub status: Option<u16>,
    /// AWS's id of the last request that was answered.
    pub request_id: Option<String>,
    /// How many times the request was sent.
    pub attempts: Option<u32>,
    /// The partition key of the record at fault.
    pub partition_key: Option<String>,
}

impl Error {
    /// An error that is known by its code and its message alone.
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

    /// An argument that is not acceptable.
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

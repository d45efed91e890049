//! Signature Version 4: the four steps of
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! This folder turns one request, credentials, a scope and a date into the value of the `Authorization` header.
//! It may use the shared modules `error`, `text` and `time`, and no other folder.
//! It may not know Kinesis, read a clock or keep anything but the signing key of the last day and scope.

mod amz_date;
mod authorization;
mod canonical_request;
mod credentials;
mod encoding;
mod request;
mod signing_key;
mod url;

pub use amz_date::AmzDate;
pub use authorization::authorization;
pub use credentials::Credentials;
pub use request::{Payload, Request, Scope};
pub use signing_key::KeyCache;
pub use url::split_url;

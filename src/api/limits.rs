//! What a stream accepts in one record and in one request.

use crate::api::record::RECORD_BYTES_MAX;

/// What the stream takes: up to 10 MiB of each, where it was raised. The shim checks that.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Data plus key of one record.
    pub record_bytes_max: usize,
    /// Data plus keys of one request.
    pub request_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: RECORD_BYTES_MAX,
            request_bytes_max: REQUEST_BYTES_MAX,
        }
    }
}

/// Entries of one `PutRecords` request.
pub const RECORDS_MAX: usize = 500;
/// Data plus keys of one `PutRecords` request that every stream takes: 5 MiB.
pub const REQUEST_BYTES_MAX: usize = 5 * 1024 * 1024;

//! What a stream accepts in one record and in one request.

use crate::api::record::RECORD_BYTES_MAX;

/// The limits of a stream, in bytes. Both may be raised up to 10 MiB per stream; the shim checks that.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Data plus partition key of one record.
    pub record_bytes_max: usize,
    /// Data plus partition keys of one request.
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

/// The most entries of one `PutRecords` request.
pub const RECORDS_MAX: usize = 500;
/// The most bytes of data plus partition keys of one `PutRecords` request, without a raised limit: 5 MiB.
pub const REQUEST_BYTES_MAX: usize = 5 * 1024 * 1024;

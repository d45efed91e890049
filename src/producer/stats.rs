//! The counts of a producer.

/// Counts since the producer was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Records accepted by `put`.
    pub records_put: u64,
    /// Records stored.
    pub records_delivered: u64,
    /// Records failed.
    pub records_failed: u64,
    /// Requests sent.
    pub requests: u64,
    /// Requests that were lost or failed as a whole.
    pub requests_failed: u64,
    /// How many times a record was to be sent again.
    pub records_retried: u64,
    /// How many times a record was throttled.
    pub records_throttled: u64,
    /// Bytes of the bodies of all requests.
    pub bytes_sent: u64,
}

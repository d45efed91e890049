//! How a producer is made.

use crate::api::{Limits, RECORDS_MAX};
use crate::error::Error;
use crate::text::text;

/// Many user records in one Kinesis record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// Each record is an entry of its own.
    #[default]
    Off,
    /// Records of one partition key share an entry under that key.
    Key,
    /// Records of one shard share an entry. The shards are listed for it.
    Shard,
}

/// A producer's options.
#[derive(Clone, Debug)]
pub struct Options {
    /// The stream, by name, by ARN, or by both.
    pub stream_name: Option<String>,
    /// See `stream_name`.
    pub stream_arn: Option<String>,
    /// Whether entries carry many records.
    pub aggregation: Aggregation,
    /// Whether the records of one partition key keep their order.
    pub ordered: bool,
    /// Longest time a record waits for company.
    pub linger_ms: u32,
    /// What one record and one request may hold.
    pub limits: Limits,
    /// Entries of one request.
    pub request_records_max: usize,
    /// Data of one aggregate.
    pub aggregate_bytes_max: usize,
    /// Requests under way at once.
    pub requests_in_flight_max: usize,
    /// Data and keys that may wait.
    pub buffer_bytes_max: usize,
    /// Records that may wait.
    pub buffer_records_max: usize,
    /// Tries of one record.
    pub record_attempts_max: u32,
    /// Life of one record, without the time offline.
    pub record_ttl_ms: u32,
    /// Time for one request.
    pub request_timeout_ms: u32,
    /// Share of a shard's write limits that this producer allows itself.
    pub shard_rate_limit: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stream_name: None,
            stream_arn: None,
            aggregation: Aggregation::Off,
            ordered: false,
            linger_ms: 100,
            limits: Limits::default(),
            request_records_max: RECORDS_MAX,
            aggregate_bytes_max: 51_200,
            requests_in_flight_max: 4,
            buffer_bytes_max: 8 * 1024 * 1024,
            buffer_records_max: 100_000,
            record_attempts_max: 10,
            record_ttl_ms: 300_000,
            request_timeout_ms: 10_000,
            shard_rate_limit: 1.5,
        }
    }
}

impl Options {
    /// Refuses numbers that make no sense together. What each may be by itself the shim says, as it has to before the module is
    /// loaded.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] names the option and its limits.
    pub fn check(&self) -> Result<(), Error> {
        let Limits {
            record_bytes_max,
            request_bytes_max,
        } = self.limits;
        at_least("requestBytesMax", request_bytes_max, "recordBytesMax", record_bytes_max)?;
        at_least(
            "bufferBytesMax",
            self.buffer_bytes_max,
            "recordBytesMax",
            record_bytes_max,
        )?;
        // The outer partition key counts against the record too.
        let room = record_bytes_max.saturating_sub(PARTITION_KEY_BYTES_MAX);
        if self.aggregation != Aggregation::Off {
            at_least(
                "recordBytesMax less a partition key",
                room,
                "aggregateBytesMax",
                self.aggregate_bytes_max,
            )?;
        }
        Ok(())
    }
}

fn at_least(name: &str, value: usize, other: &str, least: usize) -> Result<(), Error> {
    if value >= least {
        return Ok(());
    }
    Err(Error::invalid(text![
        name,
        " must be at least ",
        other,
        ", which is ",
        least,
        ", not ",
        value
    ]))
}

/// 256 code points of four bytes each.
const PARTITION_KEY_BYTES_MAX: usize = 1024;

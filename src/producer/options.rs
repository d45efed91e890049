//! The options of a producer.

use crate::api::{Limits, RECORDS_MAX};
use crate::error::Error;
use crate::text::text;

/// How user records are aggregated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// Each record is an entry.
    #[default]
    Off,
    /// Records of one partition key share an entry, under that key.
    Key,
    /// Records of one shard share an entry. The producer lists the shards for it.
    Shard,
}

/// The options of a producer. Times are in milliseconds, sizes in bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the stream. It or the ARN is required.
    pub stream_name: Option<String>,
    /// The ARN of the stream.
    pub stream_arn: Option<String>,
    /// How records are aggregated.
    pub aggregation: Aggregation,
    /// Whether the records of one partition key keep their order.
    pub ordered: bool,
    /// How long a record may wait for others to fill a request, in milliseconds.
    pub linger_ms: u32,
    /// The limits of one record and one request.
    pub limits: Limits,
    /// The most entries of one request.
    pub request_records_max: usize,
    /// The most bytes of one aggregate.
    pub aggregate_bytes_max: usize,
    /// The most requests in flight at once.
    pub requests_in_flight_max: usize,
    /// The most bytes of data and partition keys in the buffer.
    pub buffer_bytes_max: usize,
    /// The most records in the buffer.
    pub buffer_records_max: usize,
    /// The most attempts of one record.
    pub record_attempts_max: u32,
    /// The time to live of a record in milliseconds, without the time offline.
    pub record_ttl_ms: u32,
    /// The time limit of one request in milliseconds.
    pub request_timeout_ms: u32,
    /// The share of the write limits of a shard that this producer may use.
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
    /// Refuses limits that contradict each other. The shim checks each option by itself, before the module is loaded.
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
        // The partition key of the aggregate counts against the limit of a record as well.
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

/// A partition key has at most 256 code points of four bytes each.
const PARTITION_KEY_BYTES_MAX: usize = 1024;

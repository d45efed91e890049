//! The settlement of records: where they are stored, or why they failed.

use crate::error::Error;
use crate::producer::entry::RecordIds;
use crate::producer::flush::Flush;

/// The result of the records of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The ids of the records.
    pub records: RecordIds,
    /// How many times they were sent.
    pub attempts: u32,
    /// Where they are stored, or why they failed.
    pub outcome: Result<Placement, Error>,
}

/// Where a record is stored in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// `shardId-000000000000`
    pub shard_id: String,
    /// The sequence number of the Kinesis record that holds it.
    pub sequence_number: String,
}

/// The settlements and complete flushes since they were last reported.
#[derive(Debug, PartialEq, Eq)]
pub struct Completions {
    /// The settlements, in their order.
    pub settlements: Vec<Settlement>,
    /// The complete flushes.
    pub flushes: Vec<Flush>,
}

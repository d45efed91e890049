//! One entry of a `PutRecords` request on its way: a record, or an aggregate of many.

use crate::error::Error;
use crate::online::OnlineMs;
use core::ops::Range;

/// Names a user record from `put` until it settles.
pub type RecordId = u64;

/// What is sent, retried and settled as one.
#[derive(Debug)]
pub struct Entry {
    /// As it stands in a request's body; empty while a request in flight holds it.
    pub encoded: Vec<u8>,
    /// Where they stand in the body of that request.
    pub span: Range<usize>,
    /// What counts against the limits of a request and a shard: data plus partition key.
    pub bytes: usize,
    /// The user records in it.
    pub records: Vec<RecordId>,
    /// What these count against the buffer.
    pub buffered_bytes: usize,
    /// Entries of one lane keep their order, where order is promised.
    pub lane: Lane,
    /// Where it must land, or is predicted to.
    pub expected_shard: Option<ShardId>,
    /// Many records in the KPL's format.
    pub is_aggregate: bool,
    /// How many times it was sent.
    pub attempts: u32,
    /// When its oldest record is given up.
    pub expires_at: OnlineMs,
    /// Why the last try failed.
    pub last_error: Option<Box<Error>>,
}

/// Records that must keep their order have the same lane: the hash key of their partition key.
pub type Lane = u128;

/// A shard by the first hash key of its range: unlike an index it means the same before and after a refresh of the map.
pub type ShardId = u128;

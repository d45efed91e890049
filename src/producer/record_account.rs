//! The account of every record from `put` to its one settlement.

use crate::error::{Code, Error};
use crate::producer::entry::{Entry, RecordId, RecordIds};
use crate::text::text;

/// Counts what is buffered and keeps what has settled until it is asked for.
#[derive(Debug)]
pub struct Ledger {
    bytes_max: usize,
    records_max: usize,
    next_id: RecordId,
    buffered_records: usize,
    buffered_bytes: usize,
    settlements: Vec<Settlement>,
    flushes: Vec<Flush>,
    next_flush: u32,
    /// Since the producer was made.
    pub stats: Stats,
}

/// The end of some records' way: those of one entry end alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub records: RecordIds,
    /// How many times they were sent.
    pub attempts: u32,
    /// Where they are, or why they are not.
    pub outcome: Result<Landed, Error>,
}

/// Where a record is in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// `shardId-000000000000`
    pub shard_id: String,
    /// Of the Kinesis record that holds it.
    pub sequence_number: String,
}

/// A wait for everything that was buffered when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flush {
    /// Names it.
    pub id: u32,
    until: RecordId,
    open: usize,
    /// Records that were delivered.
    pub delivered: usize,
    /// Records that were given up.
    pub failed: usize,
}

/// What has settled since it was last asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// In the order in which it happened.
    pub settlements: Vec<Settlement>,
    /// Flushes that are complete.
    pub flushes: Vec<Flush>,
}

/// Running counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Records taken by `put`.
    pub records_put: u64,
    /// Records acknowledged.
    pub records_delivered: u64,
    /// Records given up.
    pub records_failed: u64,
    /// Requests sent.
    pub requests: u64,
    /// Requests that were lost or refused as a whole.
    pub requests_failed: u64,
    /// Records sent again.
    pub records_retried: u64,
    /// Records that were throttled.
    pub records_throttled: u64,
    /// Bytes of the bodies sent.
    pub bytes_sent: u64,
}

impl Ledger {
    /// An empty one, with the most that may be buffered.
    #[must_use]
    pub fn new(bytes_max: usize, records_max: usize) -> Self {
        Self {
            bytes_max,
            records_max,
            next_id: 0,
            buffered_records: 0,
            buffered_bytes: 0,
            settlements: Vec::new(),
            flushes: Vec::new(),
            next_flush: 0,
            stats: Stats::default(),
        }
    }

    /// Enters a record of so many bytes.
    ///
    /// # Errors
    /// [`Code::BufferFull`], where there is no room for it.
    pub fn admit(&mut self, bytes: usize) -> Result<RecordId, Error> {
        if !self.has_room(bytes) {
            let (bytes_max, records_max) = (self.bytes_max, self.records_max);
            let message = text![
                "the buffer is full: it holds ",
                bytes_max,
                " bytes (bufferBytesMax) and ",
                records_max,
                " records (bufferRecordsMax) at most; await `ready` before the next put"
            ];
            return Err(Error::new(Code::BufferFull, message));
        }
        let id = self.next_id;
        self.next_id += 1;
        self.buffered_records += 1;
        self.buffered_bytes += bytes;
        self.stats.records_put += 1;
        Ok(id)
    }

    /// Whether a record of so many bytes could be entered.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.has_room_for(1, bytes)
    }

    /// Whether so many records of so many bytes together could be entered.
    #[must_use]
    pub fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        self.buffered_records + records <= self.records_max && self.buffered_bytes + bytes <= self.bytes_max
    }

    /// Records that have not settled.
    #[must_use]
    pub fn buffered_records(&self) -> usize {
        self.buffered_records
    }

    /// Their data and keys.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.buffered_bytes
    }

    /// Ends an entry's way.
    pub fn settle(&mut self, entry: Entry, outcome: Result<Landed, Error>) {
        let count = entry.records.count();
        self.buffered_records -= count;
        self.buffered_bytes -= entry.buffered_bytes;
        let delivered = outcome.is_ok();
        if delivered {
            self.stats.records_delivered += count as u64;
        } else {
            self.stats.records_failed += count as u64;
        }
        for flush in &mut self.flushes {
            flush.count(&entry.records, delivered);
        }
        self.settlements.push(Settlement {
            attempts: entry.attempts,
            records: entry.into_records(),
            outcome,
        });
    }

    /// Begins a wait for all that is buffered now.
    pub fn flush(&mut self) -> u32 {
        let id = self.next_flush;
        self.next_flush = self.next_flush.wrapping_add(1);
        self.flushes.push(Flush {
            id,
            until: self.next_id,
            open: self.buffered_records,
            delivered: 0,
            failed: 0,
        });
        id
    }

    /// Whether something waits for what is buffered.
    #[must_use]
    pub fn is_flushing(&self) -> bool {
        self.flushes.iter().any(|flush| flush.open > 0)
    }

    /// What has settled and which flushes are complete, if any.
    pub fn take(&mut self) -> Option<Report> {
        let mut complete = Vec::new();
        while let Some(at) = self.flushes.iter().position(|flush| flush.open == 0) {
            complete.push(self.flushes.remove(at));
        }
        let report = Report {
            settlements: core::mem::take(&mut self.settlements),
            flushes: complete,
        };
        let is_empty = report.settlements.is_empty() && report.flushes.is_empty();
        (!is_empty).then_some(report)
    }
}

impl Flush {
    fn count(&mut self, records: &RecordIds, delivered: bool) {
        let mine = records.iter().filter(|id| *id < self.until).count();
        self.open -= mine;
        if delivered {
            self.delivered += mine;
        } else {
            self.failed += mine;
        }
    }
}

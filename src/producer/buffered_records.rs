//! The counts of records: what is buffered, what has settled, and which flushes wait for that.

use crate::error::{Code, Error};
use crate::producer::entry::{Entry, RecordId};
use crate::producer::flush::Flush;
use crate::producer::settlement::{Placement, Settlement, SettlementReport};
use crate::producer::stats::Stats;
use crate::text::text;

/// Counts the buffered records and bytes, refuses what is over their limits, and keeps settlements until they are
/// reported.
#[derive(Debug)]
pub struct RecordCounts {
    bytes_max: usize,
    records_max: usize,
    next_id: RecordId,
    buffered_records: usize,
    buffered_bytes: usize,
    settlements: Vec<Settlement>,
    flushes: Vec<Flush>,
    next_flush: u32,
    /// Counts since the producer was made.
    pub stats: Stats,
}

impl RecordCounts {
    /// All counts are 0. The limits are those of the buffer.
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

    /// Counts a record of this many bytes as buffered, and returns its id.
    ///
    /// # Errors
    /// [`Code::BufferFull`] if the buffer has no room for it.
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

    /// Whether the buffer has room for a record of this many bytes.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.has_room_for(1, bytes)
    }

    /// Whether the buffer has room for this many records with this many bytes in total.
    #[must_use]
    pub fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        // The host may ask for any numbers: a sum that wraps around would be small, and look like room.
        self.buffered_records.saturating_add(records) <= self.records_max
            && self.buffered_bytes.saturating_add(bytes) <= self.bytes_max
    }

    /// The number of buffered records: those that have not settled.
    #[must_use]
    pub fn buffered_records(&self) -> usize {
        self.buffered_records
    }

    /// The bytes of their data and partition keys.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.buffered_bytes
    }

    /// Settles the records of an entry.
    pub fn settle(&mut self, entry: Entry, outcome: Result<Placement, Error>) {
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
            flush.count_settled(&entry.records, delivered);
        }
        self.settlements.push(Settlement {
            attempts: entry.attempts,
            records: entry.into_records(),
            outcome,
        });
    }

    /// Begins a flush and returns its id.
    pub fn flush(&mut self) -> u32 {
        let id = self.next_flush;
        self.next_flush = self.next_flush.wrapping_add(1);
        self.flushes.push(Flush {
            id,
            until: self.next_id,
            unsettled: self.buffered_records,
            delivered: 0,
            failed: 0,
        });
        id
    }

    /// Whether a flush waits for records.
    #[must_use]
    pub fn is_flushing(&self) -> bool {
        self.flushes.iter().any(|flush| flush.unsettled > 0)
    }

    /// The settlements and complete flushes since the last call, if there are any.
    pub fn take_report(&mut self) -> Option<SettlementReport> {
        let mut complete = Vec::new();
        while let Some(at) = self.flushes.iter().position(|flush| flush.unsettled == 0) {
            complete.push(self.flushes.remove(at));
        }
        let report = SettlementReport {
            settlements: core::mem::take(&mut self.settlements),
            flushes: complete,
        };
        let is_empty = report.settlements.is_empty() && report.flushes.is_empty();
        (!is_empty).then_some(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_overflow_leave_no_room() {
        let mut counts = RecordCounts::new(100, 10);
        counts.admit(50).unwrap();
        assert!(counts.has_room_for(9, 50));
        for (records, bytes) in [(10, 1), (1, 51), (usize::MAX, 1), (1, usize::MAX), (1, usize::MAX - 49)] {
            assert!(!counts.has_room_for(records, bytes), "{records} {bytes}");
        }
    }
}

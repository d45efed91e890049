//! The records that have not settled: how many there are, which flushes wait for them, and what has settled since the
//! last report.

use crate::error::{Code, Error};
use crate::producer::entry::{Entry, RecordId};
use crate::producer::flush::Flush;
use crate::producer::settlement::{Placement, Settlement, SettlementReport};
use crate::text::text;

/// Counts the records that have not settled, and refuses those over the limits of the buffer. Keeps settlements until
/// they are reported.
#[derive(Debug)]
pub struct UnsettledRecords {
    bytes_max: usize,
    records_max: usize,
    next_id: RecordId,
    records: usize,
    /// Of their data and partition keys.
    bytes: usize,
    /// There was no room for a record since records last settled.
    was_full: bool,
    settlements: Vec<Settlement>,
    flushes: Vec<Flush>,
    next_flush: u32,
}

impl UnsettledRecords {
    /// There are none. The limits are those of the buffer.
    #[must_use]
    pub fn new(bytes_max: usize, records_max: usize) -> Self {
        Self {
            bytes_max,
            records_max,
            next_id: 0,
            records: 0,
            bytes: 0,
            was_full: false,
            settlements: Vec::new(),
            flushes: Vec::new(),
            next_flush: 0,
        }
    }

    /// Counts a record of this many bytes, and returns its id.
    ///
    /// # Errors
    /// [`Code::BufferFull`] if the buffer has no room for it.
    pub fn admit(&mut self, bytes: usize) -> Result<RecordId, Error> {
        if !self.has_room(bytes) {
            self.was_full = true;
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
        self.records += 1;
        self.bytes += bytes;
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
        self.records.saturating_add(records) <= self.records_max && self.bytes.saturating_add(bytes) <= self.bytes_max
    }

    /// Records this many and this large wait for room. Where there is none, this counts as a record that found none.
    pub fn wait_for_room(&mut self, records: usize, bytes: usize) {
        self.was_full |= !self.has_room_for(records, bytes);
    }

    /// Whether there was no room for a record since records last settled.
    #[must_use]
    pub fn was_full(&self) -> bool {
        self.was_full
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The bytes of their data and partition keys.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Settles the records of an entry.
    pub fn settle(&mut self, entry: Entry, outcome: Result<Placement, Error>) {
        self.records -= entry.records.count();
        self.bytes -= entry.buffered_bytes;
        self.was_full = false;
        let delivered = outcome.is_ok();
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
            unsettled: self.records,
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
        let mut unsettled = UnsettledRecords::new(100, 10);
        unsettled.admit(50).unwrap();
        assert!(unsettled.has_room_for(9, 50));
        for (records, bytes) in [(10, 1), (1, 51), (usize::MAX, 1), (1, usize::MAX), (1, usize::MAX - 49)] {
            assert!(!unsettled.has_room_for(records, bytes), "{records} {bytes}");
        }
    }
}

//! A flush: the wait for all records that are buffered when it begins.

use crate::producer::entry::{RecordId, RecordIds};

/// A flush: it is complete when all records have settled that were buffered when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flush {
    /// Identifies the flush.
    pub id: u32,
    /// The flush waits for records with ids below this.
    pub(super) until: RecordId,
    /// Records that have not settled.
    pub(super) unsettled: usize,
    /// Records that were stored.
    pub delivered: usize,
    /// Records that failed.
    pub failed: usize,
}

impl Flush {
    /// Counts records of one entry that have settled.
    pub(super) fn count_settled(&mut self, records: &RecordIds, delivered: bool) {
        let counted = records.iter().filter(|id| *id < self.until).count();
        self.unsettled -= counted;
        if delivered {
            self.delivered += counted;
        } else {
            self.failed += counted;
        }
    }
}

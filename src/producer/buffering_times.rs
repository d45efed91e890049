//! How long records have waited from `put` to their first request: the buffering time of the KPL.

use crate::producer::entry::{Entry, NO_PUT_TIME};
use crate::time::UnixMs;

/// The times of the records that were sent for the first time since they were last taken.
#[derive(Debug, Default)]
pub struct BufferingTimes {
    /// A time in milliseconds and how many records have waited for so long, in turn.
    runs: Vec<u32>,
}

impl BufferingTimes {
    /// Adds the records of a request that is about to be sent. Records that were sent before are not measured again.
    pub(super) fn add(&mut self, now: UnixMs, entries: &mut [Entry]) {
        for entry in entries {
            if entry.put_at == NO_PUT_TIME {
                continue;
            }
            self.push(now - entry.put_at, 1);
            for (at, count) in core::mem::take(&mut entry.others_put_at) {
                self.push(now - at, count);
            }
            entry.put_at = NO_PUT_TIME;
        }
    }

    fn push(&mut self, ms: i64, records: u32) {
        let ms = u32::try_from(ms.max(0)).unwrap_or(u32::MAX);
        let len = self.runs.len();
        if len > 0 && self.runs[len - 2] == ms {
            self.runs[len - 1] += records;
        } else {
            self.runs.extend([ms, records]);
        }
    }

    /// Takes the times.
    pub fn take(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::packed_record::PackedRecord;

    fn entry(put_at: UnixMs) -> Entry {
        let mut entry = Entry::new(1, PackedRecord::new(b"", "k", None), 0);
        entry.put_at = put_at;
        entry
    }

    #[test]
    fn each_record_counts_once_with_the_time_to_its_first_request() {
        let mut times = BufferingTimes::default();
        let mut entries = [entry(10), entry(10), entry(40), entry(500)];
        entries[2].others_put_at = vec![(40, 2), (70, 5)];
        times.add(100, &mut entries);
        assert_eq!(times.take(), [90, 2, 60, 3, 30, 5, 0, 1]);
        times.add(200, &mut entries);
        assert!(times.take().is_empty());
    }
}

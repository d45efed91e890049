//! Records that leave a producer before they have settled.

use crate::producer::Producer;
use crate::producer::connectivity::OnlineTime;
use crate::producer::entry::Entry;
use crate::producer::in_flight::Purpose;

impl Producer {
    /// Removes and returns every record that has not settled, as one entry for each record, in any order. Another
    /// producer gets those that are not dropped. Records of requests in flight are among them, and the service may have
    /// stored these. The producer must not be used afterwards.
    pub fn take_records(&mut self) -> Vec<Entry> {
        self.close_aggregates();
        let mut records = Vec::new();
        let mut take = |entry: &Entry| entry.for_each_record(&mut |one| records.push(one));
        for entry in self.queue.take_expired(OnlineTime::MAX) {
            take(&entry);
        }
        self.key_queues.take_waiting(&mut take);
        for entry in core::mem::take(&mut self.unrouted) {
            take(&entry);
        }
        for (entry, _) in core::mem::take(&mut self.pending_placements) {
            take(&entry);
        }
        for request in core::mem::take(&mut self.in_flight) {
            if let Purpose::Entries(entries) = request.purpose {
                entries.iter().for_each(&mut take);
            }
        }
        records
    }
}

#[cfg(test)]
mod tests {
    use crate::producer::Step;
    use crate::producer::options::{Aggregation, Options};
    use crate::producer::packed_record::PackedRecord;
    use crate::producer::testing::{options, producer};

    #[test]
    fn all_records_that_have_not_settled_leave() {
        for aggregation in [Aggregation::Off, Aggregation::Key, Aggregation::Shard] {
            for ordered in [false, true] {
                let mut producer = producer(Options {
                    request_records_max: 1,
                    requests_in_flight_max: 1,
                    aggregation,
                    ordered,
                    ..options()
                });
                for (data, key) in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "a")] {
                    producer.put(0, PackedRecord::new(data.as_bytes(), key, None)).unwrap();
                }
                assert!(matches!(producer.poll(0), Step::Send(_)));
                producer.put(0, PackedRecord::new(b"5", "b", Some("7"))).unwrap();
                let mut taken = producer.take_records();
                taken.sort_by_key(|entry| entry.records.first);
                let data: Vec<_> = taken.iter().map(|entry| entry.record().data.to_vec()).collect();
                assert_eq!(data, [b"1", b"2", b"3", b"4", b"5"], "{aggregation:?} {ordered}");
                let keys: Vec<_> = taken
                    .iter()
                    .map(|entry| entry.record().partition_key.to_owned())
                    .collect();
                assert_eq!(keys, ["a", "b", "a", "a", "b"]);
                assert_eq!(taken[4].record().explicit_hash_key, Some("7"));
                assert!(producer.take_records().is_empty());
            }
        }
    }
}

//! Routing: from a record to its aggregate, the queue of its group key and the send queue.

use crate::api::shard::{deciding_hash_key, hash_key};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::options::Aggregation;

impl Producer {
    /// Puts a record into an aggregate or the send queue, or keeps it until the shards are listed.
    pub(super) fn route(&mut self, mut entry: Entry) {
        let is_off = self.options.aggregation == Aggregation::Off;
        let is_listing_refused = self.shards.is_listing_refused();
        let record = entry.record();
        if self.options.aggregation == Aggregation::Shard && !is_listing_refused {
            let Some(shard) = self.shards.shard_of(deciding_hash_key(&record)) else {
                self.unrouted.push_back(entry);
                return;
            };
            // The first hash key of the shard identifies it, and is the group key.
            (entry.group_key, entry.is_routed_by_shard) = (shard, true);
        } else if !is_off || self.options.ordered {
            // Aggregates are grouped by the group key as well.
            let same = matches!(&self.last_group_key, Some((key, _)) if key == record.partition_key);
            if !same {
                let key = record.partition_key.to_owned();
                self.last_group_key = Some((key, hash_key(record.partition_key)));
            }
            entry.group_key = self.last_group_key.as_ref().map_or(0, |(_, group_key)| *group_key);
        }
        if is_off || is_listing_refused {
            self.enqueue(entry);
            return;
        }
        let mut complete = Vec::new();
        self.aggregator.add(entry, &mut complete);
        self.enqueue_all(complete);
    }

    /// Puts an entry into the send queue. With ordering it may have to wait for the entry before it with the same
    /// group key.
    pub(super) fn enqueue(&mut self, entry: Entry) {
        let admitted = if self.options.ordered {
            self.key_queues.admit(entry)
        } else {
            Some(entry)
        };
        if let Some(entry) = admitted {
            self.queue.push(entry);
        }
    }

    fn enqueue_all(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.enqueue(entry);
        }
    }

    /// Moves all open aggregates into the send queue.
    pub(super) fn close_aggregates(&mut self) {
        let mut complete = Vec::new();
        self.aggregator.close_all(&mut complete);
        self.enqueue_all(complete);
    }

    /// Moves the open aggregates into the send queue whose linger time is over. With ordering, those of a group key
    /// with an active entry, which they would only wait for, stay open for more records until that entry has settled.
    pub(super) fn close_due_aggregates(&mut self) {
        let mut complete = Vec::new();
        let Self {
            aggregator,
            key_queues,
            options,
            ..
        } = self;
        aggregator.close_due(&|key| !(options.ordered && key_queues.is_active(key)), &mut complete);
        self.enqueue_all(complete);
    }

    /// Routes the records that wait for the list of shards by their partition key.
    pub(super) fn route_all_by_key(&mut self) {
        if self.unrouted.is_empty() {
            return;
        }
        // With ordering, entries that are put from now on wait until all earlier ones have settled.
        self.key_queues.hold_later_entries();
        let mut unrouted = core::mem::take(&mut self.unrouted);
        while let Some(mut entry) = unrouted.pop_front() {
            entry.group_key = hash_key(entry.record().partition_key);
            self.enqueue(entry);
        }
        if !self.shards.is_listing_refused() {
            // Later records may be routed by shard, under another group key.
            self.key_queues.hold_later_entries();
        }
    }

    /// Applies a changed list of shards, on which aggregates and group keys depend. With ordering, later entries
    /// wait for those that were routed by the old list. Without it, entries that were routed by that list and never
    /// sent are split into their records, and each record is routed again.
    pub(super) fn reroute(&mut self) {
        self.close_aggregates();
        if self.options.ordered {
            self.key_queues.hold_later_entries();
            return;
        }
        for entry in self.queue.take_new() {
            if !entry.is_routed_by_shard {
                self.queue.push(entry);
                continue;
            }
            entry.for_each_record(&mut |one| self.route(one));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::producer::in_flight::Purpose;
    use crate::producer::options::{Aggregation, Options};
    use crate::producer::testing::{NOW, options, producer, producer_without_credentials, put, respond};
    use crate::producer::{Producer, Step};
    use crate::time::UnixMs;

    /// A stream that stores every record, and answers after a while.
    struct Stream {
        producer: Producer,
        round_trip_ms: i64,
        responses: Vec<(UnixMs, u32, usize)>,
        /// How many entries it has stored.
        entries: usize,
        failed: Vec<Code>,
    }

    impl Stream {
        fn new(options: Options, round_trip_ms: i64) -> Self {
            Self {
                producer: producer(options),
                round_trip_ms,
                responses: Vec::new(),
                entries: 0,
                failed: Vec::new(),
            }
        }

        fn poll(&mut self, now: UnixMs) {
            let due: Vec<_> = self.responses.extract_if(.., |response| response.0 <= now).collect();
            for (_, id, entries) in due {
                let stored = vec![r#"{"ShardId":"s","SequenceNumber":"1"}"#; entries].join(",");
                let body = format!(r#"{{"FailedRecordCount":0,"Records":[{stored}]}}"#);
                respond(&mut self.producer, now, id, 200, &body);
            }
            loop {
                match self.producer.poll(now) {
                    Step::Send(id) => {
                        let sent = self.producer.in_flight.iter().find(|sent| sent.id == id).unwrap();
                        let Purpose::Entries(entries) = &sent.purpose else {
                            panic!("{sent:?}");
                        };
                        self.entries += entries.len();
                        self.responses.push((now + self.round_trip_ms, id, entries.len()));
                    }
                    Step::Settled(report) => {
                        let errors = report
                            .settlements
                            .into_iter()
                            .filter_map(|settled| settled.outcome.err());
                        self.failed.extend(errors.map(|error| error.code));
                    }
                    Step::Wait(_) => return,
                    Step::AskCredentials => panic!("they are fixed"),
                }
            }
        }
    }

    #[test]
    fn an_aggregate_of_a_key_that_waits_for_a_response_accepts_records_until_then() {
        let mut stream = Stream::new(
            Options {
                aggregation: Aggregation::Key,
                ordered: true,
                linger_ms: 10,
                ..options()
            },
            100,
        );
        for now in NOW..NOW + 10_000 {
            if now % 5 == 0 {
                put(&mut stream.producer, now, b"a", "k");
            }
            stream.poll(now);
        }
        // One entry for each round trip, and no backlog: what waits was put within a round trip and the linger time.
        assert!((90..=101).contains(&stream.entries), "{}", stream.entries);
        assert!(
            stream.producer.unsettled().len() <= 42,
            "{}",
            stream.producer.unsettled().len()
        );
        for now in NOW + 10_000..NOW + 10_400 {
            stream.poll(now);
        }
        assert!(stream.producer.unsettled().is_empty() && stream.failed.is_empty());
        assert!(stream.producer.aggregator.first_expiry().is_none());
    }

    #[test]
    fn an_aggregate_is_closed_although_other_records_fill_every_request() {
        let mut stream = Stream::new(
            Options {
                aggregation: Aggregation::Key,
                linger_ms: 20,
                request_records_max: 2,
                requests_in_flight_max: 1,
                aggregate_bytes_max: 50,
                ..options()
            },
            10,
        );
        put(&mut stream.producer, NOW, b"rare", "rare");
        for now in NOW..NOW + 200 {
            // Each is too large for an aggregate. Two of them fill a request.
            while stream.producer.unsettled().len() < 9 {
                put(&mut stream.producer, now, &[0; 60], "frequent");
            }
            stream.poll(now);
        }
        assert!(stream.producer.aggregator.first_expiry().is_none());
    }

    #[test]
    fn a_record_does_not_expire_long_before_its_time_because_it_is_in_an_aggregate() {
        let mut producer = producer_without_credentials(Options {
            aggregation: Aggregation::Key,
            linger_ms: 0,
            record_ttl_ms: 8000,
            ..options()
        });
        for now in (NOW..NOW + 8000).step_by(100) {
            put(&mut producer, now, b"a", "k");
        }
        let mut expired = 0;
        for now in [NOW + 8000, NOW + 8500] {
            while let Step::Settled(report) = producer.poll(now) {
                expired += report
                    .settlements
                    .iter()
                    .map(|settled| settled.records.count())
                    .sum::<usize>();
            }
        }
        assert!((1..=20).contains(&expired), "{expired}");
    }
}

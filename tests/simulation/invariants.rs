//! The invariants: every put, request, response and settlement is recorded here, and what breaks a promise panics.

use super::connection::Connection;
use super::records::{Records, Serial};
use super::request::Item;
use super::shards::{Placed, Shards, effective_hash};
use kinesis_edge::error::{Code, Error};
use kinesis_edge::producer::entry::RecordId;
use kinesis_edge::producer::flush::Flush;
use kinesis_edge::producer::options::{Aggregation, Options};
use kinesis_edge::producer::settlement::{Placement, Settlement, SettlementReport};
use kinesis_edge::time::UnixMs;
use std::collections::{BTreeMap, HashMap, HashSet};

pub struct Invariants {
    options: Options,
    pub records: Records,
    open: BTreeMap<RecordId, Serial>,
    pub buffered_bytes: usize,
    flushes: BTreeMap<u32, (HashSet<Serial>, usize, usize)>,
    stream: HashMap<(String, String), Vec<(Serial, bool)>>,
    sights: usize,
    may_list: bool,
    /// Whether the producer of this page has delivered a record.
    has_delivered: bool,
    pub provider_failures: u32,
}

impl Invariants {
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            records: Records::default(),
            open: BTreeMap::new(),
            buffered_bytes: 0,
            flushes: BTreeMap::new(),
            stream: HashMap::new(),
            sights: 0,
            may_list: true,
            has_delivered: false,
            provider_failures: 0,
        }
    }

    /// A producer has accepted a record for the first time.
    pub fn put(&mut self, time: i64, id: RecordId, item: (Vec<u8>, Option<String>, Option<String>)) {
        let serial = self.records.add(time, item);
        self.accept(id, serial);
    }

    fn accept(&mut self, id: RecordId, serial: Serial) {
        assert!(self.open.insert(id, serial).is_none(), "record {id} named twice");
        self.buffered_bytes += self.records.bytes(serial);
    }

    /// The page was reloaded. Returns the records to put again, in order.
    pub fn reload(&mut self) -> Vec<Serial> {
        self.flushes.clear();
        self.has_delivered = false;
        self.buffered_bytes = 0;
        let mut serials: Vec<Serial> = core::mem::take(&mut self.open).into_values().collect();
        serials.sort_unstable();
        serials
    }

    /// A new producer has accepted a record of the one before.
    pub fn put_again(&mut self, time: i64, id: RecordId, serial: Serial) {
        let put = &mut self.records.all[serial];
        (put.age_from, put.oldest_at) = (time, time);
        // It may be stored already, which the new producer cannot know.
        put.excuses += 1;
        put.in_flight = false;
        put.is_refused = false;
        put.tries = 0;
        put.was_split = false;
        self.accept(id, serial);
    }

    pub fn flush(&mut self, id: u32) {
        let open = self.open.values().copied().collect();
        assert!(self.flushes.insert(id, (open, 0, 0)).is_none());
    }

    /// From now on the shards cannot be listed. Entries that wait for a list are decided on without it.
    pub fn forbid_list(&mut self) {
        self.may_list = false;
        for serial in self.open.values() {
            let put = &mut self.records.all[*serial];
            put.excuses += 1;
            put.was_split = true;
        }
    }

    /// Whether the producer sends again what is refused for a cause that only the operator can repair.
    pub fn retries_operator_errors(&self) -> bool {
        self.options.retries_operator_errors || self.has_delivered
    }

    pub fn buffered_records(&self) -> usize {
        self.open.len()
    }

    /// Aggregates that were never sent may be built again, so any two records may have shared one.
    pub fn rerouted(&mut self) {
        if self.options.aggregation != Aggregation::Off {
            let open: Vec<Serial> = self.open.values().copied().collect();
            self.records.join(&open);
        }
    }

    /// A request is sent. Returns the records of each entry. Those of one key may be in a request for a page that ends,
    /// which stores them in their order, or some of them.
    pub fn sent(&mut self, items: &[Item], keepalive: bool) -> Vec<Vec<Serial>> {
        let entries: Vec<Vec<Serial>> = items.iter().map(|item| self.records.unpack(item).0).collect();
        // Aggregates of one shard have many keys.
        let is_by_shard = self.options.aggregation == Aggregation::Shard && items.len() > 1;
        for (serials, item) in entries.iter().zip(items) {
            let of_key = items
                .iter()
                .filter(|other| other.partition_key == item.partition_key)
                .count();
            assert!(
                keepalive || of_key == 1 || !self.options.ordered || self.options.aggregation == Aggregation::Shard,
                "several records of one key in a request"
            );
            for serial in serials {
                self.records.all[*serial].was_with_others |= keepalive && (of_key > 1 || is_by_shard);
            }
            self.records.join(serials);
            for serial in serials {
                let put = &mut self.records.all[*serial];
                assert!(put.delivered.is_none(), "#{serial} is sent after it has settled");
                assert!(!put.in_flight, "#{serial} is in two requests at once");
                assert!(!put.is_refused, "#{serial} is sent again after it was refused");
                put.in_flight = true;
            }
        }
        entries
    }

    /// The producer no longer awaits a request.
    pub fn completed(&mut self, entries: &[Vec<Serial>], is_try: bool) {
        for serial in entries.iter().flatten() {
            self.records.all[*serial].in_flight = false;
            self.records.all[*serial].tries += u32::from(is_try);
        }
    }

    /// A request was refused, and the producer has the response.
    pub fn refused(&mut self, entries: &[Vec<Serial>]) {
        for serial in entries.iter().flatten() {
            self.records.all[*serial].is_refused = true;
        }
    }

    /// These records were stored, and the producer does not get the response.
    pub fn unreported(&mut self, serials: &[Serial]) {
        for serial in serials {
            self.records.all[*serial].excuses += 1;
        }
    }

    /// An entry was stored. `is_awaited` is whether the producer still awaits the response.
    pub fn stored(&mut self, shards: &Shards, item: &Item, placed: &Placed, is_awaited: bool) {
        let (serials, is_aggregate) = self.records.unpack(item);
        let shard = &shards.all[placed.shard];
        let visible = !is_aggregate
            || serials
                .iter()
                .all(|serial| shard.covers(self.records.hash(*serial, item)));
        // If the shards cannot be listed any more, an unknown shard counts as a wrong one.
        let missed = is_aggregate
            && self.options.aggregation == Aggregation::Shard
            && (item.explicit_hash_key.as_deref() != Some(&*shard.starting.to_string()) || !self.may_list);
        self.sights += 1;
        for serial in &serials {
            let put = &mut self.records.all[*serial];
            put.stored += 1;
            if !is_awaited {
                put.excuses += 1;
            }
            assert!(
                put.stored <= 1 + put.excuses,
                "#{serial} is stored {} times, with {} excuses",
                put.stored,
                put.excuses
            );
            if missed || !visible {
                put.excuses += 1;
                put.was_split = true;
            }
            if visible && put.seen.is_none() {
                put.seen = Some((self.sights, placed.shard));
            }
        }
        let place = (placed.shard_id.clone(), placed.sequence_number.clone());
        let seen = serials.into_iter().map(|serial| (serial, visible)).collect();
        assert!(self.stream.insert(place, seen).is_none());
    }

    pub fn settled(&mut self, now: UnixMs, connection: &Connection, report: &SettlementReport) {
        for settlement in &report.settlements {
            let mut serials = Vec::new();
            for id in settlement.records.iter() {
                let serial = self.open.remove(&id);
                serials.push(serial.unwrap_or_else(|| panic!("record {id} settles, but is not open")));
            }
            self.records.join(&serials);
            for serial in serials {
                self.settle(now, connection, serial, settlement);
            }
        }
        for flush in &report.flushes {
            self.flushed(flush);
        }
    }

    fn settle(&mut self, now: UnixMs, connection: &Connection, serial: Serial, settlement: &Settlement) {
        self.buffered_bytes -= self.records.bytes(serial);
        let delivered = settlement.outcome.is_ok();
        self.has_delivered |= delivered;
        let put = &mut self.records.all[serial];
        assert!(put.delivered.is_none(), "#{serial} settles twice");
        assert!(!put.in_flight, "#{serial} settles while it is in exchange");
        put.delivered = Some(delivered);
        assert_eq!(settlement.attempts, put.tries, "tries of #{serial}");
        let tries_max = self.options.record_attempts_max + u32::from(put.was_split);
        assert!(
            settlement.attempts <= tries_max,
            "#{serial} was sent too often: {}",
            settlement.attempts
        );
        match &settlement.outcome {
            Ok(placement) => self.check_delivered(serial, placement),
            Err(error) => self.check_failed(now, connection, serial, settlement.attempts, error),
        }
        for (open, good, bad) in self.flushes.values_mut() {
            if open.remove(&serial) {
                *(if delivered { good } else { bad }) += 1;
            }
        }
    }

    fn check_delivered(&self, serial: Serial, placement: &Placement) {
        let place = (placement.shard_id.clone(), placement.sequence_number.clone());
        let seen = self
            .stream
            .get(&place)
            .and_then(|all| all.iter().find(|one| one.0 == serial));
        match seen {
            None => panic!("#{serial} is reported at {place:?}, and is not there"),
            Some((_, false)) => {
                panic!("#{serial} is reported at {place:?}, where the KCL drops it")
            }
            Some((_, true)) => {}
        }
    }

    fn check_failed(&self, now: UnixMs, connection: &Connection, serial: Serial, attempts: u32, error: &Error) {
        let put = &self.records.all[serial];
        match error.code {
            Code::Attempts => assert!(
                attempts >= self.options.record_attempts_max,
                "#{serial} fails after {attempts} attempts"
            ),
            Code::Expired => {
                let life = connection.time(now) - put.oldest_at;
                assert!(
                    life >= i64::from(self.options.record_ttl_ms),
                    "#{serial} expires after {life} ms"
                );
            }
            Code::Credentials => {
                assert!(!connection.is_host_offline(), "#{serial} fails offline");
                assert!(
                    self.provider_failures >= self.options.record_attempts_max,
                    "#{serial} fails after {} failures of the provider",
                    self.provider_failures
                );
            }
            Code::Service if put.is_refused => {}
            _ => panic!("#{serial} fails without need: {error}"),
        }
    }

    /// No record that could settle is older than its time to live. With ordering it may wait for one that is in flight.
    pub fn check_ages(&self, time: i64) {
        for serial in self.open.values().filter(|_| !self.options.ordered) {
            let put = &self.records.all[*serial];
            let life = time - put.age_from;
            assert!(
                put.in_flight || life < i64::from(self.options.record_ttl_ms),
                "#{serial} has not expired after {life} ms"
            );
        }
    }

    fn flushed(&mut self, flush: &Flush) {
        let expected = self.flushes.remove(&flush.id);
        let (open, delivered, failed) = expected.unwrap_or_else(|| panic!("flush {} is complete twice", flush.id));
        assert!(open.is_empty(), "flush {} is complete before its records", flush.id);
        assert_eq!(
            (flush.delivered, flush.failed),
            (delivered, failed),
            "counts of flush {}",
            flush.id
        );
    }

    /// The run has ended.
    pub fn check_end(&self) {
        assert!(self.open.is_empty(), "never settled: {:?}", self.open.values());
        assert!(
            self.flushes.is_empty(),
            "flushes never complete: {:?}",
            self.flushes.keys()
        );
        assert_eq!(self.buffered_bytes, 0);
        if self.options.ordered {
            self.check_order();
        }
    }

    /// Checks the order of the records of one partition key on one shard, and of one hash key on all shards that held
    /// it in turn. With aggregation by shard the former is not promised: one key with many explicit hash keys may be in
    /// flight to two shards while they are merged.
    fn check_order(&self) {
        let mut last: HashMap<(String, String), (usize, Serial)> = HashMap::new();
        for (serial, put) in self.records.all.iter().enumerate() {
            let (Some(true), Some((sight, shard)), Some(key)) = (put.delivered, put.seen, &put.partition_key) else {
                continue;
            };
            if put.was_with_others {
                continue;
            }
            let hash = effective_hash(key, put.explicit_hash_key.as_deref());
            let by_shard = self.options.aggregation != Aggregation::Shard;
            let places = [format!("hash key {hash}"), format!("shard {shard}")];
            for place in places.iter().take(1 + usize::from(by_shard)) {
                let before = last.insert((key.clone(), place.clone()), (sight, serial));
                if let Some((earlier, other)) = before {
                    assert!(earlier <= sight, "#{serial} of key {key} overtakes #{other} on {place}");
                }
            }
        }
    }
}

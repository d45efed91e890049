//! Sees all that goes in and comes out, and protests where a promise is broken.

use super::connection::Connection;
use super::request::Item;
use super::shards::{Placed, Shards, effective_hash};
use kinesis_edge::aggregate::deaggregate;
use kinesis_edge::clock::UnixMs;
use kinesis_edge::entry::RecordId;
use kinesis_edge::error::{Code, Error};
use kinesis_edge::ledger::{Flush, Landed, Report, Settlement};
use kinesis_edge::options::{Aggregation, Options};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Names a record through reloads: its place among all puts.
pub type Serial = usize;

pub struct Witness {
    options: Options,
    pub puts: Vec<Put>,
    by_data: HashMap<Vec<u8>, Serial>,
    /// Records without data are told apart by their keys.
    by_key: HashMap<String, Serial>,
    open: BTreeMap<RecordId, Serial>,
    pub buffered_bytes: usize,
    flushes: BTreeMap<u32, (HashSet<Serial>, usize, usize)>,
    stream: HashMap<(String, String), Vec<(Serial, bool)>>,
    sights: usize,
    pub provider_failures: u32,
}

pub struct Put {
    pub data: Vec<u8>,
    /// Nothing, where the producer makes one.
    pub partition_key: Option<String>,
    pub explicit_hash_key: Option<String>,
    put_at: i64,
    /// When the oldest of those it ever shared an aggregate with was put: they are given up together.
    oldest_at: i64,
    delivered: Option<bool>,
    in_flight: bool,
    stored: u32,
    /// Reasons for it to be stored once more.
    excuses: u32,
    /// Stored in an aggregate that missed its shard, so that it is sent once more by itself.
    was_split: bool,
    /// When and where a KCL consumer sees it first.
    seen: Option<(usize, usize)>,
}

impl Witness {
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            puts: Vec::new(),
            by_data: HashMap::new(),
            by_key: HashMap::new(),
            open: BTreeMap::new(),
            buffered_bytes: 0,
            flushes: BTreeMap::new(),
            stream: HashMap::new(),
            sights: 0,
            provider_failures: 0,
        }
    }

    /// A producer has taken a record for the first time.
    pub fn put(&mut self, time: i64, id: RecordId, item: (Vec<u8>, Option<String>, Option<String>)) {
        let serial = self.puts.len();
        let (data, partition_key, explicit_hash_key) = item;
        if data.is_empty() {
            let key = partition_key.clone().expect("a key, where there is no data");
            assert!(self.by_key.insert(key, serial).is_none());
        } else {
            assert!(self.by_data.insert(data.clone(), serial).is_none());
        }
        self.puts.push(Put {
            data,
            partition_key,
            explicit_hash_key,
            put_at: time,
            oldest_at: time,
            delivered: None,
            in_flight: false,
            stored: 0,
            excuses: 0,
            was_split: false,
            seen: None,
        });
        self.took(id, serial);
    }

    fn took(&mut self, id: RecordId, serial: Serial) {
        assert!(self.open.insert(id, serial).is_none(), "record {id} named twice");
        self.buffered_bytes += self.bytes(serial);
    }

    /// The page was reloaded. What must be put again, in order.
    pub fn reload(&mut self) -> Vec<Serial> {
        self.flushes.clear();
        self.buffered_bytes = 0;
        let mut serials: Vec<Serial> = core::mem::take(&mut self.open).into_values().collect();
        serials.sort_unstable();
        serials
    }

    /// A new producer has taken a record that another had.
    pub fn put_again(&mut self, time: i64, id: RecordId, serial: Serial) {
        let put = &mut self.puts[serial];
        (put.put_at, put.oldest_at) = (time, time);
        put.in_flight = false;
        put.was_split = false;
        self.took(id, serial);
    }

    pub fn flush(&mut self, id: u32) {
        let open = self.open.values().copied().collect();
        assert!(self.flushes.insert(id, (open, 0, 0)).is_none());
    }

    pub fn buffered_records(&self) -> usize {
        self.open.len()
    }

    /// The records of a request that is being sent.
    pub fn sent(&mut self, items: &[Item]) -> Vec<Vec<Serial>> {
        let entries: Vec<Vec<Serial>> = items.iter().map(|item| self.unpack(item).0).collect();
        for serials in &entries {
            self.join(serials);
            for serial in serials {
                let put = &mut self.puts[*serial];
                assert!(put.delivered.is_none(), "#{serial} is sent after it has settled");
                assert!(!put.in_flight, "#{serial} is in two requests at once");
                put.in_flight = true;
            }
        }
        entries
    }

    /// A request is no longer awaited.
    pub fn landed(&mut self, entries: &[Vec<Serial>]) {
        for serial in entries.iter().flatten() {
            self.puts[*serial].in_flight = false;
        }
    }

    /// These were stored, and the producer will never be told.
    pub fn untold(&mut self, serials: &[Serial]) {
        for serial in serials {
            self.puts[*serial].excuses += 1;
        }
    }

    /// An entry was stored. `told` is whether the producer awaits the answer.
    pub fn stored(&mut self, shards: &Shards, item: &Item, placed: &Placed, told: bool) {
        let (serials, is_aggregate) = self.unpack(item);
        let shard = &shards.all[placed.shard];
        let visible = !is_aggregate || serials.iter().all(|serial| shard.covers(self.hash(*serial, item)));
        let missed = is_aggregate
            && item.explicit_hash_key.as_deref() != Some(&*shard.starting.to_string())
            && self.options.aggregation == Aggregation::Shard;
        self.sights += 1;
        for serial in &serials {
            let put = &mut self.puts[*serial];
            put.stored += 1;
            if !told {
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

    pub fn settled(&mut self, now: UnixMs, connection: &Connection, report: &Report) {
        for settlement in &report.settlements {
            let mut serials = Vec::new();
            for id in &settlement.records {
                let serial = self.open.remove(id);
                serials.push(serial.unwrap_or_else(|| panic!("record {id} settles, but is not open")));
            }
            self.join(&serials);
            for serial in serials {
                self.settle(now, connection, serial, settlement);
            }
        }
        for flush in &report.flushes {
            self.flushed(flush);
        }
    }

    fn settle(&mut self, now: UnixMs, connection: &Connection, serial: Serial, settlement: &Settlement) {
        self.buffered_bytes -= self.bytes(serial);
        let delivered = settlement.outcome.is_ok();
        let put = &mut self.puts[serial];
        assert!(put.delivered.is_none(), "#{serial} settles twice");
        assert!(!put.in_flight, "#{serial} settles while it is in flight");
        put.delivered = Some(delivered);
        let tries_max = self.options.record_attempts_max + u32::from(put.was_split);
        assert!(settlement.attempts <= tries_max, "#{serial} was sent too often: {}", settlement.attempts);
        match &settlement.outcome {
            Ok(landed) => self.check_delivered(serial, landed),
            Err(error) => self.check_given_up(now, connection, serial, settlement.attempts, error),
        }
        for (open, good, bad) in self.flushes.values_mut() {
            if open.remove(&serial) {
                *(if delivered { good } else { bad }) += 1;
            }
        }
    }

    fn check_delivered(&self, serial: Serial, landed: &Landed) {
        let place = (landed.shard_id.clone(), landed.sequence_number.clone());
        let seen = self.stream.get(&place).and_then(|all| all.iter().find(|one| one.0 == serial));
        match seen {
            None => panic!("#{serial} is reported at {place:?}, and is not there"),
            Some((_, false)) => panic!("#{serial} is reported at {place:?}, where the KCL drops it"),
            Some((_, true)) => {}
        }
    }

    fn check_given_up(&self, now: UnixMs, connection: &Connection, serial: Serial, attempts: u32, error: &Error) {
        let put = &self.puts[serial];
        match error.code {
            Code::Attempts => assert!(
                attempts >= self.options.record_attempts_max,
                "#{serial} is given up after {attempts} tries"
            ),
            Code::Expired => {
                let life = connection.time(now) - put.oldest_at;
                assert!(!connection.is_offline(), "#{serial} expires offline");
                assert!(life >= i64::from(self.options.record_ttl_ms), "#{serial} expires after {life} ms");
            }
            Code::Credentials => {
                assert!(!connection.is_host_offline(), "#{serial} is given up offline");
                assert!(
                    self.provider_failures >= self.options.record_attempts_max,
                    "#{serial} is given up after {} failures of the provider",
                    self.provider_failures
                );
            }
            _ => panic!("#{serial} is given up without need: {error}"),
        }
    }

    fn flushed(&mut self, flush: &Flush) {
        let expected = self.flushes.remove(&flush.id);
        let (open, delivered, failed) = expected.unwrap_or_else(|| panic!("flush {} is complete twice", flush.id));
        assert!(open.is_empty(), "flush {} is complete before its records", flush.id);
        assert_eq!((flush.delivered, flush.failed), (delivered, failed), "counts of flush {}", flush.id);
    }

    /// All is over.
    pub fn check_end(&self) {
        assert!(self.open.is_empty(), "never settled: {:?}", self.open.values());
        assert!(self.flushes.is_empty(), "flushes never complete: {:?}", self.flushes.keys());
        assert_eq!(self.buffered_bytes, 0);
        if self.options.ordered {
            self.check_order();
        }
    }

    /// Of one key, on one shard, and of one hash key on all the shards that held it in turn.
    fn check_order(&self) {
        let mut last: HashMap<(String, String), (usize, Serial)> = HashMap::new();
        for (serial, put) in self.puts.iter().enumerate() {
            let (Some(true), Some((sight, shard)), Some(key)) = (put.delivered, put.seen, &put.partition_key) else {
                continue;
            };
            let hash = effective_hash(key, put.explicit_hash_key.as_deref());
            for place in [format!("shard {shard}"), format!("hash key {hash}")] {
                let before = last.insert((key.clone(), place.clone()), (sight, serial));
                if let Some((earlier, other)) = before {
                    assert!(earlier <= sight, "#{serial} of key {key} overtakes #{other} on {place}");
                }
            }
        }
    }

    /// Records that travelled together have the age of the oldest.
    fn join(&mut self, serials: &[Serial]) {
        let oldest = serials.iter().map(|serial| self.puts[*serial].oldest_at).min();
        for serial in serials {
            self.puts[*serial].oldest_at = oldest.unwrap_or_default();
        }
    }

    fn bytes(&self, serial: Serial) -> usize {
        let put = &self.puts[serial];
        // A key that the producer makes has 16 digits.
        put.data.len() + put.partition_key.as_ref().map_or(16, String::len)
    }

    fn hash(&self, serial: Serial, item: &Item) -> u128 {
        let put = &self.puts[serial];
        let key = put.partition_key.as_deref().unwrap_or_else(|| self.made_key(serial, item));
        effective_hash(key, put.explicit_hash_key.as_deref())
    }

    /// The key that the producer made, as it stands in an entry.
    fn made_key<'a>(&self, serial: Serial, item: &'a Item) -> &'a str {
        let data = &self.puts[serial].data;
        let hash_key = item.explicit_hash_key.as_deref();
        let all = deaggregate(&item.data, &item.partition_key, hash_key);
        all.iter().find(|user| user.data == data).map_or(&item.partition_key, |user| user.partition_key)
    }

    /// The records in an entry, each byte for byte as it was put, and whether it is an aggregate of the producer's making.
    fn unpack(&self, item: &Item) -> (Vec<Serial>, bool) {
        let hash_key = item.explicit_hash_key.as_deref();
        if let Some(serial) = self.find(&item.data, &item.partition_key, hash_key) {
            return (vec![serial], false);
        }
        let users = deaggregate(&item.data, &item.partition_key, hash_key);
        let serials = users.iter().map(|user| {
            self.find(user.data, user.partition_key, user.explicit_hash_key)
                .unwrap_or_else(|| panic!("never put, or altered: {user:?}"))
        });
        (serials.collect(), true)
    }

    fn find(&self, data: &[u8], key: &str, hash_key: Option<&str>) -> Option<Serial> {
        let serial = *if data.is_empty() { self.by_key.get(key) } else { self.by_data.get(data) }?;
        let put = &self.puts[serial];
        let same_key = put.partition_key.as_deref().is_none_or(|own| own == key);
        (same_key && put.explicit_hash_key.as_deref() == hash_key).then_some(serial)
    }
}

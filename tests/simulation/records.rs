//! All records that were ever put, and how to recognise them in an entry.

use super::request::Item;
use super::shards::effective_hash;
use kinesis_edge::producer::deaggregate::deaggregate;
use std::collections::HashMap;

/// Identifies a record through reloads: its index among all puts.
pub type Serial = usize;

#[derive(Default)]
pub struct Records {
    pub all: Vec<Put>,
    by_data: HashMap<Vec<u8>, Serial>,
    /// Records without data are distinguished by their keys.
    by_key: HashMap<String, Serial>,
}

#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct Put {
    pub data: Vec<u8>,
    /// `None` if the producer sets a random one.
    pub partition_key: Option<String>,
    pub explicit_hash_key: Option<String>,
    /// When it was put, or put again.
    pub age_from: i64,
    /// When the oldest record was put that it ever shared an aggregate with: they expire together.
    pub oldest_at: i64,
    pub delivered: Option<bool>,
    pub in_flight: bool,
    /// Whether Kinesis has refused it for good.
    pub is_refused: bool,
    /// The number of requests that it was in, without those that were lost offline.
    pub tries: u32,
    pub stored: u32,
    /// How many times more it may be stored.
    pub excuses: u32,
    /// Whether it was stored in an aggregate on a wrong shard, so that it is sent once more by itself.
    pub was_split: bool,
    /// Whether it was in one request with others of its key.
    pub was_with_others: bool,
    /// When and on which shard a KCL consumer reads it first.
    pub seen: Option<(usize, usize)>,
}

impl Records {
    /// Adds a record with data, partition key and explicit hash key.
    pub fn add(&mut self, time: i64, item: (Vec<u8>, Option<String>, Option<String>)) -> Serial {
        let serial = self.all.len();
        let (data, partition_key, explicit_hash_key) = item;
        let others = if data.is_empty() {
            let key = partition_key.clone().expect("a key, where there is no data");
            self.by_key.insert(key, serial)
        } else {
            self.by_data.insert(data.clone(), serial)
        };
        assert!(others.is_none(), "two records that look the same");
        self.all.push(Put {
            data,
            partition_key,
            explicit_hash_key,
            age_from: time,
            oldest_at: time,
            delivered: None,
            in_flight: false,
            is_refused: false,
            tries: 0,
            stored: 0,
            excuses: 0,
            was_split: false,
            was_with_others: false,
            seen: None,
        });
        serial
    }

    /// Records that were in one entry have the age of the oldest.
    pub fn join(&mut self, serials: &[Serial]) {
        let oldest = serials.iter().map(|serial| self.all[*serial].oldest_at).min();
        for serial in serials {
            self.all[*serial].oldest_at = oldest.unwrap_or_default();
        }
    }

    pub fn bytes(&self, serial: Serial) -> usize {
        let put = &self.all[serial];
        // A random key of the producer has 16 digits.
        put.data.len() + put.partition_key.as_ref().map_or(16, String::len)
    }

    pub fn hash(&self, serial: Serial, item: &Item) -> u128 {
        let put = &self.all[serial];
        let key = put
            .partition_key
            .as_deref()
            .unwrap_or_else(|| self.made_key(serial, item));
        effective_hash(key, put.explicit_hash_key.as_deref())
    }

    /// The random key of the producer, as it is in an entry.
    fn made_key<'a>(&self, serial: Serial, item: &'a Item) -> &'a str {
        let data = &self.all[serial].data;
        let hash_key = item.explicit_hash_key.as_deref();
        let all = deaggregate(&item.data, &item.partition_key, hash_key);
        all.iter()
            .find(|user| user.data == data)
            .map_or(&item.partition_key, |user| user.partition_key)
    }

    /// The records in an entry, each exactly as it was put, and whether the entry is an aggregate of the producer.
    pub fn unpack(&self, item: &Item) -> (Vec<Serial>, bool) {
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
        let serial = *if data.is_empty() {
            self.by_key.get(key)
        } else {
            self.by_data.get(data)
        }?;
        let put = &self.all[serial];
        let same_key = put.partition_key.as_deref().is_none_or(|own| own == key);
        (same_key && put.explicit_hash_key.as_deref() == hash_key).then_some(serial)
    }
}

//! The shards of a stream with all splits and merges, and with what was stored.

use super::request::{Item, ShardLimit};
use kinesis_edge::api::shard::hash_key;
use kinesis_edge::time::UnixMs;
use serde_json::{Value, json};

pub struct Shards {
    pub all: Vec<Shard>,
    sequence: u128,
}

pub struct Shard {
    pub id: String,
    pub starting: u128,
    pub ending: u128,
    pub open: bool,
    parents: Vec<String>,
    first_sequence: u128,
    last_sequence: u128,
    window: Window,
}

/// Where an entry is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub shard: usize,
    pub shard_id: String,
    pub sequence_number: String,
}

/// What was written in the second from `began`.
#[derive(Default)]
struct Window {
    began: UnixMs,
    records: usize,
    bytes: usize,
}

impl Shards {
    pub fn new(count: usize) -> Self {
        let mut shards = Self {
            all: Vec::new(),
            sequence: FIRST_SEQUENCE,
        };
        let width = u128::MAX / count as u128;
        for index in 0..count {
            let starting = if index == 0 { 0 } else { width * index as u128 + 1 };
            let is_last = index + 1 == count;
            let ending = if is_last {
                u128::MAX
            } else {
                width * (index as u128 + 1)
            };
            shards.open(starting, ending, Vec::new());
        }
        shards
    }

    /// Stores an entry. Returns `None` if its shard is over its limit.
    pub fn store(&mut self, at: UnixMs, item: &Item, limit: Option<ShardLimit>) -> Option<Placed> {
        let hash = effective_hash(&item.partition_key, item.explicit_hash_key.as_deref());
        let index = self.find(hash);
        let shard = &mut self.all[index];
        if let Some(limit) = limit
            && !shard.window.take(at, item.bytes(), limit)
        {
            return None;
        }
        self.sequence += 7;
        shard.last_sequence = self.sequence;
        Some(Placed {
            shard: index,
            shard_id: shard.id.clone(),
            sequence_number: self.sequence.to_string(),
        })
    }

    pub fn find(&self, hash: u128) -> usize {
        self.all
            .iter()
            .position(|shard| shard.open && shard.covers(hash))
            .expect("the open shards cover every hash key")
    }

    /// Splits the open shard that holds a hash key before that key, if possible.
    pub fn split(&mut self, hash: u128) -> bool {
        let index = self.find(hash);
        let (starting, ending) = (self.all[index].starting, self.all[index].ending);
        if starting == hash {
            return false;
        }
        self.all[index].open = false;
        let parent = self.all[index].id.clone();
        self.open(starting, hash - 1, vec![parent.clone()]);
        self.open(hash, ending, vec![parent]);
        true
    }

    /// Merges the open shard that holds a hash key with its right neighbour, if there is one.
    pub fn merge(&mut self, hash: u128) -> bool {
        let left = self.find(hash);
        let Some(first) = self.all[left].ending.checked_add(1) else {
            return false;
        };
        let right = self.find(first);
        let (starting, ending) = (self.all[left].starting, self.all[right].ending);
        self.all[left].open = false;
        self.all[right].open = false;
        let parents = vec![self.all[left].id.clone(), self.all[right].id.clone()];
        self.open(starting, ending, parents);
        true
    }

    /// The shards as `ListShards` returns them, closed ones included.
    pub fn list(&self) -> Vec<Value> {
        self.all.iter().map(Shard::describe).collect()
    }

    fn open(&mut self, starting: u128, ending: u128, parents: Vec<String>) {
        self.sequence += 7;
        self.all.push(Shard {
            id: format!("shardId-{:012}", self.all.len()),
            starting,
            ending,
            open: true,
            parents,
            first_sequence: self.sequence,
            last_sequence: self.sequence,
            window: Window::default(),
        });
    }
}

impl Shard {
    pub fn covers(&self, hash: u128) -> bool {
        (self.starting..=self.ending).contains(&hash)
    }

    fn describe(&self) -> Value {
        let mut shard = json!({
            "ShardId": self.id,
            "HashKeyRange": {
                "StartingHashKey": self.starting.to_string(),
                "EndingHashKey": self.ending.to_string(),
            },
            "SequenceNumberRange": { "StartingSequenceNumber": self.first_sequence.to_string() },
        });
        for (name, parent) in ["ParentShardId", "AdjacentParentShardId"].iter().zip(&self.parents) {
            shard[*name] = json!(parent);
        }
        if !self.open {
            let last = self.last_sequence.to_string();
            shard["SequenceNumberRange"]["EndingSequenceNumber"] = json!(last);
        }
        shard
    }
}

impl Window {
    fn take(&mut self, at: UnixMs, bytes: usize, limit: ShardLimit) -> bool {
        if at - self.began >= 1000 || at < self.began {
            *self = Self {
                began: at,
                records: 0,
                bytes: 0,
            };
        }
        // A record larger than the limit of a second has a second for itself.
        let has_room = self.records < limit.records && (self.bytes == 0 || self.bytes + bytes <= limit.bytes);
        if has_room {
            self.records += 1;
            self.bytes += bytes;
        }
        has_room
    }
}

/// The hash key that selects the shard.
pub fn effective_hash(partition_key: &str, explicit_hash_key: Option<&str>) -> u128 {
    explicit_hash_key.map_or_else(|| hash_key(partition_key), |key| key.parse().expect("a hash key"))
}

/// The sequence numbers of AWS have 56 digits. These have fewer.
const FIRST_SEQUENCE: u128 = 49_000_000_000_000_000_000_000_000_000;

//! From a record to an entry of the queue.

use crate::api::shard::{deciding_hash_key, hash_key};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::options::Aggregation;

impl Producer {
    /// Finds the place of a record: a lane, an aggregate, or the wait for the list of shards.
    pub(super) fn route(&mut self, mut entry: Entry) {
        let is_off = self.options.aggregation == Aggregation::Off;
        let is_refused = self.shards.is_refused();
        let record = entry.record();
        if self.options.aggregation == Aggregation::Shard && !is_refused {
            let Some(shard) = self.shards.shard_of(deciding_hash_key(&record)) else {
                self.unrouted.push_back(entry);
                return;
            };
            (entry.lane, entry.by_shard) = (shard, true);
        } else if !is_off || self.options.ordered {
            let same = matches!(&self.last_lane, Some((key, _)) if key == record.partition_key);
            if !same {
                let key = record.partition_key.to_owned();
                self.last_lane = Some((key, hash_key(record.partition_key)));
            }
            entry.lane = self.last_lane.as_ref().map_or(0, |(_, lane)| *lane);
        }
        if is_off || is_refused {
            self.enter(entry);
            return;
        }
        let mut done = Vec::new();
        self.collector.add(entry, &mut done);
        for entry in done {
            self.enter(entry);
        }
    }

    /// Where order is promised an entry waits for those of its lane.
    pub(super) fn enter(&mut self, entry: Entry) {
        let let_through = if self.options.ordered {
            self.lanes.enter(entry)
        } else {
            Some(entry)
        };
        if let Some(entry) = let_through {
            self.queue.push(entry);
        }
    }

    pub(super) fn close_aggregates(&mut self) {
        let mut done = Vec::new();
        self.collector.close_all(&mut done);
        for entry in done {
            self.enter(entry);
        }
    }

    /// Gives records that wait for the list of shards a place without it.
    pub(super) fn route_all_by_key(&mut self) {
        if self.unrouted.is_empty() {
            return;
        }
        self.lanes.raise_barrier();
        let mut unrouted = core::mem::take(&mut self.unrouted);
        while let Some(mut entry) = unrouted.pop_front() {
            entry.lane = hash_key(entry.record().partition_key);
            self.enter(entry);
        }
        if !self.shards.is_refused() {
            // The next ones may be routed by shard.
            self.lanes.raise_barrier();
        }
    }

    /// Lanes and aggregates are cut by shard: what is not under way is cut anew.
    pub(super) fn remake(&mut self) {
        self.close_aggregates();
        if self.options.ordered {
            self.lanes.raise_barrier();
            return;
        }
        for entry in self.queue.take_fresh() {
            if !entry.by_shard {
                self.queue.push(entry);
                continue;
            }
            entry.for_each_record(&mut |one| self.route(one));
        }
    }
}

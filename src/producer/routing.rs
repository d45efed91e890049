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
        for entry in complete {
            self.enqueue(entry);
        }
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

    /// Moves all open aggregates into the send queue.
    pub(super) fn close_aggregates(&mut self) {
        let mut complete = Vec::new();
        self.aggregator.close_all(&mut complete);
        for entry in complete {
            self.enqueue(entry);
        }
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

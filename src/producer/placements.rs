//! Placements: whether the shard that stored an entry will deliver it to consumers.

use crate::api::shard::{Range, deciding_hash_key};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::settlement::Placement;
use crate::producer::shard_listing::LISTING_INTERVAL_MS;
use crate::producer::shard_map::ShardLookup;
use crate::time::UnixMs;

impl Producer {
    /// Settles a stored entry, or sends its records again, each as an entry of its own. The KCL drops an aggregate that
    /// it reads from a shard whose range does not cover all of its records, so such an aggregate counts as not
    /// delivered. `list_at` is the earliest time for a new list of shards, if the shard is unknown.
    pub(super) fn check_placement(&mut self, list_at: UnixMs, entry: Entry, placement: Placement) {
        if !entry.is_routed_by_shard {
            self.settle(entry, Ok(placement));
            return;
        }
        let mut found = self.shards.lookup(&placement.shard_id);
        // Shards that are split or merged get new names. If the last list has the shard, the shards are not listed
        // again, even where the entry was routed to another shard: it was routed by an older list.
        if found == ShardLookup::Unknown {
            self.shards.mark_stale(list_at);
            found = self.shards.lookup(&placement.shard_id);
        }
        match found {
            _ if !entry.is_aggregate => self.settle(entry, Ok(placement)),
            ShardLookup::Listed(range) if covers(range, &entry) => self.settle(entry, Ok(placement)),
            // `Unknown` here: the shards may not be listed, so that nothing says what the shard covers.
            ShardLookup::Listed(_) | ShardLookup::Unknown => self.split(&entry),
            ShardLookup::AwaitingList => self.pending_placements.push((entry, placement)),
        }
    }

    /// Decides on the entries that waited for a list of shards.
    pub(super) fn resolve_placements(&mut self, now: UnixMs) {
        for (entry, placement) in core::mem::take(&mut self.pending_placements) {
            // If the list lacks a shard that a response has named, it is too old. Another list at once would be as old.
            self.check_placement(now + LISTING_INTERVAL_MS, entry, placement);
        }
    }

    /// Replaces an aggregate with its user records, each as an entry of its own.
    pub(super) fn split(&mut self, entry: &Entry) {
        let mut singles = Vec::new();
        entry.for_each_record(&mut |mut one| {
            one.group_key = entry.group_key;
            one.last_error.clone_from(&entry.last_error);
            singles.push(one);
        });
        if self.options.ordered {
            singles = self.key_queues.replace(entry.group_key, singles);
        }
        self.queue.push_all_ahead(singles);
    }
}

/// Whether a shard covers the hash keys of all records of an aggregate.
fn covers(range: Range, entry: &Entry) -> bool {
    let mut all = true;
    entry.for_each_record(&mut |one| {
        let hash = deciding_hash_key(&one.record());
        all &= (range.starting..=range.ending).contains(&hash);
    });
    all
}

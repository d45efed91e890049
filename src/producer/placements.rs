//! Whether a stored entry reaches its consumers.

use crate::api::shard::{Range, deciding_hash_key};
use crate::producer::Producer;
use crate::producer::entry::Entry;
use crate::producer::record_account::Landed;
use crate::producer::shard_listing::SHARDS_AGAIN_MS;
use crate::producer::shard_map::Known;
use crate::time::UnixMs;

impl Producer {
    /// Whether an entry that was stored will reach its consumers. The KCL drops an aggregate that it finds on a shard that does
    /// not cover all of it, so such a one counts as not delivered, and its records are sent one by one.
    /// `list_at` is when the shards may be listed for it.
    pub(super) fn check_landing(&mut self, list_at: UnixMs, entry: Entry, landed: Landed) {
        if !entry.by_shard {
            self.settle(entry, Ok(landed));
            return;
        }
        let mut known = self.shards.known(&landed.shard_id);
        // Shards that are split or merged get new names. One that is in the list, though not where the entry was sent, tells
        // nothing new: the entry is older than the list.
        if known == Known::Never {
            self.shards.distrust(list_at);
            known = self.shards.known(&landed.shard_id);
        }
        match known {
            _ if !entry.is_aggregate => self.settle(entry, Ok(landed)),
            Known::Range(range) if covers(range, &entry) => self.settle(entry, Ok(landed)),
            Known::Range(_) | Known::Never => self.split(&entry),
            Known::NotYet => self.held.push((entry, landed)),
        }
    }

    /// The shards were listed, or will never be: decides on what waited for it.
    pub(super) fn judge_held(&mut self, now: UnixMs) {
        for (entry, landed) in core::mem::take(&mut self.held) {
            // A list that lacks a shard which has answered was made too early: another at once would be like it.
            self.check_landing(now + SHARDS_AGAIN_MS, entry, landed);
        }
    }

    /// Puts the user records of an aggregate in its place.
    pub(super) fn split(&mut self, entry: &Entry) {
        let mut singles = Vec::new();
        entry.for_each_record(&mut |mut one| {
            one.lane = entry.lane;
            one.last_error.clone_from(&entry.last_error);
            singles.push(one);
        });
        if self.options.ordered {
            singles = self.lanes.replace(entry.lane, singles);
        }
        for one in singles {
            self.queue.put_back(one);
        }
    }
}

/// Whether every record of an aggregate hashes into a shard's range.
fn covers(range: Range, entry: &Entry) -> bool {
    let mut all = true;
    entry.for_each_record(&mut |one| {
        let hash = deciding_hash_key(&one.record());
        all &= (range.starting..=range.ending).contains(&hash);
    });
    all
}

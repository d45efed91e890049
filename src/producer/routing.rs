//! Where records go: lanes, aggregates, shards; and what to do when they landed elsewhere.

use super::{Producer, Step};
use crate::api::encoding::as_json;
use crate::api::response::Answer;
use crate::api::results::read_shards;
use crate::api::shard::{Range, deciding_hash_key, hash_key};
use crate::api::{self, Stream};
use crate::client::clock::UnixMs;
use crate::producer::entry::Entry;
use crate::producer::in_flight::{Cargo, Flight};
use crate::producer::options::{Aggregation, Options};
use crate::producer::record_account::Landed;
use crate::producer::shard_map::Known;

/// A list of shards that goes on.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) request: api::Request,
    pub(super) shards: Vec<(String, Range)>,
}

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

    pub(super) fn needs_shards(&self) -> bool {
        self.options.aggregation == Aggregation::Shard && self.ledger.buffered_records() > 0
    }

    pub(super) fn wants_shards(&self, now: UnixMs) -> bool {
        self.listing.is_some() || self.needs_shards() && self.shards.wants_listing(now)
    }

    pub(super) fn list_shards(&mut self, now: UnixMs) -> Option<Step> {
        if let Some(Listing { request, shards }) = self.listing.take() {
            return self.take_off(now, request, Cargo::Shards(shards), false);
        }
        let Options {
            stream_name,
            stream_arn,
            ..
        } = &self.options;
        let stream = Stream::new(stream_name.as_deref(), stream_arn.as_deref()).ok()?;
        let request = api::list_shards(stream, self.client.encoding);
        self.shards.handle_listing();
        self.take_off(now, request, Cargo::Shards(Vec::new()), false)
    }

    pub(super) fn read_shards(&mut self, now: UnixMs, flight: Flight, answer: Answer) {
        let Cargo::Shards(mut shards) = flight.cargo else {
            return;
        };
        let Ok(mut page) = read_shards(&as_json(answer.body)) else {
            self.shards.handle_failure(now + SHARDS_AGAIN_MS);
            return;
        };
        shards.append(&mut page.shards);
        if let Some(token) = page.next_token.filter(|_| shards.len() < SHARDS_MAX) {
            let arn = flight.request.stream_arn.as_deref();
            self.listing = Some(Listing {
                request: api::list_shards_next(arn, &token, self.client.encoding),
                shards,
            });
            return;
        }
        let changed = self.shards.handle_list(shards);
        if changed {
            self.remake();
        }
        let mut unrouted = core::mem::take(&mut self.unrouted);
        while let Some(entry) = unrouted.pop_front() {
            self.route(entry);
        }
        self.due.get_or_insert(now);
        self.judge_held(now);
    }

    /// Lanes and aggregates are cut by shard: what is not under way is cut anew.
    fn remake(&mut self) {
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

/// Between two tries to list the shards.
const SHARDS_AGAIN_MS: i64 = 1000;
/// More than any stream has.
const SHARDS_MAX: usize = 100_000;

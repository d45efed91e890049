//! Where records go: lanes, aggregates, shards; and what to do when they landed elsewhere.

use super::{Producer, Step};
use crate::aggregate::{UserRecord, deaggregate};
use crate::answer::Answer;
use crate::api::{self, Stream};
use crate::clock::UnixMs;
use crate::collect::{Group, Incoming, key_group, single};
use crate::entry::{Entry, RecordId};
use crate::flight::{Cargo, Flight};
use crate::json::Malformed;
use crate::ledger::Landed;
use crate::online::OnlineMs;
use crate::options::{Aggregation, Options};
use crate::record::Record;
use crate::results::read_shard_ranges;
use crate::shard::{Range, hash_key};
use crate::shard_map::Known;

/// A record that waits for the list of shards.
#[derive(Debug)]
pub(super) struct Unrouted {
    id: RecordId,
    data: Vec<u8>,
    partition_key: String,
    explicit_hash_key: Option<String>,
    pub(super) expires_at: OnlineMs,
}

impl Unrouted {
    fn new(incoming: Incoming) -> Self {
        let Record {
            data,
            partition_key,
            explicit_hash_key,
        } = incoming.record;
        Self {
            id: incoming.id,
            data: data.to_vec(),
            partition_key: partition_key.to_owned(),
            explicit_hash_key: explicit_hash_key.map(str::to_owned),
            expires_at: incoming.expires_at,
        }
    }

    pub(super) fn incoming(&self) -> Incoming<'_> {
        let record = Record {
            data: &self.data,
            partition_key: &self.partition_key,
            explicit_hash_key: self.explicit_hash_key.as_deref(),
        };
        Incoming {
            record,
            id: self.id,
            expires_at: self.expires_at,
            attempts: 0,
        }
    }
}

/// A list of shards that goes on.
#[derive(Debug)]
pub(super) struct Listing {
    request: api::Request,
    pages: Vec<Vec<u8>>,
}

impl Producer {
    /// Finds the place of a record: a lane, an aggregate, or the wait for the list of shards.
    pub(super) fn route(&mut self, incoming: Incoming) {
        let record = &incoming.record;
        let group = match self.options.aggregation {
            Aggregation::Shard if !self.shards.is_refused() => {
                let hash = match key_group(record) {
                    Group::Key(_, Some(explicit)) => explicit,
                    Group::Key(hash, None) | Group::Shard(hash) => hash,
                };
                let Some(shard) = self.shards.shard_of(hash) else {
                    self.unrouted.push_back(Unrouted::new(incoming));
                    return;
                };
                Group::Shard(shard)
            }
            Aggregation::Off if !self.options.ordered => Group::Key(0, None),
            _ => key_group(record),
        };
        if self.options.aggregation == Aggregation::Off || self.shards.is_refused() {
            self.enter(single(incoming, group, self.client.encoding));
            return;
        }
        let mut done = Vec::new();
        if self.options.ordered {
            self.collector.close_others(group, &mut done);
        }
        self.collector.add(group, incoming, &mut done);
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
        for waiting in core::mem::take(&mut self.unrouted) {
            let entry = self.single(&waiting);
            self.enter(entry);
        }
        if !self.shards.is_refused() {
            // The next ones may be routed by shard.
            self.lanes.raise_barrier();
        }
    }

    /// A record that has waited for the list of shards, with a place without it.
    pub(super) fn single(&self, waiting: &Unrouted) -> Entry {
        let incoming = waiting.incoming();
        let group = key_group(&incoming.record);
        single(incoming, group, self.client.encoding)
    }

    pub(super) fn needs_shards(&self) -> bool {
        self.options.aggregation == Aggregation::Shard && self.ledger.buffered_records() > 0
    }

    pub(super) fn wants_shards(&self, now: UnixMs) -> bool {
        self.listing.is_some() || self.needs_shards() && self.shards.wants_listing(now)
    }

    pub(super) fn list_shards(&mut self, now: UnixMs) -> Option<Step> {
        if let Some(Listing { request, pages }) = self.listing.take() {
            return self.take_off(now, request, Cargo::Shards(pages), false);
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
        let Cargo::Shards(mut pages) = flight.cargo else {
            return;
        };
        let Ok(output) = flight.request.read(answer.body) else {
            self.shards.handle_failure(now + SHARDS_AGAIN_MS);
            return;
        };
        pages.push(output.json);
        if let Some(token) = output.next_token.filter(|_| pages.len() < PAGES_MAX) {
            let next = api::list_shards_next(&flight.request, &token);
            self.listing = Some(Listing {
                request: next,
                pages,
            });
            return;
        }
        let list: Result<Vec<Vec<(String, Range)>>, Malformed> =
            pages.iter().map(|page| read_shard_ranges(page)).collect();
        let Ok(list) = list else {
            self.shards.handle_failure(now + SHARDS_AGAIN_MS);
            return;
        };
        let changed = self.shards.handle_list(list.concat());
        if changed {
            self.remake();
        }
        for waiting in core::mem::take(&mut self.unrouted) {
            self.route(waiting.incoming());
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
            if entry.expected_shard.is_none() {
                self.queue.push(entry);
                continue;
            }
            for_each_record(&entry, |incoming| self.route(incoming));
        }
    }

    /// Whether an entry that was stored will reach its consumers. The KCL drops an aggregate that it finds on a shard that does
    /// not cover all of it, so such a one counts as not delivered, and its records are sent one by one.
    /// `list_at` is when the shards may be listed for it.
    pub(super) fn check_landing(&mut self, list_at: UnixMs, entry: Entry, landed: Landed) {
        let Some(expected) = entry.expected_shard else {
            self.settle(entry, Ok(landed));
            return;
        };
        let mut known = self.shards.known(&landed.shard_id);
        if !matches!(known, Known::Range(range) if range.starting == expected && range.open) {
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
        let encoding = self.client.encoding;
        let mut singles = Vec::new();
        for_each_record(entry, |incoming| {
            let mut one = single(incoming, Group::Key(entry.lane, None), encoding);
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
    for_each_record(entry, |incoming| {
        let hash = match key_group(&incoming.record) {
            Group::Key(_, Some(explicit)) => explicit,
            _ => hash_key(incoming.record.partition_key),
        };
        all &= (range.starting..=range.ending).contains(&hash);
    });
    all
}

/// The user records of an entry, as they were put.
fn for_each_record(entry: &Entry, mut visit: impl FnMut(Incoming)) {
    let Ok((data, partition_key, explicit_hash_key)) = api::read_entry(&entry.encoded) else {
        return;
    };
    let hash_key = explicit_hash_key.as_deref();
    let users = if entry.is_aggregate {
        deaggregate(&data, &partition_key, hash_key)
    } else {
        // Its data may be an aggregate that somebody else has made, and is left as it is.
        vec![UserRecord {
            partition_key: &partition_key,
            explicit_hash_key: hash_key,
            data: &data,
            sub_sequence_number: 0,
        }]
    };
    for (user, id) in users.iter().zip(&entry.records) {
        let record = Record {
            data: user.data,
            partition_key: user.partition_key,
            explicit_hash_key: user.explicit_hash_key,
        };
        visit(Incoming {
            record,
            id: *id,
            expires_at: entry.expires_at,
            attempts: entry.attempts,
        });
    }
}

/// Between two tries to list the shards.
const SHARDS_AGAIN_MS: i64 = 1000;
/// A page has up to 1,000 shards: a hundred pages are more than any stream has.
const PAGES_MAX: usize = 100;

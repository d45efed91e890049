//! The shards of the stream as they were last listed, and when to list them again.

use crate::api::shard::{Range, find};
use crate::error::Error;
use crate::producer::entry::FirstHashKey;
use crate::producer::rate_limit::ShardLimit;
use crate::time::UnixMs;

/// The shards as they were last listed, with the rate limit of each.
#[derive(Debug)]
pub struct ShardMap {
    names: Vec<String>,
    ranges: Vec<Range>,
    /// The rate limits, sorted by shard.
    limits: Vec<(FirstHashKey, ShardLimit)>,
    limit_share: f64,
    state: State,
    /// Failures of the list in a row.
    failures: u32,
    /// The error of the last of them.
    last_error: Option<Error>,
}

/// Whether the list is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The shards are to be listed, at this time or later.
    Wanted(UnixMs),
    /// A request for the list is in flight.
    Listing,
    /// No response has named a shard that is missing in the list.
    UpToDate,
    /// The list is not permitted. Each record is an entry by itself, without aggregation, until another list is
    /// requested at this time or later.
    Refused(UnixMs),
    /// The same, while that request is in flight.
    RefusedListing,
}

/// What the list of shards says of a shard's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardLookup {
    /// The shard has this range.
    Listed(Range),
    /// The shard is not in the list, and another list is awaited.
    AwaitingList,
    /// The shard is not in the list, and no other list is awaited.
    Unknown,
}

impl ShardMap {
    /// No list yet. `limit_share` is the share of the write limits that this producer may use.
    #[must_use]
    pub fn new(limit_share: f64) -> Self {
        Self {
            names: Vec::new(),
            ranges: Vec::new(),
            limits: Vec::new(),
            limit_share,
            state: State::Wanted(UnixMs::MIN),
            failures: 0,
            last_error: None,
        }
    }

    /// Whether to list the shards now.
    #[must_use]
    pub fn wants_listing(&self, now: UnixMs) -> bool {
        self.wanted_at().is_some_and(|at| at <= now)
    }

    /// When to list the shards.
    #[must_use]
    pub fn wanted_at(&self) -> Option<UnixMs> {
        match self.state {
            State::Wanted(at) | State::Refused(at) => Some(at),
            _ => None,
        }
    }

    /// A request for the list has started.
    pub fn note_listing_started(&mut self) {
        self.state = if self.is_listing_refused() {
            State::RefusedListing
        } else {
            State::Listing
        };
    }

    /// The failures of the list in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Why the last request for the list has failed.
    #[must_use]
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// The request has failed, and may be repeated at `again_at`.
    pub fn handle_failure(&mut self, again_at: UnixMs, error: Error) {
        self.last_error = Some(error);
        self.failures = self.failures.saturating_add(1);
        self.state = if self.is_listing_refused() {
            State::Refused(again_at)
        } else {
            State::Wanted(again_at)
        };
    }

    /// The list is not permitted. The operator may have changed that at `again_at`.
    pub fn note_listing_refused(&mut self, again_at: UnixMs) {
        self.state = State::Refused(again_at);
    }

    /// Stores a list. Returns whether it differs from the one before.
    pub fn store_list(&mut self, shards: Vec<(String, Range)>) -> bool {
        let (mut names, mut ranges) = (Vec::new(), Vec::new());
        for (name, range) in shards {
            names.push(name);
            ranges.push(range);
        }
        let changed = !self.ranges.is_empty() && self.ranges != ranges;
        (self.failures, self.last_error) = (0, None);
        self.names = names;
        self.ranges = ranges;
        self.state = State::UpToDate;
        let is_open = |shard: FirstHashKey| self.ranges.iter().any(|range| range.open && range.starting == shard);
        self.limits.retain(|(shard, _)| is_open(*shard));
        changed
    }

    /// A response has named a shard that is not in the list: the list is requested again at `list_at` or later.
    pub fn mark_stale(&mut self, list_at: UnixMs) {
        if self.state == State::UpToDate {
            self.state = State::Wanted(list_at);
        }
    }

    /// Whether the list is not permitted.
    #[must_use]
    pub fn is_listing_refused(&self) -> bool {
        matches!(self.state, State::Refused(_) | State::RefusedListing)
    }

    /// The shard that stores records with a hash key.
    #[must_use]
    pub fn shard_of(&self, hash_key: u128) -> Option<FirstHashKey> {
        find(&self.ranges, hash_key).map(|index| self.ranges[index].starting)
    }

    /// Looks up a shard by its name.
    #[must_use]
    pub fn lookup(&self, name: &str) -> ShardLookup {
        let index = self.names.iter().position(|listed| listed == name);
        match (index, self.state) {
            (Some(index), _) => ShardLookup::Listed(self.ranges[index]),
            (None, State::UpToDate | State::Refused(_) | State::RefusedListing) => ShardLookup::Unknown,
            (None, _) => ShardLookup::AwaitingList,
        }
    }

    /// Uses the tokens of a record in the rate limit of its shard.
    ///
    /// # Errors
    /// The time at which there will be enough tokens.
    pub fn reserve_quota(&mut self, shard: FirstHashKey, bytes: usize, now: UnixMs) -> Result<(), UnixMs> {
        let place = self.limits.partition_point(|(other, _)| *other < shard);
        let is_there = self.limits.get(place).is_some_and(|(other, _)| *other == shard);
        if !is_there {
            let limit = ShardLimit::new(self.limit_share, now);
            self.limits.insert(place, (shard, limit));
        }
        self.limits[place].1.take(bytes, now)
    }
}

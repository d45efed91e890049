//! What is known of the stream's shards, and when to distrust it.

use crate::api::shard::{Range, find};
use crate::producer::entry::ShardId;
use crate::producer::rate_limit::ShardLimit;
use crate::time::UnixMs;

/// The shards as they were last listed, with what this producer may write to each.
#[derive(Debug)]
pub struct ShardMap {
    names: Vec<String>,
    ranges: Vec<Range>,
    /// Sorted by shard.
    limits: Vec<(ShardId, ShardLimit)>,
    limit_share: f64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be listed, not before then.
    Wanted(UnixMs),
    Listing,
    Trusted,
    /// Listing is not permitted: do without.
    Refused,
}

/// What a shard is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// This range.
    Range(Range),
    /// Nothing, until the next listing.
    NotYet,
    /// Nothing, and it will stay so.
    Never,
}

impl ShardMap {
    /// Nothing known yet.
    #[must_use]
    pub fn new(limit_share: f64) -> Self {
        Self {
            names: Vec::new(),
            ranges: Vec::new(),
            limits: Vec::new(),
            limit_share,
            state: State::Wanted(UnixMs::MIN),
        }
    }

    /// Whether the shards should be listed now. The caller does so once it was told.
    #[must_use]
    pub fn wants_listing(&self, now: UnixMs) -> bool {
        matches!(self.state, State::Wanted(at) if at <= now)
    }

    /// When the shards should be listed.
    #[must_use]
    pub fn wanted_at(&self) -> Option<UnixMs> {
        match self.state {
            State::Wanted(at) => Some(at),
            _ => None,
        }
    }

    /// A request that lists them is under way.
    pub fn handle_listing(&mut self) {
        self.state = State::Listing;
    }

    /// That request has failed, and may be tried again then.
    pub fn handle_failure(&mut self, again_at: UnixMs) {
        self.state = State::Wanted(again_at);
    }

    /// That request will never succeed.
    pub fn handle_refusal(&mut self) {
        self.state = State::Refused;
    }

    /// They were listed. Returns whether they are others than before.
    pub fn handle_list(&mut self, shards: Vec<(String, Range)>) -> bool {
        let (mut names, mut ranges) = (Vec::new(), Vec::new());
        for (name, range) in shards {
            names.push(name);
            ranges.push(range);
        }
        let changed = !self.ranges.is_empty() && self.ranges != ranges;
        self.names = names;
        self.ranges = ranges;
        self.state = State::Trusted;
        let is_open = |shard: ShardId| self.ranges.iter().any(|range| range.open && range.starting == shard);
        self.limits.retain(|(shard, _)| is_open(*shard));
        changed
    }

    /// An answer named an unexpected shard.
    pub fn distrust(&mut self, now: UnixMs) {
        if self.state == State::Trusted {
            self.state = State::Wanted(now);
        }
    }

    /// Whether records can be routed: the shards were listed once.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Whether there is no hope to know the shards.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.state == State::Refused
    }

    /// The shard that a hash key lands on, by the first hash key of its range.
    #[must_use]
    pub fn shard_of(&self, hash_key: u128) -> Option<ShardId> {
        find(&self.ranges, hash_key).map(|index| self.ranges[index].starting)
    }

    /// What is known of a shard by the name that answers give it.
    #[must_use]
    pub fn known(&self, name: &str) -> Known {
        let index = self.names.iter().position(|known| known == name);
        match (index, self.state) {
            (Some(index), _) => Known::Range(self.ranges[index]),
            (None, State::Trusted | State::Refused) => Known::Never,
            (None, _) => Known::NotYet,
        }
    }

    /// Takes what a record needs of its shard's limits, or tells when to ask again.
    ///
    /// # Errors
    /// The time at which there will be room.
    pub fn take(&mut self, shard: ShardId, bytes: usize, now: UnixMs) -> Result<(), UnixMs> {
        let place = self.limits.partition_point(|(other, _)| *other < shard);
        let is_there = self.limits.get(place).is_some_and(|(other, _)| *other == shard);
        if !is_there {
            let limit = ShardLimit::new(self.limit_share, now);
            self.limits.insert(place, (shard, limit));
        }
        self.limits[place].1.take(bytes, now)
    }
}

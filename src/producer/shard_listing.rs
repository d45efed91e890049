//! The list of shards, page by page.

use crate::api::encoding::as_json;
use crate::api::shard::Range;
use crate::api::shard_page::read_shards;
use crate::api::{self, Response, Stream};
use crate::producer::in_flight::{Cargo, Flight};
use crate::producer::options::{Aggregation, Options};
use crate::producer::{Producer, Step};
use crate::time::UnixMs;

/// A list of shards that goes on.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) request: api::Request,
    pub(super) shards: Vec<(String, Range)>,
}

impl Producer {
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

    pub(super) fn read_shards(&mut self, now: UnixMs, flight: Flight, answer: Response) {
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
}

/// Between two tries to list the shards.
pub(super) const SHARDS_AGAIN_MS: i64 = 1000;
/// More than any stream has.
const SHARDS_MAX: usize = 100_000;

//! The list of shards, page by page.

use crate::api::encoding::as_json;
use crate::api::shard::Range;
use crate::api::shard_page::parse_shard_page;
use crate::api::{self, Request, Response};
use crate::client::retry::{FailureClass, backoff_ms};
use crate::error::Error;
use crate::producer::Producer;
use crate::producer::in_flight::{Purpose, RequestId};
use crate::producer::options::Aggregation;
use crate::time::UnixMs;

/// The next page to request, and the shards of the pages before it.
#[derive(Debug)]
pub(super) struct ShardListing {
    pub(super) request: Request,
    pub(super) shards: Vec<(String, Range)>,
}

impl Producer {
    /// Whether buffered records are aggregated by shard.
    pub(super) fn needs_shards(&self) -> bool {
        self.options.aggregation == Aggregation::Shard && self.account.buffered_records() > 0
    }

    /// Whether to request a page of the list now.
    pub(super) fn wants_shards(&self, now: UnixMs) -> bool {
        self.shard_listing.is_some() || self.needs_shards() && self.shards.wants_listing(now)
    }

    /// Starts the request for the first or the next page.
    pub(super) fn list_shards(&mut self, now: UnixMs) -> Option<RequestId> {
        if let Some(ShardListing { request, shards }) = self.shard_listing.take() {
            return self.start_request(now, request, Purpose::Shards(shards), false);
        }
        let request = api::list_shards(self.options.stream(), self.client.encoding);
        self.shards.handle_listing();
        self.start_request(now, request, Purpose::Shards(Vec::new()), false)
    }

    /// Lists the shards again after a backoff that grows with the failures in a row.
    pub(super) fn retry_listing(&mut self, now: UnixMs, server_wait_ms: Option<u32>, error: &Error) {
        let failures = self.shards.failures();
        let wait_ms = backoff_ms(
            FailureClass::Throttle,
            failures,
            server_wait_ms,
            &mut self.client.random,
        );
        self.shards.handle_failure(now + i64::from(wait_ms), error.clone());
    }

    /// Adds the shards of a page to those of the pages before. After the last one, routes the records that waited for
    /// the list.
    pub(super) fn apply_shard_page(
        &mut self,
        now: UnixMs,
        request: &Request,
        mut shards: Vec<(String, Range)>,
        response: &Response,
    ) {
        let Ok(mut page) = parse_shard_page(&as_json(response.body)) else {
            self.account.stats.requests_failed += 1;
            self.retry_listing(now, None, &response.unreadable_body_error());
            return;
        };
        shards.append(&mut page.shards);
        if let Some(token) = page.next_token.filter(|_| shards.len() < SHARDS_MAX) {
            let arn = request.stream_arn.as_deref();
            self.shard_listing = Some(ShardListing {
                request: api::list_shards_next(arn, &token, self.client.encoding),
                shards,
            });
            return;
        }
        let changed = self.shards.handle_list(shards);
        if changed {
            self.reroute();
        }
        let mut unrouted = core::mem::take(&mut self.unrouted);
        while let Some(entry) = unrouted.pop_front() {
            self.route(entry);
        }
        self.linger_deadline.get_or_insert(now);
        self.resolve_placements(now);
    }
}

/// The least time between two requests for the list of shards.
pub(super) const LISTING_INTERVAL_MS: i64 = 1000;
/// Pages are requested up to this many shards. No stream has more.
const SHARDS_MAX: usize = 100_000;

//! The list of shards, page by page.

use crate::api::encoding::as_json;
use crate::api::shard::Range;
use crate::api::shard_page::parse_shard_page;
use crate::api::{self, Request, Response};
use crate::client::retry::{FailureClass, backoff_ms};
use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::in_flight::{Purpose, RequestId};
use crate::producer::options::Aggregation;
use crate::time::UnixMs;

/// The next page to request, and the shards of the pages before it.
#[derive(Debug)]
pub(super) struct ShardListing {
    pub(super) request: Request,
    pub(super) pages: Pages,
}

/// The pages of a list so far.
#[derive(Debug, Default)]
pub struct Pages {
    /// Their shards.
    shards: Vec<(String, Range)>,
    count: u32,
}

impl Producer {
    /// Whether buffered records are aggregated by shard.
    pub(super) fn needs_shards(&self) -> bool {
        self.options.aggregation == Aggregation::Shard && !self.unsettled.is_empty()
    }

    /// Whether to request a page of the list now.
    pub(super) fn wants_shards(&self, now: UnixMs) -> bool {
        self.needs_shards() && (self.shard_listing.is_some() || self.shards.wants_listing(now))
    }

    /// Starts the request for the first or the next page.
    pub(super) fn list_shards(&mut self, now: UnixMs) -> Option<RequestId> {
        if let Some(ShardListing { request, pages }) = self.shard_listing.take() {
            return self.start_request(now, request, Purpose::Shards(pages), false);
        }
        let request = api::list_shards(self.options.stream(), self.client.encoding);
        self.shards.note_listing_started();
        self.start_request(now, request, Purpose::Shards(Pages::default()), false)
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

    /// Lists the shards again where the last list has none for a record: it was empty or had a gap.
    pub(super) fn list_again_if_unrouted(&mut self, now: UnixMs) {
        if !self.unrouted.is_empty() {
            self.shards.mark_stale(now + MISSING_SHARD_INTERVAL_MS);
        }
    }

    /// The request has succeeded, and its response is of no use.
    fn fail_listing(&mut self, now: UnixMs, error: &Error) {
        self.stats.requests_failed += 1;
        self.failures.add(error.clone());
        self.retry_listing(now, None, error);
    }

    /// Adds the shards of a page to those of the pages before. After the last one, routes the records that waited for
    /// the list.
    pub(super) fn apply_shard_page(&mut self, now: UnixMs, request: &Request, mut pages: Pages, response: &Response) {
        let Ok(mut page) = parse_shard_page(&as_json(response.body)) else {
            self.fail_listing(now, &response.unreadable_body_error());
            return;
        };
        pages.shards.append(&mut page.shards);
        pages.count += 1;
        if let Some(token) = page.next_token {
            if pages.count == PAGES_MAX {
                let message = "the list of shards has no end";
                self.fail_listing(now, &Error::new(Code::Service, message));
                return;
            }
            let arn = request.stream_arn.as_deref();
            self.shard_listing = Some(ShardListing {
                request: api::list_shards_next(arn, &token, self.client.encoding),
                pages,
            });
            return;
        }
        // While lists were refused, records of the same partition keys were routed without one.
        let was_refused = self.shards.is_listing_refused();
        let has_changed = self.shards.store_list(pages.shards);
        if was_refused || has_changed {
            self.reroute();
        }
        let mut unrouted = core::mem::take(&mut self.unrouted);
        while let Some(entry) = unrouted.pop_front() {
            self.route(entry);
        }
        self.list_again_if_unrouted(now);
        // They have waited for the list, and are due at once.
        self.linger_deadline.get_or_insert(now);
        self.resolve_placements(now);
    }
}

/// How long the producer waits for another list where a new one lacks a shard that has stored a record.
pub(super) const LISTING_INTERVAL_MS: i64 = 1000;
/// How long the producer waits for another list where the last one has no shard for a record.
const MISSING_SHARD_INTERVAL_MS: i64 = 10_000;
/// How long the producer does without a list that is not permitted. An operator repairs a policy within minutes.
pub(super) const REFUSED_LISTING_INTERVAL_MS: i64 = 300_000;
/// A page has up to 1,000 shards: a hundred pages are more than any stream has.
const PAGES_MAX: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::Step;
    use crate::producer::options::Options;
    use crate::producer::testing::{NOW, next_request, options, producer, put, respond};

    const ALL: &str = r#"{"ShardId":"s","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"},"SequenceNumberRange":{"StartingSequenceNumber":"1"}}"#;

    fn by_shard(ordered: bool) -> Producer {
        producer(Options {
            aggregation: Aggregation::Shard,
            ordered,
            ..options()
        })
    }

    /// The records of the next request.
    fn sent(producer: &mut Producer, now: UnixMs) -> (RequestId, usize) {
        let id = next_request(producer, now);
        let body = String::from_utf8(producer.body(id).unwrap().to_vec()).unwrap();
        producer.sign(id, now, None).unwrap();
        (id, body.matches("PartitionKey").count())
    }

    #[test]
    fn a_list_that_is_not_permitted_is_requested_again_after_some_minutes() {
        for ordered in [false, true] {
            let mut producer = by_shard(ordered);
            put(&mut producer, NOW, b"a", "key");
            put(&mut producer, NOW, b"b", "other");
            let id = next_request(&mut producer, NOW);
            producer.sign(id, NOW, None).unwrap();
            respond(&mut producer, NOW, id, 400, r#"{"__type":"AccessDeniedException"}"#);
            let stored = r#"{"ShardId":"s","SequenceNumber":"1"}"#;
            let (id, count) = sent(&mut producer, NOW);
            assert_eq!(count, 2, "an entry for each record");
            respond(
                &mut producer,
                NOW,
                id,
                200,
                &format!(r#"{{"Records":[{stored},{stored}]}}"#),
            );
            let now = NOW + REFUSED_LISTING_INTERVAL_MS;
            put(&mut producer, now - 1000, b"c", "key");
            let (before, count) = sent(&mut producer, now - 1000);
            assert_eq!(count, 1);
            // Until the list is there, a record goes without it, also where the list fails for another reason.
            let (list, _) = sent(&mut producer, now);
            respond(&mut producer, now, list, 500, "");
            let Step::Wait(now) = producer.poll(now) else {
                panic!("the list waits for its backoff");
            };
            let (list, _) = sent(&mut producer, now);
            put(&mut producer, now, b"f", "third");
            let (alone, count) = sent(&mut producer, now);
            assert_eq!(count, 1);
            respond(&mut producer, now, list, 200, &format!(r#"{{"Shards":[{ALL}]}}"#));
            put(&mut producer, now, b"d", "key");
            put(&mut producer, now, b"e", "other");
            if ordered {
                for id in [before, alone] {
                    let step = producer.poll(now);
                    assert!(
                        matches!(step, Step::Wait(_) | Step::Settled(_)),
                        "records before them are in flight"
                    );
                    respond(&mut producer, now, id, 200, &format!(r#"{{"Records":[{stored}]}}"#));
                }
            }
            let (_, count) = sent(&mut producer, now);
            assert_eq!(count, 1, "an aggregate");
        }
    }

    #[test]
    fn a_list_without_a_shard_for_a_record_is_requested_again() {
        let mut producer = by_shard(false);
        put(&mut producer, NOW, b"a", "key");
        let mut now = NOW;
        for shards in ["", "", ALL] {
            let id = next_request(&mut producer, now);
            producer.sign(id, now, None).unwrap();
            respond(&mut producer, now, id, 200, &format!(r#"{{"Shards":[{shards}]}}"#));
            if shards.is_empty() {
                assert_eq!(producer.poll(now), Step::Wait(now + MISSING_SHARD_INTERVAL_MS));
                // A record that is put meanwhile changes nothing.
                put(&mut producer, now + 1, b"b", "key");
                now += MISSING_SHARD_INTERVAL_MS;
            }
        }
        let id = next_request(&mut producer, now);
        assert!(String::from_utf8_lossy(producer.body(id).unwrap()).contains("PartitionKey"));
        assert!(producer.unrouted.is_empty());
    }
}

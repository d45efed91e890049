//! The plan of a seed: the options of a producer, its work, and the faults.

use super::kinesis::STREAM;
use super::random_choices::RandomChoices;
use super::request::{Limits, ShardLimit};
use kinesis_edge::api;
use kinesis_edge::api::encoding::Encoding;
use kinesis_edge::producer::options::{Aggregation, Options};

pub struct Plan {
    pub options: Options,
    /// The encoding of requests and responses.
    pub encoding: Encoding,
    /// Whether arrays and maps of a response in CBOR begin with their count.
    pub with_counts: bool,
    pub limits: Limits,
    pub shards: usize,
    /// The number of shards in one page of their list.
    pub page: usize,
    pub may_list: bool,
    pub work: Work,
    pub faults: Faults,
    /// The most bytes of the bodies of all keepalive requests together.
    pub keepalive_bytes: usize,
}

pub struct Work {
    pub puts: usize,
    pub keys: usize,
    pub data_bytes_max: usize,
    /// How many of 1000 records have an explicit hash key.
    pub hash_keys: u32,
    /// All puts, flushes and faults are in this time.
    pub lasts_ms: i64,
    /// The number of moments around which all events are; with 0 they are at any time.
    pub bursts: i64,
    pub flushes: usize,
    pub keepalives: usize,
}

/// Chances are per 1000 requests, entries or calls of the provider.
pub struct Faults {
    pub request_lost: u32,
    pub response_lost: u32,
    pub response_broken_off: u32,
    pub response_garbled: u32,
    pub slow: u32,
    pub server_error: u32,
    /// A server error after the server has executed the request.
    pub server_error_late: u32,
    pub request_throttled: u32,
    /// A refusal that no entry is at fault for, and whose cause is not repaired.
    pub request_refused: u32,
    /// A refusal whose cause the operator repairs before the next request.
    pub operator_error: u32,
    /// Records that Kinesis refuses whole requests for.
    pub poisoned: u32,
    pub entry_throttled: u32,
    pub entry_failed: u32,
    /// A response to `PutRecords` has no `FailedRecordCount`, or null.
    pub count_missing: u32,
    /// The host is terminated and does not report the time-out.
    pub host_dies: u32,
    /// The credentials are refused between the poll for a request and its signature.
    pub credentials_vanish: u32,
    pub provider_fails: u32,
    pub provider_slow: u32,
    /// The provider never answers.
    pub provider_silent: u32,
    /// The provider returns the same credentials again.
    pub provider_stale: u32,
    pub token_life_ms: i64,
    pub reports_expiration: bool,
    pub hides_date: bool,
    pub skew_ms: i64,
    pub clock_jumps: usize,
    /// Times in which every request is refused, until the operator has repaired the cause.
    pub operator_errors: usize,
    pub reshards: usize,
    pub offlines: usize,
    pub reloads: usize,
}

impl Plan {
    pub fn new(choices: &mut RandomChoices, seed: u64) -> Self {
        let mut options = options(choices);
        draw_others(&mut options, &mut RandomChoices::new(!seed));
        let limits = Limits {
            record_bytes: options.limits.record_bytes_max,
            request_bytes: options.limits.request_bytes_max,
            shard: choices.chance(600).then(|| shard_limit(choices)),
        };
        let mut plan = Self {
            encoding: choices.pick(&[Encoding::Json, Encoding::Cbor]),
            with_counts: choices.chance(500),
            limits,
            shards: choices.size(1, 5),
            page: choices.pick(&[1, 2, 1000]),
            may_list: !choices.chance(100),
            work: work(choices, &options),
            faults: faults(choices),
            keepalive_bytes: choices.pick(&[900, 4000, 65_536]),
            options,
        };
        if choices.chance(200) {
            plan.reshard_often();
        }
        plan
    }

    /// Order is hardest to keep while the shards change and records fail.
    fn reshard_often(&mut self) {
        let options = &mut self.options;
        options.aggregation = Aggregation::Shard;
        options.ordered = true;
        options.linger_ms = 10;
        options.aggregate_bytes_max = 300;
        options.buffer_bytes_max = 40_000;
        options.buffer_records_max = 1000;
        options.record_attempts_max = 30;
        options.record_ttl_ms = 300_000;
        options.shard_rate_limit = f64::INFINITY;
        self.may_list = true;
        (self.work.puts, self.work.keys, self.work.data_bytes_max) = (150, 20, 100);
        (self.work.lasts_ms, self.work.bursts) = (3000, 0);
        (self.faults.reshards, self.faults.entry_failed) = (8, 200);
    }
}

fn options(choices: &mut RandomChoices) -> Options {
    let aggregation = choices.pick(&[
        Aggregation::Off,
        Aggregation::Key,
        Aggregation::Shard,
        Aggregation::Shard,
    ]);
    let aggregate_bytes_max = choices.pick(&[1, 60, 300, 1000, 1000]);
    let record_bytes_max = 1024 + 1000 + choices.size(0, 1000);
    let request_bytes_max = record_bytes_max + choices.size(0, 6000);
    Options {
        stream_name: Some(STREAM.to_owned()),
        aggregation,
        ordered: choices.chance(500),
        linger_ms: choices.pick(&[0, 10, 100, 1000]),
        limits: api::Limits {
            record_bytes_max,
            request_bytes_max,
        },
        request_records_max: choices.pick(&[1, 2, 7, 50, 500]),
        aggregate_bytes_max,
        requests_in_flight_max: choices.size(1, 5),
        buffer_bytes_max: record_bytes_max + choices.size(0, 40_000),
        buffer_records_max: choices.pick(&[1, 50, 1000, 1000]),
        record_attempts_max: choices.pick(&[1, 3, 30, 30]),
        record_ttl_ms: choices.pick(&[300, 5000, 300_000, 300_000]),
        request_timeout_ms: choices.pick(&[500, 3000, 10_000]),
        retries_operator_errors: choices.chance(300),
        shard_rate_limit: choices.pick(&[0.01, 1.5, f64::INFINITY]),
        ..Options::default()
    }
}

/// The options that are numbers and that `options` draws.
const DRAWN: [&str; 10] = [
    "lingerMs",
    "requestRecordsMax",
    "aggregateBytesMax",
    "requestsInFlightMax",
    "bufferBytesMax",
    "bufferRecordsMax",
    "recordAttemptsMax",
    "recordTtlMs",
    "requestTimeoutMs",
    "shardRateLimit",
];

/// Draws each other option that is a number: its default, a quarter of it, or 1. The choices are of a source of their own,
/// so that a new option changes no choice of a known seed.
fn draw_others(options: &mut Options, choices: &mut RandomChoices) {
    options.map_numbers(|name, value| {
        if DRAWN.contains(&name) {
            return value;
        }
        choices.pick(&[value, (value / 4.0).ceil(), 1.0])
    });
}

fn shard_limit(choices: &mut RandomChoices) -> ShardLimit {
    ShardLimit {
        records: choices.pick(&[5, 30, 1000]),
        bytes: choices.pick(&[4000, 20_000, 1024 * 1024]),
    }
}

fn work(choices: &mut RandomChoices, options: &Options) -> Work {
    Work {
        puts: choices.size(1, 150),
        keys: choices.pick(&[1, 3, 20, 200]),
        data_bytes_max: choices.pick(&[20, 200, options.limits.record_bytes_max - 1024]),
        hash_keys: choices.pick(&[0, 0, 200]),
        lasts_ms: choices.pick(&[100, 3000, 30_000, 600_000]),
        bursts: choices.pick(&[0, 1, 3]),
        flushes: choices.size(0, 4),
        keepalives: choices.pick(&[0, 0, 1, 4]),
    }
}

/// Each fault is absent in some seeds, so that none hides another.
fn faults(choices: &mut RandomChoices) -> Faults {
    let rates = [0, 0, 20, 200];
    Faults {
        request_lost: choices.pick(&rates),
        response_lost: choices.pick(&rates),
        response_broken_off: choices.pick(&rates),
        response_garbled: choices.pick(&rates),
        slow: choices.pick(&rates),
        server_error: choices.pick(&rates),
        server_error_late: choices.pick(&rates),
        request_throttled: choices.pick(&rates),
        request_refused: choices.pick(&[0, 0, 0, 50]),
        operator_error: choices.pick(&[0, 0, 0, 50]),
        poisoned: choices.pick(&[0, 0, 20, 200]),
        entry_throttled: choices.pick(&rates),
        entry_failed: choices.pick(&rates),
        count_missing: choices.pick(&[0, 0, 500, 1000]),
        host_dies: choices.pick(&[0, 500, 900]),
        credentials_vanish: choices.pick(&rates),
        provider_fails: choices.pick(&[0, 0, 300, 900]),
        provider_slow: choices.pick(&rates),
        provider_silent: choices.pick(&[0, 0, 200, 700]),
        provider_stale: choices.pick(&[0, 0, 300]),
        token_life_ms: choices.pick(&[2000, 60_000, 3_600_000]),
        reports_expiration: choices.chance(700),
        hides_date: choices.chance(300),
        skew_ms: choices.pick(&[0, 0, 1]) * choices.between(-90_000_000, 90_000_000),
        clock_jumps: choices.pick(&[0, 0, 1, 3]),
        operator_errors: choices.pick(&[0, 0, 1, 3]),
        reshards: choices.pick(&[0, 1, 3, 8]),
        offlines: choices.pick(&[0, 0, 1, 3]),
        reloads: choices.pick(&[0, 0, 1, 2]),
    }
}

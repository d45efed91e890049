//! The main test of the producer: many seeds, each with faults, against a simulated Kinesis. Every run checks all
//! promises.
//!
//! A failing run prints its seed. To print everything that happens in it:
//! `SEED=123 cargo test --test simulation replay -- --nocapture`. More seeds: `SEEDS=100000 cargo test --release --test simulation`.

mod simulation {
    pub mod cbor;
    pub mod connection;
    pub mod faults;
    pub mod http_date;
    pub mod invariants;
    pub mod kinesis;
    pub mod plan;
    pub mod provider;
    pub mod random_choices;
    pub mod records;
    pub mod refusals;
    pub mod request;
    pub mod script;
    pub mod server;
    pub mod shards;
    pub mod small;
    pub mod traffic;
    pub mod transcript;
    pub mod work;
    pub mod world;
}

use kinesis_edge::api::encoding::Encoding;
use kinesis_edge::producer::options::Aggregation;
use simulation::world::World;
use simulation::{script, small};
use std::env;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

#[test]
fn every_promise_holds_for_every_seed() {
    let first = number("FIRST_SEED", 0);
    let last = first + number("SEEDS", SEEDS);
    let next = AtomicU64::new(first);
    let failures = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= last || failures.load(Ordering::Relaxed) >= number("FAILURES", FAILURES_MAX) {
                        return;
                    }
                    if catch_unwind(|| World::new(seed, false).run()).is_err() {
                        failures.fetch_add(1, Ordering::Relaxed);
                        eprintln!(
                            "seed {seed} fails: SEED={seed} cargo test --test simulation replay -- --nocapture\n"
                        );
                    }
                }
            });
        }
    });
    let failures = failures.into_inner();
    assert!(failures == 0, "{failures} seeds fail, each named above");
}

#[test]
fn a_seed_gives_the_same_transcript_twice() {
    for seed in 0..50 {
        let hash = World::new(seed, false).run();
        assert_eq!(hash, World::new(seed, false).run(), "seed {seed}");
    }
}

#[test]
fn every_promise_holds_on_every_path_of_three_records() {
    thread::scope(|scope| {
        for aggregation in [Aggregation::Off, Aggregation::Key] {
            for ordered in [false, true] {
                scope.spawn(move || {
                    let cases = [(1, Encoding::Json), (3, Encoding::Json), (3, Encoding::Cbor)];
                    for (request_records_max, encoding) in cases {
                        let options = small::options(aggregation, ordered, request_records_max);
                        let runs = small::run_all(&options, encoding, DEPTH);
                        assert!(runs > 1000, "{runs} runs are not all");
                    }
                });
            }
        }
    });
}

#[test]
fn the_simulated_kinesis_follows_the_script() {
    for encoding in [Encoding::Json, Encoding::Cbor] {
        script::run(encoding);
    }
}

#[test]
fn replay() {
    if env::var("SEED").is_ok() {
        World::new(number("SEED", 0), true).run();
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

const SEEDS: u64 = 2000;
/// How many choices have all of their branches tried.
const DEPTH: usize = 8;
/// The run stops after this many failures.
const FAILURES_MAX: u64 = 8;

//! Records into Amazon Kinesis Data Streams, from a browser tab, a Cloudflare Worker or Node.
//!
//! This crate is the core of the npm package `kinesis-edge`. It checks, encodes and signs requests, reads responses and
//! decides what happens next; the JavaScript around it sends the requests with the host's `fetch`.
//!
//! # The folders
//! Each folder may use those below it and the shared modules [`error`], [`random`], `text` and [`time`];
//! `tests/architecture.rs` checks that.
//!
//! ```text
//!   bindings   the classes and functions that JavaScript sees; the only folder that knows the host
//!   producer   many records: batching, retries, order, aggregation, limits, settlement
//!   client     one call: credentials, clock offset, retries
//!   api        the Kinesis API: operations, records, JSON and CBOR, responses, shards, endpoints
//!   sigv4      Signature Version 4
//! ```
//!
//! # The path of a record
//! This is the part of the path in the core. `CONTRIBUTING.md` has all of it, with the file and the function of each
//! step, from `put` in JavaScript by way of `fetch` to the promise.
//!
//! ```text
//!   put ──► PackedRecord ──► UnsettledRecords       is there room in the buffer?      producer/unsettled_records.rs
//!             │
//!             ▼
//!           route ──► Aggregator                with `aggregation`: an aggregate   producer/aggregator.rs
//!             │          │
//!             ▼          ▼
//!           KeyQueues ──► SendQueue             with `ordering`: one entry per key producer/ordering.rs, send_queue.rs
//!                           │
//!           poll ──────────►│
//!                           ▼
//!           BatchBuilder ──► InFlightRequest    entries become a request           producer/sending.rs
//!                               │
//!           sign ──────────────►│               signed, and sent by the host       client/client.rs, sigv4/
//!                               ▼
//!           handle_response, handle_failure     results of the entries             producer/responses.rs
//!             │         │
//!             │         └──► retry ──► SendQueue, again                            producer/retries.rs
//!             ▼
//!           check_placement ──► settle ──► Step::Settled(SettlementReport)         producer/placements.rs
//! ```
//!
//! A single call ([`Call`](client::call::Call)) takes the same steps with one request: `poll`, `sign`,
//! `handle_response`.
//!
//! # The loop contract
//! The core is a function of its inputs: it has no clock, no randomness, no I/O and no async. Time comes in as `now` on
//! each call, randomness as one seed. After every call that changes a state machine, poll it until it returns `Wait` or
//! `Done`; after a put only where `wants_poll` says so. Between two polls nothing happens by itself. So every run can
//! be repeated from its seed.
//!
//! ```text
//!   poll(now) ──► Send ─────────► fetch ──► handle_response, handle_failure
//!             ──► AskCredentials ──► the provider ──► handle_credentials
//!             ──► Settled, Done:  results
//!             ──► Wait(until) ──► a timer, then poll
//! ```

#[cfg(feature = "requests")]
pub mod api;
pub mod bindings;
#[cfg(feature = "requests")]
pub mod client;
pub mod error;
#[cfg(feature = "producer")]
pub mod producer;
pub mod random;
pub mod sigv4;
mod text;
pub mod time;

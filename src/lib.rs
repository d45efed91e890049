//! Records into Amazon Kinesis Data Streams, from a browser tab, a Cloudflare Worker or Node.
//!
//! This crate is the core of the npm package `kinesis-edge`. It checks, encodes and signs requests, reads answers and decides
//! what happens next; the JavaScript around it sends them with the host's `fetch`.
//!
//! ```text
//!   one call:  put_record, put_records …          many records:  put, flush
//!                      │                                          │
//!                 api (bytes)                      collect (aggregates) ── lanes (order)
//!                      │                                          │
//!                      ▼                                          ▼
//!                    Call ◄── Client: endpoint,               Producer ── queue, ledger, shard_map, online
//!                      │      credentials, clock,                 │
//!                      │      signing key ───────────────────────►│
//!                      ▼                                          ▼
//!                  poll(now) ──► Send ──► fetch ──► handle_response, handle_failure
//!                            ──► Credentials ─────► handle_credentials
//!                            ──► Settled, Done: results
//!                            ──► Wait(until) ─────► a timer, then poll
//! ```
//!
//! JavaScript sees [`Client`](bindings::Client), [`Call`](bindings::Call), [`RecordBatch`](bindings::RecordBatch) and
//! [`Producer`](bindings::Producer), with [`CallStep`](bindings::CallStep) and [`ProducerStep`](bindings::ProducerStep), and the
//! functions of [`bindings`].
//!
//! # The loop contract
//! The core is a function of its inputs: it has no clock, no randomness, no I/O and no async. Time comes in as `now` on each
//! call, randomness as one seed. After every call that changes a machine, poll it until it says `Wait` or `Done`; between two
//! polls nothing happens by itself. So every run can be replayed.

pub mod api;
pub mod bindings;
pub mod client;
pub mod error;
pub mod producer;
pub mod random;
pub mod sigv4;
mod text;
pub mod time;

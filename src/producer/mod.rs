//! Many records: batching, retries, order, aggregation, limits and settlement as one state machine without I/O.
//!
//! [`Producer`] owns a [`Client`](crate::client::Client) and decides which records go into which request, and when.
//!
//! Its methods are in several files, each with an `impl Producer` for one of its tasks: `producer.rs` (put, poll),
//! `routing.rs`, `sending.rs`, `responses.rs`, `retries.rs`, `settlement.rs`, `placements.rs`, `shard_listing.rs`,
//! `deadlines.rs`, `provider.rs`, `keepalive.rs`, `removal.rs` and `observations.rs`. The other files are the types
//! that it is made of.
//!
//! This folder may use [`client`](crate::client), [`api`](crate::api), [`sigv4`](crate::sigv4) and the shared modules
//! `error`, `random`, `text` and `time`. It may not use the bindings: it knows no host, reads no clock and sends
//! nothing.

pub mod access;
pub mod aggregate;
pub mod aggregator;
pub mod batch_builder;
pub mod buffering_times;
pub mod connectivity;
mod deadlines;
pub mod deaggregate;
pub mod entry;
pub mod failures;
pub mod flush;
pub mod in_flight;
mod keepalive;
pub mod key_map;
pub mod observations;
pub mod options;
pub mod ordering;
pub mod packed_record;
pub mod permit;
mod placements;
#[allow(clippy::module_inception)] // the folder is built around the producer
mod producer;
mod protobuf;
mod provider;
pub mod rate_limit;
mod removal;
mod responses;
mod retries;
mod routing;
pub mod send_queue;
mod sending;
pub mod settlement;
mod shard_listing;
pub mod shard_map;
pub mod stats;
#[cfg(test)]
mod testing;
pub mod unsettled_records;

pub use producer::{Producer, Step};

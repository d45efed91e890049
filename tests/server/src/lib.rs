//! Kinesis for the tests: the crate `ferrokinesis` on 127.0.0.1, with a layer in front that does to a request what a test asked for.
//!
//! ```text
//!  request ──▶ serve ──▶ layer ──▶ age ──▶ scope ──▶ fault ──▶ ferrokinesis
//!              sockets   routes    is the   what is   loses, cuts,
//!                        and CORS  signature planned   spoils or passes
//!                                  fresh?    for this   it
//!                                            key?
//! ```
//!
//! Faults belong to an access key id, so tests that use a key of their own do not see each other's. A plan ([`plan::Plan`]) is put at
//! `/_faults/{accessKeyId}`; the same address then says which requests came in. What no plan speaks of passes byte for byte.
//!
//! The region is `us-east-1`, the account `000000000000`.
//!
//! What this server does not do as the service does: it counts a partition key's length in bytes, it takes at most 1 MiB a record and
//! 5 MiB a request whatever `UpdateMaxRecordSize` said, shards made by `UpdateShardCount` name no parent, `ListShards` finds no stream
//! by `NextToken` alone, and no signature is checked beyond its age.

pub mod clock;
pub mod plan;

mod age;
mod answer;
mod call;

mod control;
mod cors;
mod encoding;
mod fault;
mod layer;
mod random;
mod records;
mod scope;
mod serve;

pub use serve::{Options, Server};

//! The Kinesis API: operations as requests, and what the service returns.
//!
//! This folder knows the limits of records, the operations, JSON and CBOR, the responses, the shards and the endpoints.
//! It may use [`sigv4`](crate::sigv4) and the shared leaves `error`, `random`, `text` and `time`.
//! It may not use the client, the producer or the bindings: it holds no state between two requests.

mod base64;
pub mod cbor;
pub mod encoding;
pub mod endpoint;
pub mod json;
mod operation;
pub mod record;
pub mod response;
pub mod results;
pub mod shard;

pub use operation::*;

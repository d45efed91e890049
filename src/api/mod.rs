//! The Kinesis API: operations as requests, and what the service returns.
//!
//! This folder knows the limits of records, the operations, JSON and CBOR, the responses, the shards and the endpoints.
//! It may use [`sigv4`](crate::sigv4) and the shared modules `error`, `random`, `text` and `time`.
//! It may not use the client, the producer or the bindings: it holds no state between two requests.

mod base64;
pub mod cbor;
pub mod encoding;
pub mod endpoint;
pub mod entry_result;
pub mod exception;
mod excerpt;
pub mod http_date;
pub mod json;
mod limits;
mod operation;
mod put_records;
pub mod record;
mod response;
pub mod shard;
pub mod shard_page;
mod stream;

pub use limits::{Limits, RECORDS_MAX, REQUEST_BYTES_MAX};
pub use operation::{Request, any, describe_stream_summary, list_shards, list_shards_next, put_record};
pub use put_records::PutRecords;
pub use response::Response;
pub use stream::Stream;

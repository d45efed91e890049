//! CBOR as Kinesis speaks it (`application/x-amz-cbor-1.1`): a writer for requests, and a transcoder of responses to
//! JSON.
//!
//! <https://www.rfc-editor.org/rfc/rfc8949>

mod float;
mod head;
#[cfg(test)]
mod tests;
mod transcoder;
mod writer;

pub use transcoder::to_json;
pub use writer::{put_array, put_break, put_bytes, put_indefinite_array, put_indefinite_map, put_map, put_text};

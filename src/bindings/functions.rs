//! Functions that need no class: hash keys, and CBOR as JSON.

use crate::api::encoding::as_json;
use crate::api::record::{Record, parse_hash_key};
use crate::api::shard;
use crate::error::Error;
use crate::text::text;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

/// The hash key of a partition key, in decimal.
#[wasm_bindgen(js_name = hashKey)]
#[must_use]
pub fn hash_key(partition_key: &str) -> String {
    text![shard::hash_key(partition_key)]
}

/// Checks a partition key, where `argument` is `'partitionKey'`, or an explicit hash key of any other name.
///
/// # Errors
/// `ERR_INVALID_ARGUMENT`: a partition key has 1 to 256 code points, a hash key is a decimal below 2¹²⁸.
#[wasm_bindgen(js_name = checkKey)]
pub fn check_key(argument: &str, key: &str) -> Result<(), Error> {
    if argument == "partitionKey" {
        return Record::new(b"", key, None, usize::MAX, None).map(|_| ());
    }
    parse_hash_key(key, argument).map(|_| ())
}

/// A CBOR map as JSON; any other body as it is.
#[wasm_bindgen(js_name = cborToJson)]
#[must_use]
pub fn cbor_to_json(body: Vec<u8>) -> Uint8Array {
    super::request::copy_of(&as_json(&body))
}

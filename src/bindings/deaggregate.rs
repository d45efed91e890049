//! The user records of a Kinesis record, as objects.

use super::error::to_object;
use super::numbers::js_number;
use crate::producer::deaggregate::deaggregate as user_records;
use serde::{Serialize, Serializer};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserRecord<'a> {
    partition_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit_hash_key: Option<&'a str>,
    #[serde(serialize_with = "as_bytes")]
    data: &'a [u8],
    sub_sequence_number: f64,
}

/// The user records in a Kinesis record: all of an aggregate, or the record itself.
#[wasm_bindgen(unchecked_return_type = "CoreUserRecord[]")]
#[must_use]
pub fn deaggregate(data: Vec<u8>, partition_key: &str, explicit_hash_key: Option<String>) -> JsValue {
    let records = user_records(&data, partition_key, explicit_hash_key.as_deref());
    let objects: Vec<_> = records
        .iter()
        .enumerate()
        .map(|(index, record)| UserRecord {
            partition_key: record.partition_key,
            explicit_hash_key: record.explicit_hash_key,
            data: record.data,
            sub_sequence_number: js_number(index as u64),
        })
        .collect();
    to_object(&objects)
}

/// A `Uint8Array`, not an array of numbers.
fn as_bytes<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(data)
}

#[wasm_bindgen(typescript_custom_section)]
const USER_RECORD: &str = "
export interface CoreUserRecord {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly subSequenceNumber: number;
}
";

//! Errors as plain objects. The shim makes a `KinesisError` of each; nothing here constructs an `Error` of JavaScript.

use crate::error::Error;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// What the shim makes a `KinesisError` of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetails<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_key: Option<&'a str>,
}

impl<'a> From<&'a Error> for ErrorDetails<'a> {
    fn from(error: &'a Error) -> Self {
        Self {
            code: error.code.as_str(),
            message: &error.message,
            name: error.name.as_deref(),
            status: error.status,
            request_id: error.request_id.as_deref(),
            attempts: error.attempts,
            partition_key: error.partition_key.as_deref(),
        }
    }
}

/// So that an export can return `Result<_, Error>`: wasm-bindgen throws the object.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        to_object(&ErrorDetails::from(&error))
    }
}

/// A plain object, owned by JavaScript. Numbers in it are at most 32 bits wide, or an `f64`.
pub fn to_object(value: &impl Serialize) -> JsValue {
    value.serialize(&Serializer::new()).unwrap_or_default()
}

#[wasm_bindgen(typescript_custom_section)]
const ERROR_DETAILS: &str = "
/** What an export throws where it refuses an argument, and why a record or a call has failed. */
export interface ErrorDetails {
  readonly code: 'ERR_INVALID_ARGUMENT' | 'ERR_RECORD_TOO_LARGE' | 'ERR_BUFFER_FULL' | 'ERR_EXPIRED' | 'ERR_ATTEMPTS'
    | 'ERR_CREDENTIALS' | 'ERR_SERVICE' | 'ERR_NETWORK' | 'ERR_TIMEOUT' | 'ERR_CORE';
  readonly message: string;
  readonly name?: string;
  readonly status?: number;
  readonly requestId?: string;
  readonly attempts?: number;
  readonly partitionKey?: string;
}
";

//! What a producer reports to the observer of the shim, if there is an observer.

use super::error::{ErrorDetails, to_object};
use super::numbers::js_number;
use super::producer::Producer;
use crate::producer::observations::Observation;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
impl Producer {
    /// Called when an observer is attached: from now on the producer collects what `takeRetries` returns.
    pub fn observe(&mut self) {
        self.inner.observations.is_on = true;
    }

    /// Which records are sent again, or were throttled, since the last call.
    #[wasm_bindgen(js_name = takeRetries, unchecked_return_type = "RecordRetry[]")]
    pub fn take_retries(&mut self) -> JsValue {
        let retries = self.inner.observations.take();
        to_object(&retries.iter().map(RetryObject::from).collect::<Vec<_>>())
    }

    /// What a request is about, until its response is handled.
    #[wasm_bindgen(js_name = requestFacts, unchecked_return_type = "RequestFacts | undefined")]
    #[must_use]
    pub fn request_facts(&self, request_id: u32) -> JsValue {
        match self.inner.request_facts(request_id) {
            Some(facts) => to_object(&RequestFacts {
                records: js_number(facts.records),
                attempt: facts.attempt,
            }),
            None => JsValue::UNDEFINED,
        }
    }

    /// Whether nothing gets through to the service now.
    #[wasm_bindgen(getter, js_name = isOffline)]
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.inner.is_offline()
    }
}

#[derive(Serialize)]
struct RequestFacts {
    records: f64,
    attempt: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetryObject<'a> {
    is_throttle: bool,
    records: f64,
    wait_ms: f64,
    error: ErrorDetails<'a>,
}

impl<'a> From<&'a Observation> for RetryObject<'a> {
    #[allow(clippy::cast_precision_loss)] // waits stay far below 2⁵³ ms
    fn from(retry: &'a Observation) -> Self {
        Self {
            is_throttle: retry.is_throttle,
            records: js_number(retry.records),
            wait_ms: retry.wait_ms as f64,
            error: ErrorDetails::from(&retry.error),
        }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const OBSERVATIONS: &str = "
export interface RecordRetry {
  /** Whether it says that the records were throttled; otherwise that they are sent again. */
  readonly isThrottle: boolean;
  readonly records: number;
  readonly waitMs: number;
  readonly error: ErrorDetails;
}
export interface RequestFacts {
  /** User records in it; none in a list of shards. */
  readonly records: number;
  /** The highest number of attempts among its entries, this request included. */
  readonly attempt: number;
}
";

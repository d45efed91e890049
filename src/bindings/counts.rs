//! The counts of a producer as an object.

use super::numbers::js_number;
use crate::producer::Producer;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// The statistics of a producer as the shim gives them to its user. Each is a number of JavaScript, an `f64`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    records_put: f64,
    records_delivered: f64,
    records_failed: f64,
    records_buffered: f64,
    bytes_buffered: f64,
    requests: f64,
    requests_failed: f64,
    records_retried: f64,
    records_throttled: f64,
    bytes_sent: f64,
    clock_offset_ms: f64,
}

impl Counts {
    /// The counts of a producer now.
    #[allow(clippy::cast_precision_loss)] // offsets stay far below 2⁵³ ms
    pub fn of(producer: &Producer) -> Self {
        let unsettled = producer.unsettled();
        let stats = producer.stats();
        Self {
            records_put: js_number(stats.records_put),
            records_delivered: js_number(stats.records_delivered),
            records_failed: js_number(stats.records_failed),
            records_buffered: js_number(unsettled.len() as u64),
            bytes_buffered: js_number(unsettled.bytes() as u64),
            requests: js_number(stats.requests),
            requests_failed: js_number(stats.requests_failed),
            records_retried: js_number(stats.records_retried),
            records_throttled: js_number(stats.records_throttled),
            bytes_sent: js_number(stats.bytes_sent),
            clock_offset_ms: producer.client.clock.offset_ms() as f64,
        }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const PRODUCER_COUNTS: &str = "
export interface ProducerCounts {
  recordsPut: number;
  recordsDelivered: number;
  recordsFailed: number;
  recordsBuffered: number;
  bytesBuffered: number;
  requests: number;
  requestsFailed: number;
  recordsRetried: number;
  recordsThrottled: number;
  bytesSent: number;
  clockOffsetMs: number;
}
";

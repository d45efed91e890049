//! What a producer reports: the records that have settled and the flushes that are complete.

use super::error::{ErrorDetails, to_object};
use super::numbers::js_number;
use crate::api::json::{put_number_item, put_string_item};
use crate::producer::failures::Failures;
use crate::producer::flush::Flush;
use crate::producer::settlement::{Placement, Settlement, SettlementReport};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportObject<'a> {
    delivered_json: String,
    failed: Vec<FailedRecords<'a>>,
    flushes: Vec<FlushResult>,
}

/// Records that have failed together, with the error that all of them share.
#[derive(Serialize)]
struct FailedRecords<'a> {
    ids: Vec<f64>,
    attempts: u32,
    error: ErrorDetails<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FlushResult {
    id: u32,
    delivered_count: f64,
    failed_count: f64,
}

/// A report as an object. All delivered records are in one JSON text: making an object for each record would take
/// longer than all the rest of the work for the record.
pub fn report_object(report: &SettlementReport) -> JsValue {
    let mut delivered_json = b"[".to_vec();
    let mut failed = Vec::new();
    for Settlement {
        records,
        attempts,
        outcome,
    } in &report.settlements
    {
        match outcome {
            Ok(place) => {
                put_number_item(&mut delivered_json, records.count() as u64);
                records.iter().for_each(|id| put_number_item(&mut delivered_json, id));
                put_place(&mut delivered_json, *attempts, place);
            }
            Err(error) => failed.push(FailedRecords {
                ids: records.iter().map(js_number).collect(),
                attempts: *attempts,
                error: ErrorDetails::from(error),
            }),
        }
    }
    delivered_json.push(b']');
    to_object(&ReportObject {
        delivered_json: String::from_utf8(delivered_json).expect("shard ids and sequence numbers are texts"),
        failed,
        flushes: report.flushes.iter().map(flush_result).collect(),
    })
}

fn put_place(json: &mut Vec<u8>, attempts: u32, place: &Placement) {
    put_number_item(json, u64::from(attempts));
    put_string_item(json, &place.shard_id);
    put_string_item(json, &place.sequence_number);
}

fn flush_result(flush: &Flush) -> FlushResult {
    FlushResult {
        id: flush.id,
        delivered_count: js_number(flush.delivered as u64),
        failed_count: js_number(flush.failed as u64),
    }
}

#[wasm_bindgen(typescript_custom_section)]
const SETTLEMENT_REPORT: &str = "
export interface SettlementReport {
  /**
   * JSON of a flat array. Of each entry: the number of its records, their ids, its attempts, shard id and sequence
   * number.
   */
  readonly deliveredJson: string;
  readonly failed: readonly { readonly ids: readonly number[]; readonly attempts: number; readonly error: ErrorDetails }[];
  readonly flushes: readonly { readonly id: number; readonly deliveredCount: number; readonly failedCount: number }[];
}
";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailuresObject<'a> {
    count: u32,
    in_a_row: u32,
    credentials: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<ErrorDetails<'a>>,
}

/// What has failed, as an object.
pub fn failures_object(failures: &Failures) -> JsValue {
    to_object(&FailuresObject {
        count: failures.count,
        in_a_row: failures.in_a_row,
        credentials: failures.credentials,
        last: failures.last.as_ref().map(ErrorDetails::from),
    })
}

#[wasm_bindgen(typescript_custom_section)]
const PRODUCER_FAILURES: &str = "
export interface ProducerFailures {
  readonly count: number;
  /** Since a record was stored last. */
  readonly inARow: number;
  readonly credentials: number;
  readonly last?: ErrorDetails;
}
";

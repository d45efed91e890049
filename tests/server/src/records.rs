//! `PutRecords` of which some entries fail: the others go on to the service, and the answers are put together again.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use ciborium::Value;
use http_body_util::BodyExt;
use hyper::header::CONTENT_LENGTH;
use hyper::{Response, StatusCode};

use crate::answer;
use crate::call::Call;
use crate::encoding::{Encoding, member};
use crate::plan::{RecordError, RecordsFault};

/// Plays a [`RecordsFault`]. What is no `PutRecords` passes.
pub async fn fail(fault: &RecordsFault, call: &Call, kinesis: &Router) -> Response<Body> {
    let encoding = call.encoding();
    let Some((rest, entries)) = without(call, &fault.indices) else {
        return call.forward(kinesis).await;
    };
    let failed = failed_entry(fault, call);
    let indices: BTreeSet<_> = fault.indices.range(..entries).copied().collect();
    if indices.len() == entries {
        let body = put_together(answer_of_none(), &indices, &failed, fault.nulls);
        return answer::service(200, encoding, encoding.write(&body));
    }
    let answer = call.forward_with(rest, kinesis).await;
    change(answer, encoding, |body| {
        put_together(body, &indices, &failed, fault.nulls)
    })
    .await
}

/// Whether a `PutRecords` has a record under this partition key.
pub fn has_key(call: &Call, key: &str) -> bool {
    let mut body: Option<Value> = call.entries().and_then(|_| call.encoding().read(&call.body));
    let entries = body.as_mut().and_then(records);
    let mut keys = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| member(entry, "PartitionKey"));
    keys.any(|found| found.as_text() == Some(key))
}

/// Writes nulls for what the entries of an answer do not have.
pub async fn nulls(answer: Response<Body>, encoding: Encoding) -> Response<Body> {
    let nothing = BTreeSet::new();
    change(answer, encoding, |body| {
        put_together(body, &nothing, &Value::Null, true)
    })
    .await
}

/// Changes the body of a `PutRecords`' answer. An error passes as it is.
async fn change(answer: Response<Body>, encoding: Encoding, change: impl FnOnce(Value) -> Value) -> Response<Body> {
    if answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap_or_default().to_bytes();
    let mut tree: Option<Value> = encoding.read(&bytes);
    let has_records = tree.as_mut().is_some_and(|body| records(body).is_some());
    let bytes = match tree {
        Some(body) if has_records => encoding.write(&change(body)).into(),
        _ => bytes,
    };
    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(head, Body::from(bytes))
}

/// The request's body without some entries, and how many it had.
fn without(call: &Call, indices: &BTreeSet<usize>) -> Option<(Bytes, usize)> {
    let entries = call.entries()?;
    let mut body: Value = call.encoding().read(&call.body)?;
    let mut index = 0;
    records(&mut body)?.retain(|_| {
        index += 1;
        !indices.contains(&(index - 1))
    });
    Some((call.encoding().write(&body).into(), entries))
}

/// An answer with the failed entries at their places among those that are there, and all failures counted.
fn put_together(mut body: Value, indices: &BTreeSet<usize>, failed: &Value, nulls: bool) -> Value {
    let Some(entries) = records(&mut body) else {
        return body;
    };
    // In ascending order, so each lands where it is to stay.
    for &index in indices {
        entries.insert(index.min(entries.len()), failed.clone());
    }
    if nulls {
        entries.iter_mut().for_each(fill_with_nulls);
    }
    let codes = entries.iter_mut().filter_map(|entry| member(entry, "ErrorCode"));
    let count = codes.filter(|code| !code.is_null()).count();
    if let Some(failed_count) = member(&mut body, "FailedRecordCount") {
        *failed_count = (count as u64).into();
    }
    body
}

fn fill_with_nulls(entry: &mut Value) {
    for name in ["ShardId", "SequenceNumber", "ErrorCode", "ErrorMessage"] {
        if member(entry, name).is_none()
            && let Value::Map(entry) = entry
        {
            entry.push((name.into(), Value::Null));
        }
    }
}

fn records(body: &mut Value) -> Option<&mut Vec<Value>> {
    member(body, "Records")?.as_array_mut()
}

fn answer_of_none() -> Value {
    Value::Map(vec![
        ("FailedRecordCount".into(), 0.into()),
        ("Records".into(), Value::Array(Vec::new())),
    ])
}

fn failed_entry(fault: &RecordsFault, call: &Call) -> Value {
    let (code, words) = match fault.code {
        RecordError::ProvisionedThroughputExceededException => {
            ("ProvisionedThroughputExceededException", rate_exceeded(call))
        }
        RecordError::InternalFailure => ("InternalFailure", "Internal Service Failure".to_owned()),
    };
    let message = fault.message.clone().unwrap_or(words);
    Value::Map(vec![
        ("ErrorCode".into(), code.into()),
        ("ErrorMessage".into(), message.into()),
    ])
}

/// The service's words when a shard is busy. The shard is always the first: only the words matter.
pub fn rate_exceeded(call: &Call) -> String {
    let stream = call.stream().unwrap_or_default();
    format!("Rate exceeded for shard shardId-000000000000 in stream {stream} under account 000000000000.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(answer: &str, indices: &[usize], nulls: bool) -> String {
        let failed = Encoding::Json.read(br#"{"ErrorCode":"E"}"#).unwrap();
        let body = Encoding::Json.read(answer.as_bytes()).unwrap();
        let indices = indices.iter().copied().collect();
        let body = put_together(body, &indices, &failed, nulls);
        String::from_utf8(Encoding::Json.write(&body)).unwrap()
    }

    #[test]
    fn failed_entries_land_where_they_were() {
        let answer = r#"{"FailedRecordCount":1,"Records":[{"ShardId":"a"},{"ErrorCode":"own"}]}"#;
        assert_eq!(
            put(answer, &[0, 3], false),
            r#"{"FailedRecordCount":3,"Records":[{"ErrorCode":"E"},{"ShardId":"a"},{"ErrorCode":"own"},{"ErrorCode":"E"}]}"#
        );
    }

    #[test]
    fn nulls_do_not_count_as_failures() {
        let answer = r#"{"FailedRecordCount":0,"Records":[{"ShardId":"a","SequenceNumber":"1"}]}"#;
        assert_eq!(
            put(answer, &[], true),
            r#"{"FailedRecordCount":0,"Records":[{"ShardId":"a","SequenceNumber":"1","ErrorCode":null,"ErrorMessage":null}]}"#
        );
    }

    #[test]
    fn the_others_are_sent_as_they_were() {
        let target = ("x-amz-target", "Kinesis_20131202.PutRecords");
        let body =
            r#"{"Records":[{"Data":"YQ==","PartitionKey":"a"},{"Data":"Yg==","PartitionKey":"é"}],"StreamName":"s"}"#;
        let (rest, entries) = without(&Call::test(&[target], body), &[0, 7].into()).unwrap();
        assert_eq!(entries, 2);
        assert_eq!(
            rest,
            r#"{"Records":[{"Data":"Yg==","PartitionKey":"é"}],"StreamName":"s"}"#
        );
    }
}

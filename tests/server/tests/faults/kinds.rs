//! Each kind of fault does what it says: what is answered, and what is in the stream afterwards.

use std::time::{Duration, Instant};

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use crate::bench::{Bench, CBOR, JSON, STREAM, records};

#[tokio::test]
async fn error_is_answered_in_the_shape_of_the_service() {
    let fault =
        json!({ "kind": "error", "status": 500, "type": "InternalFailure", "message": "Sorry.", "retryAfterMs": 250 });
    let bench = Bench::with(fault).await;
    let answer = bench.put(&["YQ=="]).await.unwrap();
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.json(),
        json!({ "__type": "InternalFailure", "message": "Sorry." })
    );
    assert_eq!(answer.header("content-type"), Some(JSON));
    assert_eq!(answer.header("x-amzn-errortype"), Some("InternalFailure"));
    assert_eq!(answer.header("x-amz-retry-after"), Some("250"));
    assert!(answer.header("x-amzn-requestid").is_some());
    assert_eq!(bench.stored().await, NOTHING);
}

#[tokio::test]
async fn error_is_answered_in_cbor_to_cbor() {
    let bench = Bench::with(json!({ "kind": "error", "type": "X", "message": "Sorry." })).await;
    let mut client = bench.connect().await;
    let answer = client.call_cbor("PutRecords", &cbor_records(1)).await.unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), Some(CBOR));
    assert_eq!(answer.cbor(), json!({ "__type": "X", "message": "Sorry." }));
}

#[tokio::test]
async fn error_can_be_named_in_only_one_place() {
    let in_header = json!({ "kind": "error", "type": "X", "bodyType": false });
    let in_body = json!({ "kind": "error", "type": "X", "headerType": false });
    let bench = Bench::planned(json!({ "queue": [in_header, in_body] })).await;
    let answer = bench.put(&["YQ=="]).await.unwrap();
    assert_eq!((answer.text(), answer.header("x-amzn-errortype")), ("{}", Some("X")));
    let answer = bench.put(&["YQ=="]).await.unwrap();
    assert_eq!(answer.json()["__type"], "X");
    assert_eq!(answer.header("x-amzn-errortype"), None);
}

#[tokio::test]
async fn throttle_and_expired_token_say_what_the_service_says() {
    let plan = json!({ "queue": [{ "kind": "throttle" }, { "kind": "expired-token" }] });
    let bench = Bench::planned(plan).await;
    let answer = bench.put(&["YQ=="]).await.unwrap();
    let message = "Rate exceeded for shard shardId-000000000000 in stream stream under account 000000000000.";
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({ "__type": "ProvisionedThroughputExceededException", "message": message })
    );
    let answer = bench.put(&["YQ=="]).await.unwrap();
    let message = "The security token included in the request is expired";
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({ "__type": "ExpiredTokenException", "message": message })
    );
    assert_eq!(bench.stored().await, NOTHING);
}

#[tokio::test]
async fn records_fail_at_their_places_and_the_others_are_stored() {
    let bench =
        Bench::with(json!({ "kind": "records", "indices": [0, 3], "code": "InternalFailure", "message": "No." })).await;
    let body = bench.put(&["MA==", "MQ==", "Mg==", "Mw=="]).await.unwrap().json();
    let failed = json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "No." });
    assert_eq!(body["FailedRecordCount"], 2);
    assert_eq!((&body["Records"][0], &body["Records"][3]), (&failed, &failed));
    assert!(body["Records"][1]["SequenceNumber"].is_string());
    assert!(body["Records"][2]["SequenceNumber"].is_string());
    assert_eq!(bench.stored().await, ["MQ==", "Mg=="]);
}

#[tokio::test]
async fn records_can_all_fail_and_absent_members_be_nulls() {
    let bench = Bench::with(json!({ "kind": "records", "indices": [1, 0], "nulls": true })).await;
    let body = bench.put(&["MA==", "MQ=="]).await.unwrap().json();
    assert_eq!(body["FailedRecordCount"], 2);
    let entry = &body["Records"][1];
    assert_eq!(entry["ErrorCode"], "ProvisionedThroughputExceededException");
    assert!(
        entry["ErrorMessage"]
            .as_str()
            .unwrap()
            .starts_with("Rate exceeded for shard")
    );
    assert_eq!(entry.get("ShardId"), Some(&Value::Null));
    assert_eq!(entry.get("SequenceNumber"), Some(&Value::Null));
    assert_eq!(bench.stored().await, NOTHING);
}

#[tokio::test]
async fn records_fail_in_cbor_too() {
    let bench = Bench::with(json!({ "kind": "records", "indices": [1] })).await;
    let mut client = bench.connect().await;
    let answer = client.call_cbor("PutRecords", &cbor_records(3)).await.unwrap();
    let body = answer.cbor();
    assert_eq!(answer.header("content-type"), Some(CBOR));
    assert_eq!(body["FailedRecordCount"], 1);
    assert!(body["Records"][0]["SequenceNumber"].is_string());
    assert_eq!(
        body["Records"][1]["ErrorCode"],
        "ProvisionedThroughputExceededException"
    );
    assert_eq!(bench.stored().await, ["AAAA", "AgIC"]);
}

#[tokio::test]
async fn records_fail_and_then_the_answer_is_lost() {
    let bench = Bench::with(json!({ "kind": "records", "indices": [0], "loseAnswer": true })).await;
    assert!(bench.put(&["MA==", "MQ=="]).await.is_none());
    assert_eq!(bench.stored().await, ["MQ=="]);
}

#[tokio::test]
async fn records_leaves_other_operations_and_the_errors_of_the_service_alone() {
    let fault = json!({ "kind": "records", "indices": [0] });
    let bench = Bench::planned(json!({ "queue": [fault, fault] })).await;
    let mut client = bench.connect().await;
    let stream = json!({ "StreamName": STREAM }).to_string();
    let answer = client.call("ListShards", stream).await.unwrap();
    assert_eq!(answer.json()["Shards"][0]["ShardId"], "shardId-000000000000");
    let body = records(&["MA==", "MQ=="]).replace(STREAM, "another");
    let answer = client.call("PutRecords", body).await.unwrap();
    assert_eq!(answer.json()["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn nulls_are_written_for_what_a_stored_record_does_not_have() {
    let bench = Bench::with(json!({ "kind": "nulls" })).await;
    let body = bench.put(&["MA=="]).await.unwrap().json();
    let entry = &body["Records"][0];
    assert_eq!(body["FailedRecordCount"], 0);
    assert_eq!(entry["ShardId"], "shardId-000000000000");
    assert_eq!(entry.get("ErrorCode"), Some(&Value::Null));
    assert_eq!(entry.get("ErrorMessage"), Some(&Value::Null));
    assert_eq!(bench.stored().await, ["MA=="]);
}

#[tokio::test]
async fn body_is_answered_to_the_letter_and_nothing_stored() {
    let page = json!({ "kind": "body", "status": 502, "contentType": "text/html", "text": "<html>é" });
    let bench = Bench::planned(json!({ "queue": [page, { "kind": "body" }] })).await;
    let answer = bench.put(&["MA=="]).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text()), (502, "<html>é"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(answer.header("x-amzn-requestid"), None);
    let answer = bench.put(&["MA=="]).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
    assert_eq!(bench.stored().await, NOTHING);
}

#[tokio::test]
async fn forward_body_stores_and_answers_something_else() {
    let bench = Bench::with(json!({ "kind": "forward-body", "status": 504, "text": "{" })).await;
    let answer = bench.put(&["MA=="]).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text()), (504, "{"));
    assert_eq!(bench.stored().await, ["MA=="]);
}

#[tokio::test]
async fn cut_is_a_whole_answer_of_half_a_body() {
    let bench = Bench::with(json!({ "kind": "cut", "bytes": 20 })).await;
    let mut client = bench.connect().await;
    let answer = client.call("PutRecords", records(&["MA=="])).await.unwrap();
    assert_eq!(answer.text(), r#"{"FailedRecordCount""#);
    assert_eq!(answer.header("content-length"), Some("20"));
    assert!(client.is_alive().await);
    assert_eq!(bench.stored().await, ["MA=="]);
}

#[tokio::test]
async fn cut_connection_promises_more_than_it_sends() {
    let bench = Bench::with(json!({ "kind": "cut-connection", "bytes": 20 })).await;
    let mut client = bench.connect().await;
    let answer = client.call("PutRecords", records(&["MA=="])).await.unwrap();
    let promised: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert!(promised > 100 && answer.body.is_none());
    assert!(!client.is_alive().await);
    assert_eq!(bench.stored().await, ["MA=="]);
    assert_eq!(bench.log().await[0]["status"], 200);
}

#[tokio::test]
async fn lost_answer_stores_and_reset_does_not() {
    for silent in [false, true] {
        let plan =
            json!({ "queue": [{ "kind": "lost-answer", "silent": silent }, { "kind": "reset", "silent": silent }] });
        let bench = Bench::planned(plan).await;
        assert!(bench.put(&["MA=="]).await.is_none());
        assert_eq!(bench.stored().await, ["MA=="]);
        assert!(bench.put(&["MQ=="]).await.is_none());
        assert_eq!(bench.stored().await, ["MA=="]);
        let log = bench.log().await;
        assert_eq!(
            (&log[0]["fault"], &log[0]["status"]),
            (&json!("lost-answer"), &Value::Null)
        );
        assert_eq!((&log[1]["fault"], &log[1]["status"]), (&json!("reset"), &Value::Null));
    }
}

#[tokio::test]
async fn delay_waits_and_stores() {
    let bench = Bench::with(json!({ "kind": "delay", "ms": 150 })).await;
    let start = Instant::now();
    assert_eq!(bench.put(&["MA=="]).await.unwrap().status, 200);
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(bench.stored().await, ["MA=="]);
}

#[tokio::test]
async fn delay_stores_though_the_client_has_left() {
    let bench = Bench::with(json!({ "kind": "delay", "ms": 500 })).await;
    let put = tokio::time::timeout(Duration::from_millis(50), bench.put(&["MA=="]));
    assert!(put.await.is_err());
    assert_eq!(bench.stored().await, NOTHING);
    let stored = async {
        while bench.stored().await != ["MA=="] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let patience = Duration::from_secs(10);
    assert!(tokio::time::timeout(patience, stored).await.is_ok());
    assert_eq!(bench.log().await[0]["status"], Value::Null);
}

#[tokio::test]
async fn any_fault_can_wait_before_it_acts() {
    let bench = Bench::with(json!({ "kind": "reset", "delayMs": 150 })).await;
    let start = Instant::now();
    assert!(bench.put(&["MA=="]).await.is_none());
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn hang_is_never_answered_and_holds_nobody_else_up() {
    let bench = Bench::with(json!({ "kind": "hang" })).await;
    let patience = Duration::from_millis(200);
    assert!(tokio::time::timeout(patience, bench.put(&["MA=="])).await.is_err());
    assert_eq!(bench.put(&["MQ=="]).await.unwrap().status, 200);
    assert_eq!(bench.stored().await, ["MQ=="]);
    assert_eq!(bench.log().await[0]["status"], Value::Null);
}

fn cbor_records(count: u8) -> Cbor {
    let entry = |index: u8| {
        Cbor::Map(vec![
            ("Data".into(), Cbor::Bytes(vec![index; 3])),
            ("PartitionKey".into(), "key".into()),
        ])
    };
    Cbor::Map(vec![
        ("StreamName".into(), STREAM.into()),
        ("Records".into(), Cbor::Array((0..count).map(entry).collect())),
    ])
}

const NOTHING: [&str; 0] = [];

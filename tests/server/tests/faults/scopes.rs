//! What belongs to an access key: its plan, its queue, its chances and its log.

use kinesis_server::clock;
use serde_json::{Value, json};

use crate::bench::{Bench, JSON, KEY, STREAM, records, signed};

#[tokio::test]
async fn without_a_plan_records_are_stored_and_the_connection_is_kept() {
    let bench = Bench::new().await;
    let mut client = bench.connect().await;
    for _ in 0..3 {
        let answer = client.call("PutRecords", records(&["YQ=="])).await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["FailedRecordCount"], 0);
    }
    assert!(client.is_alive().await);
    assert_eq!(bench.stored().await, ["YQ==", "YQ==", "YQ=="]);
    assert_eq!(bench.control("GET", "").await.status, 404);
}

#[tokio::test]
async fn what_no_fault_concerns_comes_from_the_service_to_the_byte() {
    let bench = Bench::new().await;
    let body = json!({ "StreamName": "another" }).to_string();
    let mut client = bench.connect().await;
    let before = client.call("ListShards", body.clone()).await.unwrap();
    bench.plan(&json!({})).await;
    let after = client.call("ListShards", body).await.unwrap();
    assert_eq!(before.text(), after.text());
    assert_eq!(
        after.text(),
        r#"{"__type":"ResourceNotFoundException","message":"Stream another under account 000000000000 not found."}"#
    );
}

#[tokio::test]
async fn the_queue_is_for_one_key_and_one_operation() {
    let plan = json!({ "operation": "PutRecords", "queue": [null, { "kind": "throttle" }] });
    let bench = Bench::planned(plan).await;
    let mut client = bench.connect().await;
    let stream = json!({ "StreamName": STREAM }).to_string();
    assert_eq!(client.call("ListShards", stream).await.unwrap().status, 200);
    for status in [200, 400, 200] {
        assert_eq!(bench.put(&["MA=="]).await.unwrap().status, status);
    }
    let faults: Vec<_> = bench
        .log()
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|seen| seen["fault"].clone())
        .collect();
    assert_eq!(faults, [Value::Null, Value::Null, json!("throttle"), Value::Null]);
}

#[tokio::test]
async fn a_request_with_a_record_under_the_refused_key_is_refused_as_a_whole() {
    let bench = Bench::planned(json!({ "refusedKey": "poison" })).await;
    let mut client = bench.connect().await;
    for (key, status) in [("fine", 200), ("poison", 400), ("poisoned", 200)] {
        let record = |key: &str| json!({ "PartitionKey": key, "Data": "YQ==" });
        let body = json!({ "StreamName": STREAM, "Records": [record("first"), record(key)] });
        let answer = client.call("PutRecords", body.to_string()).await.unwrap();
        assert_eq!(answer.status, status, "{key}");
    }
    assert_eq!(bench.stored().await.len(), 4);
}

#[tokio::test]
async fn the_log_tells_what_was_sent() {
    let bench = Bench::planned(json!({})).await;
    let body = records(&["MA==", "MQ=="]);
    let bytes = body.len();
    let signed_at_ms = clock::now_ms();
    let request = signed(KEY, signed_at_ms, "PutRecords", JSON).header("x-amz-security-token", "t");
    bench.connect().await.send(request, body).await.unwrap();
    let seen = json!([{
        "operation": "PutRecords",
        "contentType": "application/x-amz-json-1.1",
        "bytes": bytes,
        "entries": 2,
        "amzDate": clock::amz_date(signed_at_ms),
        "hasToken": true,
        "signedHeaders": "content-type;host;x-amz-date;x-amz-target",
        "fault": null,
        "status": 200,
    }]);
    assert_eq!(bench.log().await, seen);
    bench.plan(&json!({})).await;
    assert_eq!(bench.log().await, json!([]));
    assert_eq!(bench.control("DELETE", "").await.status, 204);
    assert_eq!(bench.control("GET", "").await.status, 404);
}

#[tokio::test]
async fn a_plan_that_is_none_is_refused_with_a_reason() {
    let bench = Bench::new().await;
    let answer = bench.control("PUT", r#"{"queue":[{"kind":"resett"}]}"#).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("unknown variant `resett`"), "{}", answer.text());
    assert_eq!(bench.control("POST", "").await.status, 405);
}

#[tokio::test]
async fn chance_loses_answers_but_no_count() {
    let random = json!({ "seed": 7, "requestLost": 0.2, "answerLost": 0.2, "recordFailed": 0.3, "throttled": 0.1, "status500": 0.1, "delayMsMax": 2 });
    let bench = Bench::planned(json!({ "random": random })).await;
    let mut known = 0;
    for _ in 0..60 {
        let answer = bench.put(&["MA==", "MQ==", "Mg=="]).await;
        let body = answer.filter(|answer| answer.status == 200).map(|answer| answer.json());
        known += body.map_or(0, |body| 3 - body["FailedRecordCount"].as_u64().unwrap());
    }
    let stored = bench.stored().await.len() as u64;
    assert!(known > 0 && stored > known && stored < 180, "{known} of {stored}");
    let log = bench.log().await;
    let seen = |fault: &str| log.as_array().unwrap().iter().any(|seen| seen["fault"] == fault);
    assert!(
        ["reset", "lost-answer", "records", "throttle", "error"]
            .iter()
            .all(|fault| seen(fault))
    );
}

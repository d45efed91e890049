//! What the server does as the service does it, without being asked: clock, CORS, limits.

use hyper::Request;
use kinesis_server::clock;
use serde_json::json;

use crate::bench::{Bench, JSON, KEY, records, signed};

#[tokio::test]
async fn an_old_signature_is_refused_and_leaves_the_queue_alone() {
    let mut bench = Bench::with(json!({ "kind": "throttle" })).await;
    bench.signed_at_ms = Some(clock::now_ms() - 310_000);
    let body = bench.put(&["MA=="]).await.unwrap().json();
    assert_eq!(body["__type"], "InvalidSignatureException");
    assert!(body["message"].as_str().unwrap().starts_with("Signature expired: "));
    bench.signed_at_ms = Some(clock::now_ms() + 310_000);
    let body = bench.put(&["MA=="]).await.unwrap().json();
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .starts_with("Signature not yet current: ")
    );
    let log = bench.log().await;
    assert_eq!(
        (&log[0]["fault"], &log[0]["status"]),
        (&json!("signature-age"), &json!(400))
    );
    bench.signed_at_ms = None;
    let body = bench.put(&["MA=="]).await.unwrap().json();
    assert_eq!(body["__type"], "ProvisionedThroughputExceededException");
}

#[tokio::test]
async fn a_clock_that_is_ahead_shows_in_date_and_wants_signatures_of_its_time() {
    let mut bench = Bench::planned(json!({ "clockMs": 3_600_000 })).await;
    let answer = bench.put(&["MA=="]).await.unwrap();
    assert_eq!(answer.json()["__type"], "InvalidSignatureException");
    let ahead_ms = clock::now_ms() + 3_600_000;
    let dates = [clock::http_date(ahead_ms), clock::http_date(ahead_ms - 1000)];
    assert!(dates.iter().any(|date| Some(date.as_str()) == answer.header("date")));
    bench.signed_at_ms = Some(ahead_ms);
    assert_eq!(bench.put(&["MA=="]).await.unwrap().status, 200);
}

#[tokio::test]
async fn date_and_cors_headers_can_be_hidden() {
    let bench = Bench::new().await;
    let call = || signed(KEY, clock::now_ms(), "PutRecords", JSON).header("origin", "http://page");
    let open = bench.connect().await.send(call(), records(&["MA=="])).await.unwrap();
    assert!(open.header("date").is_some());
    assert_eq!(open.header("access-control-allow-origin"), Some("*"));
    assert!(open.header("access-control-expose-headers").unwrap().ends_with(",Date"));
    bench
        .plan(&json!({ "hideDate": true, "withoutCors": true, "queue": [null, { "kind": "throttle" }] }))
        .await;
    for _ in 0..2 {
        let hidden = bench.connect().await.send(call(), records(&["MA=="])).await.unwrap();
        assert_eq!(hidden.header("date"), None);
        assert_eq!(hidden.header("access-control-allow-origin"), None);
        assert_eq!(hidden.header("access-control-expose-headers"), None);
    }
}

#[tokio::test]
async fn preflights_are_answered_and_take_no_fault() {
    let bench = Bench::planned(json!({ "withoutCors": true, "queue": [{ "kind": "reset" }] })).await;
    for path in ["/", "/_faults/AKID"] {
        let request = Request::options(path)
            .header("origin", "http://page")
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "authorization,x-amz-target");
        let answer = bench.connect().await.send(request, "").await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("PUT"));
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("authorization,x-amz-target")
        );
        assert_eq!(answer.header("access-control-max-age"), Some("172800"));
    }
    assert_eq!(bench.log().await, json!([]));
}

#[tokio::test]
async fn a_shard_takes_a_thousand_records_a_second_and_no_more() {
    let bench = Bench::with_limits(true).await;
    let mut failed = 0;
    for _ in 0..10 {
        let body = bench.put(&["MA=="; 500]).await.unwrap().json();
        failed += body["FailedRecordCount"].as_u64().unwrap();
    }
    // How many seconds it took is up to the machine.
    assert!((1..=4000).contains(&failed), "{failed}");
}

#[tokio::test]
async fn large_requests_reach_the_service() {
    let bench = Bench::planned(json!({})).await;
    let megabyte = "AAAA".repeat(333_333);
    let mut client = bench.connect().await;
    let answer = client
        .call("PutRecords", records(&[megabyte.as_str(); 5]))
        .await
        .unwrap();
    assert_eq!(answer.json()["FailedRecordCount"], 0);
    let answer = client
        .call("PutRecords", records(&[megabyte.as_str(); 10]))
        .await
        .unwrap();
    assert_eq!(answer.json()["__type"], "InvalidArgumentException");
    assert!(bench.log().await[1]["bytes"].as_u64().unwrap() > 13_000_000);
}

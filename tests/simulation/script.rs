//! The simulated Kinesis behaves like the embedded one: both run one script.

use super::kinesis::{Arrival, Kinesis, Reply};
use super::request::{self, Limits, ShardLimit};
use super::world::START;
use kinesis_edge::api::encoding::Encoding;
use kinesis_edge::sigv4::AmzDate;
use serde_json::{Value, json};

pub fn run(encoding: Encoding) {
    let script: Value = serde_json::from_str(include_str!("script.json")).expect("JSON");
    let shards = script["shards"].as_u64().expect("a count");
    let mut kinesis = Kinesis::new(usize::try_from(shards).expect("a small count"), LIMITS);
    for step in script["steps"].as_array().expect("steps") {
        let times = step["times"].as_u64().unwrap_or(1);
        let replies: Vec<Reply> = (0..times).map(|_| ask(&mut kinesis, step, encoding)).collect();
        check(step, &replies);
    }
}

fn ask(kinesis: &mut Kinesis, step: &Value, encoding: Encoding) -> Reply {
    let content_type = encoding.content_type();
    let arrival = Arrival {
        operation: step["operation"].as_str().expect("a name").to_owned(),
        content_type: content_type.to_owned(),
        date: AmzDate::new(START).as_str().to_owned(),
        token: None,
        body: request::write(content_type, &expand(&step["input"]), false),
    };
    kinesis.handle(START, &arrival, &mut |_| None)
}

fn check(step: &Value, replies: &[Reply]) {
    let (name, expect) = (&step["name"], &step["expect"]);
    let mut failed = 0;
    for reply in replies {
        assert_eq!(json!(reply.status), expect["status"], "{name}");
        let body = &reply.body;
        failed += body["FailedRecordCount"].as_u64().unwrap_or(0);
        assert_eq!(body["__type"], expect["errorName"], "{name}");
        if let Some(expected) = expect.get("shardIds") {
            let list = body["Records"].as_array().or(body["Shards"].as_array());
            let ids: Vec<&Value> = list.expect("a list").iter().map(|one| &one["ShardId"]).collect();
            assert_eq!(json!(ids), *expected, "{name}");
        }
    }
    if let Some(expected) = expect.get("failed") {
        assert_eq!(json!(failed), *expected, "{name}");
    }
    assert!(failed >= expect["failedMin"].as_u64().unwrap_or(0), "{name}");
}

/// Expands the short forms of long strings and arrays.
fn expand(value: &Value) -> Value {
    let times = || usize::try_from(value["times"].as_u64().unwrap_or(0)).expect("a small count");
    if let Some(text) = value.get("repeat").and_then(Value::as_str) {
        return json!(text.repeat(times()));
    }
    if let Some(copied) = value.get("copies") {
        return json!(vec![expand(copied); times()]);
    }
    match value {
        Value::Array(list) => list.iter().map(expand).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), expand(value)))
            .collect(),
        other => other.clone(),
    }
}

/// The limits of AWS.
const LIMITS: Limits = Limits {
    record_bytes: 1024 * 1024,
    request_bytes: 5 * 1024 * 1024,
    shard: Some(ShardLimit {
        records: 1000,
        bytes: 1024 * 1024,
    }),
};

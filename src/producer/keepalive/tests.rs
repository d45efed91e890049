use super::*;
use crate::producer::Step;
use crate::producer::in_flight::RequestId;
use crate::producer::options::{Aggregation, Options};
use crate::producer::packed_record::PackedRecord;
use crate::producer::testing::{self, NOW};

const BYTES_MAX: usize = 65_536;

fn producer(ordered: bool) -> Producer {
    testing::producer(Options {
        stream_name: Some("clicks".into()),
        ordered,
        ..Options::default()
    })
}

fn put(producer: &mut Producer, data: &str, key: &str) {
    let record = PackedRecord::new(data.as_bytes(), key, None);
    producer.put(NOW, record).unwrap();
}

fn keepalive(producer: &mut Producer, now: UnixMs) -> Option<(RequestId, String)> {
    let id = producer.next_keepalive(now, BYTES_MAX)?;
    let body = String::from_utf8(producer.body(id).unwrap().to_vec()).unwrap();
    producer.sign(id, now, None).unwrap();
    Some((id, body))
}

fn respond(producer: &mut Producer, id: RequestId, codes: &[&str]) {
    let entry = |code: &&str| match *code {
        "" => "{\"ShardId\":\"s\",\"SequenceNumber\":\"1\"}".to_owned(),
        code => ["{\"ErrorCode\":\"", code, "\"}"].concat(),
    };
    let entries: Vec<String> = codes.iter().map(entry).collect();
    let body = ["{\"Records\":[", &entries.join(","), "]}"].concat();
    testing::respond(producer, NOW, id, 200, &body);
}

#[test]
fn all_records_of_a_key_leave_in_one_request_in_their_order() {
    let mut producer = producer(true);
    for data in ["a", "b", "c", "d", "e"] {
        put(&mut producer, data, "key");
    }
    put(&mut producer, "f", "other");
    let (_, body) = keepalive(&mut producer, NOW).unwrap();
    assert_eq!(data_of(&body), ["YQ==", "Yg==", "Yw==", "ZA==", "ZQ==", "Zg=="]);
    assert!(keepalive(&mut producer, NOW).is_none());
}

#[test]
fn what_fails_of_a_key_is_sent_again_one_by_one_in_its_order() {
    let mut producer = producer(true);
    for data in ["a", "b", "c", "d"] {
        put(&mut producer, data, "key");
    }
    let (id, _) = keepalive(&mut producer, NOW).unwrap();
    put(&mut producer, "e", "key");
    respond(&mut producer, id, &["", "InternalFailure", "", "InternalFailure"]);
    let mut now = NOW;
    let mut sent = Vec::new();
    while !producer.unsettled.is_empty() {
        match producer.poll(now) {
            Step::Send(id) => {
                sent.extend(data_of(str::from_utf8(producer.body(id).unwrap()).unwrap()));
                producer.sign(id, now, None).unwrap();
                respond(&mut producer, id, &[""]);
            }
            Step::Wait(until) => now = until,
            _ => {}
        }
    }
    assert_eq!(sent, ["Yg==", "ZA==", "ZQ=="]);
}

#[test]
fn a_page_that_is_hidden_does_not_end_the_backoff_of_throttled_records() {
    let mut producer = producer(false);
    put(&mut producer, "a", "key");
    put(&mut producer, "b", "key");
    let (id, _) = keepalive(&mut producer, NOW).unwrap();
    respond(
        &mut producer,
        id,
        &["ProvisionedThroughputExceededException", "InternalFailure"],
    );
    let (id, body) = keepalive(&mut producer, NOW).unwrap();
    assert_eq!(data_of(&body), ["Yg=="]);
    respond(&mut producer, id, &[""]);
    assert!(keepalive(&mut producer, NOW).is_none());
    let Step::Settled(_) = producer.poll(NOW) else {
        panic!("nothing has settled");
    };
    let mut now = NOW;
    loop {
        match producer.poll(now) {
            Step::Wait(until) => now = until,
            step => {
                assert!(matches!(step, Step::Send(_)) && now > NOW, "the backoff has ended");
                break;
            }
        }
    }
}

#[test]
fn aggregates_of_which_no_record_fits_any_more_stay_whole() {
    let mut producer = testing::producer(Options {
        stream_name: Some("clicks".into()),
        aggregation: Aggregation::Key,
        aggregate_bytes_max: 51_200,
        ..Options::default()
    });
    let data = "x".repeat(1000);
    for key in ["a", "b", "c", "d"] {
        for _ in 0..30 {
            put(&mut producer, &data, key);
        }
    }
    let mut sent = Vec::new();
    while let Some((id, body)) = keepalive(&mut producer, NOW) {
        sent.push((id, data_of(&body).len()));
    }
    // The aggregate of one key, and those records of the next key that fit beside it.
    let [(one, 1), (two, records @ 10..=18)] = sent[..] else {
        panic!("{sent:?}");
    };
    respond(&mut producer, one, &[""]);
    respond(&mut producer, two, &vec![""; records]);
    let id = testing::next_request(&mut producer, NOW);
    let body = String::from_utf8(producer.body(id).unwrap().to_vec()).unwrap();
    assert_eq!(data_of(&body).len(), 30 - records + 2);
}

/// The data of the records in a body, in base64.
fn data_of(body: &str) -> Vec<String> {
    let parts = body.split("\"Data\":\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

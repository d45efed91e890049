use super::*;
use crate::api::{Limits, Response};
use crate::error::Code;
use crate::producer::options::Aggregation;
use crate::producer::testing::{NOW, credentials, next_request, options, producer_without_credentials as producer};

/// A producer with one record that asks for credentials.
fn producer_that_asks(options: Options) -> Producer {
    let mut producer = producer(options);
    producer.put(NOW, PackedRecord::new(b"a", "key", None)).unwrap();
    assert_eq!(producer.poll(NOW), Step::AskCredentials);
    producer
}

fn store_credentials(producer: &mut Producer, now: UnixMs) {
    producer.client.credentials.store(credentials(), now);
    producer.handle_credentials(now, None);
}

/// Refuses the credentials between `poll` and `sign`, and stores others.
fn lose_credentials(producer: &mut Producer, now: UnixMs) {
    let before = (producer.stats.requests, producer.stats.bytes_sent);
    let id = next_request(producer, now);
    let generation = producer.client.credentials.generation();
    producer.client.credentials.refuse(generation);
    assert!(producer.sign(id, now, None).is_none());
    let after = (producer.stats.requests, producer.stats.bytes_sent);
    assert_eq!(before, after);
    store_credentials(producer, now);
}

#[test]
fn credentials_that_vanish_before_the_signature_cost_no_attempt() {
    let mut producer = producer_that_asks(Options {
        record_attempts_max: 1,
        ..options()
    });
    store_credentials(&mut producer, NOW);
    lose_credentials(&mut producer, NOW);
    lose_credentials(&mut producer, NOW);
    let id = next_request(&mut producer, NOW);
    let body_len = producer.body(id).unwrap().len();
    producer.sign(id, NOW, None).unwrap();
    let stats = &producer.stats;
    assert_eq!((stats.requests, stats.records_retried), (1, 0));
    assert_eq!(stats.bytes_sent, body_len as u64);
    let response = Response {
        status: 500,
        ..Response::default()
    };
    producer.handle_response(NOW, id, response);
    let Step::Settled(report) = producer.poll(NOW) else {
        panic!("the record has failed");
    };
    let settlement = &report.settlements[0];
    let error = settlement.outcome.as_ref().unwrap_err();
    assert_eq!((error.code, settlement.attempts), (Code::Attempts, 1));
}

#[test]
fn credentials_that_vanish_do_not_delay_the_list_of_shards() {
    let mut producer = producer_that_asks(Options {
        aggregation: Aggregation::Shard,
        ..options()
    });
    store_credentials(&mut producer, NOW);
    lose_credentials(&mut producer, NOW);
    let id = next_request(&mut producer, NOW);
    assert!(!producer.body(id).unwrap().is_empty());
    let headers = producer.sign(id, NOW, None).unwrap();
    assert_eq!(headers.target, "Kinesis_20131202.ListShards");
}

#[test]
fn a_list_of_shards_that_cannot_be_read_is_a_failure() {
    let mut producer = producer_that_asks(Options {
        aggregation: Aggregation::Shard,
        ..options()
    });
    store_credentials(&mut producer, NOW);
    let id = next_request(&mut producer, NOW);
    producer.sign(id, NOW, None).unwrap();
    let response = Response {
        status: 200,
        body: b"<html>",
        ..Response::default()
    };
    producer.handle_response(NOW, id, response);
    assert_eq!(producer.failures.in_a_row, 1);
    assert!(producer.failures.last.is_some());
}

#[test]
fn a_list_of_shards_without_an_end_is_a_failure_and_is_requested_for_waiting_records_only() {
    let mut producer = producer_that_asks(Options {
        aggregation: Aggregation::Shard,
        record_ttl_ms: 1000,
        ..options()
    });
    store_credentials(&mut producer, NOW);
    let page = Response {
        status: 200,
        body: br#"{"Shards":[],"NextToken":"same"}"#,
        ..Response::default()
    };
    let mut pages = 0;
    while let Step::Send(id) = producer.poll(NOW) {
        producer.sign(id, NOW, None).unwrap();
        producer.handle_response(NOW, id, page);
        pages += 1;
    }
    assert_eq!((pages, producer.failures.in_a_row), (100, 1));
    // Once the record has expired, nothing waits for the list.
    producer
        .shards
        .handle_failure(NOW + 900, Error::new(Code::Service, "again, sooner"));
    let id = next_request(&mut producer, NOW + 900);
    producer.handle_response(NOW + 900, id, page);
    assert!(matches!(producer.poll(NOW + 1001), Step::Settled(_)));
    assert!(matches!(producer.poll(NOW + 1001), Step::Wait(_)));
}

#[test]
fn a_provider_that_never_answers_is_asked_again() {
    let mut producer = producer_that_asks(Options {
        request_timeout_ms: 5000,
        ..options()
    });
    let deadline = NOW + 6000;
    assert_eq!(producer.poll(NOW), Step::Wait(deadline));
    assert_eq!(producer.poll(deadline - 1), Step::Wait(deadline));
    let Step::Wait(again_at) = producer.poll(deadline) else {
        panic!("no wait after a failure");
    };
    assert_eq!(producer.poll(again_at), Step::AskCredentials);
    assert_eq!(producer.poll(again_at), Step::Wait(again_at + 6000));
}

#[test]
fn a_late_answer_of_the_provider_is_accepted() {
    let mut producer = producer_that_asks(options());
    let Step::Wait(deadline) = producer.poll(NOW) else {
        panic!("no deadline");
    };
    let failed = producer.poll(deadline);
    assert!(matches!(failed, Step::Wait(_)));
    let error = Error::new(Code::Credentials, "too late");
    producer.handle_credentials(deadline, Some(error));
    assert_eq!(producer.poll(deadline), failed);
    store_credentials(&mut producer, deadline);
    next_request(&mut producer, deadline);
}

#[test]
fn a_provider_that_never_answers_fails_the_buffered_records_in_the_end() {
    let mut producer = producer_that_asks(Options {
        record_attempts_max: 3,
        ..options()
    });
    let (mut now, mut asked) = (NOW, 1);
    let report = loop {
        match producer.poll(now) {
            Step::AskCredentials => asked += 1,
            Step::Wait(until) => now = until,
            Step::Settled(report) => break report,
            step @ Step::Send(_) => panic!("{step:?}"),
        }
    };
    assert_eq!(asked, 3);
    let error = report.settlements[0].outcome.as_ref().unwrap_err();
    assert_eq!(error.code, Code::Credentials);
}

/// Options under which one record of 60 bytes fits into a request, and two do not.
fn options_for_one_record_each(linger_ms: u32) -> Options {
    Options {
        linger_ms,
        limits: Limits {
            record_bytes_max: 60,
            request_bytes_max: 100,
        },
        ..options()
    }
}

fn put_60_bytes(producer: &mut Producer, now: UnixMs) {
    producer.put(now, PackedRecord::new(&[b'a'; 57], "key", None)).unwrap();
}

#[test]
fn a_new_record_that_did_not_fit_into_a_request_lingers_as_before() {
    let mut producer = producer(options_for_one_record_each(100));
    put_60_bytes(&mut producer, NOW);
    assert_eq!(producer.poll(NOW), Step::AskCredentials);
    store_credentials(&mut producer, NOW);
    put_60_bytes(&mut producer, NOW);
    next_request(&mut producer, NOW);
    let Step::Wait(until) = producer.poll(NOW) else {
        panic!("the second record does not linger");
    };
    assert_eq!(until, NOW + 100);
    next_request(&mut producer, until);
}

#[test]
fn records_that_do_not_fit_into_a_keepalive_request_are_sent_later_in_their_order() {
    let mut producer = producer(options_for_one_record_each(0));
    put_60_bytes(&mut producer, NOW);
    assert_eq!(producer.poll(NOW), Step::AskCredentials);
    store_credentials(&mut producer, NOW);
    for data in [b'b', b'c'] {
        producer.put(NOW, PackedRecord::new(&[data; 57], "key", None)).unwrap();
    }
    let Some(id) = producer.next_keepalive(NOW, 1000) else {
        panic!("the first record fits");
    };
    let ids = [id, next_request(&mut producer, NOW), next_request(&mut producer, NOW)];
    let firsts = ids.map(|id| producer.body(id).unwrap().to_vec());
    for (body, data) in firsts.iter().zip(["YWFh", "YmJi", "Y2Nj"]) {
        assert!(str::from_utf8(body).unwrap().contains(data), "{data}");
    }
}

#[test]
fn a_full_buffer_is_sent_although_its_aggregates_linger() {
    for missing in [0, 1] {
        let mut producer = producer(Options {
            aggregation: Aggregation::Key,
            linger_ms: 60_000,
            buffer_records_max: 11 - missing,
            ..options()
        });
        store_credentials(&mut producer, NOW);
        for key in 0..10 {
            // The first record begins the linger time.
            let _ = producer.poll(NOW);
            let data = [b'a'; 10_000];
            producer
                .put(NOW, PackedRecord::new(&data, &key.to_string(), None))
                .unwrap();
        }
        let eleventh = producer.put(NOW, PackedRecord::new(b"a", "key", None));
        assert_eq!(eleventh.is_err(), missing == 1);
        assert_eq!(producer.wants_poll(NOW), missing == 1);
        let step = producer.poll(NOW);
        assert_eq!(matches!(step, Step::Send(_)), missing == 1, "{step:?}");
        // What is in flight will make room: what comes then lingers.
        assert!(!producer.wants_poll(NOW));
    }
}

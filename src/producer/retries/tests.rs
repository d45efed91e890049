use super::*;
use crate::producer::Step;
use crate::producer::options::{Aggregation, Options};
use crate::producer::settlement::Settlement;
use crate::producer::testing::{self, NOW, put, respond};

const POISON: &[u8] = b"poison";

fn producer(options: Options) -> Producer {
    testing::producer(Options {
        stream_name: Some("clicks".into()),
        linger_ms: 0,
        ..options
    })
}

fn refusal(name: &str) -> String {
    ["{\"__type\":\"", name, "\",\"message\":\"no\"}"].concat()
}

fn stored(entries: usize) -> String {
    let all = vec!["{\"ShardId\":\"s\",\"SequenceNumber\":\"1\"}"; entries];
    ["{\"Records\":[", &all.join(","), "]}"].concat()
}

/// Polls until all records have settled, and lets `serve` respond to each request: the status and the body by the texts
/// of the request's body.
fn run(producer: &mut Producer, mut now: UnixMs, serve: &mut dyn FnMut(&str) -> (u16, String)) -> Vec<Settlement> {
    let mut settlements = Vec::new();
    while !producer.unsettled.is_empty() || settlements.is_empty() {
        match producer.poll(now) {
            Step::Settled(report) => settlements.extend(report.settlements),
            Step::Send(id) => {
                let body = producer.body(id).unwrap().to_vec();
                producer.sign(id, now, None).unwrap();
                let (status, body) = serve(str::from_utf8(&body).unwrap());
                respond(producer, now, id, status, &body);
            }
            Step::Wait(until) => now = until,
            Step::AskCredentials => panic!("the credentials are fixed"),
        }
    }
    loop {
        match producer.poll(now) {
            Step::Settled(report) => settlements.extend(report.settlements),
            step => {
                assert_eq!(step, Step::Wait(UnixMs::MAX), "nothing wakes an empty producer");
                break;
            }
        }
    }
    settlements
}

fn failed(settlements: &[Settlement]) -> Vec<&Error> {
    settlements
        .iter()
        .filter_map(|one| one.outcome.as_ref().err())
        .collect()
}

/// Refuses each request that has the poisoned record.
fn refuse_poison(body: &str) -> (u16, String) {
    let entries = body.matches("PartitionKey").count();
    if body.contains("cG9pc29u") {
        return (400, refusal("InvalidArgumentException"));
    }
    (200, stored(entries))
}

#[test]
fn one_refused_record_does_not_lose_its_neighbours() {
    for (aggregation, status) in [
        (Aggregation::Off, 400),
        (Aggregation::Off, 413),
        (Aggregation::Key, 400),
    ] {
        let mut producer = producer(Options {
            aggregation,
            record_attempts_max: 1,
            ..Options::default()
        });
        for index in 0..30 {
            let data: &[u8] = if index == 17 { POISON } else { b"good" };
            put(&mut producer, NOW, data, "key");
        }
        let mut requests = 0;
        let settlements = run(&mut producer, NOW, &mut |body| {
            requests += 1;
            let is_aggregate = body.contains("84ma");
            match refuse_poison(body) {
                (400, _) if status == 413 => (413, "<html>Too large</html>".to_owned()),
                _ if is_aggregate => (400, refusal("ValidationException")),
                answer => answer,
            }
        });
        assert_eq!(settlements.iter().map(|one| one.records.count()).sum::<usize>(), 30);
        let errors = failed(&settlements);
        assert_eq!(
            (errors.len(), errors[0].code, errors[0].status),
            (1, Code::Service, Some(status))
        );
        assert!(requests <= 12, "{requests} requests");
        assert!(settlements.iter().all(|one| one.attempts == 1));
    }
}

#[test]
fn what_the_operator_has_to_mend_fails_at_once_before_the_first_delivery() {
    let mut producer = producer(Options::default());
    put(&mut producer, NOW, b"a", "key");
    let settlements = run(&mut producer, NOW, &mut |_| (400, refusal("ResourceNotFoundException")));
    let errors = failed(&settlements);
    assert_eq!(errors[0].name.as_deref(), Some("ResourceNotFoundException"));
    assert_eq!(settlements[0].attempts, 1);
}

#[test]
fn what_the_operator_has_to_mend_is_held_after_the_first_delivery_and_from_the_first_record_where_the_options_say_so() {
    for retries_operator_errors in [false, true] {
        let mut producer = producer(Options {
            retries_operator_errors,
            record_attempts_max: 2,
            ..Options::default()
        });
        if !retries_operator_errors {
            put(&mut producer, NOW, b"first", "key");
            run(&mut producer, NOW, &mut |_| (200, stored(1)));
        }
        put(&mut producer, NOW, b"held", "key");
        let mut refusals = 0;
        let settlements = run(&mut producer, NOW, &mut |_| {
            refusals += 1;
            if refusals > 8 {
                (200, stored(1))
            } else {
                (400, refusal("AccessDeniedException"))
            }
        });
        assert!(failed(&settlements).is_empty());
        assert_eq!(settlements[0].attempts, 1);
    }
}

#[test]
fn held_records_expire_with_the_exception_of_the_service() {
    let mut producer = producer(Options {
        retries_operator_errors: true,
        record_ttl_ms: 60_000,
        ..Options::default()
    });
    put(&mut producer, NOW, b"held", "key");
    let settlements = run(&mut producer, NOW, &mut |_| {
        (400, refusal("UnrecognizedClientException"))
    });
    let errors = failed(&settlements);
    assert_eq!(
        (errors[0].code, errors[0].name.as_deref()),
        (Code::Expired, Some("UnrecognizedClientException"))
    );
}

#[test]
fn one_request_at_a_time_probes_a_refused_stream() {
    let mut producer = producer(Options {
        retries_operator_errors: true,
        ..Options::default()
    });
    put(&mut producer, NOW, b"a", "key");
    let Step::Send(id) = producer.poll(NOW) else {
        panic!("no request");
    };
    respond(&mut producer, NOW, id, 400, &refusal("AccessDeniedException"));
    put(&mut producer, NOW, b"b", "key");
    producer.flush();
    let Step::Wait(probe_at) = producer.poll(NOW) else {
        panic!("no wait");
    };
    put(&mut producer, probe_at, b"c", "key");
    assert!(matches!(producer.poll(probe_at), Step::Send(_)));
    put(&mut producer, probe_at, b"d", "key");
    assert!(matches!(producer.poll(probe_at), Step::Wait(_)));
}

#[test]
fn the_list_of_shards_is_asked_for_ever_more_rarely_and_its_error_is_reported() {
    let mut producer = producer(Options {
        aggregation: Aggregation::Shard,
        ..Options::default()
    });
    put(&mut producer, NOW, b"a", "key");
    let mut requests = 0;
    let settlements = run(&mut producer, NOW, &mut |_| {
        requests += 1;
        (500, refusal("InternalFailure"))
    });
    let errors = failed(&settlements);
    assert_eq!(
        (errors[0].code, errors[0].name.as_deref()),
        (Code::Expired, Some("InternalFailure"))
    );
    assert!(
        errors[0].message.ends_with("could not be listed; the last attempt: no"),
        "{}",
        errors[0].message
    );
    assert!((15..80).contains(&requests), "{requests} requests in five minutes");
}

#[test]
fn an_observer_gets_as_many_retried_and_throttled_records_as_the_counts_have() {
    for attempts_max in [2, 10] {
        let mut producer = producer(Options {
            record_attempts_max: attempts_max,
            ..Options::default()
        });
        producer.observations.is_on = true;
        for key in ["a", "b", "c"] {
            put(&mut producer, NOW, b"x", key);
        }
        let mut names = ["SlowDown", "InternalFailure", "ThrottlingException"].into_iter();
        run(&mut producer, NOW, &mut |_| match names.next() {
            Some(name) => (400, refusal(name)),
            None => (200, stored(3)),
        });
        let notes = producer.observations.take();
        let sum = |is_throttle| -> u64 {
            let of_kind = notes.iter().filter(|note| note.is_throttle == is_throttle);
            of_kind.map(|note| note.records).sum()
        };
        let stats = &producer.stats;
        assert_eq!(
            (sum(true), sum(false)),
            (stats.records_throttled, stats.records_retried)
        );
        assert!(stats.records_throttled >= 3 && stats.records_retried >= 3);
        assert_eq!(notes.len(), if attempts_max == 2 { 2 } else { 5 });
    }
}

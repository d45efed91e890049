//! Aggregates, compared with those of `aws_kinesis_agg` for Python (made by `tests/vectors/make.py`), with the format
//! written by hand, and with random ones.

mod aggregates {
    pub mod format;
    pub mod puts;
}

use aggregates::format::{
    DIGEST_BYTES, MAGIC, aggregate, check_bounds, inside, is_no_aggregate, message, sealed, user_records,
};
use aggregates::puts::{Put, pick, random_bytes, random_puts};
use kinesis_edge::producer::aggregate::Aggregate;
use kinesis_edge::random::Random;
use serde_json::Value;

fn bytes_of_hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

/// Changes, removes, repeats or inserts some bytes of a message.
fn mutate(random: &mut Random, message: &mut Vec<u8>) {
    for _ in 0..=random.up_to(3) {
        let at = random.up_to(u32::try_from(message.len()).unwrap()) as usize;
        let end = (at + random.up_to(12) as usize).min(message.len());
        match random.up_to(4) {
            0 => drop(message.drain(at..end)),
            1 => message.extend_from_within(at..end),
            2 => {
                let byte = *pick(random, &[0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x1a, 0x23, 0x24]);
                message.splice(at..end, [byte]);
            }
            _ => {
                let noise = random.next_u64().to_le_bytes()[0];
                if let Some(byte) = message.get_mut(at) {
                    *byte ^= noise;
                }
            }
        }
    }
}

#[test]
fn aggregates_are_those_of_aws_kinesis_agg() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/aggregates.json");
    let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(vectors.len() >= 44);
    for vector in &vectors {
        let put = |record: &Value| Put {
            partition_key: record["partitionKey"].as_str().unwrap().to_owned(),
            explicit_hash_key: record["explicitHashKey"].as_str().map(ToOwned::to_owned),
            data: bytes_of_hex(record["data"].as_str().unwrap()),
        };
        let records: Vec<Put> = vector["records"].as_array().unwrap().iter().map(put).collect();
        let expected = bytes_of_hex(vector["aggregated"].as_str().unwrap());
        assert!(aggregate(&records) == expected, "{vector}");
        assert!(user_records(&expected) == records, "{vector}");
    }
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let records = [
        Put::new("a", None, b"x"),
        Put::new("b", Some("0"), b""),
        Put::new("a", Some("0"), b"y"),
    ];
    let tables = b"\x0a\x01a\x0a\x01b\x12\x010";
    let fields = b"\x1a\x05\x08\0\x1a\x01x\x1a\x06\x08\x01\x10\0\x1a\0\x1a\x07\x08\0\x10\0\x1a\x01y";
    let expected = sealed(&[&tables[..], fields].concat());
    assert_eq!(aggregate(&records), expected);
}

#[test]
fn pushed_records_are_read_and_their_length_is_predicted() {
    for seed in 0..300 {
        let records = random_puts(seed);
        let data = aggregate(&records);
        assert!(user_records(&data) == records, "seed {seed}");
    }
}

#[test]
fn each_key_is_in_its_table_once() {
    let keys: Vec<String> = (0_u32..5_000)
        .map(|number| number.wrapping_mul(0x9e37_79b9).to_string())
        .collect();
    let put = |key: &String| Put::new(key, Some(key), b"");
    // Each key once, then all of them again, backwards.
    let records: Vec<Put> = keys.iter().chain(keys.iter().rev()).map(put).collect();
    let data = aggregate(&records);
    assert!(user_records(&data) == records);
    let tables: usize = keys.iter().map(|key| 2 * (2 + key.len())).sum();
    let index_bytes: usize = (0..5_000).map(|index| 1 + usize::from(index > 127)).sum();
    let fields = 2 * (5_000 * 6 + 2 * index_bytes);
    assert_eq!(data.len(), MAGIC.len() + tables + fields + DIGEST_BYTES);
}

#[test]
fn a_record_of_a_mebibyte_fits() {
    let records = [
        Put::new("k", None, &vec![0xf3; 1 << 20]),
        Put::new("k", None, &vec![0; (1 << 21) - 5]),
        Put::new("k", None, b"after"),
    ];
    assert!(user_records(&aggregate(&records)) == records);
}

#[test]
fn other_data_is_no_aggregate() {
    assert!(is_no_aggregate(b""));
    assert!(is_no_aggregate(b"plain"));
    assert!(is_no_aggregate(MAGIC));
    assert!(is_no_aggregate(&[MAGIC, &[0; 16]].concat()));
    assert!(is_no_aggregate(&[MAGIC, b"\x0a\x01a", &[0; 16]].concat()));
    // The checksum is right, and there is nothing under it.
    assert!(is_no_aggregate(&sealed(b"")));
    assert!(is_no_aggregate(&Aggregate::default().finish()));
}

#[test]
fn a_message_without_records_holds_none() {
    assert_eq!(inside(b"\x0a\x01a"), []);
    assert_eq!(inside(b"\x20\x01"), []);
}

#[test]
fn an_aggregate_in_an_aggregate_is_data() {
    let inner = aggregate(&[Put::new("a", None, b"x")]);
    let outer = [Put::new("a", None, &inner), Put::new("b", None, &inner)];
    assert_eq!(user_records(&aggregate(&outer)), outer);
}

#[test]
fn fields_come_in_any_order_and_the_last_of_a_kind_counts() {
    let records = inside(b"\x1a\x0a\x1a\x01x\x08\0\x08\x01\x1a\x01y\x0a\x01a\x0a\x01b");
    assert_eq!(records, [Put::new("b", None, b"y")]);
}

#[test]
fn a_record_without_an_index_has_no_explicit_hash_key() {
    let records = inside(b"\x0a\x01a\x12\x015\x1a\x04\x08\0\x1a\0\x1a\x06\x08\0\x10\0\x1a\0");
    let expected = [Put::new("a", None, b""), Put::new("a", Some("5"), b"")];
    assert_eq!(records, expected);
}

#[test]
fn unknown_fields_are_skipped() {
    let values: [(&str, &[u8]); 8] = [
        ("tags", b"\x22\x05\x0a\x03key"),
        ("a varint", b"\x20\xff\x01"),
        ("64 bits", b"\x21\0\0\0\0\0\0\0\0"),
        ("32 bits", b"\x25\0\0\0\0"),
        ("a group in a group", b"\x23\x08\x01\x2b\x2c\x24"),
        ("field 1 in another form", b"\x0d\0\0\0\0"),
        ("the highest field", b"\xfa\xff\xff\xff\x0f\x01\x1a"),
        ("the longest varint", b"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
    ];
    for (name, value) in values {
        let length = u8::try_from(5 + value.len()).unwrap();
        let record = [&[0x1a, length, 0x08, 0x00], value, b"\x1a\x01x"].concat();
        let message = [b"\x0a\x01a", value, &record, value].concat();
        assert_eq!(inside(&message), [Put::new("a", None, b"x")], "{name}");
    }
}

#[test]
fn malformed_messages_are_no_aggregates() {
    assert_eq!(inside(b"\x0a\x01a\x1a\x04\x08\0\x1a\0").len(), 1);
    let messages: [(&str, &[u8]); 18] = [
        ("an index past the table", b"\x0a\x01a\x1a\x04\x08\x01\x1a\0"),
        ("into an empty table", b"\x0a\x01a\x1a\x06\x08\0\x10\0\x1a\0"),
        ("index 2^32", b"\x0a\x01a\x1a\x08\x08\x80\x80\x80\x80\x10\x1a\0"),
        (
            "the second of two",
            b"\x0a\x01a\x1a\x04\x08\0\x1a\0\x1a\x04\x08\x01\x1a\0",
        ),
        ("no index", b"\x0a\x01a\x1a\x02\x1a\0"),
        ("no data", b"\x0a\x01a\x1a\x02\x08\0"),
        ("an empty record", b"\x0a\x01a\x1a\0"),
        ("no UTF-8", b"\x0a\x01\xff\x1a\x04\x08\0\x1a\0"),
        ("cut off", b"\x0a\x02a"),
        ("a length past the end", b"\x0a\xff\xff\xff\xff\x0f"),
        ("the greatest length", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        (
            "a varint of 11 bytes",
            b"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        ("field 0", b"\x02\0"),
        ("a field number of 30 bits", b"\xfa\xff\xff\xff\x1f\0"),
        ("no such wire type", b"\x26"),
        ("the end of no group", b"\x24"),
        ("a group without end", b"\x23\x08\x01"),
        ("the end of another group", b"\x23\x2c"),
    ];
    for (name, message) in messages {
        assert!(is_no_aggregate(&sealed(message)), "{name}");
    }
}

#[test]
fn groups_in_groups_have_a_limit() {
    let nested = |deep: usize| sealed(&[vec![0x23; deep], vec![0x24; deep]].concat());
    assert_eq!(user_records(&nested(100)), []);
    assert!(is_no_aggregate(&nested(101)));
    assert!(is_no_aggregate(&nested(1_000_000)));
}

#[test]
fn every_truncation_is_no_aggregate() {
    for seed in 0..10 {
        let mut records = random_puts(seed);
        records.retain(|put| put.data.len() < 200);
        records.truncate(12);
        let data = aggregate(&records);
        for length in 0..data.len() {
            assert!(is_no_aggregate(&data[..length]), "seed {seed}, {length}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let records = [
        Put::new("a", None, b"x"),
        Put::new("ü", Some("5"), b"more"),
        Put::new("a", None, b""),
    ];
    let mut data = aggregate(&records);
    for at in 0..data.len() * 8 {
        data[at / 8] ^= 1 << (at % 8);
        assert!(is_no_aggregate(&data), "bit {at}");
        data[at / 8] ^= 1 << (at % 8);
    }
    assert_eq!(user_records(&data), records);
}

#[test]
fn every_byte_in_every_place_under_a_right_checksum_is_read_without_a_panic() {
    let records = [Put::new("a", None, b"x"), Put::new("ü", Some("5"), b"more")];
    let data = aggregate(&records);
    let mut message = message(&data).to_vec();
    for at in 0..message.len() {
        let kept = message[at];
        for byte in 0..=u8::MAX {
            message[at] = byte;
            check_bounds(&sealed(&message));
        }
        message[at] = kept;
        check_bounds(&sealed(&message[..at]));
    }
}

#[test]
fn mutated_messages_under_a_right_checksum_are_read_without_a_panic() {
    let (mut whole, mut apart) = (0, 0);
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let records: Vec<Put> = (0..=random.up_to(3))
            .map(|_| Put {
                partition_key: (*pick(&mut random, &["a", "b", "ü"])).to_owned(),
                explicit_hash_key: (random.up_to(2) == 0).then(|| "5".to_owned()),
                data: random_bytes(&mut random, 3),
            })
            .collect();
        let mut message = message(&aggregate(&records)).to_vec();
        mutate(&mut random, &mut message);
        let data = sealed(&message);
        check_bounds(&data);
        if is_no_aggregate(&data) {
            whole += 1;
        } else {
            apart += 1;
        }
    }
    // Otherwise the mutations would be too weak, or too strong, to test both.
    assert!(whole > 1000 && apart > 1000, "{whole} {apart}");
}

#[test]
fn random_bytes_are_read_without_a_panic() {
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let length = random.up_to(40);
        let noise = random_bytes(&mut random, length);
        assert!(is_no_aggregate(&noise), "seed {seed}");
        check_bounds(&sealed(&noise));
    }
}

use super::*;
use crate::api::json::{Malformed, Reader, put_base64, put_string};
use crate::random::Random;
use std::fmt::Write;

// cbor2.dumps(…, indefinite_containers=True)
const PUT_RECORDS: &str = "\
    bf714661696c65645265636f7264436f756e7401675265636f7264739fbf6e53657175656e63654e756d626572783834\
    393534333436333037363534383030373537373130353039323730333033393536303335393937353232383531383339\
    35303132363836675368617264496474736861726449642d303030303030303030303030ffbf694572726f72436f6465\
    6f496e7465726e616c4661696c7572656c4572726f724d6573736167657819496e7465726e616c207365727669636520\
    6661696c7572652effffff";

// cbor2.dumps(…), with the timestamp as CBORTag(1, 1774000123.25)
const GET_RECORDS: &str = "\
    a3675265636f72647381a46e53657175656e63654e756d6265726131781b417070726f78696d6174654172726976616c\
    54696d657374616d70c1fb41da6f45fed000006444617461470001feff2068696c506172746974696f6e4b65796dd0ba\
    d0bbd18ed18720f09f9880714e65787453686172644974657261746f72f6724d696c6c6973426568696e644c61746573\
    7400";

// cbor2.dumps([True, False, None, undefined, 0, 23, 24, 255, 256, 65536, 2**32, 2**64-1, -1, -25, -2**63, -2**64, 1.5,
//   -0.0005, -0.001, 0.9996, 1506440188.749, 2.0**53, 1e300, float("nan")])
const NUMBERS: &str = "\
    9818f5f4f6f70017181818ff1901001a000100001b00000001000000001bffffffffffffffff2038183b7fffffffffff\
    ffff3bfffffffffffffffffb3ff8000000000000fbbf40624dd2f1a9fcfbbf50624dd2f1a9fcfb3feffcb923a29c78fb\
    41d6729cff2fef9efb4340000000000000fb7e37e43c8800759cf97e00";

// cbor2.dumps([1.5, -2.0, 5.960464477539063e-8, 100000.0, 0.1, float("-inf")], canonical=True)
const SHORT_FLOATS: &str = "86f93e00f9c000f90001fa47c35000fb3fb999999999999af9fc00";

// cbor2.dumps({"Records": [{"Data": bytes(range(226, 256)), "PartitionKey": "a\"é"}], "StreamName": "s"})
const REQUEST: &str = "\
    a2675265636f72647381a26444617461581ee2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\
    6c506172746974696f6e4b6579646122c3a96a53747265616d4e616d656173";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn json(hex: &str) -> Result<String, Malformed> {
    to_json(&bytes(hex)).map(|json| String::from_utf8(json).unwrap())
}

fn is_json(text: &[u8]) -> bool {
    let mut reader = Reader::new(text);
    reader.skip().and_then(|_| reader.end()).is_ok()
}

#[test]
fn examples_of_rfc_8949_appendix_a() {
    for (hex, text) in [
        ("00", "0"),
        ("17", "23"),
        ("1818", "24"),
        ("1903e8", "1000"),
        ("1a000f4240", "1000000"),
        ("1b000000e8d4a51000", "1000000000000"),
        ("1bffffffffffffffff", "18446744073709551615"),
        ("20", "-1"),
        ("3903e7", "-1000"),
        ("3bffffffffffffffff", "-18446744073709551616"),
        ("f90000", "0"),
        ("f98000", "0"),
        ("f93c00", "1"),
        ("fb3ff199999999999a", "1.100"),
        ("f93e00", "1.500"),
        ("f97bff", "65504"),
        ("fa47c35000", "100000"),
        ("fa7f7fffff", "null"),
        ("fb7e37e43c8800759c", "null"),
        ("f90001", "0"),
        ("f90400", "0"),
        ("f9c400", "-4"),
        ("fbc010666666666666", "-4.100"),
        ("f97c00", "null"),
        ("f97e00", "null"),
        ("f9fc00", "null"),
        ("fa7f800000", "null"),
        ("fb7ff8000000000000", "null"),
        ("f4", "false"),
        ("f5", "true"),
        ("f6", "null"),
        ("f7", "null"),
        ("f0", "null"),
        ("f8ff", "null"),
        ("c11a514b67b0", "1363896240"),
        ("c1fb41d452d9ec200000", "1363896240.500"),
        ("d74401020304", "\"AQIDBA==\""),
        ("40", "\"\""),
        ("60", "\"\""),
        ("6449455446", "\"IETF\""),
        ("62225c", r#""\"\\""#),
        ("64f0908591", "\"\u{10151}\""),
        ("80", "[]"),
        ("8301820203820405", "[1,[2,3],[4,5]]"),
        ("a0", "{}"),
        ("a26161016162820203", r#"{"a":1,"b":[2,3]}"#),
        ("826161a161626163", r#"["a",{"b":"c"}]"#),
        ("5f42010243030405ff", "\"AQIDBAU=\""),
        ("7f657374726561646d696e67ff", "\"streaming\""),
        ("9fff", "[]"),
        ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
        ("83019f0203ff820405", "[1,[2,3],[4,5]]"),
        ("bf61610161629f0203ffff", r#"{"a":1,"b":[2,3]}"#),
        ("bf6346756ef563416d7421ff", r#"{"Fun":true,"Amt":-2}"#),
    ] {
        assert_eq!(json(hex).as_deref(), Ok(text), "{hex}");
    }
}

#[test]
fn output_of_cbor2_is_converted_to_json() {
    for (hex, text) in [
        (
            PUT_RECORDS,
            r#"{"FailedRecordCount":1,"Records":[{"SequenceNumber":"49543463076548007577105092703039560359975228518395012686","ShardId":"shardId-000000000000"},{"ErrorCode":"InternalFailure","ErrorMessage":"Internal service failure."}]}"#,
        ),
        (
            GET_RECORDS,
            r#"{"Records":[{"SequenceNumber":"1","ApproximateArrivalTimestamp":1774000123.250,"Data":"AAH+/yBoaQ==","PartitionKey":"ключ 😀"}],"NextShardIterator":null,"MillisBehindLatest":0}"#,
        ),
        (
            NUMBERS,
            "[true,false,null,null,0,23,24,255,256,65536,4294967296,18446744073709551615,-1,-25,-9223372036854775808,-18446744073709551616,1.500,0,-0.001,1,1506440188.749,null,null,null]",
        ),
        (SHORT_FLOATS, "[1.500,-2,0,100000,0.100,null]"),
        (
            REQUEST,
            r#"{"Records":[{"Data":"4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/","PartitionKey":"a\"é"}],"StreamName":"s"}"#,
        ),
    ] {
        assert_eq!(json(hex).as_deref(), Ok(text));
        assert!(is_json(text.as_bytes()), "{text}");
    }
}

#[test]
fn output_is_that_of_cbor2() {
    let data: Vec<u8> = (226..=255).collect();
    let mut out = Vec::new();
    put_map(&mut out, 2);
    put_text(&mut out, "Records");
    put_array(&mut out, 1);
    put_map(&mut out, 2);
    put_text(&mut out, "Data");
    put_bytes(&mut out, &data);
    put_text(&mut out, "PartitionKey");
    put_text(&mut out, "a\"é");
    put_text(&mut out, "StreamName");
    put_text(&mut out, "s");
    assert_eq!(hex(&out), REQUEST);
}

#[test]
fn heads_are_as_short_as_possible() {
    for (len, head) in [
        (0, "80"),
        (23, "97"),
        (24, "9818"),
        (0xff, "98ff"),
        (0x100, "990100"),
        (0xffff, "99ffff"),
        (0x1_0000, "9a00010000"),
        (0xffff_ffff, "9affffffff"),
        #[cfg(target_pointer_width = "64")]
        (0x1_0000_0000, "9b0000000100000000"),
    ] {
        let mut out = Vec::new();
        put_array(&mut out, len);
        assert_eq!(hex(&out), head);
    }
}

#[test]
fn written_items_are_read_back() {
    for len in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
        let text = "\"".repeat(len);
        let data = vec![0xff; len];
        let mut out = Vec::new();
        put_indefinite_map(&mut out);
        put_text(&mut out, &text);
        put_indefinite_array(&mut out);
        put_bytes(&mut out, &data);
        put_break(&mut out);
        put_break(&mut out);

        let mut expected = b"{".to_vec();
        put_string(&mut expected, &text);
        expected.extend_from_slice(b":[");
        put_base64(&mut expected, &data);
        expected.extend_from_slice(b"]}");
        assert_eq!(to_json(&out), Ok(expected), "{len}");
    }
}

#[test]
fn every_truncation_and_every_addition_is_malformed() {
    let chunks = "9f7f657374726561646d696e67ff5f42010243030405ffc074323031332d30332d32315432303a30343a30305aff";
    for hex in [PUT_RECORDS, GET_RECORDS, NUMBERS, SHORT_FLOATS, REQUEST, chunks] {
        let mut cbor = bytes(hex);
        assert!(to_json(&cbor).is_ok());
        for length in 0..cbor.len() {
            assert_eq!(to_json(&cbor[..length]), Err(Malformed), "{length}");
        }
        cbor.push(0xf6);
        assert_eq!(to_json(&cbor), Err(Malformed));
    }
}

#[test]
fn items_that_are_not_well_formed_are_malformed() {
    for hex in [
        "",   // nothing
        "ff", // a break outside
        "1c", // reserved lengths
        "5d",
        "7e",
        "fc",
        "1f", // numbers and tags have no indefinite length
        "3f",
        "df00ff",
        "f800", // a simple value that fits in the first byte
        "f81f",
        "61ff",         // not UTF-8
        "7f61c361a9ff", // a character over two chunks
        "7f4161ff",     // bytes among text
        "5f6161ff",     // text among bytes
        "5f5f4100ffff", // chunks of indefinite length
        "7fc06161ff",   // a tag inside a string
        "bf6161ff",     // a member without a value
        "a161ff",
        "a1ff",
        "a10102", // keys that are not text
        "a1416102",
        "a1f602",
        "81ff", // a break in a definite length
        "c1ff", // a tag on a break
        "c1",
        "5bffffffffffffffff00", // lengths beyond any memory
        "7bffffffffffffffff00",
        "9bffffffffffffffff00",
        "bbffffffffffffffff616100",
        "5a80000000",
    ] {
        assert_eq!(json(hex), Err(Malformed), "{hex}");
    }
}

#[test]
fn timestamps_keep_their_unit() {
    // As AWS's SDK for Java 2 writes a Timestamp, in milliseconds despite the tag:
    // https://github.com/aws/aws-sdk-java-v2/issues/4661
    assert_eq!(json("c11b000001a013accc38").as_deref(), Ok("1787036486712"));
}

#[test]
fn fractions_are_rounded_and_large_numbers_stay_exact() {
    for (number, text) in [
        (0.9994, "0.999"),
        (0.9995, "1"),
        (-0.0004, "0"),
        (-1.001, "-1.001"),
        (1_774_000_000.007, "1774000000.007"),
        (4_503_599_627_370_495.5, "4503599627370495.500"),
        (9_007_199_254_740_991.0, "9007199254740991"),
        (-9_007_199_254_740_992.0, "null"),
        (f64::MIN_POSITIVE, "0"),
    ] {
        let hex = format!("fb{:016x}", f64::to_bits(number));
        assert_eq!(json(&hex).as_deref(), Ok(text), "{number}");
    }
}

#[test]
fn nesting_has_the_limit_of_the_json_reader() {
    for (open, close) in [("81", ""), ("9f", "ff"), ("a16161", ""), ("bf6161", "ff")] {
        let nested = |depth| open.repeat(depth) + "00" + &close.repeat(depth);
        assert!(is_json(json(&nested(64)).unwrap().as_bytes()));
        assert_eq!(json(&nested(65)), Err(Malformed));
        assert_eq!(json(&nested(100_000)), Err(Malformed));
    }
    // Tags are skipped, so they do not nest.
    assert_eq!(json(&("c1".repeat(100_000) + "00")).as_deref(), Ok("0"));
    // Items of one array are not nested.
    assert!(json(&format!("9f{}ff", "80".repeat(1_000))).is_ok());
}

#[test]
fn random_bytes_never_panic_and_what_is_read_is_json() {
    let mut random = Random::new(0x000c_b0c0);
    let seeds = [PUT_RECORDS, GET_RECORDS, NUMBERS, REQUEST].map(bytes);
    let mut read = 0;
    for round in 0..20_000 {
        let mut cbor: Vec<u8> = if round % 2 == 0 {
            let len = random.up_to(24);
            (0..len).map(|_| random_byte(&mut random)).collect()
        } else {
            seeds[round / 2 % seeds.len()].clone()
        };
        for _ in 0..random.up_to(3) {
            let last = u32::try_from(cbor.len().saturating_sub(1)).unwrap();
            if let Some(byte) = cbor.get_mut(random.up_to(last) as usize) {
                *byte = random_byte(&mut random);
            }
        }
        if let Ok(json) = to_json(&cbor) {
            assert!(is_json(&json), "{}", hex(&cbor));
            assert!(json.len() <= 8 * cbor.len(), "{}", hex(&cbor));
            read += 1;
        }
    }
    assert!(read > 1_000, "{read}");
}

fn random_byte(random: &mut Random) -> u8 {
    u8::try_from(random.up_to(255)).unwrap()
}

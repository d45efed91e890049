//! A record, checked against the limits of Kinesis before it is sent.
//!
//! The limits: <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html>.

use super::excerpt::excerpt;
use crate::error::{Code, Error};
use crate::text::text;

/// A record for `PutRecord` or `PutRecords`. `new` and `check` refuse what Kinesis does not accept.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) partition_key: &'a str,
    pub(crate) explicit_hash_key: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// Checks the keys and the size. `index` is the index of the record in `Records`, for the error.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for a key, [`Code::RecordTooLarge`] for the size; both name the argument and
    /// the limit.
    pub fn new(
        data: &'a [u8],
        partition_key: &'a str,
        explicit_hash_key: Option<&'a str>,
        bytes_max: usize,
        index: Option<usize>,
    ) -> Result<Self, Error> {
        let record = Self {
            data,
            partition_key,
            explicit_hash_key,
        };
        record.check(bytes_max, index)?;
        Ok(record)
    }

    /// The checks of [`new`](Self::new).
    pub(crate) fn check(&self, bytes_max: usize, index: Option<usize>) -> Result<(), Error> {
        check_partition_key(self.partition_key, index)?;
        if let Some(key) = self.explicit_hash_key
            && hash_key_value(key).is_none()
        {
            return Err(bad_hash_key(&argument(index, "ExplicitHashKey"), key));
        }
        self.check_size(bytes_max, index)
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The partition key: 1 to 256 code points.
    #[must_use]
    pub fn partition_key(&self) -> &'a str {
        self.partition_key
    }

    /// The explicit hash key: a decimal below 2¹²⁸ that selects the shard instead of the partition key.
    #[must_use]
    pub fn explicit_hash_key(&self) -> Option<&'a str> {
        self.explicit_hash_key
    }

    /// Bytes that count against the limits of records, requests and shards: data plus partition key, before any
    /// encoding.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.data.len() + self.partition_key.len()
    }

    fn check_size(&self, bytes_max: usize, index: Option<usize>) -> Result<(), Error> {
        let bytes = self.bytes();
        if bytes <= bytes_max {
            return Ok(());
        }
        let name = argument(index, "Data");
        let message = text![
            name,
            " with its PartitionKey has ",
            bytes,
            " bytes: a record has ",
            bytes_max,
            " at most (recordBytesMax)"
        ];
        let mut error = Error::new(Code::RecordTooLarge, message);
        error.partition_key = Some(self.partition_key.to_owned());
        Err(error)
    }
}

/// Parses an explicit hash key: `0`, or a decimal without leading zeros up to 2¹²⁸−1. `argument` is its name in the
/// error.
///
/// # Errors
/// [`Code::InvalidArgument`].
pub fn parse_hash_key(text: &str, argument: &str) -> Result<u128, Error> {
    hash_key_value(text).ok_or_else(|| bad_hash_key(argument, text))
}

fn hash_key_value(text: &str) -> Option<u128> {
    // Decimals of the same length sort like their numbers.
    let fits = text.len() < HASH_KEY_MAX.len() || text <= HASH_KEY_MAX;
    let digits = text.bytes().map(|byte| u128::from(byte - b'0'));
    (is_canonical_decimal(text, HASH_KEY_MAX.len()) && fits)
        .then(|| digits.fold(0, |number, digit| number * 10 + digit))
}

fn bad_hash_key(argument: &str, text: &str) -> Error {
    let quoted = excerpt(text);
    Error::invalid(text![
        argument,
        " must be a decimal from 0 to 2^128-1 without leading zeros, not \"",
        quoted,
        "\""
    ])
}

/// Checks a `SequenceNumberForOrdering`: `0`, or up to 129 digits without leading zeros.
///
/// # Errors
/// [`Code::InvalidArgument`].
pub fn check_sequence_number(text: &str) -> Result<(), Error> {
    if is_canonical_decimal(text, 129) {
        return Ok(());
    }
    let quoted = excerpt(text);
    Err(Error::invalid(text![
        "SequenceNumberForOrdering must be a decimal of at most 129 digits without leading zeros, not \"",
        quoted,
        "\""
    ]))
}

fn is_canonical_decimal(text: &str, digits_max: usize) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let sized = (1..=digits_max).contains(&text.len());
    digits && sized && (text == "0" || !text.starts_with('0'))
}

/// The name of a parameter as the caller knows it: `Data`, or `Records[3].Data`.
fn argument(index: Option<usize>, name: &str) -> String {
    index.map_or_else(|| name.to_owned(), |index| text!["Records[", index, "].", name])
}

fn check_partition_key(key: &str, index: Option<usize>) -> Result<(), Error> {
    // The service counts code points: it accepts 256 × `é` and 256 emoji. Each code point has one byte that is not a
    // continuation byte.
    let length = key.bytes().filter(|byte| byte & 0xc0 != 0x80).count();
    if (1..=PARTITION_KEY_CHARS_MAX).contains(&length) {
        return Ok(());
    }
    let name = argument(index, "PartitionKey");
    Err(Error::invalid(text![
        name,
        " must have 1 to ",
        PARTITION_KEY_CHARS_MAX,
        " characters, not ",
        length
    ]))
}

/// The most bytes of data plus partition key, without a raised limit: 1 MiB.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;
/// The most code points of a partition key.
pub const PARTITION_KEY_CHARS_MAX: usize = 256;
/// 2¹²⁸−1.
const HASH_KEY_MAX: &str = "340282366920938463463374607431768211455";

#[cfg(test)]
mod tests {
    use super::*;

    fn record<'a>(data: &'a [u8], key: &'a str, hash: Option<&'a str>) -> Result<Record<'a>, Error> {
        Record::new(data, key, hash, RECORD_BYTES_MAX, Some(3))
    }

    #[test]
    fn keys_are_counted_in_code_points() {
        for key in ["k", &"é".repeat(256), &"😀".repeat(256)] {
            assert!(record(b"", key, None).is_ok());
        }
        for key in ["", &"é".repeat(257), &"😀".repeat(257)] {
            let error = record(b"", key, None).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
            assert!(error.message.contains("Records[3].PartitionKey"));
            assert!(error.message.contains("256"));
        }
    }

    #[test]
    fn hash_keys_range_from_zero_to_2_128_minus_1() {
        for (text, value) in [("0", 0), ("10", 10), (&u128::MAX.to_string(), u128::MAX)] {
            assert_eq!(parse_hash_key(text, "ExplicitHashKey").unwrap(), value);
        }
        let past = "340282366920938463463374607431768211456";
        for text in [
            "",
            "abc",
            "-1",
            "+1",
            "01",
            "00",
            " 1",
            "1.0",
            "٣",
            past,
            &"9".repeat(40),
        ] {
            let error = parse_hash_key(text, "ExplicitHashKey").unwrap_err();
            assert!(error.message.contains("ExplicitHashKey"), "{text}");
        }
    }

    #[test]
    fn the_size_limit_includes_the_partition_key() {
        let data = vec![0; RECORD_BYTES_MAX - 2];
        assert_eq!(record(&data, "é", None).unwrap().bytes(), RECORD_BYTES_MAX);
        let error = record(&data, "éa", None).unwrap_err();
        assert_eq!(error.code, Code::RecordTooLarge);
        assert!(error.message.contains("1048576"));
        assert_eq!(error.partition_key.as_deref(), Some("éa"));
    }

    #[test]
    fn sequence_numbers_have_at_most_129_digits() {
        for text in ["0", "1", &"9".repeat(129)] {
            assert!(check_sequence_number(text).is_ok());
        }
        for text in ["", "00", "01", "x", "-1", &"9".repeat(130)] {
            assert!(check_sequence_number(text).is_err());
        }
    }
}

//! The date of a signature: ISO 8601 without separators, in UTC and whole seconds.

use crate::time::{DAY_MS, UnixMs, civil, digits, unix_ms};

/// A date and time of the form `YYYYMMDD'T'HHMMSS'Z'`, as in the header `x-amz-date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmzDate([u8; 16]);

impl AmzDate {
    /// The date of a time, in whole seconds.
    #[must_use]
    pub fn new(time: UnixMs) -> Self {
        let time = time.clamp(0, YEAR_9999_MS);
        let (year, month, day) = civil(time.div_euclid(DAY_MS));
        let second = time.rem_euclid(DAY_MS) / 1000;
        let mut text = *b"00000000T000000Z";
        put_digits(&mut text[0..4], year);
        put_digits(&mut text[4..6], month);
        put_digits(&mut text[6..8], day);
        put_digits(&mut text[9..11], second / 3600);
        put_digits(&mut text[11..13], second / 60 % 60);
        put_digits(&mut text[13..15], second % 60);
        Self(text)
    }

    /// The date and time.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("digits, T and Z")
    }

    /// The day `YYYYMMDD`, as in a credential scope.
    #[must_use]
    pub fn day(&self) -> &str {
        &self.as_str()[..8]
    }

    /// Parses a date and time.
    #[must_use]
    pub fn parse(text: &str) -> Option<UnixMs> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        let part = |from: usize, to: usize| digits(&bytes[from..to]);
        unix_ms(
            (part(0, 4)?, part(4, 6)?, part(6, 8)?),
            (part(9, 11)?, part(11, 13)?, part(13, 15)?),
        )
    }
}

fn put_digits(slot: &mut [u8], mut number: i64) {
    for digit in slot.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

/// 9999-12-31T23:59:59Z, the last second that has four digits for the year.
const YEAR_9999_MS: UnixMs = 253_402_300_799_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_parsed_as_they_are_written() {
        for (time, text) in [
            (0, "19700101T000000Z"),
            (951_782_400_000, "20000229T000000Z"),
            (1_795_229_130_999, "20261121T024530Z"),
            (4_107_542_399_000, "21000228T235959Z"),
            (YEAR_9999_MS, "99991231T235959Z"),
        ] {
            assert_eq!(AmzDate::new(time).as_str(), text);
            assert_eq!(AmzDate::parse(text), Some(time / 1000 * 1000));
        }
    }

    #[test]
    fn every_day_of_four_centuries_reads_back() {
        for day in 0..146_097 {
            let time = day * DAY_MS + 1000;
            assert_eq!(AmzDate::parse(AmzDate::new(time).as_str()), Some(time));
        }
    }

    #[test]
    fn times_out_of_range_become_the_nearest_date() {
        assert_eq!(AmzDate::new(-1).as_str(), "19700101T000000Z");
        assert_eq!(AmzDate::new(i64::MAX).as_str(), "99991231T235959Z");
    }
}

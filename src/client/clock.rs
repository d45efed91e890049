//! The server's clock: how far the host's is off, and the two date formats of the wire.
//!
//! Kinesis refuses a signature that is more than five minutes off, and the clocks of visitors' devices are often wrong. Every
//! answer tells the server's time, so the offset is learned from all of them.

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
pub type UnixMs = i64;

/// What is known of the server's clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: i64,
}

impl Clock {
    /// Server time minus host time.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms
    }

    /// The server's time when the host's clock shows `now`.
    #[must_use]
    pub fn server_time(&self, now: UnixMs) -> UnixMs {
        now.saturating_add(self.offset_ms)
    }

    /// Learns from a server's time stamp of whole seconds, on an answer to a request sent at `sent` and read at `received`.
    /// Returns by how much the offset moved.
    ///
    /// The stamp was taken somewhere between the two, and its second may have been anything but over: that gives a range of
    /// offsets. The nearest one to what is believed already is taken, so that a right clock is never moved by rounding.
    pub fn learn(&mut self, stamp: UnixMs, sent: UnixMs, received: UnixMs) -> i64 {
        let least = stamp.saturating_sub(received);
        let most = stamp.saturating_add(999).saturating_sub(sent).max(least);
        let before = self.offset_ms;
        self.offset_ms = before.clamp(least, most);
        self.offset_ms - before
    }
}

/// `YYYYMMDD'T'HHMMSS'Z'`, as in the header x-amz-date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmzDate([u8; 16]);

impl AmzDate {
    /// The second that `time` is in.
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

    /// The whole stamp.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("digits, T and Z")
    }

    /// The day alone: `YYYYMMDD`, as in a credential scope.
    #[must_use]
    pub fn day(&self) -> &str {
        &self.as_str()[..8]
    }

    /// Reads a stamp.
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

/// Reads the fixed form of an HTTP `Date` header (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<UnixMs> {
    let bytes = text.as_bytes();
    if bytes.len() != 29 || &bytes[3..5] != b", " || &bytes[25..] != b" GMT" {
        return None;
    }
    let month = MONTHS.iter().position(|month| *month == &bytes[8..11])?;
    let part = |from: usize, to: usize| digits(&bytes[from..to]);
    unix_ms(
        (part(12, 16)?, i64::try_from(month).ok()? + 1, part(5, 7)?),
        (part(17, 19)?, part(20, 22)?, part(23, 25)?),
    )
}

/// The server's time inside the message of a signature that is too old or too new, for where CORS hides the `Date` header:
/// `Signature expired: <signed> is now earlier than <limit> (<server time> - 5 min.)`.
#[must_use]
pub fn server_time_in_message(message: &str) -> Option<UnixMs> {
    let (_, inside) = message.rsplit_once('(')?;
    AmzDate::parse(inside.get(..16)?)
}

fn put_digits(slot: &mut [u8], mut number: i64) {
    for digit in slot.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
    })
}

fn unix_ms((year, month, day): (i64, i64, i64), (h, m, s): (i64, i64, i64)) -> Option<UnixMs> {
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && h < 24 && m < 60 && s <= 60;
    in_range.then(|| days(year, month, day) * DAY_MS + ((h * 60 + m) * 60 + s) * 1000)
}

/// Days from 1970-01-01, by Howard Hinnant's `days_from_civil`: years begin in March, so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day, the inverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

const DAY_MS: i64 = 86_400_000;
/// 9999-12-31T23:59:59Z, the last second that the format can show.
const YEAR_9999_MS: UnixMs = 253_402_300_799_000;
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_read_back_as_written() {
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
    fn times_no_stamp_can_show_become_the_nearest() {
        assert_eq!(AmzDate::new(-1).as_str(), "19700101T000000Z");
        assert_eq!(AmzDate::new(i64::MAX).as_str(), "99991231T235959Z");
    }

    #[test]
    fn http_dates_are_read_and_others_are_not() {
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 28:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_right_clock_is_not_moved_by_whole_seconds() {
        let mut clock = Clock::default();
        for received in [10_000, 10_400, 10_999] {
            clock.learn(10_000, received - 300, received);
        }
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_wrong_clock_is_put_right_to_within_a_second() {
        for hours in [-1, 1] {
            let mut clock = Clock::default();
            let server = 1_000_000_000 + hours * 3_600_000;
            clock.learn(server, 999_999_900, 1_000_000_000);
            assert!((clock.offset_ms() - hours * 3_600_000).abs() <= 1100);
        }
    }

    #[test]
    fn the_messages_of_both_kinds_of_skew_tell_the_time() {
        for message in [
            "Signature expired: 20261121T010000Z is now earlier than 20261121T015500Z (20261121T020000Z - 5 min.)",
            "Signature not yet current: 20261121T030000Z is still later than 20261121T020500Z (20261121T020000Z + 5 min.)",
        ] {
            assert_eq!(server_time_in_message(message), AmzDate::parse("20261121T020000Z"));
        }
        assert_eq!(server_time_in_message("no (time) here"), None);
        assert_eq!(server_time_in_message("(2026é1121T020000Z"), None);
    }
}

//! Dates as HTTP and signatures write them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// As in `Date`: `Sat, 21 Nov 2026 01:02:03 GMT`.
#[must_use]
pub fn http_date(ms: i64) -> String {
    let days = ms.div_euclid(DAY_MS);
    let weekday = WEEKDAYS[index(days.rem_euclid(7))];
    let (year, month, day) = civil(days);
    let month = MONTHS[index(month - 1)];
    let (hour, minute, second) = time_of_day(ms);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// As in `X-Amz-Date`: `20261121T010203Z`.
#[must_use]
pub fn amz_date(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let (hour, minute, second) = time_of_day(ms);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Reads what [`amz_date`] writes.
#[must_use]
pub fn parse_amz_date(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = &bytes[from..to];
        digits.iter().try_fold(0, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let days = days(number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let seconds = number(9, 11)? * 3600 + number(11, 13)? * 60 + number(13, 15)?;
    let ms = days * DAY_MS + seconds * 1000;
    // The 31st of April is no date.
    (amz_date(ms) == text).then_some(ms)
}

fn time_of_day(ms: i64) -> (i64, i64, i64) {
    let seconds = ms.rem_euclid(DAY_MS) / 1000;
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Days since 1970 of a date. Years are counted from March, so that a leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA_DAYS + day_of_era - EPOCH_DAYS
}

/// Year, month and day of days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    (
        year + era * 400 + i64::from(month <= 2),
        month,
        day_of_year - (153 * from_march + 2) / 5 + 1,
    )
}

fn index(number: i64) -> usize {
    usize::try_from(number).expect("a remainder is not negative")
}

const DAY_MS: i64 = 86_400_000;
/// Days of 400 years.
const ERA_DAYS: i64 = 146_097;
/// From the first of March of the year 0 to the first of January 1970.
const EPOCH_DAYS: i64 = 719_468;
/// From the weekday of 1970-01-01.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(1_709_164_800_000), "Thu, 29 Feb 2024 00:00:00 GMT");
    }

    #[test]
    fn a_signing_date_comes_back_as_it_went_in() {
        for day in -800_i64..40_000 {
            let ms = day * DAY_MS + day.rem_euclid(86_400) * 1000;
            assert_eq!(parse_amz_date(&amz_date(ms)), Some(ms), "{}", amz_date(ms));
        }
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in [
            "",
            "20260431T000000Z",
            "20261121T250000Z",
            "2026-11-21T01:02Z",
            "2026112+T010203Z",
        ] {
            assert_eq!(parse_amz_date(text), None, "{text}");
        }
    }
}

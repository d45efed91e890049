//! Time in milliseconds since 1970, and the calendar for the date formats of AWS and HTTP.

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds. The host passes `now`, and its clock may be wrong:
/// [`Clock`](crate::client::clock::Clock) has the difference to the time of the server.
pub type UnixMs = i64;

pub(crate) fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
    })
}

pub(crate) fn unix_ms((year, month, day): (i64, i64, i64), (h, m, s): (i64, i64, i64)) -> Option<UnixMs> {
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && h < 24 && m < 60 && s <= 60;
    in_range.then(|| days(year, month, day) * DAY_MS + ((h * 60 + m) * 60 + s) * 1000)
}

/// Days since 1970-01-01, by the algorithm `days_from_civil` of Howard Hinnant: its years begin in March, so that the
/// leap day is the last day.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year, month and day of a number of days, as the inverse of [`days`].
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
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

pub(crate) const DAY_MS: i64 = 86_400_000;

//! The `Date` header of a response.

use kinesis_edge::sigv4::AmzDate;
use kinesis_edge::time::UnixMs;

/// A date such as `Sun, 06 Nov 1994 08:49:37 GMT`. The day of the week is always the same, as the core does not read
/// it.
pub fn http_date(time: UnixMs) -> String {
    let date = AmzDate::new(time);
    let date = date.as_str();
    let month: usize = date[4..6].parse().expect("two digits");
    let (year, month, day) = (&date[..4], MONTHS[month - 1], &date[6..8]);
    let (hour, minute, second) = (&date[9..11], &date[11..13], &date[13..15]);
    format!("Sun, {day} {month} {year} {hour}:{minute}:{second} GMT")
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

//! The `Date` header of an answer.

use kinesis_edge::sigv4::AmzDate;
use kinesis_edge::time::UnixMs;

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Nobody reads the day of the week.
pub fn http_date(time: UnixMs) -> String {
    let stamp = AmzDate::new(time);
    let stamp = stamp.as_str();
    let month: usize = stamp[4..6].parse().expect("two digits");
    let (year, month, day) = (&stamp[..4], MONTHS[month - 1], &stamp[6..8]);
    let (hour, minute, second) = (&stamp[9..11], &stamp[11..13], &stamp[13..15]);
    format!("Sun, {day} {month} {year} {hour}:{minute}:{second} GMT")
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

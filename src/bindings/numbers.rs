//! Times and counts between JavaScript, where each is an `f64`, and the core. Times are in milliseconds.

use crate::time::UnixMs;

/// The time in milliseconds since 1970. `NaN` becomes 0, and a number out of range becomes the nearest in range.
#[allow(clippy::cast_possible_truncation)] // saturates
pub fn unix_ms(time: f64) -> UnixMs {
    time as UnixMs
}

/// A duration in milliseconds. `NaN` becomes 0, and a number out of range becomes the nearest in range.
#[cfg(feature = "producer")]
#[allow(clippy::cast_possible_truncation)] // saturates
pub fn duration_ms(duration: f64) -> i64 {
    duration as i64
}

/// The milliseconds from `now` until then, at least 0. `UnixMs::MAX` stays larger than any timer.
#[cfg(feature = "requests")]
#[allow(clippy::cast_precision_loss)] // exact for some 280,000 years
pub fn ms_until(until: UnixMs, now: f64) -> f64 {
    (until as f64 - now).max(0.0)
}

/// A count that JavaScript passes as a number. `NaN` and negative numbers become 0, and one too large becomes the
/// largest.
#[cfg(feature = "producer")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
pub fn usize_of(number: f64) -> usize {
    number as usize
}

/// An id or a count as a number of JavaScript.
#[cfg(feature = "producer")]
#[allow(clippy::cast_precision_loss)] // ids and counts stay far below 2⁵³
pub fn js_number(count: u64) -> f64 {
    count as f64
}

//! The server's clock: how far the host's is off, and the two date formats of the wire.
//!
//! Kinesis refuses a signature that is more than five minutes off, and the clocks of visitors' devices are often wrong. Every
//! answer tells the server's time, so the offset is learned from all of them.

use crate::sigv4::AmzDate;
use crate::time::UnixMs;

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
    pub fn observe(&mut self, stamp: UnixMs, sent: UnixMs, received: UnixMs) -> i64 {
        let least = stamp.saturating_sub(received);
        let most = stamp.saturating_add(999).saturating_sub(sent).max(least);
        let before = self.offset_ms;
        self.offset_ms = before.clamp(least, most);
        self.offset_ms - before
    }
}

/// The server's time inside the message of a signature that is too old or too new, for where CORS hides the `Date` header:
/// `Signature expired: <signed> is now earlier than <limit> (<server time> - 5 min.)`.
#[must_use]
pub fn server_time_in_message(message: &str) -> Option<UnixMs> {
    let (_, inside) = message.rsplit_once('(')?;
    AmzDate::parse(inside.get(..16)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_clock_is_not_moved_by_whole_seconds() {
        let mut clock = Clock::default();
        for received in [10_000, 10_400, 10_999] {
            clock.observe(10_000, received - 300, received);
        }
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_wrong_clock_is_put_right_to_within_a_second() {
        for hours in [-1, 1] {
            let mut clock = Clock::default();
            let server = 1_000_000_000 + hours * 3_600_000;
            clock.observe(server, 999_999_900, 1_000_000_000);
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

//! The offset between the clocks of the server and the host.
//!
//! Kinesis refuses a signature whose time is off by more than five minutes, and the clocks of devices are often wrong.
//! Each response whose `Date` header can be read updates the offset.

use crate::sigv4::AmzDate;
use crate::time::UnixMs;

/// The clock of the server, as far as known.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: i64,
}

impl Clock {
    /// The time of the server minus the time of the host, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms
    }

    /// The time of the server at the time `now` of the host.
    #[must_use]
    pub fn server_time(&self, now: UnixMs) -> UnixMs {
        now.saturating_add(self.offset_ms)
    }

    /// The device has slept for `ms`: the host's `now` did not advance, and the server's clock did.
    pub fn handle_device_sleep(&mut self, ms: i64) {
        self.offset_ms = self.offset_ms.saturating_add(ms);
    }

    /// Updates the offset from a server time in whole seconds, in the response to a request that was sent at `sent` and
    /// received at `received`. Returns by how many milliseconds the offset has changed.
    ///
    /// The server has read its clock between the two, and cut off up to 999 ms. This allows a range of offsets. The
    /// offset changes to the nearest one in the range, so that rounding never changes a right offset.
    pub fn adjust(&mut self, server_time: UnixMs, sent: UnixMs, received: UnixMs) -> i64 {
        let least = server_time.saturating_sub(received);
        let most = server_time.saturating_add(999).saturating_sub(sent).max(least);
        let before = self.offset_ms;
        self.offset_ms = before.clamp(least, most);
        self.offset_ms - before
    }
}

/// The server time in the message of an expired signature, for hosts where CORS hides the `Date` header:
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
    fn a_right_offset_is_not_changed_by_whole_seconds() {
        let mut clock = Clock::default();
        for received in [10_000, 10_400, 10_999] {
            clock.adjust(10_000, received - 300, received);
        }
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_wrong_offset_is_corrected_to_within_a_second() {
        for hours in [-1, 1] {
            let mut clock = Clock::default();
            let server = 1_000_000_000 + hours * 3_600_000;
            clock.adjust(server, 999_999_900, 1_000_000_000);
            assert!((clock.offset_ms() - hours * 3_600_000).abs() <= 1100);
        }
    }

    #[test]
    fn the_server_time_goes_on_while_the_device_sleeps() {
        let mut clock = Clock::default();
        clock.adjust(10_000, 9_000, 9_100);
        clock.handle_device_sleep(8 * 3_600_000);
        assert_eq!(clock.server_time(9_100), 10_000 + 8 * 3_600_000);
    }

    #[test]
    fn the_messages_of_both_kinds_of_skew_have_the_server_time() {
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

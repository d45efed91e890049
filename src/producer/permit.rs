//! How many requests may be in flight: the connection and the access to the stream each give a permit.

use crate::time::UnixMs;

/// How many requests may be in flight, from the most to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permit {
    /// As many requests as `requests_in_flight_max` allows.
    Any,
    /// One request, which finds out whether the connection or the access to the stream is there again.
    One,
    /// No request before this time.
    NoneUntil(UnixMs),
}

impl Permit {
    /// The stricter of the two: the one that permits fewer requests, or permits them later.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        // The variants and their times are in the order of strictness.
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_permit_counts() {
        for (one, other, stricter) in [
            (Permit::Any, Permit::One, Permit::One),
            (Permit::NoneUntil(1), Permit::One, Permit::NoneUntil(1)),
            (Permit::NoneUntil(1), Permit::NoneUntil(2), Permit::NoneUntil(2)),
        ] {
            assert_eq!(one.stricter(other), stricter);
            assert_eq!(other.stricter(one), stricter);
        }
    }
}

//! The failures of requests and of the credentials provider: `stats` and the logger say from them why nothing is
//! delivered.

use crate::error::{Code, Error};

/// What has failed since the producer was made. A failure that was repaired by a retry counts as well.
#[derive(Debug, Default)]
pub struct Failures {
    /// All of them.
    pub count: u32,
    /// Failures since a record was stored last.
    pub in_a_row: u32,
    /// Failures of the credentials provider.
    pub credentials: u32,
    /// The last failure.
    pub last: Option<Error>,
    /// Counts the changes of all this, so that a host can see whether there is anything new.
    pub changes: u32,
}

impl Failures {
    /// A request, all or some of its entries, or the provider has failed.
    pub(super) fn add(&mut self, error: Error) {
        self.count = self.count.wrapping_add(1);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.credentials = self
            .credentials
            .saturating_add(u32::from(error.code == Code::Credentials));
        self.last = Some(error);
        self.changes = self.changes.wrapping_add(1);
    }

    /// A record was stored.
    pub(super) fn end_failures_in_a_row(&mut self) {
        if self.in_a_row > 0 {
            self.in_a_row = 0;
            self.changes = self.changes.wrapping_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_until_a_record_is_stored() {
        let mut failures = Failures::default();
        failures.end_failures_in_a_row();
        assert_eq!(failures.changes, 0);
        failures.add(Error::new(Code::Network, "lost"));
        failures.add(Error::new(Code::Credentials, "none"));
        assert_eq!((failures.in_a_row, failures.credentials, failures.changes), (2, 1, 2));
        failures.end_failures_in_a_row();
        assert_eq!((failures.in_a_row, failures.credentials, failures.changes), (0, 1, 3));
        assert_eq!((failures.last.unwrap().message.as_str(), failures.count), ("none", 2));
    }
}

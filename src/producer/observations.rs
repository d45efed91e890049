//! What happens to records before they settle, for an observer of the host. Without an observer nothing is collected.

use crate::error::Error;
use crate::producer::Producer;
use crate::producer::in_flight::{Purpose, RequestId};

/// Retries and throttles since the host has last taken them.
#[derive(Debug, Default)]
pub struct Observations {
    /// Whether the host has an observer.
    pub is_on: bool,
    retries: Vec<Observation>,
}

/// Records that are sent again, or were throttled, all for the same reason and with the same wait.
#[derive(Debug, PartialEq, Eq)]
pub struct Observation {
    /// Whether they were throttled; otherwise they are sent again.
    pub is_throttle: bool,
    /// How many records.
    pub records: u64,
    /// The time in milliseconds until they may be sent again; 0 where they are given up.
    pub wait_ms: i64,
    /// Why.
    pub error: Error,
}

impl Observations {
    /// Notes that the records of one entry are sent again after `wait_ms` milliseconds.
    pub(super) fn add_retry(&mut self, records: u64, wait_ms: i64, error: &Error) {
        self.add(false, records, wait_ms, error);
    }

    /// Notes that the records of one entry were throttled. `wait_ms` is 0 where they are given up.
    pub(super) fn add_throttle(&mut self, records: u64, wait_ms: i64, error: &Error) {
        self.add(true, records, wait_ms, error);
    }

    /// Entries of one response that failed alike become one observation.
    fn add(&mut self, is_throttle: bool, records: u64, wait_ms: i64, error: &Error) {
        if !self.is_on {
            return;
        }
        let is_alike = |other: &&mut Observation| {
            (other.is_throttle, other.wait_ms, other.error.code) == (is_throttle, wait_ms, error.code)
                && other.error.name == error.name
                && other.error.message == error.message
        };
        if let Some(other) = self.retries.iter_mut().find(is_alike) {
            other.records += records;
            return;
        }
        self.retries.push(Observation {
            is_throttle,
            records,
            wait_ms,
            error: error.clone(),
        });
    }

    /// Takes the notes, in their order.
    pub fn take(&mut self) -> Vec<Observation> {
        core::mem::take(&mut self.retries)
    }
}

/// What a request in flight is about.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// User records in it; none in a list of shards.
    pub records: u64,
    /// The highest number of attempts among its entries, this request included.
    pub attempt: u32,
}

impl Producer {
    /// What a request is about, until its response is handled.
    #[must_use]
    pub fn request_facts(&self, id: RequestId) -> Option<RequestFacts> {
        let sent = self.in_flight.iter().find(|sent| sent.id == id)?;
        let (records, attempt) = match &sent.purpose {
            Purpose::Entries(entries) => (
                entries.iter().map(|entry| entry.records.count() as u64).sum(),
                entries.iter().map(|entry| entry.attempts).max().unwrap_or(1),
            ),
            Purpose::Shards(_) => (0, self.shards.failures() + 1),
        };
        Some(RequestFacts { records, attempt })
    }

    /// Whether nothing gets through to the service now.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.connectivity.is_offline()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn what_happened_alike_is_one_note_and_nothing_is_kept_without_an_observer() {
        let mut observations = Observations::default();
        let (one, other) = (Error::new(Code::Service, "one"), Error::new(Code::Service, "other"));
        observations.add(false, 1, 5, &one);
        assert_eq!(observations.take(), []);
        observations.is_on = true;
        for (is_throttle, wait_ms, error) in [
            (true, 5, &one),
            (false, 5, &one),
            (true, 5, &one),
            (false, 5, &other),
            (false, 6, &other),
            (false, 5, &one),
        ] {
            observations.add(is_throttle, 2, wait_ms, error);
        }
        let notes: Vec<_> = observations
            .take()
            .into_iter()
            .map(|note| (note.is_throttle, note.records, note.wait_ms, note.error))
            .collect();
        assert_eq!(
            notes,
            [
                (true, 4, 5, one.clone()),
                (false, 4, 5, one),
                (false, 2, 5, other.clone()),
                (false, 2, 6, other)
            ]
        );
        assert_eq!(observations.take(), []);
    }
}

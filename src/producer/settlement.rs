//! The settlement of records: where they are stored, or why they failed.

use crate::error::{Code, Error};
use crate::producer::Producer;
use crate::producer::entry::{Entry, RecordIds};
use crate::producer::flush::Flush;
use crate::text::text;
use crate::time::UnixMs;

/// The result of the records of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The ids of the records.
    pub records: RecordIds,
    /// How often they were sent, without the attempts that do not count, such as those made offline: see
    /// [`EntryFields::attempts`](crate::producer::entry::EntryFields::attempts).
    pub attempts: u32,
    /// Where they are stored, or why they failed.
    pub outcome: Result<Placement, Error>,
}

/// Where a record is stored in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// `shardId-000000000000`
    pub shard_id: String,
    /// The sequence number of the Kinesis record that contains it.
    pub sequence_number: String,
}

/// The settlements and complete flushes since they were last reported.
#[derive(Debug, PartialEq, Eq)]
pub struct SettlementReport {
    /// The settlements, in their order.
    pub settlements: Vec<Settlement>,
    /// The complete flushes.
    pub flushes: Vec<Flush>,
}

impl Producer {
    /// Settles the records of an entry, and queues the next entry of its group key.
    pub(super) fn settle(&mut self, entry: Entry, outcome: Result<Placement, Error>) {
        let released = self.settle_and_release(entry, outcome);
        // These have waited already: they are sent without lingering again.
        self.queue.push_all_ahead(released);
    }

    /// Settles the records of an entry. Returns the entries that have waited for it, and are active now.
    fn settle_and_release(&mut self, entry: Entry, outcome: Result<Placement, Error>) -> Vec<Entry> {
        let group_key = entry.group_key;
        self.count_and_settle(entry, outcome);
        if !self.options.ordered {
            return Vec::new();
        }
        let mut released = self.key_queues.release(group_key);
        if released.is_empty()
            && let Some(overdue) = self.aggregator.close_overdue(group_key)
        {
            released.extend(self.key_queues.admit(overdue));
        }
        released
    }

    /// Settles the records of an entry, without releasing the next entry of its group key.
    pub(super) fn count_and_settle(&mut self, entry: Entry, outcome: Result<Placement, Error>) {
        let records = entry.records.count() as u64;
        if outcome.is_ok() {
            self.stats.records_delivered += records;
        } else {
            self.stats.records_failed += records;
        }
        self.unsettled.settle(entry, outcome);
    }

    /// Settles an entry as failed: it has expired or has used its attempts. Returns the entries that have waited for
    /// it, and are active now.
    #[must_use]
    pub(super) fn give_up(&mut self, entry: Entry, code: Code) -> Vec<Entry> {
        let attempts = entry.attempts;
        let last = entry.last_error.as_deref();
        let why = last.map_or_else(String::new, |error| text!["; the last attempt: ", error.message]);
        let limit = if code == Code::Expired {
            let ttl_ms = self.options.record_ttl_ms;
            text!["not delivered within ", ttl_ms, " ms (recordTtlMs)"]
        } else {
            text!["not delivered in ", attempts, " attempts (recordAttemptsMax)"]
        };
        let mut error = Error::new(code, limit + &why);
        if let Some(last) = last {
            error.copy_service_details(last);
        }
        error.attempts = Some(attempts);
        self.settle_and_release(entry, Err(error))
    }

    /// Settles all entries that wait to be sent as failed, with the same error. With ordering, entries behind one in
    /// flight of their key stay.
    pub(super) fn give_up_all(&mut self, error: &Error) {
        self.route_all_by_key();
        self.close_aggregates();
        self.queue.end_delays(UnixMs::MAX);
        while let Some(entry) = self.queue.pop() {
            self.settle(entry, Err(error.clone()));
        }
    }
}

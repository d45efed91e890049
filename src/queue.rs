//! What waits to be sent: entries that come back go first, then new ones in order.

use crate::clock::UnixMs;
use crate::entry::Entry;
use crate::online::OnlineMs;
use std::collections::{BTreeMap, VecDeque};

/// Entries by when they may be sent.
#[derive(Debug, Default)]
pub struct Queue {
    again: VecDeque<Entry>,
    fresh: VecDeque<Entry>,
    /// Of those two together.
    bytes: usize,
    later: BTreeMap<(UnixMs, u64), Entry>,
    serial: u64,
}

impl Queue {
    /// A new entry, behind all others.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes;
        self.fresh.push_back(entry);
    }

    /// An entry that comes back and may be sent at once.
    pub fn put_back(&mut self, entry: Entry) {
        self.bytes += entry.bytes;
        self.again.push_back(entry);
    }

    /// An entry that comes back and must wait.
    pub fn postpone(&mut self, entry: Entry, until: UnixMs) {
        self.serial += 1;
        self.later.insert((until, self.serial), entry);
    }

    /// Lets those go whose wait is over.
    pub fn wake(&mut self, now: UnixMs) {
        while let Some(first) = self.later.first_entry() {
            if first.key().0 > now {
                return;
            }
            let entry = first.remove();
            self.put_back(entry);
        }
    }

    /// The next entry to send.
    pub fn pop(&mut self) -> Option<Entry> {
        let entry = self.again.pop_front().or_else(|| self.fresh.pop_front())?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    /// Undoes a [`pop`](Self::pop).
    pub fn unpop(&mut self, entry: Entry) {
        self.bytes += entry.bytes;
        self.again.push_front(entry);
    }

    /// Entries that are past their life, as far as they stand first.
    pub fn pop_expired(&mut self, time: OnlineMs) -> Option<Entry> {
        let is_past = |entry: &Entry| entry.expires_at <= time;
        let entry = if self.again.front().is_some_and(is_past) {
            self.again.pop_front()
        } else if self.fresh.front().is_some_and(is_past) {
            self.fresh.pop_front()
        } else {
            None
        }?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    /// When the first of those that could be sent is past its life.
    #[must_use]
    pub fn first_expiry(&self) -> Option<OnlineMs> {
        let fronts = [self.again.front(), self.fresh.front()];
        fronts
            .into_iter()
            .flatten()
            .map(|entry| entry.expires_at)
            .min()
    }

    /// When the next wait is over.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMs> {
        self.later.first_key_value().map(|((until, _), _)| *until)
    }

    /// Whether a request could be filled now.
    #[must_use]
    pub fn fills(&self, records_max: usize, bytes_max: usize) -> bool {
        self.again.len() + self.fresh.len() >= records_max || self.bytes >= bytes_max
    }

    /// Whether something has come back.
    #[must_use]
    pub fn has_returned(&self) -> bool {
        !self.again.is_empty()
    }

    /// Nothing could be sent now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.again.is_empty() && self.fresh.is_empty()
    }

    /// Nothing could be sent now or later.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.is_empty() && self.later.is_empty()
    }

    /// Takes out the new entries, to be made anew.
    pub fn take_fresh(&mut self) -> VecDeque<Entry> {
        for entry in &self.fresh {
            self.bytes -= entry.bytes;
        }
        core::mem::take(&mut self.fresh)
    }
}

//! What waits to be sent: entries that come back go first, then new ones in order.

use crate::producer::connectivity::OnlineMs;
use crate::producer::entry::Entry;
use crate::time::UnixMs;
use core::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// Entries by when they may be sent.
#[derive(Debug, Default)]
pub struct Queue {
    again: VecDeque<Entry>,
    fresh: VecDeque<Entry>,
    /// Of those two together.
    bytes: usize,
    later: BinaryHeap<Later>,
    serial: u64,
}

impl Queue {
    /// A new entry, behind all others.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.fresh.push_back(entry);
    }

    /// An entry that comes back and may be sent at once.
    pub fn put_back(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.again.push_back(entry);
    }

    /// An entry that comes back and must wait.
    pub fn postpone(&mut self, entry: Entry, until: UnixMs) {
        self.serial += 1;
        let serial = self.serial;
        self.later.push(Later { until, serial, entry });
    }

    /// Lets those go whose wait is over.
    pub fn wake(&mut self, now: UnixMs) {
        while self.later.peek().is_some_and(|later| later.until <= now) {
            if let Some(later) = self.later.pop() {
                self.put_back(later.entry);
            }
        }
    }

    /// The next entry to send.
    pub fn pop(&mut self) -> Option<Entry> {
        let entry = self.again.pop_front().or_else(|| self.fresh.pop_front())?;
        self.bytes -= entry.bytes();
        Some(entry)
    }

    /// Undoes a [`pop`](Self::pop).
    pub fn unpop(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
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
        self.bytes -= entry.bytes();
        Some(entry)
    }

    /// When the first of those that could be sent is past its life.
    #[must_use]
    pub fn first_expiry(&self) -> Option<OnlineMs> {
        let expiry = |entry: Option<&Entry>| entry.map_or(OnlineMs::MAX, |entry| entry.expires_at);
        let first = expiry(self.again.front()).min(expiry(self.fresh.front()));
        (first < OnlineMs::MAX).then_some(first)
    }

    /// When the next wait is over.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMs> {
        self.later.peek().map(|later| later.until)
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
    pub fn take_fresh(&mut self) -> Vec<Entry> {
        let mut fresh = Vec::new();
        while let Some(entry) = self.fresh.pop_front() {
            self.bytes -= entry.bytes();
            fresh.push(entry);
        }
        fresh
    }
}

/// An entry that waits; of those that wait until the same time the first to come is the first to go.
#[derive(Debug)]
struct Later {
    until: UnixMs,
    serial: u64,
    entry: Entry,
}

impl Ord for Later {
    /// The greatest is on top of the heap: the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.until, other.serial).cmp(&(self.until, self.serial))
    }
}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

impl Eq for Later {}

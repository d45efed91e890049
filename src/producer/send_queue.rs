//! The send queue: entries that are sent again, or that have waited for an earlier entry of their group key, go
//! first, then new ones in the order of their puts.

use crate::producer::connectivity::OnlineTime;
use crate::producer::entry::Entry;
use crate::time::UnixMs;
use core::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// The entries that wait to be sent.
#[derive(Debug, Default)]
pub struct SendQueue {
    /// Entries that may be sent at once, ahead of new ones: their time in `delayed` is over, the earlier entry of their
    /// group key has settled, or they were in a request that was not sent. Some of them are sent for the first time.
    ahead: VecDeque<Entry>,
    /// Entries in the order of their puts. None of them was ever sent.
    new: VecDeque<Entry>,
    /// Bytes in `ahead` and `new`.
    bytes: usize,
    /// Entries that wait for a time: their backoff is running, or the rate limit of their shard is used up.
    delayed: BinaryHeap<Delayed>,
    /// No entry expires before this. It may be too early, as entries are removed meanwhile.
    first_expiry: Option<OnlineTime>,
    /// Where there are many entries: expired ones are not looked for before this, because that visits all of them.
    next_expiry_scan: Option<OnlineTime>,
    serial: u64,
}

impl SendQueue {
    /// Adds a new entry, behind all others.
    pub fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.lower_first_expiry(&entry);
        self.new.push_back(entry);
    }

    /// Adds an entry that may be sent at once, ahead of new ones.
    pub fn push_ahead(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.lower_first_expiry(&entry);
        self.ahead.push_back(entry);
    }

    /// Adds entries that may be sent at once, ahead of new ones.
    pub fn push_all_ahead(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.push_ahead(entry);
        }
    }

    /// Adds an entry that may be sent at `until`. If the page ends earlier,
    /// `end_delays_at_page_close` makes it ready at once, unless `keeps_delay_at_page_close` is true.
    pub fn delay(&mut self, entry: Entry, until: UnixMs, keeps_delay_at_page_close: bool) {
        self.serial += 1;
        self.lower_first_expiry(&entry);
        let serial = self.serial;
        self.delayed.push(Delayed {
            until,
            serial,
            keeps_delay_at_page_close,
            entry,
        });
    }

    /// Makes the delayed entries ready whose time has come at `now`.
    pub fn end_delays(&mut self, now: UnixMs) {
        while self.delayed.peek().is_some_and(|delayed| delayed.until <= now) {
            if let Some(delayed) = self.delayed.pop() {
                self.push_ahead(delayed.entry);
            }
        }
    }

    /// The page ends: makes the delayed entries ready before their time, except those that keep it.
    pub fn end_delays_at_page_close(&mut self) {
        for delayed in core::mem::take(&mut self.delayed).into_sorted_vec().into_iter().rev() {
            if delayed.keeps_delay_at_page_close {
                self.delayed.push(delayed);
            } else {
                self.push_ahead(delayed.entry);
            }
        }
    }

    /// The next entry to send.
    #[must_use]
    pub fn first(&self) -> Option<&Entry> {
        self.ahead.front().or_else(|| self.new.front())
    }

    /// Removes the next entry to send.
    pub fn pop(&mut self) -> Option<Entry> {
        let entry = self.ahead.pop_front().or_else(|| self.new.pop_front())?;
        self.bytes -= entry.bytes();
        Some(entry)
    }

    /// Removes the entries that have expired, also those whose backoff is running.
    pub fn take_expired(&mut self, online_now: OnlineTime) -> Vec<Entry> {
        let mut expired = Vec::new();
        if self.first_expiry().is_none_or(|at| at > online_now) {
            return expired;
        }
        let Self {
            ahead, new, delayed, ..
        } = core::mem::take(self);
        let entries = ahead.len() + new.len() + delayed.len();
        let pause_ms = OnlineTime::try_from(entries / SCANNED_ENTRIES_PER_MS).unwrap_or(OnlineTime::MAX);
        self.next_expiry_scan = (pause_ms > 0).then(|| online_now.saturating_add(pause_ms));
        for entry in ahead {
            if entry.expiry <= online_now {
                expired.push(entry);
            } else {
                self.push_ahead(entry);
            }
        }
        for entry in new {
            if entry.expiry <= online_now {
                expired.push(entry);
            } else {
                self.push(entry);
            }
        }
        for delayed in delayed.into_sorted_vec().into_iter().rev() {
            if delayed.entry.expiry <= online_now {
                expired.push(delayed.entry);
            } else {
                self.delay(delayed.entry, delayed.until, delayed.keeps_delay_at_page_close);
            }
        }
        expired
    }

    fn lower_first_expiry(&mut self, entry: &Entry) {
        let has_entries = self.has_undelayed() || !self.delayed.is_empty();
        let first = self.first_expiry.filter(|_| has_entries).unwrap_or(OnlineTime::MAX);
        self.first_expiry = Some(first.min(entry.expiry));
    }

    /// When the first entry expires, or may expire, and is looked for.
    #[must_use]
    pub fn first_expiry(&self) -> Option<OnlineTime> {
        let has_entries = self.has_undelayed() || !self.delayed.is_empty();
        self.first_expiry
            .filter(|_| has_entries)
            .map(|at| at.max(self.next_expiry_scan.unwrap_or(at)))
    }

    /// When the next backoff, or the next wait for the rate limit of a shard, is over.
    #[must_use]
    pub fn next_delay_end(&self) -> Option<UnixMs> {
        self.delayed.peek().map(|delayed| delayed.until)
    }

    /// Whether the entries that may be sent now fill a request.
    #[must_use]
    pub fn has_full_request(&self, entries_max: usize, bytes_max: usize) -> bool {
        self.ahead.len() + self.new.len() >= entries_max || self.bytes >= bytes_max
    }

    /// Whether there are entries that are sent ahead of new ones, such as retries. These do not linger.
    #[must_use]
    pub fn has_entries_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Whether there is an entry that waits for no time of its own, as those in `delayed` do.
    #[must_use]
    pub fn has_undelayed(&self) -> bool {
        !self.ahead.is_empty() || !self.new.is_empty()
    }

    /// Removes the new entries.
    pub fn take_new(&mut self) -> Vec<Entry> {
        let mut new = Vec::new();
        while let Some(entry) = self.new.pop_front() {
            self.bytes -= entry.bytes();
            new.push(entry);
        }
        new
    }
}

/// Milliseconds between two searches for expired entries: one for so many entries.
const SCANNED_ENTRIES_PER_MS: usize = 1000;

/// An entry that waits for its time. Entries with the same `until` keep their order.
#[derive(Debug)]
struct Delayed {
    until: UnixMs,
    serial: u64,
    /// Whether the entry is not sent before `until` even if the page ends, because it was throttled, or refused for a
    /// cause that the operator has to repair.
    keeps_delay_at_page_close: bool,
    entry: Entry,
}

impl Ord for Delayed {
    /// A heap returns its greatest item first, so the earliest time is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.until, other.serial).cmp(&(self.until, self.serial))
    }
}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

impl Eq for Delayed {}

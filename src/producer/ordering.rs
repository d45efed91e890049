//! Ordering: of each ordering key one entry is queued or in flight at a time, and the others wait for it.

use crate::producer::entry::{Entry, OrderingKey};
use crate::producer::key_map::KeyMap;
use std::collections::VecDeque;

/// The ordering keys that have an active entry, each with the entries that wait for it.
#[derive(Debug)]
pub struct KeyQueues {
    waiting: KeyMap<VecDeque<Entry>>,
    /// Entries that arrived after a barrier, one queue for each barrier that still stands.
    behind_barriers: Vec<VecDeque<Entry>>,
}

impl KeyQueues {
    /// No active entries.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            waiting: KeyMap::new(seed),
            behind_barriers: Vec::new(),
        }
    }

    /// Returns the entry if its ordering key has no active entry, and keeps it otherwise.
    pub fn admit(&mut self, entry: Entry) -> Option<Entry> {
        if let Some(behind) = self.behind_barriers.last_mut() {
            behind.push_back(entry);
            return None;
        }
        self.enqueue(entry)
    }

    /// As [`admit`](Self::admit), without regard to barriers.
    fn enqueue(&mut self, entry: Entry) -> Option<Entry> {
        if let Some(queue) = self.waiting.get_mut(entry.ordering_key) {
            queue.push_back(entry);
            return None;
        }
        self.waiting.insert(entry.ordering_key, VecDeque::new());
        Some(entry)
    }

    /// The active entry of an ordering key has settled. Returns the entries that are active now.
    pub fn release(&mut self, ordering_key: OrderingKey) -> Vec<Entry> {
        if let Some(next) = self.waiting.get_mut(ordering_key).and_then(VecDeque::pop_front) {
            return vec![next];
        }
        self.waiting.remove(ordering_key);
        let mut released = Vec::new();
        while self.waiting.is_empty() && !self.behind_barriers.is_empty() {
            let mut behind = self.behind_barriers.remove(0);
            while let Some(entry) = behind.pop_front() {
                if let Some(entry) = self.enqueue(entry) {
                    released.push(entry);
                }
            }
        }
        released
    }

    /// Replaces the active entry with others, ahead of all that wait. Returns the first of them, which is active now.
    pub fn replace(&mut self, ordering_key: OrderingKey, entries: Vec<Entry>) -> Vec<Entry> {
        if let Some(queue) = self.waiting.get_mut(ordering_key) {
            for entry in entries.into_iter().rev() {
                queue.push_front(entry);
            }
        }
        self.release(ordering_key)
    }

    /// From now on ordering keys are assigned differently, so that two of them may stand for the same partition key.
    /// Later entries wait until all earlier ones have settled.
    pub fn raise_barrier(&mut self) {
        let is_up = self.behind_barriers.last().is_some_and(VecDeque::is_empty);
        if !self.waiting.is_empty() && !is_up {
            self.behind_barriers.push(VecDeque::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::packed_record::PackedRecord;

    fn entry(ordering_key: OrderingKey, id: u64) -> Entry {
        let mut entry = Entry::new(id, PackedRecord::new(b"", "k", None), 0);
        entry.ordering_key = ordering_key;
        entry
    }

    #[test]
    fn one_entry_of_a_key_is_active_at_a_time() {
        let mut queues = KeyQueues::new(1);
        assert!(queues.admit(entry(1, 10)).is_some());
        assert!(queues.admit(entry(1, 11)).is_none());
        assert!(queues.admit(entry(2, 20)).is_some());
        assert!(queues.admit(entry(1, 12)).is_none());
        for id in [11, 12] {
            assert_eq!(ids(&queues.release(1)), [id]);
        }
        assert!(queues.release(1).is_empty());
        assert!(queues.waiting.len() == 1 && queues.admit(entry(1, 13)).is_some());
    }

    #[test]
    fn replacements_go_before_waiting_entries() {
        let mut queues = KeyQueues::new(1);
        queues.admit(entry(1, 10));
        queues.admit(entry(1, 11));
        let first = queues.replace(1, vec![entry(1, 20), entry(1, 21)]);
        assert_eq!(ids(&first), [20]);
        assert_eq!(ids(&queues.release(1)), [21]);
        assert_eq!(ids(&queues.release(1)), [11]);
    }

    #[test]
    fn entries_after_a_barrier_wait_for_those_before_it() {
        let mut queues = KeyQueues::new(1);
        queues.raise_barrier();
        assert!(queues.admit(entry(1, 10)).is_some());
        queues.admit(entry(1, 11));
        queues.raise_barrier();
        assert!(queues.admit(entry(2, 20)).is_none());
        assert!(queues.admit(entry(2, 21)).is_none());
        assert_eq!(ids(&queues.release(1)), [11]);
        assert_eq!(ids(&queues.release(1)), [20]);
        assert_eq!(ids(&queues.release(2)), [21]);
    }

    #[test]
    fn two_barriers_are_passed_one_after_the_other() {
        let mut queues = KeyQueues::new(1);
        queues.admit(entry(1, 10));
        for id in [20, 30] {
            queues.raise_barrier();
            assert!(queues.admit(entry(OrderingKey::from(id), id)).is_none());
        }
        assert_eq!(ids(&queues.release(1)), [20]);
        assert_eq!(ids(&queues.release(20)), [30]);
        assert!(queues.admit(entry(4, 40)).is_some());
    }

    fn ids(entries: &[Entry]) -> Vec<u64> {
        entries.iter().flat_map(|entry| entry.records.iter()).collect()
    }
}

//! Ordering: of each group key one entry is queued or in flight at a time, and the others wait for it. A request for
//! a page that ends may have several, in their order.

use crate::producer::entry::{Entry, GroupKey};
use crate::producer::key_map::KeyMap;
use std::collections::VecDeque;

/// The group keys that have an active entry, each with the entries that wait for it.
#[derive(Debug)]
pub struct KeyQueues {
    keys: KeyMap<KeyQueue>,
    /// Entries that wait until all earlier ones have settled, a queue for each generation. A generation begins where
    /// group keys begin to be assigned in another manner: by partition key in place of by shard, or by another list
    /// of shards.
    later_generations: Vec<VecDeque<Entry>>,
}

/// The entries of one group key.
#[derive(Debug)]
struct KeyQueue {
    /// How many entries are queued or in flight.
    active: usize,
    /// The entries that wait for these, in the order of their puts.
    waiting: VecDeque<Entry>,
}

impl KeyQueues {
    /// No active entries.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            keys: KeyMap::new(seed),
            later_generations: Vec::new(),
        }
    }

    /// Whether an entry of a group key would wait for one that is active. Entries that wait for an earlier generation
    /// do not count: they are kept in the order of their puts, whatever their key is.
    #[must_use]
    pub fn is_active(&self, group_key: GroupKey) -> bool {
        self.later_generations.is_empty() && self.keys.has(group_key)
    }

    /// Returns the entry if its group key has no active entry, and keeps it otherwise.
    pub fn admit(&mut self, entry: Entry) -> Option<Entry> {
        if let Some(generation) = self.later_generations.last_mut() {
            generation.push_back(entry);
            return None;
        }
        self.activate_or_wait(entry)
    }

    /// As [`admit`](Self::admit), for an entry of the earliest generation.
    fn activate_or_wait(&mut self, entry: Entry) -> Option<Entry> {
        if let Some(queue) = self.keys.get_mut(entry.group_key) {
            queue.waiting.push_back(entry);
            return None;
        }
        let queue = KeyQueue {
            active: 1,
            waiting: VecDeque::new(),
        };
        self.keys.insert(entry.group_key, queue);
        Some(entry)
    }

    /// The active entry of a group key has settled. Returns the entries that are active now.
    pub fn release(&mut self, group_key: GroupKey) -> Vec<Entry> {
        if let Some(queue) = self.keys.get_mut(group_key) {
            if let Some(next) = queue.deactivate() {
                return vec![next];
            }
            if queue.active > 0 {
                return Vec::new();
            }
        }
        self.keys.remove(group_key);
        let mut released = Vec::new();
        while self.keys.is_empty() && !self.later_generations.is_empty() {
            let mut generation = self.later_generations.remove(0);
            while let Some(entry) = generation.pop_front() {
                if let Some(entry) = self.activate_or_wait(entry) {
                    released.push(entry);
                }
            }
        }
        released
    }

    /// Removes the next waiting entry of a group key, to be sent in one request with the active entries before it.
    pub fn activate_next(&mut self, group_key: GroupKey) -> Option<Entry> {
        let queue = self.keys.get_mut(group_key)?;
        let next = queue.waiting.pop_front()?;
        queue.active += 1;
        Some(next)
    }

    /// An active entry is to be sent again. Returns the first of its group key, unless others of the key are active
    /// still.
    pub fn requeue(&mut self, entry: Entry) -> Option<Entry> {
        let Some(queue) = self.keys.get_mut(entry.group_key) else {
            return Some(entry);
        };
        queue.insert(entry);
        queue.deactivate()
    }

    /// Replaces the active entry with others, ahead of all that wait. Returns the first of them, which is active now.
    pub fn replace(&mut self, group_key: GroupKey, entries: Vec<Entry>) -> Vec<Entry> {
        if let Some(queue) = self.keys.get_mut(group_key) {
            for entry in entries {
                queue.insert(entry);
            }
        }
        self.release(group_key)
    }

    /// Removes all entries that wait, and calls `handle` with each.
    pub fn take_waiting(&mut self, handle: &mut dyn FnMut(&Entry)) {
        for queue in self.keys.take() {
            queue.waiting.iter().for_each(&mut *handle);
        }
        for generation in core::mem::take(&mut self.later_generations) {
            generation.iter().for_each(&mut *handle);
        }
    }

    /// From now on group keys are assigned differently, so that two of them may mean the same partition key. Later
    /// entries wait until all earlier ones have settled.
    pub fn hold_later_entries(&mut self) {
        let has_empty_generation = self.later_generations.last().is_some_and(VecDeque::is_empty);
        if !self.keys.is_empty() && !has_empty_generation {
            self.later_generations.push(VecDeque::new());
        }
    }
}

impl KeyQueue {
    /// An entry is active no longer. Returns the next one, which is active now, if it was the last.
    fn deactivate(&mut self) -> Option<Entry> {
        self.active -= 1;
        if self.active > 0 {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.active = 1;
        Some(next)
    }

    /// Adds an entry that was active before: ahead of those that were put after it.
    fn insert(&mut self, entry: Entry) {
        let is_later = |other: &Entry| other.records.first > entry.records.first;
        let at = self.waiting.iter().position(is_later).unwrap_or(self.waiting.len());
        self.waiting.insert(at, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::packed_record::PackedRecord;

    fn entry(group_key: GroupKey, id: u64) -> Entry {
        let mut entry = Entry::new(id, PackedRecord::new(b"", "k", None), 0);
        entry.group_key = group_key;
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
        assert!(queues.keys.len() == 1 && queues.admit(entry(1, 13)).is_some());
    }

    #[test]
    fn replacements_go_before_waiting_entries() {
        let mut queues = KeyQueues::new(1);
        queues.admit(entry(1, 10));
        queues.admit(entry(1, 20));
        let first = queues.replace(1, vec![entry(1, 10), entry(1, 11)]);
        assert_eq!(ids(&first), [10]);
        assert_eq!(ids(&queues.release(1)), [11]);
        assert_eq!(ids(&queues.release(1)), [20]);
    }

    #[test]
    fn several_active_entries_are_sent_again_one_by_one_in_their_order() {
        let mut queues = KeyQueues::new(1);
        let mut active = vec![queues.admit(entry(1, 10)).unwrap()];
        for id in 11..15 {
            assert!(queues.admit(entry(1, id)).is_none());
        }
        active.extend(queues.activate_next(1));
        active.extend(queues.activate_next(1));
        assert_eq!(ids(&active), [10, 11, 12]);
        assert!(queues.release(1).is_empty());
        let again = [active.remove(2), active.remove(0)].map(|entry| queues.requeue(entry));
        assert!(again[0].is_none());
        assert_eq!(ids(again[1].as_slice()), [10]);
        for id in [12, 13, 14] {
            assert_eq!(ids(&queues.release(1)), [id]);
        }
        assert!(queues.release(1).is_empty() && queues.keys.is_empty());
    }

    #[test]
    fn entries_of_a_generation_wait_for_those_before_it() {
        let mut queues = KeyQueues::new(1);
        queues.hold_later_entries();
        assert!(queues.admit(entry(1, 10)).is_some());
        queues.admit(entry(1, 11));
        queues.hold_later_entries();
        assert!(queues.admit(entry(2, 20)).is_none());
        assert!(queues.admit(entry(2, 21)).is_none());
        assert_eq!(ids(&queues.release(1)), [11]);
        assert_eq!(ids(&queues.release(1)), [20]);
        assert_eq!(ids(&queues.release(2)), [21]);
    }

    #[test]
    fn two_generations_follow_one_after_the_other() {
        let mut queues = KeyQueues::new(1);
        queues.admit(entry(1, 10));
        for id in [20, 30] {
            queues.hold_later_entries();
            assert!(queues.admit(entry(GroupKey::from(id), id)).is_none());
        }
        assert_eq!(ids(&queues.release(1)), [20]);
        assert_eq!(ids(&queues.release(20)), [30]);
        assert!(queues.admit(entry(4, 40)).is_some());
    }

    fn ids(entries: &[Entry]) -> Vec<u64> {
        entries.iter().flat_map(|entry| entry.records.iter()).collect()
    }
}

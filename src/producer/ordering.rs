//! Order: of each lane one entry is under way at a time, and the others wait behind it.

use crate::producer::entry::{Entry, Lane};
use crate::producer::key_map::KeyMap;
use std::collections::VecDeque;

/// The lanes that have an entry under way, with those that wait.
#[derive(Debug)]
pub struct Lanes {
    waiting: KeyMap<VecDeque<Entry>>,
    /// What came after the lanes were cut anew, while old ones are under way: for every cut what came after it.
    behind_barriers: Vec<VecDeque<Entry>>,
}

impl Lanes {
    /// Nothing under way.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            waiting: KeyMap::new(seed),
            behind_barriers: Vec::new(),
        }
    }

    /// Lets an entry through, or keeps it until its lane is free.
    pub fn enter(&mut self, entry: Entry) -> Option<Entry> {
        if let Some(behind) = self.behind_barriers.last_mut() {
            behind.push_back(entry);
            return None;
        }
        self.line_up(entry)
    }

    fn line_up(&mut self, entry: Entry) -> Option<Entry> {
        if let Some(queue) = self.waiting.get_mut(entry.lane) {
            queue.push_back(entry);
            return None;
        }
        self.waiting.insert(entry.lane, VecDeque::new());
        Some(entry)
    }

    /// The lane's entry has settled: lets those through that it held up.
    pub fn leave(&mut self, lane: Lane) -> Vec<Entry> {
        if let Some(next) = self.waiting.get_mut(lane).and_then(VecDeque::pop_front) {
            return vec![next];
        }
        self.waiting.remove(lane);
        let mut through = Vec::new();
        while self.waiting.is_empty() && !self.behind_barriers.is_empty() {
            let mut behind = self.behind_barriers.remove(0);
            while let Some(entry) = behind.pop_front() {
                if let Some(entry) = self.line_up(entry) {
                    through.push(entry);
                }
            }
        }
        through
    }

    /// Puts entries in place of the one under way, ahead of all that wait. Returns the first.
    pub fn replace(&mut self, lane: Lane, entries: Vec<Entry>) -> Vec<Entry> {
        if let Some(queue) = self.waiting.get_mut(lane) {
            for entry in entries.into_iter().rev() {
                queue.push_front(entry);
            }
        }
        self.leave(lane)
    }

    /// From now on lanes are cut differently, so that an old and a new one may share a key: the new ones wait until the old
    /// ones are done.
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
    use crate::producer::packed_record::Content;

    fn entry(lane: Lane, id: u64) -> Entry {
        let mut entry = Entry::new(id, Content::new(b"", "k", None), 0);
        entry.lane = lane;
        entry
    }

    #[test]
    fn one_entry_of_a_lane_is_let_through_at_a_time() {
        let mut lanes = Lanes::new(1);
        assert!(lanes.enter(entry(1, 10)).is_some());
        assert!(lanes.enter(entry(1, 11)).is_none());
        assert!(lanes.enter(entry(2, 20)).is_some());
        assert!(lanes.enter(entry(1, 12)).is_none());
        for id in [11, 12] {
            assert_eq!(ids(&lanes.leave(1)), [id]);
        }
        assert!(lanes.leave(1).is_empty());
        assert!(lanes.waiting.len() == 1 && lanes.enter(entry(1, 13)).is_some());
    }

    #[test]
    fn what_replaces_an_entry_goes_before_those_that_wait() {
        let mut lanes = Lanes::new(1);
        lanes.enter(entry(1, 10));
        lanes.enter(entry(1, 11));
        let first = lanes.replace(1, vec![entry(1, 20), entry(1, 21)]);
        assert_eq!(ids(&first), [20]);
        assert_eq!(ids(&lanes.leave(1)), [21]);
        assert_eq!(ids(&lanes.leave(1)), [11]);
    }

    #[test]
    fn new_lanes_wait_until_the_old_ones_are_done() {
        let mut lanes = Lanes::new(1);
        lanes.raise_barrier();
        assert!(lanes.enter(entry(1, 10)).is_some());
        lanes.enter(entry(1, 11));
        lanes.raise_barrier();
        assert!(lanes.enter(entry(2, 20)).is_none());
        assert!(lanes.enter(entry(2, 21)).is_none());
        assert_eq!(ids(&lanes.leave(1)), [11]);
        assert_eq!(ids(&lanes.leave(1)), [20]);
        assert_eq!(ids(&lanes.leave(2)), [21]);
    }

    #[test]
    fn lanes_that_were_cut_twice_wait_for_each_other() {
        let mut lanes = Lanes::new(1);
        lanes.enter(entry(1, 10));
        for id in [20, 30] {
            lanes.raise_barrier();
            assert!(lanes.enter(entry(Lane::from(id), id)).is_none());
        }
        assert_eq!(ids(&lanes.leave(1)), [20]);
        assert_eq!(ids(&lanes.leave(20)), [30]);
        assert!(lanes.enter(entry(4, 40)).is_some());
    }

    fn ids(entries: &[Entry]) -> Vec<u64> {
        entries.iter().flat_map(|entry| entry.records.iter()).collect()
    }
}

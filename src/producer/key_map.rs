//! A map from 128-bit hash keys, with far less code than a `BTreeMap`: every visitor of a page downloads it.

/// Values by key. Their order is unspecified, but the same for the same sequence of calls.
#[derive(Debug)]
pub struct KeyMap<T> {
    index: Index,
    /// The value of each key of the index, at the same place.
    items: Vec<T>,
}

impl<T> KeyMap<T> {
    /// An empty map. The seed prevents users from choosing keys that collide.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            index: Index::new(seed),
            items: Vec::new(),
        }
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The value of a key.
    pub fn get_mut(&mut self, key: u128) -> Option<&mut T> {
        let at = self.index.find(key)?;
        self.items.get_mut(at)
    }

    /// Whether a key is present.
    #[must_use]
    pub fn has(&self, key: u128) -> bool {
        self.index.find(key).is_some()
    }

    /// Adds a key, which must not be present.
    pub fn insert(&mut self, key: u128, item: T) {
        self.index.add(key);
        self.items.push(item);
    }

    /// Removes a key and returns its value.
    pub fn remove(&mut self, key: u128) -> Option<T> {
        let at = self.index.remove(key)?;
        Some(self.items.swap_remove(at))
    }

    /// Removes all keys and returns the values.
    pub fn take(&mut self) -> Vec<T> {
        self.index.clear();
        core::mem::take(&mut self.items)
    }
}

/// The keys, and an open-addressed hash table of their places.
#[derive(Debug)]
struct Index {
    multiplier: u64,
    keys: Vec<u128>,
    /// The place of a key plus 1, or 0 for a free slot. The length is a power of two, and at most half of the slots are
    /// used.
    slots: Vec<u32>,
}

impl Index {
    fn new(seed: u64) -> Self {
        Self {
            // An odd multiplier loses no bit of a key.
            multiplier: seed | 1,
            keys: Vec::new(),
            slots: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.slots.clear();
    }

    fn find(&self, key: u128) -> Option<usize> {
        if self.keys.is_empty() {
            return None;
        }
        let slot = self.slot_of(key, |at| self.keys[at] == key);
        self.place(slot)
    }

    fn add(&mut self, key: u128) {
        self.keys.push(key);
        if self.keys.len() * 2 > self.slots.len() {
            let size = (self.slots.len() * 2).max(SLOTS_MIN);
            self.slots.clear();
            self.slots.resize(size, 0);
            for at in 0..self.keys.len() {
                self.index_place(at);
            }
        } else {
            self.index_place(self.keys.len() - 1);
        }
    }

    /// Removes a key and returns its place. The last key moves to that place.
    fn remove(&mut self, key: u128) -> Option<usize> {
        let at = self.find(key)?;
        let last = self.keys.len() - 1;
        let slot = self.slot_of(self.keys[last], |place| place == last);
        let freed = self.slot_of(key, |place| place == at);
        self.slots[slot] = self.slots[freed];
        self.slots[freed] = 0;
        self.keys.swap_remove(at);
        self.close_gap(freed);
        Some(at)
    }

    /// Moves later entries of the same run into a freed slot, if the search for them begins at or before that slot.
    fn close_gap(&mut self, mut gap: usize) {
        let mut slot = self.after(gap);
        while let Some(at) = self.place(slot) {
            let home = self.home(self.keys[at]);
            let mask = self.slots.len() - 1;
            if (slot.wrapping_sub(home) & mask) >= (slot.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[slot];
                self.slots[slot] = 0;
                gap = slot;
            }
            slot = self.after(slot);
        }
    }

    /// Enters the key at a place into the slots.
    fn index_place(&mut self, at: usize) {
        let slot = self.slot_of(self.keys[at], |_| false);
        self.slots[slot] = u32::try_from(at + 1).expect("memory for fewer than 2³² keys");
    }

    /// The first slot, from the home slot of a key, that is free or whose place satisfies `is_it`.
    fn slot_of(&self, key: u128, is_it: impl Fn(usize) -> bool) -> usize {
        let mut slot = self.home(key);
        while self.place(slot).is_some_and(|at| !is_it(at)) {
            slot = self.after(slot);
        }
        slot
    }

    fn place(&self, slot: usize) -> Option<usize> {
        (self.slots[slot] as usize).checked_sub(1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// The slot at which the search for a key begins.
    #[allow(clippy::cast_possible_truncation)] // the halves, and a slot
    fn home(&self, key: u128) -> usize {
        let folded = (key ^ (key >> 64)) as u64;
        let mixed = folded.wrapping_mul(self.multiplier) ^ folded >> 32;
        (mixed.wrapping_mul(MIX) >> 32) as usize & (self.slots.len() - 1)
    }
}

const SLOTS_MIN: usize = 8;
/// 2⁶⁴ / φ, as Fibonacci hashing has it (Knuth, The Art of Computer Programming 6.4).
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeMap;

    #[test]
    fn the_map_agrees_with_that_of_the_standard_library() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let (mut map, mut other) = (KeyMap::new(seed), BTreeMap::new());
            for step in 0..5000_u32 {
                // Keys are few enough to repeat. Some differ in their high bits only, as the ranges of shards do.
                let key = u128::from(random.up_to(300)) << (100 * (step % 2));
                match random.up_to(2) {
                    0 => assert_eq!(map.remove(key), other.remove(&key)),
                    1 => assert_eq!(map.get_mut(key), other.get_mut(&key)),
                    _ => {
                        if map.get_mut(key).is_none() {
                            map.insert(key, step);
                        }
                        other.entry(key).or_insert(step);
                    }
                }
                assert_eq!((map.len(), map.is_empty()), (other.len(), other.is_empty()));
            }
            let mut all = map.take();
            all.sort_unstable();
            let mut expected: Vec<u32> = other.into_values().collect();
            expected.sort_unstable();
            assert_eq!(all, expected);
            assert!(map.is_empty() && map.remove(0).is_none());
        }
    }
}

//! Random numbers from a seed, so that every run can be repeated.

/// `SplitMix64` (Steele, Lea, Flood 2014), with a state of eight bytes. It is good enough for jitter, and not for
/// secrets.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator whose numbers depend on the seed only.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `max`, both included.
    pub fn up_to(&mut self, max: u32) -> u32 {
        // The high half of a 32×32-bit product is uniform to within 2⁻³², without a division.
        let product = (self.next_u64() >> 32) * (u64::from(max) + 1);
        u32::try_from(product >> 32).expect("a product of two 32-bit numbers has a 32-bit high half")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_twice() {
        let numbers = |seed| {
            let mut random = Random::new(seed);
            [random.next_u64(), random.next_u64(), random.next_u64()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn up_to_includes_both_ends() {
        let mut random = Random::new(1);
        let seen: std::collections::BTreeSet<_> = (0..200).map(|_| random.up_to(3)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(random.up_to(0), 0);
        assert!((0..1000).all(|_| random.up_to(u32::MAX) > 0));
    }
}

//! The random decisions of a run, all from its seed.

use kinesis_edge::random::Random;

/// Random numbers in the forms that a plan needs.
pub struct RandomChoices(Random);

impl RandomChoices {
    pub fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// A number from `min` to `max`, both included.
    pub fn between(&mut self, min: i64, max: i64) -> i64 {
        let span = u32::try_from(max - min).expect("a small span");
        min + i64::from(self.0.up_to(span))
    }

    /// As `between`, for sizes and counts.
    pub fn size(&mut self, min: usize, max: usize) -> usize {
        let span = u32::try_from(max - min).expect("a small span");
        min + self.0.up_to(span) as usize
    }

    /// True with a chance of `per_mille` out of 1000.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.0.up_to(999) < per_mille
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.size(0, of.len() - 1)]
    }

    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }
}

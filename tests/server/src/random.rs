//! Faults by chance: splitmix64, so that a seed says which.

use crate::plan::{ErrorAnswer, Fault, Kind, Random, RecordsFault};

/// A sequence of numbers that its seed determines.
pub struct Dice(u64);

impl Dice {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// What happens to the next request, which has this many entries if it is a `PutRecords`.
    ///
    /// All random numbers are drawn for every request, so that changing one chance leaves the others as they were.
    pub fn fault(&mut self, random: &Random, entries: Option<usize>) -> Option<Fault> {
        let request_lost = self.chance(random.request_lost);
        let answer_lost = self.chance(random.answer_lost);
        let throttled = self.chance(random.throttled);
        let failed = self.chance(random.status500);
        let delay_ms = self.up_to(random.delay_ms_max);
        let indices = (0..entries.unwrap_or(0))
            .filter(|_| self.chance(random.record_failed))
            .collect();
        let records = RecordsFault {
            indices,
            lose_answer: answer_lost,
            ..RecordsFault::default()
        };
        let kind = if request_lost {
            Kind::Reset { silent: false }
        } else if failed {
            Kind::Error(internal_failure())
        } else if throttled {
            Kind::Throttle {}
        } else if !records.indices.is_empty() {
            Kind::Records(records)
        } else if answer_lost {
            Kind::LostAnswer { silent: false }
        } else if delay_ms > 0 {
            Kind::Delay { ms: 0 }
        } else {
            return None;
        };
        Some(Fault { delay_ms, kind })
    }

    fn chance(&mut self, p: f64) -> bool {
        // 53 bits are what a double holds, so 0 is never and 1 always.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < p
    }

    fn up_to(&mut self, max: u32) -> u32 {
        let drawn = self.next() % (u64::from(max) + 1);
        u32::try_from(drawn).expect("not above max")
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn internal_failure() -> ErrorAnswer {
    ErrorAnswer {
        status: 500,
        ..ErrorAnswer::new("InternalFailure", "Internal service failure.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(random: &Random, seed: u64) -> Vec<Option<&'static str>> {
        let mut dice = Dice::new(seed);
        (0..200)
            .map(|_| dice.fault(random, Some(3)))
            .map(|fault| fault.map(|fault| fault.kind.name()))
            .collect()
    }

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_seed_says_what_happens() {
        let random = Random {
            request_lost: 0.2,
            answer_lost: 0.2,
            record_failed: 0.2,
            ..Random::default()
        };
        assert_eq!(names(&random, 1), names(&random, 1));
        assert_ne!(names(&random, 1), names(&random, 2));
    }

    #[test]
    fn no_chance_is_never_and_certainty_always() {
        assert!(names(&Random::default(), 1).iter().all(Option::is_none));
        let certain = Random {
            throttled: 1.0,
            ..Random::default()
        };
        let all = names(&certain, 1);
        assert!(all.iter().all(|name| *name == Some("throttle")));
    }

    #[test]
    fn one_chance_leaves_the_others_as_they_fall() {
        let few = Random {
            answer_lost: 0.3,
            ..Random::default()
        };
        let more = Random {
            request_lost: 0.3,
            ..few.clone()
        };
        let both = names(&few, 9).into_iter().zip(names(&more, 9));
        for (before, after) in both {
            assert!(before == after || after == Some("reset"));
        }
    }
}

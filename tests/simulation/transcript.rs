//! The transcript of a run: a hash, and for a replay the text.

use kinesis_edge::time::UnixMs;
use std::fmt::Arguments;

pub struct Transcript {
    hash: u64,
    is_printed: bool,
}

impl Transcript {
    pub fn new(is_printed: bool) -> Self {
        Self {
            hash: FNV_OFFSET,
            is_printed,
        }
    }

    pub fn say(&mut self, now: UnixMs, line: Arguments) {
        let line = format!("{:>9} {line}", now - super::world::START);
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
        if self.is_printed {
            println!("{line}");
        }
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }
}

// FNV-1a, 64 bits.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

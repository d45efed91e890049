//! Records as they are put, also random ones.

use kinesis_edge::random::Random;

/// A record as it is put.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    pub partition_key: String,
    pub explicit_hash_key: Option<String>,
    pub data: Vec<u8>,
}

impl Put {
    pub fn new(partition_key: &str, explicit_hash_key: Option<&str>, data: &[u8]) -> Self {
        Self {
            partition_key: partition_key.to_owned(),
            explicit_hash_key: explicit_hash_key.map(ToOwned::to_owned),
            data: data.to_owned(),
        }
    }

    pub fn hash_key(&self) -> Option<&str> {
        self.explicit_hash_key.as_deref()
    }
}

pub fn random_puts(seed: u64) -> Vec<Put> {
    let mut random = Random::new(seed);
    let count = match random.up_to(9) {
        0 => 1000,
        _ => 1 + random.up_to(40),
    };
    let mut records: Vec<Put> = Vec::new();
    for _ in 0..count {
        let mut put = random_put(&mut random);
        if let Some(last) = records.last()
            && random.up_to(2) == 0
        {
            put.partition_key.clone_from(&last.partition_key);
        }
        records.push(put);
    }
    records
}

pub fn random_put(random: &mut Random) -> Put {
    let partition_key = match random.up_to(3) {
        0 => (*pick(random, &["a", "b", "ü", "🚀", "数据", "10", "2"])).to_owned(),
        1 => "é".repeat(1 + random.up_to(255) as usize),
        _ => random.up_to(400).to_string(),
    };
    let explicit_hash_key = match random.up_to(3) {
        0 => Some(random.up_to(3).to_string()),
        1 => Some((u128::MAX - u128::from(random.up_to(300))).to_string()),
        _ => None,
    };
    // Lengths on both sides of where a varint grows.
    let length = match random.up_to(30) {
        0 => 16_380 + random.up_to(8),
        1..5 => 100 + random.up_to(60),
        5..10 => 0,
        _ => random.up_to(20),
    };
    Put {
        partition_key,
        explicit_hash_key,
        data: random_bytes(random, length),
    }
}

pub fn random_bytes(random: &mut Random, length: u32) -> Vec<u8> {
    (0..length).map(|_| random.next_u64().to_le_bytes()[0]).collect()
}

pub fn pick<'a, T>(random: &mut Random, from: &'a [T]) -> &'a T {
    let last = u32::try_from(from.len() - 1).unwrap();
    &from[random.up_to(last) as usize]
}

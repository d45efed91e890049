//! MD5, SHA-256 and HMAC of messages that are there as a whole, made of the crates' compression functions. Their own interfaces
//! take a message piece by piece, and weigh a kilobyte more.

use md5::block_api::compress as compress_md5;
use sha2::block_api::compress256;

/// RFC 1321.
#[must_use]
pub fn md5(message: &[u8]) -> [u8; 16] {
    let mut state = MD5_START;
    let (blocks, rest) = message.as_chunks();
    compress_md5(&mut state, blocks);
    let (last, count) = padded(rest, bits(message.len()).to_le_bytes());
    compress_md5(&mut state, &last[..count]);
    let mut hash = [0; 16];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    hash
}

/// FIPS 180-4.
#[must_use]
pub fn sha256(message: &[u8]) -> [u8; 32] {
    finish(SHA256_START, 0, message)
}

/// HMAC-SHA-256 with one key (RFC 2104): two states that have taken the key in.
#[derive(Clone, Copy)]
pub struct Hmac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Hmac {
    /// A key of any length.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let hashed = (key.len() > BLOCK_BYTES).then(|| sha256(key));
        let key = hashed.as_ref().map_or(key, |hash| hash);
        let state = |pad: u8| {
            let mut block = [pad; BLOCK_BYTES];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = SHA256_START;
            compress256(&mut state, &[block]);
            state
        };
        Self {
            inner: state(0x36),
            outer: state(0x5c),
        }
    }

    /// The code of a message.
    #[must_use]
    pub fn code(&self, message: &[u8]) -> [u8; 32] {
        let inner = finish(self.inner, BLOCK_BYTES, message);
        finish(self.outer, BLOCK_BYTES, &inner)
    }
}

/// The hash of a message, where so many bytes before it are in the state already.
fn finish(mut state: [u32; 8], before: usize, message: &[u8]) -> [u8; 32] {
    let (blocks, rest) = message.as_chunks();
    compress256(&mut state, blocks);
    let (last, count) = padded(rest, bits(before + message.len()).to_be_bytes());
    compress256(&mut state, &last[..count]);
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

/// The end of a message with what comes behind it: a bit, zeros and its length. One block, or two.
fn padded(rest: &[u8], length: [u8; 8]) -> ([[u8; BLOCK_BYTES]; 2], usize) {
    let mut blocks = [[0; BLOCK_BYTES]; 2];
    let count = if rest.len() < BLOCK_BYTES - 8 { 1 } else { 2 };
    let bytes = blocks.as_flattened_mut();
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0x80;
    bytes[count * BLOCK_BYTES - 8..][..8].copy_from_slice(&length);
    (blocks, count)
}

fn bits(bytes: usize) -> u64 {
    bytes as u64 * 8
}

const BLOCK_BYTES: usize = 64;
const MD5_START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
const SHA256_START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

#[cfg(test)]
mod tests {
    use super::*;
    use ::md5::Md5;
    use sha2::{Digest, Sha256};

    #[test]
    fn hashes_are_those_of_the_crates_at_every_length() {
        let message: Vec<u8> = (0..=255).cycle().take(300).collect();
        for len in 0..=message.len() {
            let message = &message[..len];
            assert_eq!(
                md5(message),
                <[u8; 16]>::from(Md5::digest(message)),
                "{len}"
            );
            assert_eq!(
                sha256(message),
                <[u8; 32]>::from(Sha256::digest(message)),
                "{len}"
            );
        }
    }

    /// Cases 2, 6 and 7 of RFC 4231: a short key, and keys longer than a block.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let long = [0xaa; 131];
        let cases: [(&[u8], &str, &str); 3] = [
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &long,
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, code) in cases {
            let made = Hmac::new(key).code(message.as_bytes());
            assert_eq!(crate::sigv4::hex(&made), code);
        }
        // A key of one block is taken as it is.
        let exact = Hmac::new(&long[..64]).code(b"a");
        assert_ne!(exact, Hmac::new(&sha256(&long[..64])).code(b"a"));
    }
}

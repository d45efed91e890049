//! Base64 with padding (RFC 4648, section 4), by the crate `base64`. Large requests spend most of their time here, so
//! WebAssembly encodes with 128-bit instructions, which are several times as fast as a table.

use ::base64::DecodeSliceError;
use ::base64::Engine;
use ::base64::alphabet::Symbol;
use ::base64::encoded_len;
use ::base64::engine::DecodeMetadata;
use ::base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, GeneralPurposeEstimate, STANDARD};

/// Appends bytes in base64.
pub fn encode(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(encoded_len(bytes.len(), true).expect("the digits fit into memory"));
    for piece in bytes.chunks(PIECE_BYTES) {
        append_piece(out, piece);
    }
}

fn append_piece(out: &mut Vec<u8>, piece: &[u8]) {
    let start = out.len();
    let digits = piece.len().div_ceil(3) * 4;
    debug_assert!(out.capacity() - start >= digits);
    // SAFETY: `encode` has reserved these bytes, and they are zero before they belong to the vector. `Vec::resize`
    // writes them one by one where the standard library is built for size.
    unsafe {
        out.as_mut_ptr().add(start).write_bytes(0, digits);
        out.set_len(start + digits);
    }
    let written = Base64.encode_slice(piece, &mut out[start..]);
    debug_assert_eq!(written, Ok(digits));
}

/// A multiple of three, so that only the last piece has padding. Its digits stay in the processor's cache between the
/// two writes.
const PIECE_BYTES: usize = 12 * 1024;

/// The general engine of the crate `base64`, with a faster encoder for the first bytes.
pub struct Base64;

impl Engine for Base64 {
    type Config = GeneralPurposeConfig;
    type DecodeEstimate = GeneralPurposeEstimate;

    fn internal_encode(&self, input: &[u8], output: &mut [u8]) -> usize {
        let bytes = blocks::encode(input, output);
        let digits = bytes / 3 * 4;
        digits + GENERAL.internal_encode(&input[bytes..], &mut output[digits..])
    }

    fn internal_decoded_len_estimate(&self, input_len: usize) -> Self::DecodeEstimate {
        GENERAL.internal_decoded_len_estimate(input_len)
    }

    fn internal_decode(
        &self,
        input: &[u8],
        output: &mut [u8],
        estimate: Self::DecodeEstimate,
    ) -> Result<DecodeMetadata, DecodeSliceError> {
        GENERAL.internal_decode(input, output, estimate)
    }

    fn config(&self) -> &Self::Config {
        GENERAL.config()
    }

    fn padding(&self) -> Symbol {
        GENERAL.padding()
    }
}

static GENERAL: GeneralPurpose = STANDARD;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod blocks {
    //! Encodes twelve bytes as sixteen digits at a time, after Muła and Lemire, "Faster Base64 Encoding and Decoding
    //! Using AVX2 Instructions" (2018), <https://arxiv.org/abs/1704.00605>.
    use core::arch::wasm32::{
        i8x16, i8x16_gt, i8x16_splat, i8x16_swizzle, u8x16_add, u8x16_splat, u8x16_sub_sat, u16x8_mul, u16x8_shr,
        u32x4_splat, v128, v128_and, v128_load, v128_or, v128_store,
    };
    use core::hint::black_box;

    /// Encodes the first bytes and returns how many: a multiple of twelve.
    pub fn encode(input: &[u8], output: &mut [u8]) -> usize {
        let constants = Constants::new();
        // Each step reads sixteen bytes and uses twelve.
        let steps = (input.len().saturating_sub(4) / 12).min(output.len() / 16);
        let (mut from, mut to) = (input.as_ptr(), output.as_mut_ptr());
        for _ in 0..steps {
            // SAFETY: `input` has the sixteen bytes that a step reads, and `output` has room for the sixteen that it
            // writes. Neither instruction needs an alignment.
            unsafe {
                v128_store(to.cast(), encode_block(v128_load(from.cast()), &constants));
                (from, to) = (from.add(12), to.add(16));
            }
        }
        steps * 12
    }

    #[inline(always)] // a call for each block takes longer than the block
    fn encode_block(block: v128, constants: &Constants) -> v128 {
        // Each 32 bits get three bytes a, b, c, in the order b a c b.
        let spread = i8x16_swizzle(block, i8x16(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
        // Each byte gets six bits: those of the first and the third digit are shifted right, by 10 and 6; those of the
        // second and the fourth left, by 4 and 8, which is a multiplication by 16 and 256.
        let first = u16x8_shr(v128_and(spread, constants.first_digit), 10);
        let third = v128_and(u16x8_shr(spread, 6), constants.third_digit);
        let second_and_fourth = u16x8_mul(v128_and(spread, constants.second_and_fourth_digit), constants.factors);
        let values = v128_or(v128_or(first, third), second_and_fourth);
        // The number to add to a value depends on its range: 0–25, 26–51, and each value from 52 on.
        let beyond = u8x16_sub_sat(values, constants.last_small_letter);
        let is_capital = i8x16_gt(constants.first_small_letter, values);
        let range = v128_or(beyond, v128_and(is_capital, constants.range_of_capitals));
        u8x16_add(values, i8x16_swizzle(constants.shifts, range))
    }

    /// What each block is computed with. V8 makes a constant of 128 bits anew each time that a loop comes to it, which
    /// takes longer than the computation. A value that the compiler does not know stays in a register.
    struct Constants {
        first_digit: v128,
        third_digit: v128,
        second_and_fourth_digit: v128,
        factors: v128,
        first_small_letter: v128,
        last_small_letter: v128,
        range_of_capitals: v128,
        shifts: v128,
    }

    impl Constants {
        fn new() -> Self {
            Self {
                first_digit: black_box(u32x4_splat(0x0000_fc00)),
                third_digit: black_box(u32x4_splat(0x003f_0000)),
                second_and_fourth_digit: black_box(u32x4_splat(0x003f_03f0)),
                factors: black_box(u32x4_splat(0x0100_0010)),
                first_small_letter: black_box(i8x16_splat(26)),
                last_small_letter: black_box(u8x16_splat(51)),
                range_of_capitals: black_box(u8x16_splat(13)),
                shifts: black_box(i8x16(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0)),
            }
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod blocks {
    /// Encodes no bytes.
    pub fn encode(_: &[u8], _: &mut [u8]) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_encoded_and_decoded_as_the_crate_does_it() {
        let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).cycle().take(600).collect();
        for length in 0..=bytes.len() {
            let mut out = b"before".to_vec();
            encode(&mut out, &bytes[..length]);
            assert_eq!(out[6..], *STANDARD.encode(&bytes[..length]).as_bytes());
            assert_eq!(Base64.decode(&out[6..]).unwrap(), bytes[..length]);
        }
    }

    #[test]
    fn the_examples_of_the_rfc() {
        for (bytes, digits) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = Vec::new();
            encode(&mut out, bytes.as_bytes());
            assert_eq!(out, digits.as_bytes());
            assert_eq!(Base64.decode(digits).unwrap(), bytes.as_bytes());
        }
    }
}

//! Floats of half, single and double precision.

/// A float from the bits of a head with `info` 25, 26 or 27.
#[allow(clippy::cast_possible_truncation)] // a head of that kind has no more bits
pub(super) fn float(info: u8, bits: u64) -> f64 {
    match info {
        25 => half(bits as u16),
        26 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// A half has the bits of a single, but an exponent that is 112 less, and its greatest exponent means infinity or NaN.
fn half(bits: u16) -> f64 {
    let magnitude = bits & 0x7fff;
    if magnitude >= 0x7c00 {
        return f64::NAN;
    }
    let scaled = f32::from_bits(u32::from(magnitude) << 13);
    let number = f64::from(scaled) * f64::from_bits((1023 + 112) << 52);
    if bits == magnitude { number } else { -number }
}

/// 2⁵³. Below it a double represents every whole number.
pub(super) const FLOAT_END: f64 = 9_007_199_254_740_992.0;

//! Floats of half, single and double precision.

/// A float of half, single or double precision.
#[allow(clippy::cast_possible_truncation)] // a head of that kind has no more bits
pub(super) fn float(info: u8, bits: u64) -> f64 {
    match info {
        25 => half(bits as u16),
        26 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// The bits of a half are those of a single, but that the exponent is 112 less and the greatest one means no number.
fn half(bits: u16) -> f64 {
    let magnitude = bits & 0x7fff;
    if magnitude >= 0x7c00 {
        return f64::NAN;
    }
    let scaled = f32::from_bits(u32::from(magnitude) << 13);
    let number = f64::from(scaled) * f64::from_bits((1023 + 112) << 52);
    if bits == magnitude { number } else { -number }
}

/// 2⁵³: below it a double tells every whole number from the next.
pub(super) const FLOAT_END: f64 = 9_007_199_254_740_992.0;

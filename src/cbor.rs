//! CBOR as Kinesis speaks it (application/x-amz-cbor-1.1): requests out, answers in, the latter by way of JSON.
//!
//! <https://www.rfc-editor.org/rfc/rfc8949>

use crate::json::{Malformed, put_base64, put_string};
use std::borrow::Cow;

/// Appends a text string.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_head(out, TEXT, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// Appends a byte string.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_head(out, BYTES, bytes.len());
    out.extend_from_slice(bytes);
}

/// Opens an array of as many items as `len` says, which follow.
pub fn put_array(out: &mut Vec<u8>, len: usize) {
    put_head(out, ARRAY, len);
}

/// Opens a map of as many members as `len` says, which follow, each a text string and a value.
pub fn put_map(out: &mut Vec<u8>, len: usize) {
    put_head(out, MAP, len);
}

/// Opens an array whose count is not yet known; [`put_break`] closes it. AWS's SDKs for Java write every array and map so.
pub fn put_indefinite_array(out: &mut Vec<u8>) {
    out.push(ARRAY << 5 | INDEFINITE);
}

/// Opens a map whose count is not yet known; [`put_break`] closes it.
pub fn put_indefinite_map(out: &mut Vec<u8>) {
    out.push(MAP << 5 | INDEFINITE);
}

/// Closes what was opened last without a count.
pub fn put_break(out: &mut Vec<u8>) {
    out.push(BREAK);
}

/// Writes one item, which must be all there is, as the JSON that [`crate::json::Reader`] reads.
///
/// Byte strings become base64, as they are in Kinesis' JSON. A tag is passed over and its value taken: the service counts a
/// timestamp in milliseconds here but in seconds in JSON, and which number is a timestamp only the caller knows. Fractions,
/// which only timestamps have, are rounded to thousandths. What JSON has no word for is `null` (RFC 8949, 6.1), and so is a
/// float from 2⁵³ on.
///
/// # Errors
/// [`Malformed`] where the item is not well-formed, is cut off or followed by anything, nests deeper than the JSON reader
/// would follow, or has a map with a key that is no text string.
pub fn to_json(cbor: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut transcoder = Transcoder {
        rest: cbor,
        out: Vec::with_capacity(cbor.len()),
        depth: 0,
    };
    transcoder.value()?;
    let at_end = transcoder.rest.is_empty();
    at_end.then_some(transcoder.out).ok_or(Malformed)
}

/// The first byte or bytes of an item (RFC 8949, 3).
struct Head {
    major: u8,
    info: u8,
    /// None for a string, an array or a map of unknown length, and for the break at their end.
    argument: Option<u64>,
}

struct Transcoder<'a> {
    rest: &'a [u8],
    out: Vec<u8>,
    depth: u32,
}

impl<'a> Transcoder<'a> {
    fn value(&mut self) -> Result<(), Malformed> {
        let mut head = self.head()?;
        while let (TAG, Some(_)) = (head.major, head.argument) {
            head = self.head()?;
        }
        match (head.major, head.argument) {
            (UNSIGNED, Some(number)) => self.put_number(number),
            (NEGATIVE, Some(number)) => self.put_negative(number),
            (BYTES, len) => {
                let bytes = self.string(BYTES, len)?;
                put_base64(&mut self.out, &bytes);
            }
            (TEXT, len) => self.text(len)?,
            (ARRAY, len) => self.sequence(ARRAY, len)?,
            (MAP, len) => self.sequence(MAP, len)?,
            (SIMPLE, Some(bits)) => self.simple(head.info, bits)?,
            _ => return Err(Malformed),
        }
        Ok(())
    }

    fn sequence(&mut self, major: u8, mut left: Option<u64>) -> Result<(), Malformed> {
        // A limit on everything: a nested answer from a broken server must not use up the stack.
        if self.depth == DEPTH_MAX {
            return Err(Malformed);
        }
        self.depth += 1;
        let (open, close) = if major == MAP { *b"{}" } else { *b"[]" }.into();
        self.out.push(open);
        while self.goes_on(&mut left) {
            if self.out.last() != Some(&open) {
                self.out.push(b',');
            }
            if major == MAP {
                self.key()?;
            }
            self.value()?;
        }
        self.out.push(close);
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self) -> Result<(), Malformed> {
        let head = self.head()?;
        if head.major != TEXT {
            return Err(Malformed);
        }
        self.text(head.argument)?;
        self.out.push(b':');
        Ok(())
    }

    fn text(&mut self, len: Option<u64>) -> Result<(), Malformed> {
        let bytes = self.string(TEXT, len)?;
        let text = str::from_utf8(&bytes).map_err(|_| Malformed)?;
        put_string(&mut self.out, text);
        Ok(())
    }

    /// The bytes of a text or byte string, joined where they come in chunks.
    fn string(&mut self, major: u8, len: Option<u64>) -> Result<Cow<'a, [u8]>, Malformed> {
        if let Some(len) = len {
            return self.take(len).map(Cow::Borrowed);
        }
        let mut joined = Vec::new();
        while self.goes_on(&mut None) {
            let head = self.head()?;
            let chunk = self.take(head.argument.ok_or(Malformed)?)?;
            // No character may be spread over two chunks (RFC 8949, 3.2.3).
            if head.major != major || major == TEXT && str::from_utf8(chunk).is_err() {
                return Err(Malformed);
            }
            joined.extend_from_slice(chunk);
        }
        Ok(Cow::Owned(joined))
    }

    /// Counts down to the end of what has a length, passes over the break of what has none.
    fn goes_on(&mut self, left: &mut Option<u64>) -> bool {
        if let Some(left) = left {
            let goes_on = *left > 0;
            *left = left.saturating_sub(1);
            return goes_on;
        }
        let after = self.rest.strip_prefix(&[BREAK]);
        self.rest = after.unwrap_or(self.rest);
        after.is_none()
    }

    fn simple(&mut self, info: u8, bits: u64) -> Result<(), Malformed> {
        let word: &[u8] = match info {
            20 => b"false",
            21 => b"true",
            24 if bits < 32 => return Err(Malformed),
            25..=27 => {
                self.put_float(float(info, bits));
                return Ok(());
            }
            _ => b"null",
        };
        self.out.extend_from_slice(word);
        Ok(())
    }

    fn put_number(&mut self, number: u64) {
        self.out.extend_from_slice(number.to_string().as_bytes());
    }

    /// −1 − `number`.
    fn put_negative(&mut self, number: u64) {
        self.out.push(b'-');
        match number.checked_add(1) {
            Some(number) => self.put_number(number),
            None => self.out.extend_from_slice(b"18446744073709551616"),
        }
    }

    /// By integers, as the standard library's way to write a float weighs several KB.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // both are positive, and below 2⁵³
    fn put_float(&mut self, number: f64) {
        let absolute = number.abs();
        if !matches!(absolute, 0.0..FLOAT_END) {
            self.out.extend_from_slice(b"null");
            return;
        }
        let whole = absolute.trunc();
        let fraction = ((absolute - whole) * 1000.0).round_ties_even();
        let thousandths = whole as u64 * 1000 + fraction as u64;
        if number < 0.0 && thousandths > 0 {
            self.out.push(b'-');
        }
        self.put_number(thousandths / 1000);
        let fraction = thousandths % 1000;
        if fraction > 0 {
            let at = self.out.len();
            self.put_number(1000 + fraction);
            self.out[at] = b'.';
        }
    }

    fn head(&mut self) -> Result<Head, Malformed> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 31);
        let argument = match info {
            0..24 => Some(u64::from(info)),
            24..28 => {
                let bytes = self.take(1 << (info - 24))?;
                let shift = |number, byte: &u8| number << 8 | u64::from(*byte);
                Some(bytes.iter().fold(0, shift))
            }
            INDEFINITE => None,
            _ => return Err(Malformed),
        };
        Ok(Head {
            major,
            info,
            argument,
        })
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(len).map_err(|_| Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// A float of half, single or double precision.
#[allow(clippy::cast_possible_truncation)] // a head of that kind has no more bits
fn float(info: u8, bits: u64) -> f64 {
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

/// The shortest head for `argument`.
fn put_head(out: &mut Vec<u8>, major: u8, argument: usize) {
    let bytes = (argument as u64).to_be_bytes();
    let (info, width) = match argument as u64 {
        0..24 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | info);
    out.extend_from_slice(&bytes[bytes.len() - width..]);
}

/// The major types (RFC 8949, 3.1).
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

const INDEFINITE: u8 = 31;
const BREAK: u8 = SIMPLE << 5 | INDEFINITE;

const DEPTH_MAX: u32 = 64;

/// 2⁵³: below it a double tells every whole number from the next.
const FLOAT_END: f64 = 9_007_199_254_740_992.0;

//! The transcoder: CBOR to equivalent JSON.

use super::float::{FLOAT_END, float};
use super::head::{ARRAY, BREAK, BYTES, Head, INDEFINITE, MAP, NEGATIVE, SIMPLE, TAG, TEXT, UNSIGNED};
use crate::api::json::{Malformed, put_base64, put_string};
use std::borrow::Cow;

/// Converts one item, with nothing after it, to JSON for [`crate::api::json::Reader`].
///
/// Byte strings become base64, as in the JSON of Kinesis. Tags are skipped: timestamps are in milliseconds here but in
/// seconds in JSON, and only the caller knows which numbers are timestamps. Fractions, which only timestamps have, are
/// rounded to thousandths. Values without an equivalent in JSON become `null` (RFC 8949, 6.1), and so do floats from
/// 2⁵³ on.
///
/// # Errors
/// [`Malformed`] if the item is not well-formed, is cut off, is followed by anything, is nested more deeply than the
/// JSON reader allows, or has a map with a key that is not a text string.
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

/// The state of a conversion: what is left to read, and what is written.
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
        // The depth is limited, so that a deeply nested response cannot exhaust the stack.
        if self.depth == DEPTH_MAX {
            return Err(Malformed);
        }
        self.depth += 1;
        let [open, close] = if major == MAP { *b"{}" } else { *b"[]" };
        self.put(&[open]);
        while self.has_more(&mut left) {
            if self.out.last() != Some(&open) {
                self.put(b",");
            }
            if major == MAP {
                self.expect_text()?;
                self.value()?;
                self.put(b":");
            }
            self.value()?;
        }
        self.put(&[close]);
        self.depth -= 1;
        Ok(())
    }

    /// Expects a text string, as JSON has no other names.
    fn expect_text(&self) -> Result<(), Malformed> {
        let first = self.rest.first().ok_or(Malformed)?;
        (first >> 5 == TEXT).then_some(()).ok_or(Malformed)
    }

    fn text(&mut self, len: Option<u64>) -> Result<(), Malformed> {
        let bytes = self.string(TEXT, len)?;
        let text = str::from_utf8(&bytes).map_err(|_| Malformed)?;
        put_string(&mut self.out, text);
        Ok(())
    }

    /// The bytes of a text or byte string. Chunks are joined.
    fn string(&mut self, major: u8, len: Option<u64>) -> Result<Cow<'a, [u8]>, Malformed> {
        if let Some(len) = len {
            return self.take(len).map(Cow::Borrowed);
        }
        let mut joined = Vec::new();
        while self.has_more(&mut None) {
            let head = self.head()?;
            let chunk = self.take(head.argument.ok_or(Malformed)?)?;
            // A character must not be split over two chunks (RFC 8949, 3.2.3).
            if head.major != major || major == TEXT && str::from_utf8(chunk).is_err() {
                return Err(Malformed);
            }
            joined.extend_from_slice(chunk);
        }
        Ok(Cow::Owned(joined))
    }

    /// Whether there are more items: counts down a definite length, or skips the break of an indefinite one.
    fn has_more(&mut self, left: &mut Option<u64>) -> bool {
        if let Some(left) = left {
            let has_more = *left > 0;
            *left = left.saturating_sub(1);
            return has_more;
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
        self.put(word);
        Ok(())
    }

    fn put_number(&mut self, number: u64) {
        if number >= 10 {
            self.put_number(number / 10);
        }
        let [digit, ..] = (number % 10).to_le_bytes();
        self.put(&[b'0' + digit]);
    }

    /// Writes −1 − `number`.
    fn put_negative(&mut self, number: u64) {
        self.put(b"-");
        match number.checked_add(1) {
            Some(number) => self.put_number(number),
            None => self.put(b"18446744073709551616"),
        }
    }

    /// Writes a float with integer arithmetic. The formatting of the standard library would add several KB to the
    /// module.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // both are positive, and below 2⁵³
    fn put_float(&mut self, number: f64) {
        let absolute = number.abs();
        if !(0.0..FLOAT_END).contains(&absolute) {
            self.put(b"null");
            return;
        }
        let whole = absolute.trunc();
        let fraction = ((absolute - whole) * 1000.0).round_ties_even();
        let thousandths = whole as u64 * 1000 + fraction as u64;
        if number < 0.0 && thousandths > 0 {
            self.put(b"-");
        }
        self.put_number(thousandths / 1000);
        let fraction = thousandths % 1000;
        if fraction > 0 {
            let at = self.out.len();
            self.put_number(1000 + fraction);
            self.out[at] = b'.';
        }
    }

    #[inline(never)] // as the two below: inlined they make the module larger
    fn put(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    #[inline(never)]
    fn head(&mut self) -> Result<Head, Malformed> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 31);
        let argument = match info {
            0..24 => Some(u64::from(info)),
            24..28 => Some(self.argument(1 << (info - 24))?),
            INDEFINITE => None,
            _ => return Err(Malformed),
        };
        Ok(Head { major, info, argument })
    }

    fn argument(&mut self, width: u32) -> Result<u64, Malformed> {
        let mut number = 0;
        for _ in 0..width {
            number = number << 8 | u64::from(self.take(1)?[0]);
        }
        Ok(number)
    }

    #[inline(never)]
    fn take(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(len).map_err(|_| Malformed)?;
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }
}

const DEPTH_MAX: u32 = 64;

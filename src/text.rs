//! Text put together and taken apart, with little code: what `format!`, `parse` and the searches of `str` link into the module
//! weighs 5 KB gzipped, and every visitor downloads it.

/// Joins texts and whole numbers, as `format!` does.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut text = String::new();
        $($crate::text::Part::put_to(&$part, &mut text);)+
        text
    }};
}
pub(crate) use text;

/// What [`text!`] joins.
pub(crate) trait Part {
    fn put_to(&self, out: &mut String);
}

impl<T: Part + ?Sized> Part for &T {
    fn put_to(&self, out: &mut String) {
        (**self).put_to(out);
    }
}

impl Part for str {
    fn put_to(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Part for String {
    fn put_to(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Part for u16 {
    fn put_to(&self, out: &mut String) {
        put_small(out, u64::from(*self));
    }
}

impl Part for u32 {
    fn put_to(&self, out: &mut String) {
        put_small(out, u64::from(*self));
    }
}

impl Part for u64 {
    fn put_to(&self, out: &mut String) {
        put_small(out, *self);
    }
}

impl Part for usize {
    fn put_to(&self, out: &mut String) {
        put_small(out, *self as u64);
    }
}

impl Part for u128 {
    fn put_to(&self, out: &mut String) {
        put_decimal(out, *self);
    }
}

fn put_small(out: &mut String, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] += (number % 10).to_le_bytes()[0];
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push_str(str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// By long multiplication: a division of 128 bits is a kilobyte in WebAssembly.
fn put_decimal(out: &mut String, number: u128) {
    let mut digits = [0; DIGITS_MAX];
    let mut used = 1; // least significant first
    let zeros = number.leading_zeros() / 8;
    for byte in number.to_be_bytes().into_iter().skip(zeros as usize) {
        let mut carry = u32::from(byte);
        for digit in &mut digits[..used] {
            carry += *digit * 256;
            *digit = carry % 10;
            carry /= 10;
        }
        while carry > 0 {
            digits[used] = carry % 10;
            carry /= 10;
            used += 1;
        }
    }
    for digit in digits[..used].iter().rev() {
        out.push_str(&"0123456789"[*digit as usize..][..1]);
    }
}

/// A whole number that is digits and nothing else.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    let mut number: u64 = 0;
    for byte in digits {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    (!digits.is_empty()).then_some(number)
}

/// Whether `needle` is in `text`.
pub(crate) fn contains(text: &str, needle: &str) -> bool {
    find(text, needle).is_some()
}

/// What is before and after the first `separator`.
pub(crate) fn split_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, separator)?;
    Some((&text[..at], &text[at + separator.len()..]))
}

/// What is before and after the last `separator`.
pub(crate) fn rsplit_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut windows = text.as_bytes().windows(separator.len());
    let at = windows.rposition(|window| window == separator.as_bytes())?;
    Some((&text[..at], &text[at + separator.len()..]))
}

fn find(text: &str, needle: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(needle.len());
    windows.position(|window| window == needle.as_bytes())
}

/// The start of a value, short enough for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    let (mut end, mut chars) = (0, 0);
    for byte in text.bytes() {
        // Each that does not go on with a character begins one.
        chars += usize::from(byte & 0xc0 != 0x80);
        if chars > EXCERPT_CHARS {
            break;
        }
        end += 1;
    }
    let more = if end < text.len() { "…" } else { "" };
    text![&text[..end], more]
}

/// As much of these bytes as is text.
pub(crate) fn valid_start(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_else(|error| {
        let valid = &bytes[..error.valid_up_to()];
        str::from_utf8(valid).unwrap_or_default()
    })
}

const EXCERPT_CHARS: usize = 60;
/// 2¹²⁸−1 has so many.
const DIGITS_MAX: usize = 39;

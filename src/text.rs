//! Text put together with little code: what `format!` links into the module weighs 3 KB gzipped, every visitor downloads it,
//! and signing takes a tenth longer with it.

/// Joins texts and whole numbers, as `format!` does; with room from the start where a number of bytes is given first.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {
        text!(@ String::new(); $($part),+)
    };
    ($bytes:expr; $($part:expr),+ $(,)?) => {
        text!(@ String::with_capacity($bytes); $($part),+)
    };
    (@ $start:expr; $($part:expr),+) => {{
        let mut text = $start;
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

/// By long division: that of 128 bits at once is a kilobyte in WebAssembly.
#[allow(clippy::cast_possible_truncation)] // a remainder is a digit, and so is what is left of the next word
fn put_decimal(out: &mut String, number: u128) {
    // Most significant first.
    let mut words = [96, 64, 32, 0].map(|shift| (number >> shift) as u32);
    let mut digits = [b'0'; DIGITS_MAX];
    let mut at = digits.len();
    loop {
        let mut rest = 0;
        for word in &mut words {
            let dividend = rest << 32 | u64::from(*word);
            *word = (dividend / 10) as u32;
            rest = dividend % 10;
        }
        at -= 1;
        digits[at] += rest as u8;
        if words == [0; 4] {
            break;
        }
    }
    out.push_str(str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// A whole number that is digits and nothing else; the standard library lets a plus sign stand before them.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.starts_with(b"+") {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_have_the_digits_that_the_standard_library_gives_them() {
        let mut number = u128::MAX;
        while number > 0 {
            assert_eq!(text![number], number.to_string());
            assert_eq!(text![number - 1], (number - 1).to_string());
            number /= 7;
        }
    }
    #[test]
    fn a_decimal_is_digits_and_nothing_else() {
        for (digits, number) in [("0", 0), ("007", 7), ("18446744073709551615", u64::MAX)] {
            assert_eq!(decimal(digits.as_bytes()), Some(number));
        }
        let refused = [
            "",
            "+",
            "+1",
            "-1",
            "-0",
            " 1",
            "1 ",
            "1.0",
            "1_0",
            "18446744073709551616",
            "é",
        ];
        for digits in refused {
            assert_eq!(decimal(digits.as_bytes()), None, "{digits}");
        }
        assert_eq!(decimal(&[b'1', 0xff]), None);
    }
}

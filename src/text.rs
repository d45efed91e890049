//! Texts, joined without `format!`: that would make the module larger, which every visitor of a page downloads, and
//! signing slower.

/// Joins texts and whole numbers, as `format!` does. A number of bytes before a semicolon is the initial capacity.
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

/// A value that [`text!`] can join.
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

/// Writes a number by long division. The division of 128-bit numbers needs much more code in WebAssembly.
#[allow(clippy::cast_possible_truncation)] // a remainder is one digit, and a quotient fits its word
fn put_decimal(out: &mut String, number: u128) {
    // The most significant word comes first.
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

/// The number of digits of 2¹²⁸−1.
const DIGITS_MAX: usize = 39;

#[cfg(test)]
mod tests {
    #[test]
    fn large_numbers_have_the_same_digits_as_in_the_standard_library() {
        let mut number = u128::MAX;
        while number > 0 {
            assert_eq!(text![number], number.to_string());
            assert_eq!(text![number - 1], (number - 1).to_string());
            number /= 7;
        }
    }
}

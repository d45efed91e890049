//! Percent-encoding and hexadecimal digits.

/// Decodes a part of a URL and encodes it again: a URL may write a character in several ways, the canonical form has
/// one. A plus sign is a space, as services read it in a query, and S3 also in a path.
pub(super) fn encode_again(part: &str, also: &[u8]) -> String {
    percent_encode(&percent_decode(part), also)
}

fn percent_decode(part: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, behind @ ..]) => digit(*high).zip(digit(*low)).map_or(b'%', |(high, low)| {
                rest = behind;
                high << 4 | low
            }),
            _ => *first,
        };
        decoded.push(byte);
    }
    decoded
}

fn digit(hex: u8) -> Option<u8> {
    let digit = char::from(hex).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Percent-encodes all bytes but the unreserved characters of RFC 3986 and those in `also`.
pub(super) fn percent_encode(text: &[u8], also: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || also.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(HEX_UPPER[usize::from(digit)]));
            }
        }
    }
    encoded
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut digits = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.extend_from_slice(&[HEX_LOWER[usize::from(byte >> 4)], HEX_LOWER[usize::from(byte & 15)]]);
    }
    String::from_utf8(digits).unwrap_or_default()
}

const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_text_has_one_canonical_form() {
        for (part, canonical) in [
            ("", ""),
            ("a+b%2bc%2Bd", "a%20b%2Bc%2Bd"),
            ("()'!*,=@:$&", "%28%29%27%21%2A%2C%3D%40%3A%24%26"),
            ("%7e%41~", "~A~"),
            ("%ff%c3%28", "%FF%C3%28"),
            ("%", "%25"),
            ("%a", "%25a"),
            ("%zz%+1%1+", "%25zz%25%201%251%20"),
            ("\u{e4}", "%C3%A4"),
        ] {
            assert_eq!(encode_again(part, b""), canonical, "{part}");
        }
        assert_eq!(encode_again("a/b%2fc", b"/"), "a/b/c");
    }
}

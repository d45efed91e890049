//! The escapes in a string of JSON.

use super::Malformed;

/// Replaces the escapes inside of a string.
pub(super) fn unescape(inside: &str) -> Result<String, Malformed> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let kind = after.bytes().next().ok_or(Malformed)?;
        if kind == b'u' {
            let (character, after) = unescape_unicode(&after[1..])?;
            text.push(character);
            rest = after;
        } else {
            text.push(unescape_short(kind)?);
            rest = &after[1..];
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn unescape_short(kind: u8) -> Result<char, Malformed> {
    Ok(match kind {
        b'"' | b'\\' | b'/' => char::from(kind),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return Err(Malformed),
    })
}

/// Reads the four digits after `\u`, and those of the low surrogate if they are a high one.
fn unescape_unicode(digits: &str) -> Result<(char, &str), Malformed> {
    let (unit, rest) = hex_unit(digits)?;
    if !(0xd800..0xdc00).contains(&unit) {
        // A lone low surrogate is not a character. It becomes U+FFFD.
        return Ok((char::from_u32(unit).unwrap_or('\u{fffd}'), rest));
    }
    let second = rest.strip_prefix("\\u").map(hex_unit).transpose()?;
    match second {
        Some((low, rest)) if (0xdc00..0xe000).contains(&low) => {
            let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            Ok((char::from_u32(code).unwrap_or('\u{fffd}'), rest))
        }
        _ => Ok(('\u{fffd}', rest)),
    }
}

/// A UTF-16 unit from four hexadecimal digits, and the rest.
fn hex_unit(digits: &str) -> Result<(u32, &str), Malformed> {
    let (hex, rest) = digits.split_at_checked(4).ok_or(Malformed)?;
    let mut unit = 0;
    for digit in hex.bytes() {
        unit = unit * 16 + char::from(digit).to_digit(16).ok_or(Malformed)?;
    }
    Ok((unit, rest))
}

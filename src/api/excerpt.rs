//! The start of a value, as error messages quote it.

use crate::text::text;

/// The first 60 characters of a value, for an error message.
pub fn excerpt(text: &str) -> String {
    let (mut end, mut chars) = (0, 0);
    for byte in text.bytes() {
        // Each byte that is not a continuation byte begins a character.
        chars += usize::from(byte & 0xc0 != 0x80);
        if chars > EXCERPT_CHARS {
            break;
        }
        end += 1;
    }
    let more = if end < text.len() { "…" } else { "" };
    text![&text[..end], more]
}

/// The valid UTF-8 at the start of some bytes.
pub fn valid_start(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_else(|error| {
        let valid = &bytes[..error.valid_up_to()];
        str::from_utf8(valid).unwrap_or_default()
    })
}

const EXCERPT_CHARS: usize = 60;

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn a_long_value_is_cut_in_messages() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"é".repeat(100)).chars().count(), 61);
    }
}

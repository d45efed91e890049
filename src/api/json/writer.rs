//! The JSON writer: strings, numbers and base64.

use crate::api::base64;
use crate::text::text;

/// Appends a JSON string, without a comma.
pub fn put_string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    if text.bytes().any(needs_escape) {
        for byte in text.bytes() {
            if needs_escape(byte) {
                put_escape(out, byte);
            } else {
                out.push(byte);
            }
        }
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
}

/// Appends bytes as a JSON string of base64, without a comma.
pub fn put_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    base64::encode(out, bytes);
    out.push(b'"');
}

/// Appends `"name":"text"`, and a comma before it if it is not the first member.
pub fn put_member(out: &mut Vec<u8>, name: &'static str, text: &str) {
    put_name(out, name);
    put_string(out, text);
}

/// Appends `"name":`, and a comma before it if it is not the first member. `name` must have no character to escape.
pub fn put_name(out: &mut Vec<u8>, name: &'static str) {
    separate(out);
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends a whole number as an item of an array, and a comma before it if it is not the first one.
pub fn put_number_item(out: &mut Vec<u8>, number: u64) {
    separate(out);
    out.extend_from_slice(text![number].as_bytes());
}

/// Appends a JSON string as an item of an array, and a comma before it if it is not the first one.
pub fn put_string_item(out: &mut Vec<u8>, text: &str) {
    separate(out);
    put_string(out, text);
}

/// Appends a comma, unless the last byte opens an object or an array.
pub fn separate(out: &mut Vec<u8>) {
    if !matches!(out.last(), None | Some(b'{' | b'[')) {
        out.push(b',');
    }
}

pub(super) fn needs_escape(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn put_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let hex = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
            out.extend_from_slice(b"\\u00");
            out.push(hex(byte >> 4));
            out.push(hex(byte & 15));
            return;
        }
    };
    out.push(b'\\');
    out.push(short);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Reader;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        put_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_and_read_back() {
        assert_eq!(written("plain é 😀"), "\"plain é 😀\"");
        assert_eq!(written("a\"b\\c\n\u{1}"), r#""a\"b\\c\n\u0001""#);
        let all: String = (0..0x300).filter_map(char::from_u32).collect();
        let text = written(&all);
        assert_eq!(Reader::new(text.as_bytes()).string().unwrap(), all);
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), all);
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [("", "\"\""), ("f", "\"Zg==\""), ("fo", "\"Zm8=\""), ("foo", "\"Zm9v\"")] {
            let mut out = Vec::new();
            put_base64(&mut out, bytes.as_bytes());
            assert_eq!(out, text.as_bytes());
        }
    }
}

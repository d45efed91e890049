//! JSON as Kinesis speaks it: strings and base64 out, answers in, read once from front to back without building a tree.

use crate::api::base64;
use crate::text::{decimal, text};
use std::borrow::Cow;

/// Appends a JSON string.
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

/// Appends bytes as a JSON string of base64.
pub fn put_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    base64::encode(out, bytes);
    out.push(b'"');
}

/// Appends `"name":"text"`, after a comma where something stands before it.
pub fn put_member(out: &mut Vec<u8>, name: &'static str, text: &str) {
    put_name(out, name);
    put_string(out, text);
}

/// Appends `"name":`, after a comma where something stands before it. No name of ours has anything to escape.
pub fn put_name(out: &mut Vec<u8>, name: &'static str) {
    separate(out);
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends a whole number, after a comma where something stands before it.
pub fn put_number(out: &mut Vec<u8>, number: u64) {
    separate(out);
    out.extend_from_slice(text![number].as_bytes());
}

/// Appends a comma where something stands before it.
pub fn separate(out: &mut Vec<u8>) {
    if !matches!(out.last(), None | Some(b'{' | b'[')) {
        out.push(b',');
    }
}

/// The text is not JSON, is cut off, or has another shape than expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads a text from front to back, each value as the caller asks for it.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Starts at the front.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Reads an object, calling `member` with each name at its value, which it must read.
    ///
    /// # Errors
    /// [`Malformed`], also when it comes from `member`.
    pub fn object(
        &mut self,
        member: &mut dyn FnMut(&str, &mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.sequence(b'{', b'}', &mut |reader| {
            let name = reader.string()?;
            reader.expect(b':')?;
            member(&name, reader)
        })
    }

    /// Reads an array, calling `item` at each value, which it must read.
    ///
    /// # Errors
    /// [`Malformed`], also when it comes from `item`.
    pub fn array(&mut self, item: &mut dyn FnMut(&mut Self) -> Result<(), Malformed>) -> Result<(), Malformed> {
        self.sequence(b'[', b']', item)
    }

    /// Reads a string; without escapes it is a piece of the text.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn string(&mut self) -> Result<Cow<'a, str>, Malformed> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let mut rest = self.text[self.at..].iter();
            let plain = rest.position(|byte| needs_escape(*byte)).ok_or(Malformed)?;
            self.at += plain;
            match self.next_byte()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.next_byte()?;
                }
                _ => return Err(Malformed),
            }
        }
        let inside = str::from_utf8(&self.text[start..self.at - 1]).map_err(|_| Malformed)?;
        if escaped {
            unescape(inside).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(inside))
        }
    }

    /// Reads a string, or `null` as none: some servers spell out what is absent.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn optional_string(&mut self) -> Result<Option<Cow<'a, str>>, Malformed> {
        if self.peek()? == b'n' {
            return self.word(b"null").map(|()| None);
        }
        self.string().map(Some)
    }

    /// Reads a whole number that is not negative.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn count(&mut self) -> Result<u64, Malformed> {
        decimal(self.skip()?).ok_or(Malformed)
    }

    /// Reads any value and returns its text.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn skip(&mut self) -> Result<&'a [u8], Malformed> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'{' => self.object(&mut |_, reader| reader.skip().map(drop))?,
            b'[' => self.array(&mut |reader| reader.skip().map(drop))?,
            b'"' => self.string().map(drop)?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        }
        Ok(&self.text[start..self.at])
    }

    /// Nothing but white space is left.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn end(&mut self) -> Result<(), Malformed> {
        self.skip_space();
        (self.at == self.text.len()).then_some(()).ok_or(Malformed)
    }

    fn sequence(
        &mut self,
        open: u8,
        close: u8,
        item: &mut dyn FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.expect(open)?;
        // A limit on everything: a nested text from a broken server must not use up the stack.
        if self.depth == DEPTH_MAX {
            return Err(Malformed);
        }
        self.depth += 1;
        if self.peek()? == close {
            self.at += 1;
        } else {
            loop {
                item(self)?;
                self.skip_space();
                match self.next_byte()? {
                    b',' => {}
                    byte if byte == close => break,
                    _ => return Err(Malformed),
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// `-`, an integer without leading zeros, a fraction, an exponent (RFC 8259, 6).
    fn number(&mut self) -> Result<(), Malformed> {
        self.take(b"-");
        let leading_zero = self.text.get(self.at) == Some(&b'0');
        let integer_digits = self.digits()?;
        if leading_zero && integer_digits > 1 {
            return Err(Malformed);
        }
        if self.take(b".") {
            self.digits()?;
        }
        if self.take(b"eE") {
            self.take(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<usize, Malformed> {
        let rest = &self.text[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(count).ok_or(Malformed)
    }

    /// Passes over the next byte if it is one of these.
    fn take(&mut self, any_of: &[u8]) -> bool {
        let found = self.text.get(self.at).is_some_and(|byte| any_of.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Malformed> {
        let found = self.text[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(()).ok_or(Malformed)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        let found = self.peek()? == byte;
        self.at += 1;
        found.then_some(()).ok_or(Malformed)
    }

    /// The first byte of the next token.
    fn peek(&mut self) -> Result<u8, Malformed> {
        self.skip_space();
        self.text.get(self.at).copied().ok_or(Malformed)
    }

    fn next_byte(&mut self) -> Result<u8, Malformed> {
        let byte = self.text.get(self.at).copied().ok_or(Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.text.get(self.at) {
            self.at += 1;
        }
    }
}

fn needs_escape(byte: u8) -> bool {
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

fn unescape(inside: &str) -> Result<String, Malformed> {
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

/// The four digits after `\u`, and those of the second half where the first is one of a surrogate pair.
fn unescape_unicode(digits: &str) -> Result<(char, &str), Malformed> {
    let (unit, rest) = hex_unit(digits)?;
    if !(0xd800..0xdc00).contains(&unit) {
        // A lone second half is no character; it is shown as one that cannot be shown.
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

fn hex_unit(digits: &str) -> Result<(u32, &str), Malformed> {
    let (hex, rest) = digits.split_at_checked(4).ok_or(Malformed)?;
    let mut unit = 0;
    for digit in hex.bytes() {
        unit = unit * 16 + char::from(digit).to_digit(16).ok_or(Malformed)?;
    }
    Ok((unit, rest))
}

const DEPTH_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        put_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    fn skips(text: &str) -> bool {
        let mut reader = Reader::new(text.as_bytes());
        reader.skip().and_then(|_| reader.end()).is_ok()
    }

    #[test]
    fn strings_are_escaped_as_json_wants_and_read_back() {
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

    #[test]
    fn escapes_are_read() {
        for (text, value) in [
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u00e9\ud83d\ude00""#, "é😀"),
            (r#""\ud83d!\ude00""#, "\u{fffd}!\u{fffd}"),
        ] {
            assert_eq!(Reader::new(text.as_bytes()).string().unwrap(), value);
        }
        for text in [
            r#""\x""#,
            r#""\u12""#,
            r#""\u12é4""#,
            r#""\u+123""#,
            "\"a\nb\"",
            "\"open",
            "\"\\",
        ] {
            assert!(Reader::new(text.as_bytes()).string().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_json_agrees_with_serde_json() {
        for text in [
            "{}",
            "[]",
            "[1,2]",
            "{\"a\":[{\"b\":null}]}",
            " { \"a\" : 1 } ",
            "true",
            "false",
            "null",
            "0",
            "-0",
            "1.5e+3",
            "-1.25E-2",
            "\"\"",
            "",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "[1,]",
            "[1 2]",
            "{\"a\":1,}",
            "tru",
            "nul",
            "01",
            "-",
            "1.",
            ".5",
            "+1",
            "1e",
            "--1",
            "1 1",
            "<html>",
            "[1]]",
            "\u{feff}{}",
            "NaN",
            "inf",
        ] {
            let expected = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(skips(text), expected, "{text}");
        }
    }

    #[test]
    fn every_cut_of_a_text_is_malformed_and_none_panics() {
        let text = r#"{"Records":[{"ShardId":"shardId-0","n":-1.5e3,"x":[true,null,"\ud83d\ude00"]}]}"#;
        assert!(skips(text));
        for length in 0..text.len() {
            assert!(!skips(&text[..length]), "{length}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(skips(&nested(64)));
        assert!(!skips(&nested(65)));
        assert!(!skips(&nested(1_000_000)));
    }
}

//! The JSON reader: one pass from front to back, without a tree.

use super::unescape::unescape;
use super::writer::needs_escape;
use std::borrow::Cow;

/// The text is not JSON, is cut off, or differs from the expected structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads a text from front to back. The caller requests each value by its type.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a text.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        // A proxy may have added a byte order mark: https://www.rfc-editor.org/rfc/rfc8259#section-8.1
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        Self { text, at: 0, depth: 0 }
    }

    /// Reads an object. `member` is called with each name, and must read the value.
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

    /// Reads an array. `item` is called for each item, and must read it.
    ///
    /// # Errors
    /// [`Malformed`], also when it comes from `item`.
    pub fn array(&mut self, item: &mut dyn FnMut(&mut Self) -> Result<(), Malformed>) -> Result<(), Malformed> {
        self.sequence(b'[', b']', item)
    }

    /// Reads a string. A string without escapes borrows from the text.
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

    /// Reads a string, or `null` as `None`: some servers write members that are absent as `null`.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn optional_string(&mut self) -> Result<Option<Cow<'a, str>>, Malformed> {
        if self.peek()? == b'n' {
            return self.word(b"null").map(|()| None);
        }
        self.string().map(Some)
    }

    /// Reads any value and returns its JSON.
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

    /// Expects that only white space is left.
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
        // The depth is limited, so that a deeply nested response cannot exhaust the stack.
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

    /// Reads one digit or more, and returns their number.
    fn digits(&mut self) -> Result<usize, Malformed> {
        let rest = &self.text[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(count).ok_or(Malformed)
    }

    /// Skips the next byte if it is one of `any_of`.
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

/// Reads an object with nothing after it.
pub(crate) fn whole_object<'a>(
    body: &'a [u8],
    member: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(body);
    reader.object(member)?;
    reader.end()
}

const DEPTH_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(text: &str) -> bool {
        let mut reader = Reader::new(text.as_bytes());
        reader.skip().and_then(|_| reader.end()).is_ok()
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
    fn valid_json_is_what_serde_json_accepts() {
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
            "NaN",
            "inf",
        ] {
            let expected = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(skips(text), expected, "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert!(skips("\u{feff}{}"));
        assert!(!skips("\u{feff}\u{feff}{}"));
    }

    #[test]
    fn every_truncation_is_malformed() {
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

//! The encoding of a request and its response: JSON or CBOR.

use crate::api::cbor;
use crate::api::json;
use std::borrow::Cow;

/// The encoding of a body. Both encodings have the same members in the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// JSON with data in base64, as most AWS SDKs send it.
    #[default]
    Json,
    /// CBOR with data as raw bytes and with maps and arrays of indefinite length, as the AWS SDKs for Java send it.
    Cbor,
}

impl Encoding {
    /// The value of the header `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::Cbor => "application/x-amz-cbor-1.1",
        }
    }

    /// Begins a map.
    pub fn open_map(self, out: &mut Vec<u8>) {
        match self {
            Self::Json => out.push(b'{'),
            Self::Cbor => cbor::put_indefinite_map(out),
        }
    }

    /// Ends a map.
    pub fn close_map(self, out: &mut Vec<u8>) {
        match self {
            Self::Json => out.push(b'}'),
            Self::Cbor => cbor::put_break(out),
        }
    }

    /// Begins an array as the value of a member.
    pub fn open_array(self, out: &mut Vec<u8>, name: &'static str) {
        self.put_name(out, name);
        match self {
            Self::Json => out.push(b'['),
            Self::Cbor => cbor::put_indefinite_array(out),
        }
    }

    /// Ends an array.
    pub fn close_array(self, out: &mut Vec<u8>) {
        match self {
            Self::Json => out.push(b']'),
            Self::Cbor => cbor::put_break(out),
        }
    }

    /// Writes the separator between two items of an array: a comma in JSON, nothing in CBOR.
    pub fn put_separator(self, out: &mut Vec<u8>) {
        if self == Self::Json {
            json::separate(out);
        }
    }

    /// Writes a member with a string.
    pub fn put_member(self, out: &mut Vec<u8>, name: &'static str, text: &str) {
        self.put_name(out, name);
        match self {
            Self::Json => json::put_string(out, text),
            Self::Cbor => cbor::put_text(out, text),
        }
    }

    /// Writes a member with a blob.
    pub fn put_data(self, out: &mut Vec<u8>, name: &'static str, data: &[u8]) {
        self.put_name(out, name);
        match self {
            Self::Json => json::put_base64(out, data),
            Self::Cbor => cbor::put_bytes(out, data),
        }
    }

    /// The encoded length of a blob of `len` bytes, without the few bytes around it.
    #[must_use]
    pub fn data_len(self, len: usize) -> usize {
        match self {
            Self::Json => len.div_ceil(3) * 4,
            Self::Cbor => len,
        }
    }

    fn put_name(self, out: &mut Vec<u8>, name: &'static str) {
        match self {
            Self::Json => json::put_name(out, name),
            Self::Cbor => cbor::put_text(out, name),
        }
    }
}

/// A CBOR map as JSON. Any other body, and one that is cut off, is returned as it is.
///
/// The first byte decides: a service without CBOR, a proxy or a captive portal may respond with text, and no text
/// begins with a byte that begins a CBOR map.
#[must_use]
pub fn as_json(body: &[u8]) -> Cow<'_, [u8]> {
    match body {
        [MAP_FIRST..=MAP_LAST, ..] => cbor::to_json(body).map_or(Cow::Borrowed(body), Cow::Owned),
        _ => Cow::Borrowed(body),
    }
}

/// The first byte of a map is in this range (RFC 8949, appendix B).
const MAP_FIRST: u8 = 0xa0;
const MAP_LAST: u8 = 0xbf;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_of_a_body_decides() {
        for (body, json) in [
            (b"\xa0".as_slice(), b"{}".as_slice()),
            (b"\xbf\xff", b"{}"),
            (b"\xa1\x61a\x42hi", b"{\"a\":\"aGk=\"}"),
            (b"{}", b"{}"),
            (b"", b""),
            (b"<html>", b"<html>"),
            (b" {}", b" {}"),
        ] {
            assert_eq!(&*as_json(body), json);
        }
        for broken in [b"\xbf".as_slice(), b"\xa0\xa0", b"\xa1\x01\x02"] {
            assert_eq!(&*as_json(broken), broken);
        }
    }
}

//! How a request is written, and what its answer is written in.

use crate::api::cbor;
use crate::api::json;
use std::borrow::Cow;

/// The content type of a body. Maps, arrays and their items follow each other in the same order in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As the AWS SDKs send it, with data in base64.
    #[default]
    Json,
    /// As the AWS SDKs for Java send it, with data as raw bytes, and every map and array without a count.
    Cbor,
}

impl Encoding {
    /// `Content-Type`.
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

    /// Begins an array, the value of a member.
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

    /// Stands between the items of an array.
    pub fn separate(self, out: &mut Vec<u8>) {
        if self == Self::Json {
            json::separate(out);
        }
    }

    /// A member that is a text.
    pub fn put_member(self, out: &mut Vec<u8>, name: &'static str, text: &str) {
        self.put_name(out, name);
        match self {
            Self::Json => json::put_string(out, text),
            Self::Cbor => cbor::put_text(out, text),
        }
    }

    /// A member that is a blob.
    pub fn put_data(self, out: &mut Vec<u8>, name: &'static str, data: &[u8]) {
        self.put_name(out, name);
        match self {
            Self::Json => json::put_base64(out, data),
            Self::Cbor => cbor::put_bytes(out, data),
        }
    }

    /// What a blob of so many bytes takes, but for a few bytes around it.
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

/// A body that is a CBOR map, as JSON; any other, and one that is cut off, as it is.
///
/// The body tells by itself: a service that knows no CBOR, a proxy or a portal may answer a request in CBOR with a text, and no
/// text begins with a byte that begins a map.
#[must_use]
pub fn as_json(body: &[u8]) -> Cow<'_, [u8]> {
    match body {
        [MAP_FIRST..=MAP_LAST, ..] => cbor::to_json(body).map_or(Cow::Borrowed(body), Cow::Owned),
        _ => Cow::Borrowed(body),
    }
}

/// The first byte of a map is one of these (RFC 8949, appendix B).
const MAP_FIRST: u8 = 0xa0;
const MAP_LAST: u8 = 0xbf;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_tells_by_itself_what_it_is() {
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

//! What crosses the boundary in one piece, taken apart.

use super::{encode_into, milliseconds};
use crate::answer::Answer;
use wasm_bindgen::JsValue;

/// Many records in one text that is all ASCII: of each the data and the partition key, one behind the other. To cross into
/// WebAssembly costs a text as much as a few hundred bytes of it, and of ASCII the lengths are known without a look at it.
pub struct Texts(Vec<u8>);

impl Texts {
    pub fn read(text: &JsValue, text_len: usize) -> Option<Self> {
        let mut bytes = vec![0; text_len];
        let written = encode_into(text, &mut bytes);
        // What is not ASCII has more bytes than UTF-16 units: there is no room for all of it.
        (written == text_len && bytes.is_ascii()).then_some(Self(bytes))
    }

    /// `lengths` are those of data and key in turn.
    pub fn records(&self, lengths: &[u32]) -> impl Iterator<Item = (&[u8], &str)> {
        let mut rest: &[u8] = &self.0;
        let mut take = move |length: u32| {
            let (taken, after) = rest.split_at((length as usize).min(rest.len()));
            rest = after;
            taken
        };
        let (pairs, _) = lengths.as_chunks::<2>();
        pairs.iter().map(move |[data_len, key_len]| {
            let data = take(*data_len);
            (data, str::from_utf8(take(*key_len)).unwrap_or_default())
        })
    }
}

/// The headers of an answer that matter, a line each and empty where there is none: x-amzn-requestid, x-amzn-errortype, date,
/// x-amz-retry-after.
pub struct Facts<'a>([&'a str; 4]);

impl<'a> Facts<'a> {
    pub fn read(lines: &'a str) -> Self {
        let mut lines = Lines(lines);
        Self(core::array::from_fn(|_| lines.next()))
    }

    pub fn answer(&self, status: u16, body: &'a [u8]) -> Answer<'a> {
        let [request_id, error_type, date, retry_after] =
            self.0.map(|line| (!line.is_empty()).then_some(line));
        Answer {
            status,
            request_id,
            error_type,
            date,
            retry_after_ms: retry_after.and_then(milliseconds),
            body,
        }
    }
}

/// The lines of a text, one after the other; empty ones after the last.
pub struct Lines<'a>(pub &'a str);

impl<'a> Lines<'a> {
    pub fn next(&mut self) -> &'a str {
        let end = self.0.bytes().position(|byte| byte == b'\n');
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }
}

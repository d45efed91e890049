//! The class `RecordBatch`: the records of one `PutRecords` call, encoded as they come.

use super::client::Client;
use crate::api::PutRecords;
use crate::error::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// Records of one call. `Client.putRecords` takes it over.
#[wasm_bindgen]
pub struct RecordBatch {
    records: PutRecords,
}

#[wasm_bindgen]
impl RecordBatch {
    /// An empty batch in the client's encoding and within its limits.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self {
            records: PutRecords::new(client.client.limits, client.client.encoding),
        }
    }

    /// Adds one record.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` or `ERR_RECORD_TOO_LARGE`, with the record's place among the records.
    pub fn push(&mut self, data: Vec<u8>, partition_key: &str, explicit_hash_key: Option<String>) -> Result<(), Error> {
        self.records
            .push_checked(&data, partition_key, explicit_hash_key.as_deref())
    }

    /// Adds many records whose data are texts. `text` has of each record the data and then the partition key, in UTF-8,
    /// and `lengths` the length of each of them in UTF-16. Returns whether it did: a text that is not all ASCII is left
    /// to the caller, record by record.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[wasm_bindgen(js_name = pushTexts)]
    pub fn push_texts(&mut self, text: Vec<u8>, utf16_length: usize, lengths: Vec<u32>) -> Result<bool, Error> {
        let Some(records) = text_records(&text, utf16_length, &lengths) else {
            return Ok(false);
        };
        for (data, partition_key) in records {
            self.records.push_checked(data, partition_key, None)?;
        }
        Ok(true)
    }
}

impl RecordBatch {
    pub(super) fn into_records(self) -> PutRecords {
        self.records
    }
}

/// Many records in one text, in UTF-8: of each the data and then the partition key, whose lengths in UTF-16 are in
/// `lengths`. One text for all of them is faster: the call that passes a text to WebAssembly costs as much as copying a
/// few hundred bytes.
///
/// None where the text is not all ASCII: it then has more bytes than UTF-16 units, and the lengths do not fit.
pub fn text_records<'a>(
    text: &'a [u8],
    utf16_length: usize,
    lengths: &'a [u32],
) -> Option<impl Iterator<Item = (&'a [u8], &'a str)>> {
    if text.len() != utf16_length {
        return None;
    }
    let mut rest = text;
    let mut next = move |length: u32| {
        let (piece, after) = rest.split_at((length as usize).min(rest.len()));
        rest = after;
        piece
    };
    let (pairs, _) = lengths.as_chunks::<2>();
    Some(pairs.iter().map(move |[data, key]| (next(*data), ascii(next(*key)))))
}

fn ascii(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_records() {
        let records: Vec<_> = text_records(b"helloawb", 8, &[5, 1, 1, 1]).unwrap().collect();
        assert_eq!(records, [(b"hello".as_slice(), "a"), (b"w", "b")]);
    }

    #[test]
    fn a_text_that_is_not_ascii_is_left_to_the_caller() {
        assert!(text_records("é".as_bytes(), 1, &[1, 0]).is_none());
    }

    #[test]
    fn lengths_past_the_end_give_what_there_is() {
        let records: Vec<_> = text_records(b"ab", 2, &[9, 9]).unwrap().collect();
        assert_eq!(records, [(b"ab".as_slice(), "")]);
    }
}

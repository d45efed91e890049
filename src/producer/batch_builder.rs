//! The entries of one request, while it fills.

use crate::api::encoding::Encoding;
use crate::api::{Limits, PutRecords, Request, Stream};
use crate::producer::entry::Entry;

/// The body of a `PutRecords` request while it fills, with its entries.
#[derive(Debug)]
pub struct BatchBuilder {
    body: PutRecords,
    entries: Vec<Entry>,
    bytes: usize,
    /// The least `batch_entries_max` of its entries: those of a request that was refused as a whole, or had no response
    /// in time, go only into smaller requests.
    entries_max: usize,
}

impl BatchBuilder {
    /// An empty batch.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            body: PutRecords::new(Limits::default(), encoding),
            entries: Vec::new(),
            bytes: 0,
            entries_max: usize::MAX,
        }
    }

    /// Whether an entry fits within the limits of a request.
    #[must_use]
    pub fn has_room(&self, entry: &Entry, entries_max: usize, bytes_max: usize) -> bool {
        let entries_max = entries_max.min(self.entries_max).min(entry.batch_entries_max);
        self.entries.len() < entries_max && self.bytes + entry.bytes() <= bytes_max
    }

    /// The length of the body in bytes, without the name of the stream.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.body.body_len()
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) {
        self.body.push_unchecked(&entry.record());
        self.add(entry);
    }

    /// Adds an entry if the body then has at most `body_len_max` bytes, without the name of the stream.
    ///
    /// # Errors
    /// The entry, and how many bytes of the body it needs.
    pub fn push_within(&mut self, entry: Entry, body_len_max: usize) -> Result<(), (Entry, usize)> {
        let before = self.body.body_len();
        self.body.push_unchecked(&entry.record());
        let after = self.body.body_len();
        if after > body_len_max {
            self.body.remove_last(before);
            return Err((entry, after - before));
        }
        self.add(entry);
        Ok(())
    }

    fn add(&mut self, mut entry: Entry) {
        entry.attempts += 1;
        self.bytes += entry.bytes();
        self.entries_max = self.entries_max.min(entry.batch_entries_max);
        self.entries.push(entry);
    }

    /// Builds the request. Returns `None` if there are no entries.
    #[must_use]
    pub fn finish(self, stream: Stream) -> Option<(Request, Vec<Entry>)> {
        if self.entries.is_empty() {
            return None;
        }
        let request = self.body.finish(stream).expect("the body has a record for each entry");
        Some((request, self.entries))
    }
}

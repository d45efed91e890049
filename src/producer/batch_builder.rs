//! The entries of one request, while it fills.

use crate::api::encoding::Encoding;
use crate::api::{Limits, PutRecords, Request, Stream};
use crate::error::Error;
use crate::producer::entry::Entry;

/// Entries that become a request.
#[derive(Debug)]
pub struct Load {
    body: PutRecords,
    entries: Vec<Entry>,
    bytes: usize,
}

impl Load {
    /// Nothing yet. The entries are encoded alike.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            body: PutRecords::new(Limits::default(), encoding),
            entries: Vec::new(),
            bytes: 0,
        }
    }

    /// Whether an entry fits beside those that are in.
    #[must_use]
    pub fn has_room(&self, entry: &Entry, records_max: usize, bytes_max: usize) -> bool {
        self.entries.len() < records_max && self.bytes + entry.bytes() <= bytes_max
    }

    /// Puts an entry in.
    pub fn put(&mut self, entry: Entry) {
        self.body.put(&entry.record());
        self.join(entry);
    }

    /// Puts an entry in if the body has so many bytes at most with it, but for the stream's name. Gives it back otherwise,
    /// with what it would take.
    ///
    /// # Errors
    /// The entry, and what it would take.
    pub fn put_within(&mut self, entry: Entry, body_len_max: usize) -> Result<(), (Entry, usize)> {
        let before = self.body.body_len();
        self.body.put(&entry.record());
        let after = self.body.body_len();
        if after > body_len_max {
            self.body.take_back(before);
            return Err((entry, after - before));
        }
        self.join(entry);
        Ok(())
    }

    fn join(&mut self, mut entry: Entry) {
        entry.attempts += 1;
        self.bytes += entry.bytes();
        self.entries.push(entry);
    }

    /// Nothing is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Closes the request.
    ///
    /// # Errors
    /// Where nothing is in.
    pub fn finish(self, stream: Stream) -> Result<(Request, Vec<Entry>), Error> {
        Ok((self.body.finish(stream)?, self.entries))
    }
}

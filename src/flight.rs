//! One request on its way.

use crate::answer::Signed;
use crate::api::{Limits, PutRecords, Request, Stream};
use crate::clock::UnixMs;
use crate::encoding::Encoding;
use crate::entry::Entry;
use crate::error::Error;

/// Names a request from its [`Step::Send`](crate::producer::Step) to its answer.
pub type RequestId = u32;

/// A request on its way, with what it carries.
#[derive(Debug)]
pub struct Flight {
    /// Its name.
    pub id: RequestId,
    /// Its body holds the bytes of the entries.
    pub request: Request,
    /// Where it went.
    pub url: String,
    /// What it was signed with.
    pub signed: Signed,
    /// When it counts as lost.
    pub deadline: UnixMs,
    /// Whether it outlives the page, and counts against what such requests share.
    pub keepalive: bool,
    /// What it is for.
    pub cargo: Cargo,
}

/// What a request is for.
#[derive(Debug)]
pub enum Cargo {
    /// Entries, in the order of the body.
    Entries(Vec<Entry>),
    /// The list of shards, with the pages that came before.
    Shards(Vec<Vec<u8>>),
}

/// Entries that become a request: their bytes move into its body.
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
        self.entries.len() < records_max && self.bytes + entry.bytes <= bytes_max
    }

    /// The length of the body with one more entry, but for the stream's name.
    #[must_use]
    pub fn body_len_with(&self, entry: &Entry) -> usize {
        self.body.body_len() + entry.encoded.len() + 1
    }

    /// Puts an entry in.
    pub fn put(&mut self, mut entry: Entry) {
        entry.span = self.body.push_encoded(&entry.encoded);
        entry.encoded = Vec::new();
        entry.attempts += 1;
        self.bytes += entry.bytes;
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

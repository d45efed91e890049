//! Requests in flight: started, and without a response so far.

use crate::api::Request;
use crate::client::signing_context::SigningContext;
use crate::producer::entry::Entry;
use crate::producer::shard_listing::Pages;
use crate::time::UnixMs;

/// A request in flight.
#[derive(Debug)]
pub struct InFlightRequest {
    /// Identifies the request.
    pub id: RequestId,
    /// The request. Its body is empty once the host has it.
    pub request: Request,
    /// The time, clock offset and credentials of its signature.
    pub signing_context: SigningContext,
    /// When the request counts as failed without a response.
    pub deadline: UnixMs,
    /// Set if the request was started because the page closes: the bytes of its body. All such requests share a limit.
    pub page_close_body_bytes: Option<usize>,
    /// What the response is for.
    pub purpose: Purpose,
}

impl InFlightRequest {
    /// Whether the request was started because the page closes.
    #[must_use]
    pub fn is_for_page_close(&self) -> bool {
        self.page_close_body_bytes.is_some()
    }
}

/// What the response to a request is for.
#[derive(Debug)]
pub enum Purpose {
    /// The entries, in the order of the body.
    Entries(Vec<Entry>),
    /// The list of shards: the pages before.
    Shards(Pages),
}

/// Identifies a request from its [`Step::Send`](crate::producer::Step) to its response.
pub type RequestId = u32;

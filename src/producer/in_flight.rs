//! A request that was sent and is not yet answered.

use crate::api::Request;
use crate::api::shard::Range;
use crate::client::signing_context::SigningContext;
use crate::producer::entry::Entry;
use crate::time::UnixMs;

/// A request on its way, with what it carries.
#[derive(Debug)]
pub struct Flight {
    /// Its name.
    pub id: RequestId,
    /// Without its body, once that has gone out.
    pub request: Request,
    /// What it was signed with.
    pub signed: SigningContext,
    /// When it counts as lost.
    pub deadline: UnixMs,
    /// It outlives the page: the length of its body counts against what such requests share.
    pub keepalive: Option<usize>,
    /// What it is for.
    pub cargo: Cargo,
}

/// What a request is for.
#[derive(Debug)]
pub enum Cargo {
    /// Entries, in the order of the body.
    Entries(Vec<Entry>),
    /// The list of shards, with the pages that came before.
    Shards(Vec<(String, Range)>),
}

/// Names a request from its [`Step::Send`](crate::producer::Step) to its answer.
pub type RequestId = u32;

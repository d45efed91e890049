//! One call of the API, from its first request to its result.
//!
//! This folder holds what outlives a request: the credentials, the clock offset, the signing key and the rules for
//! retries. It may use [`api`](crate::api), [`sigv4`](crate::sigv4) and the shared modules `error`, `random`, `text`
//! and `time`. It may not use the producer or the bindings: it knows one call at a time and does no I/O.

pub mod call;
#[allow(clippy::module_inception)] // the folder is built around the client
mod client;
pub mod clock;
pub mod credential_cache;
pub mod retry;
pub mod signing_context;

pub use client::{Client, Headers};

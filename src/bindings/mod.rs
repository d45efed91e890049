//! The boundary to JavaScript: classes and functions that convert their arguments, call the core and convert the
//! result.
//!
//! This folder is the only one that knows the host. It may use everything else in the crate, and nothing else may use
//! it. It decides nothing: the core decides what is sent, retried or refused.
//!
//! ```text
//!   JavaScript (src/shim)                       WebAssembly (this folder)
//!   new Client(settings) ─────────────────────► Client
//!   client.putRecord(…), client.listShards(…) ► Call
//!   new RecordBatch(client), batch.push(…) ───► RecordBatch ── client.putRecords(batch, …) ──► Call
//!   call.poll(client, now) ◄──────────────────► CallStep: Send, AskCredentials, Wait, Done
//!   new Producer(client, settings) ───────────► Producer (takes the client over)
//!   producer.poll(now) ◄──────────────────────► ProducerStep: Settled, AskCredentials, Send, Wait
//!   fetch(url, init) ◄── sign(…): RequestInit, made of copies
//!   a refusal ◄───────── an object { code, message, … }, thrown
//!   a trap ◄──────────── WebAssembly.RuntimeError; where the stack overflows RangeError or InternalError
//! ```
//!
//! # Rules
//! - What leaves is owned by JavaScript: a string, an object, or a `Uint8Array` that is a copy.
//! - No export calls a function of the user. A step is returned; the shim sends, asks and reports after the export has
//!   ended.
//! - A refused argument is thrown as a plain object (`ErrorDetails`). The shim (`core/module.ts`) tells a trap by the
//!   class of the error; any other error comes from an argument that could not be converted.

#![allow(clippy::needless_pass_by_value)] // wasm-bindgen passes strings, bytes and objects by value
#![allow(clippy::float_cmp)] // in what wasm-bindgen makes of an enum

#[cfg(feature = "client")]
mod batch;
#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod calls;
#[cfg(feature = "requests")]
mod client;
#[cfg(feature = "producer")]
mod counts;
mod credentials;
#[cfg(feature = "producer")]
mod deaggregate;
mod error;
#[cfg(feature = "client")]
mod functions;
#[cfg(target_arch = "wasm32")]
mod memory;
mod numbers;
#[cfg(feature = "producer")]
mod observations;
#[cfg(feature = "requests")]
mod packed_records;
#[cfg(feature = "producer")]
mod producer;
#[cfg(feature = "producer")]
mod report;
#[cfg(feature = "requests")]
mod request;
#[cfg(feature = "requests")]
mod response;
#[cfg(feature = "requests")]
mod settings;
#[cfg(feature = "signer")]
mod sign;
#[cfg(feature = "trap")]
mod trap;
#[cfg(all(feature = "requests", not(feature = "trap")))]
mod trap {
    /// Does nothing. In the build for tests it traps where a test has called `trapAfter`.
    pub fn trap_if_requested() {}
}

#[cfg(feature = "client")]
pub use batch::RecordBatch;
#[cfg(feature = "client")]
pub use call::{Call, CallStep};
#[cfg(feature = "requests")]
pub use client::Client;
#[cfg(feature = "producer")]
pub use deaggregate::deaggregate;
#[cfg(feature = "client")]
pub use functions::{cbor_to_json, check_key, hash_key};
#[cfg(feature = "producer")]
pub use producer::{Producer, ProducerStep};
#[cfg(feature = "signer")]
pub use sign::sign_request;
#[cfg(feature = "trap")]
pub use trap::trap_after;

/// WebAssembly has one thread here; the allocator of the standard library weighs 2 KB more.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::cell::TalcSyncCell<memory::Growth, talc::wasm::WasmBinning> =
    talc::cell::TalcSyncCell::new_wasm(memory::Growth::new());

//! The server over its wire, with a client that sees what comes back to the byte.

mod bench;
mod kinds;
mod scopes;
mod service;

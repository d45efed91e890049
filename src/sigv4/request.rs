//! What is signed: one request, for one service in one region.

/// One request to sign. Nothing in it is changed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `POST`
    pub method: &'a str,
    /// Host with its port, where it is not the scheme's own.
    pub host: &'a str,
    /// Path as it is in the URL, percent-encoded.
    pub path: &'a str,
    /// Query as it is in the URL, without the question mark.
    pub query: &'a str,
    /// Name and value of each header; those that proxies may change are left out of the signature.
    pub headers: &'a [(&'a str, &'a str)],
    /// What is hashed.
    pub payload: Payload<'a>,
}

/// The body, or its hash where somebody else was quicker.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The whole body.
    Body(&'a [u8]),
    /// Its SHA-256 in hexadecimal.
    Hash(&'a str),
}

/// For whom a signature counts: one region's endpoint of one service.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `us-east-1`
    pub region: &'a str,
    /// `kinesis`
    pub service: &'a str,
}

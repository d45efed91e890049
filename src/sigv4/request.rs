//! The request to sign, and the scope of its signature.

/// A request to sign.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, such as `POST`.
    pub method: &'a str,
    /// The host, with the port unless it is the default of the scheme.
    pub host: &'a str,
    /// The path as in the URL, percent-encoded.
    pub path: &'a str,
    /// The query as in the URL, without the question mark.
    pub query: &'a str,
    /// The name and the value of each header. Headers that proxies may change are not signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// The payload.
    pub payload: Payload<'a>,
}

/// The body, or its hash if the host has computed it.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// The body.
    Body(&'a [u8]),
    /// Its SHA-256 in hexadecimal.
    Hash(&'a str),
}

/// The scope of a signature: one service in one region.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The region, such as `us-east-1`.
    pub region: &'a str,
    /// The service, such as `kinesis`.
    pub service: &'a str,
}

//! The `Authorization` header: the string to sign and its signature.

use super::amz_date::AmzDate;
use super::canonical_request::{canonical_request, header_names, signed_headers};
use super::credentials::Credentials;
use super::encoding::hex;
use super::request::{Request, Scope};
use super::signing_key::KeyCache;
use crate::text::text;
use sha2::{Digest, Sha256};

/// Signs a request and returns the value of the `Authorization` header. The headers `x-amz-date` and
/// `x-amz-security-token` are signed as well, so the caller has to send them.
pub fn authorization(
    request: &Request,
    credentials: &Credentials,
    scope: Scope,
    date: AmzDate,
    keys: &mut KeyCache,
) -> String {
    let headers = signed_headers(request, credentials, &date);
    let names = header_names(&headers);
    let canonical = canonical_request(request, scope, &headers, &names);
    let day_scope = credential_scope(scope, &date);
    let to_sign = string_to_sign(&canonical, &day_scope, &date);
    let signature = keys.sign(credentials.secret_access_key(), scope, &date, &to_sign);
    text![
        AUTHORIZATION_BYTES;
        ALGORITHM,
        " Credential=",
        credentials.access_key_id(),
        "/",
        day_scope,
        ", SignedHeaders=",
        names,
        ", Signature=",
        signature,
    ]
}

/// Step 2: the string to sign.
fn string_to_sign(canonical: &str, day_scope: &str, date: &AmzDate) -> String {
    let hash = hex(&Sha256::digest(canonical));
    text![AUTHORIZATION_BYTES; ALGORITHM, "\n", date.as_str(), "\n", day_scope, "\n", hash]
}

fn credential_scope(scope: Scope, date: &AmzDate) -> String {
    text![date.day(), "/", scope.region, "/", scope.service, "/aws4_request"]
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Capacity for a typical header in bytes, without a reallocation.
pub(super) const AUTHORIZATION_BYTES: usize = 320;

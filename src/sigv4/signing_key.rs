//! The signing key of a day, and its cache.

use super::amz_date::AmzDate;
use super::authorization::AUTHORIZATION_BYTES;
use super::encoding::hex;
use super::request::Scope;
use crate::text::text;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signing key of the last secret, day and scope, for which four of the HMACs of a signature are the same. It has
/// no `Debug`, as it holds the secret.
#[derive(Default)]
pub struct KeyCache {
    /// The secret, day and scope that `key` is derived from.
    derived_from: String,
    /// The HMAC with the key already in it. Each signature begins with a clone.
    key: Option<Hmac<Sha256>>,
}

impl KeyCache {
    /// An empty cache.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            derived_from: String::new(),
            key: None,
        }
    }

    pub(super) fn sign(&mut self, secret: &str, scope: Scope, date: &AmzDate, to_sign: &str) -> String {
        // The line breaks distinguish `ab` + `c` from `a` + `bc`.
        let wanted = text![
            AUTHORIZATION_BYTES;
            secret,
            "\n",
            date.day(),
            "\n",
            scope.region,
            "\n",
            scope.service
        ];
        if self.derived_from != wanted {
            self.key = Some(keyed(&signing_key(secret, scope, date)));
            self.derived_from = wanted;
        }
        let key = self.key.clone().expect("derived above");
        hex(&mac(key, to_sign))
    }
}

/// Step 3: the key for one day and scope.
fn signing_key(secret: &str, scope: Scope, date: &AmzDate) -> [u8; 32] {
    let mut start = Vec::with_capacity(4 + secret.len());
    start.extend_from_slice(b"AWS4");
    start.extend_from_slice(secret.as_bytes());
    let day = hmac(&start, date.day());
    let region = hmac(&day, scope.region);
    let service = hmac(&region, scope.service);
    hmac(&service, "aws4_request")
}

fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    mac(keyed(key), message)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn mac(mut key: Hmac<Sha256>, message: &str) -> [u8; 32] {
    key.update(message.as_bytes());
    key.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases 2, 6 and 7 of RFC 4231: a short key, and keys longer than a block.
    #[test]
    fn hmacs_are_those_of_the_rfc() {
        let long = [0xaa; 131];
        let cases: [(&[u8], &str, &str); 3] = [
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &long,
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, code) in cases {
            assert_eq!(hex(&hmac(key, message)), code);
        }
    }

    #[test]
    fn a_cached_key_signs_like_a_new_one_and_depends_on_secret_day_and_scope() {
        let mut cache = KeyCache::new();
        let mut signatures = Vec::new();
        for (secret, region, service, time) in [
            ("a", "b", "c", 0),
            ("ab", "b", "c", 0),
            ("a", "bb", "c", 0),
            ("a", "b", "cc", 0),
            ("a", "b", "c", 24 * 3_600_000),
        ] {
            let (scope, date) = (Scope { region, service }, AmzDate::new(time));
            let sign = |keys: &mut KeyCache| keys.sign(secret, scope, &date, "text");
            let first = sign(&mut cache);
            assert_eq!(first, sign(&mut cache));
            assert_eq!(first, sign(&mut KeyCache::new()));
            assert!(!signatures.contains(&first));
            signatures.push(first);
        }
    }
}

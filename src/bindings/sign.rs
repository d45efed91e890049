//! Signing of any request to AWS.

use super::credentials::CredentialsObject;
use crate::error::Error;
use crate::sigv4::AmzDate;
use crate::sigv4::split_url;
use crate::sigv4::{self, KeyCache, Payload, Scope};
use core::cell::RefCell;
use js_sys::Object;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// What `signRequest` returns.
    #[wasm_bindgen(extends = Object, typescript_type = "Signature")]
    pub type Signature;

    #[wasm_bindgen(method, setter)]
    fn set_date(this: &Signature, value: &str);
    #[wasm_bindgen(method, setter)]
    fn set_authorization(this: &Signature, value: &str);
}

#[wasm_bindgen(typescript_custom_section)]
const SIGNATURE: &str = "
export interface Signature {
  /** The value of x-amz-date. */
  readonly date: string;
  /** The value of authorization. */
  readonly authorization: string;
}
";

thread_local! {
    /// The signing key of the last signature: the next one is most often for the same day and scope.
    static SIGNING_KEYS: RefCell<KeyCache> = const { RefCell::new(KeyCache::new()) };
}

/// Signs any request to AWS for the time `now`. `headers` has a line for each name and each value, in turn.
///
/// # Errors
/// `ERR_CREDENTIALS` for a part of the credentials that cannot be signed with or sent in a header.
#[wasm_bindgen(js_name = signRequest)]
#[allow(clippy::too_many_arguments)] // each is an argument of the export
pub fn sign_request(
    now: f64,
    method: &str,
    url: &str,
    region: &str,
    service: &str,
    keys: &CredentialsObject,
    headers: &str,
    body: Vec<u8>,
) -> Result<Signature, Error> {
    let credentials = keys.read()?;
    let (host, path, query) = split_url(url);
    let request = sigv4::Request {
        method,
        host,
        path,
        query,
        headers: &header_pairs(headers),
        payload: Payload::Body(&body),
    };
    let scope = Scope { region, service };
    let date = AmzDate::new(super::numbers::unix_ms(now));
    let authorization =
        SIGNING_KEYS.with_borrow_mut(|keys| sigv4::authorization(&request, &credentials, scope, date, keys));
    let signature: Signature = Object::new().unchecked_into();
    signature.set_date(date.as_str());
    signature.set_authorization(&authorization);
    Ok(signature)
}

fn header_pairs(headers: &str) -> Vec<(&str, &str)> {
    let mut lines = headers.split('\n');
    core::iter::from_fn(|| lines.next().zip(lines.next())).collect()
}

//! Credentials as a plain object of the shim, which has read and checked it.

use super::numbers::unix_ms;
use crate::error::Error;
use crate::sigv4::Credentials;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The shape that every provider of the AWS SDK for JavaScript resolves to.
    #[wasm_bindgen(typescript_type = "CredentialsObject")]
    pub type CredentialsObject;

    #[wasm_bindgen(method, getter, js_name = accessKeyId)]
    fn access_key_id(this: &CredentialsObject) -> String;
    #[wasm_bindgen(method, getter, js_name = secretAccessKey)]
    fn secret_access_key(this: &CredentialsObject) -> String;
    #[wasm_bindgen(method, getter, js_name = sessionToken)]
    fn session_token(this: &CredentialsObject) -> Option<String>;
    /// In milliseconds since 1970.
    #[wasm_bindgen(method, getter)]
    fn expiration(this: &CredentialsObject) -> Option<f64>;
}

impl CredentialsObject {
    /// The core's credentials.
    ///
    /// # Errors
    /// `ERR_CREDENTIALS` for a part that cannot be signed with or sent in a header.
    pub fn read(&self) -> Result<Credentials, Error> {
        let expiration = self.expiration().map(unix_ms);
        Credentials::new(
            self.access_key_id(),
            self.secret_access_key(),
            self.session_token(),
            expiration,
        )
    }
}

#[wasm_bindgen(typescript_custom_section)]
const CREDENTIALS: &str = "
export interface CredentialsObject {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiration: number | undefined;
}
";

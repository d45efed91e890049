//! The class `Client`: credentials, clock and signing key. `calls.rs` has its methods that begin calls.

use super::credentials::CredentialsObject;
use super::numbers::unix_ms;
use super::request::FetchArguments;
use super::settings::ClientSettings;
use crate::api::encoding::Encoding;
use crate::client;
use crate::client::credential_cache::CredentialCache;
use crate::error::Error;
use wasm_bindgen::prelude::wasm_bindgen;

/// What the calls of one client share. See [`client::Client`].
#[wasm_bindgen]
pub struct Client {
    /// The client, which knows nothing of JavaScript.
    pub(super) inner: client::Client,
    pub(super) fetch_arguments: FetchArguments,
}

#[wasm_bindgen]
impl Client {
    /// A client without credentials: it asks for them until some are set. `seed` is that of its random numbers.
    ///
    /// # Errors
    /// `ERR_INVALID_ARGUMENT` for a region or a combination of flags that has no endpoint.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: ClientSettings, seed: f64) -> Result<Self, Error> {
        let mut inner = client::Client::new(
            settings.endpoint_config(),
            CredentialCache::default(),
            settings.limits(),
            settings.max_attempts(),
            seed.to_bits(),
        )?;
        if settings.protocol() == "cbor" {
            inner.encoding = Encoding::Cbor;
        }
        Ok(Self {
            inner,
            fetch_arguments: FetchArguments::default(),
        })
    }

    /// Stores credentials: those that the provider returned at `now`, or without `now` credentials that are never
    /// refreshed.
    ///
    /// # Errors
    /// `ERR_CREDENTIALS` for a part that cannot be signed with or sent in a header.
    #[wasm_bindgen(js_name = storeCredentials)]
    pub fn store_credentials(&mut self, credentials: &CredentialsObject, now: Option<f64>) -> Result<(), Error> {
        let credentials = credentials.read()?;
        match now {
            Some(now) => self.inner.store_credentials(credentials, unix_ms(now)),
            None => self.inner.credentials = CredentialCache::fixed(credentials),
        }
        Ok(())
    }
}

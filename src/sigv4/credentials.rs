//! AWS credentials: a key pair, with a session token where it is temporary.

use crate::error::{Code, Error};
use crate::text::text;
use crate::time::UnixMs;
use core::fmt;

/// Credentials: a key pair, with a session token if it is temporary.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<UnixMs>,
}

impl Credentials {
    /// Checks that the credentials can sign and can be sent in headers.
    ///
    /// # Errors
    /// [`Code::Credentials`] names the invalid part, without its value.
    pub fn new(
        access_key_id: String,
        secret_access_key: String,
        session_token: Option<String>,
        expiration: Option<UnixMs>,
    ) -> Result<Self, Error> {
        required("accessKeyId", &access_key_id)?;
        required("secretAccessKey", &secret_access_key)?;
        header_safe("accessKeyId", &access_key_id)?;
        trimmed("secretAccessKey", &secret_access_key)?;
        let session_token = session_token.filter(|token| !token.is_empty());
        if let Some(token) = &session_token {
            header_safe("sessionToken", token)?;
        }
        Ok(Self {
            access_key_id,
            secret_access_key,
            session_token,
            expiration,
        })
    }

    /// The public part of the key pair. It is part of every signature.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret part of the key pair. It is used for the signing key only.
    #[must_use]
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// When temporary credentials expire, if that is known.
    #[must_use]
    pub fn expiration(&self) -> Option<UnixMs> {
        self.expiration
    }

    /// The token to send with each request, for temporary credentials.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

/// Logs and panics print this. It has no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

fn required(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        let message = text!["credentials.", name, " is missing: a non-empty string is needed"];
        return Err(Error::new(Code::Credentials, message));
    }
    Ok(())
}

/// A secret that was copied with a space or a line break gives signatures that the service refuses.
fn trimmed(name: &str, value: &str) -> Result<(), Error> {
    let is_space = |char: char| char.is_whitespace() || char == BYTE_ORDER_MARK;
    if !value.starts_with(is_space) && !value.ends_with(is_space) {
        return Ok(());
    }
    let message = text!["credentials.", name, " has white space at its start or end: remove it"];
    Err(Error::new(Code::Credentials, message))
}

fn header_safe(name: &str, value: &str) -> Result<(), Error> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = text![
        "credentials.",
        name,
        " has a character that no HTTP header can carry: a space, a line break or non-ASCII"
    ];
    Err(Error::new(Code::Credentials, message))
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_parts_are_named_without_their_values() {
        let cases = [
            ("", "s", None, "accessKeyId"),
            ("a", "", None, "secretAccessKey"),
            ("a\nb", "s", None, "accessKeyId"),
            ("a", "s", Some("to ken"), "sessionToken"),
            ("a", " s", None, "secretAccessKey"),
            ("a", "s\n", None, "secretAccessKey"),
            ("a", "s\u{feff}", None, "secretAccessKey"),
        ];
        for (key, secret, token, named) in cases {
            let error = Credentials::new(key.into(), secret.into(), token.map(Into::into), None);
            let error = error.unwrap_err();
            assert_eq!(error.code, Code::Credentials);
            assert!(error.message.contains(named), "{error}");
            assert!(!error.message.contains("to ken"));
        }
    }

    #[test]
    fn an_empty_token_is_none() {
        let credentials = Credentials::new("a".into(), "s".into(), Some(String::new()), None).unwrap();
        assert_eq!(credentials.session_token(), None);
    }

    #[test]
    fn debug_has_no_secret() {
        let credentials = Credentials::new("AKID".into(), "hush".into(), Some("token".into()), None).unwrap();
        let debug = format!("{credentials:?}");
        assert!(debug.contains("AKID") && !debug.contains("hush") && !debug.contains("token\""));
    }
}

//! AWS credentials, and when to ask for new ones.

use crate::client::clock::UnixMs;
use crate::error::{Code, Error};
use crate::text::text;
use core::fmt;

/// A key pair, with a session token where it is temporary.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<UnixMs>,
}

impl Credentials {
    /// Refuses what could not be signed with, or could not be put in a header.
    ///
    /// # Errors
    /// [`Code::Credentials`] names the part at fault and never shows its value.
    pub fn new(
        access_key_id: String,
        secret_access_key: String,
        session_token: Option<String>,
        expiration: Option<UnixMs>,
    ) -> Result<Self, Error> {
        required("accessKeyId", &access_key_id)?;
        required("secretAccessKey", &secret_access_key)?;
        header_safe("accessKeyId", &access_key_id)?;
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

    /// The public half, part of every signature.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret half: goes into the signing key and nowhere else.
    #[must_use]
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// Sent with each request that is signed with temporary keys.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

/// Logs and panics print `Debug`: it shows whose keys these are, and no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

/// Holds the credentials in use and tells when to ask the provider for others.
#[derive(Debug, Default)]
pub struct Keeper {
    held: Option<Credentials>,
    /// From here on others are wanted, though these may still work.
    refresh_at: UnixMs,
    refused: bool,
    generation: u32,
    fixed: bool,
}

impl Keeper {
    /// Credentials that nobody can renew.
    #[must_use]
    pub fn fixed(credentials: Credentials) -> Self {
        Self {
            held: Some(credentials),
            fixed: true,
            ..Self::default()
        }
    }

    /// Takes what the provider gave.
    pub fn store(&mut self, credentials: Credentials, now: UnixMs) {
        self.refresh_at = refresh_at(credentials.expiration, now);
        self.generation = self.generation.wrapping_add(1);
        self.refused = false;
        self.held = Some(credentials);
    }

    /// Whether to ask the provider before the next request.
    #[must_use]
    pub fn wants_new(&self, now: UnixMs) -> bool {
        !self.fixed && (self.held.is_none() || self.refused || now >= self.refresh_at)
    }

    /// What to sign with. Whether they have expired is for the service to say: on a device whose clock is a day ahead all
    /// temporary credentials look expired.
    #[must_use]
    pub fn current(&self) -> Option<&Credentials> {
        self.held.as_ref().filter(|_| !self.refused)
    }

    /// Whether to go on with those that are held although the provider has failed.
    #[must_use]
    pub fn outlasts_provider(&self, now: UnixMs) -> bool {
        self.current()
            .is_some_and(|held| held.expiration.is_none_or(|at| now < at))
    }

    /// Counts what was stored: tells a request later whether the credentials that it was signed with are still those in use.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The service called the token of this generation expired. Returns whether there is any hope for others: a provider to
    /// ask, or what a concurrent call has stored since.
    pub fn refuse(&mut self, generation: u32) -> bool {
        if self.fixed {
            return false;
        }
        self.refused |= self.generation == generation;
        true
    }
}

/// Five minutes before the end, as the AWS SDKs do; for keys that live shorter than that at half their life.
fn refresh_at(expiration: Option<UnixMs>, now: UnixMs) -> UnixMs {
    expiration.map_or(UnixMs::MAX, |at| {
        let life = at.saturating_sub(now).max(0);
        at - REFRESH_AHEAD_MS.min(life / 2)
    })
}

fn required(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        let message = text!["credentials.", name, " is missing: a non-empty string is needed"];
        return Err(Error::new(Code::Credentials, message));
    }
    Ok(())
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

const REFRESH_AHEAD_MS: i64 = 5 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(key: &str, expiration: Option<UnixMs>) -> Credentials {
        Credentials::new(key.into(), "secret".into(), None, expiration).unwrap()
    }

    #[test]
    fn what_cannot_sign_is_refused_by_name_and_without_its_value() {
        let cases = [
            ("", "s", None, "accessKeyId"),
            ("a", "", None, "secretAccessKey"),
            ("a\nb", "s", None, "accessKeyId"),
            ("a", "s", Some("to ken"), "sessionToken"),
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
    fn debug_shows_no_secret() {
        let credentials = Credentials::new("AKID".into(), "hush".into(), Some("token".into()), None).unwrap();
        let shown = format!("{credentials:?}");
        assert!(shown.contains("AKID") && !shown.contains("hush") && !shown.contains("token\""));
    }

    #[test]
    fn new_ones_are_wanted_five_minutes_ahead_and_old_ones_serve_to_the_end() {
        let mut keeper = Keeper::default();
        assert!(keeper.wants_new(0));
        keeper.store(credentials("a", Some(3_600_000)), 0);
        assert!(!keeper.wants_new(3_299_999));
        assert!(keeper.wants_new(3_300_000));
        assert!(keeper.current().is_some());
        assert!(keeper.outlasts_provider(3_599_999));
        assert!(!keeper.outlasts_provider(3_600_000));
    }

    #[test]
    fn keys_that_live_two_minutes_are_not_asked_for_at_every_call() {
        let mut keeper = Keeper::default();
        keeper.store(credentials("a", Some(120_000)), 0);
        assert!(!keeper.wants_new(59_999));
        assert!(keeper.wants_new(60_000));
    }

    #[test]
    fn fixed_credentials_are_never_asked_for_and_a_refusal_is_final() {
        let mut keeper = Keeper::fixed(credentials("a", Some(1000)));
        assert!(!keeper.wants_new(2000));
        assert!(!keeper.refuse(keeper.generation()));
        assert!(keeper.current().is_some());
    }

    #[test]
    fn a_late_refusal_spares_the_credentials_that_came_since() {
        let mut keeper = Keeper::default();
        keeper.store(credentials("old", None), 0);
        let old = keeper.generation();
        assert!(keeper.refuse(old));
        assert!(keeper.wants_new(1) && keeper.current().is_none());
        keeper.store(credentials("new", None), 1);
        assert!(keeper.refuse(old));
        assert!(!keeper.wants_new(2) && keeper.current().is_some());
    }
}

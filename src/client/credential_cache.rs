//! The credentials in use, and when to ask the provider for new ones.

use crate::sigv4::Credentials;
use crate::time::UnixMs;

/// The credentials in use.
#[derive(Debug, Default)]
pub struct CredentialCache {
    credentials: Option<Credentials>,
    /// When to ask for new credentials, although these may still be valid.
    refresh_at: UnixMs,
    /// Whether the service has refused these credentials.
    refused: bool,
    /// Increases when credentials are stored that differ from those in use, or when those in use were refused.
    generation: u32,
    /// Whether there is no provider to renew them.
    fixed: bool,
}

impl CredentialCache {
    /// Credentials without a provider.
    #[must_use]
    pub fn fixed(credentials: Credentials) -> Self {
        Self {
            credentials: Some(credentials),
            fixed: true,
            ..Self::default()
        }
    }

    /// Stores the credentials of the provider. Calls that waited for one answer of it store equal ones, one after the
    /// other. Equal credentials change nothing, so that requests in flight keep their generation.
    pub fn store(&mut self, credentials: Credentials, now: UnixMs) {
        self.refresh_at = refresh_at(credentials.expiration(), now);
        if self.current() == Some(&credentials) {
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        self.refused = false;
        self.credentials = Some(credentials);
    }

    /// Whether to ask the provider before the next request.
    #[must_use]
    pub fn needs_refresh(&self, now: UnixMs) -> bool {
        !self.fixed && (self.credentials.is_none() || self.refused || now >= self.refresh_at)
    }

    /// The credentials to sign with. Only the service decides whether they have expired: on a device whose clock is a
    /// day ahead, all temporary credentials look expired.
    #[must_use]
    pub fn current(&self) -> Option<&Credentials> {
        self.credentials.as_ref().filter(|_| !self.refused)
    }

    /// Whether the stored credentials are still valid, for use after the provider has failed.
    #[must_use]
    pub fn are_valid(&self, now: UnixMs) -> bool {
        self.current()
            .is_some_and(|credentials| credentials.expiration().is_none_or(|at| now < at))
    }

    /// The generation of the credentials. A request keeps it, to know later whether the credentials have changed since.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The service has refused the credentials of a generation as expired. Returns whether a retry may have others:
    /// from the provider, or stored by a concurrent call.
    pub fn refuse(&mut self, generation: u32) -> bool {
        if self.fixed {
            return false;
        }
        self.refused |= self.generation == generation;
        true
    }
}

/// Credentials are renewed five minutes before their expiration, as in the AWS SDKs, or after half of a shorter life.
fn refresh_at(expiration: Option<UnixMs>, now: UnixMs) -> UnixMs {
    expiration.map_or(UnixMs::MAX, |at| {
        let life = at.saturating_sub(now).max(0);
        at - REFRESH_AHEAD_MS.min(life / 2)
    })
}

const REFRESH_AHEAD_MS: i64 = 5 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(key: &str, expiration: Option<UnixMs>) -> Credentials {
        Credentials::new(key.into(), "secret".into(), None, expiration).unwrap()
    }

    #[test]
    fn credentials_are_renewed_five_minutes_before_they_expire() {
        let mut cache = CredentialCache::default();
        assert!(cache.needs_refresh(0));
        cache.store(credentials("a", Some(3_600_000)), 0);
        assert!(!cache.needs_refresh(3_299_999));
        assert!(cache.needs_refresh(3_300_000));
        assert!(cache.current().is_some());
        assert!(cache.are_valid(3_599_999));
        assert!(!cache.are_valid(3_600_000));
    }

    #[test]
    fn credentials_of_two_minutes_are_renewed_after_one() {
        let mut cache = CredentialCache::default();
        cache.store(credentials("a", Some(120_000)), 0);
        assert!(!cache.needs_refresh(59_999));
        assert!(cache.needs_refresh(60_000));
    }

    #[test]
    fn fixed_credentials_are_never_renewed_and_a_refusal_is_final() {
        let mut cache = CredentialCache::fixed(credentials("a", Some(1000)));
        assert!(!cache.needs_refresh(2000));
        assert!(!cache.refuse(cache.generation()));
        assert!(cache.current().is_some());
    }

    #[test]
    fn credentials_that_are_stored_again_are_refused_with_their_first_request() {
        let mut cache = CredentialCache::default();
        cache.store(credentials("old", None), 0);
        let first = cache.generation();
        cache.store(credentials("old", None), 1);
        cache.refuse(first);
        assert!(cache.needs_refresh(2) && cache.current().is_none());
        // A provider that has no others gets them tried again.
        cache.store(credentials("old", None), 3);
        assert!(!cache.needs_refresh(4) && cache.generation() != first);
    }

    #[test]
    fn a_late_refusal_does_not_affect_newer_credentials() {
        let mut cache = CredentialCache::default();
        cache.store(credentials("old", None), 0);
        let old = cache.generation();
        assert!(cache.refuse(old));
        assert!(cache.needs_refresh(1) && cache.current().is_none());
        cache.store(credentials("new", None), 1);
        assert!(cache.refuse(old));
        assert!(!cache.needs_refresh(2) && cache.current().is_some());
    }
}

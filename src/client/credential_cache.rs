//! The credentials in use, and when to ask the provider for new ones.

use crate::sigv4::Credentials;
use crate::time::UnixMs;

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
        self.refresh_at = refresh_at(credentials.expiration(), now);
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
            .is_some_and(|held| held.expiration().is_none_or(|at| now < at))
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

const REFRESH_AHEAD_MS: i64 = 5 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(key: &str, expiration: Option<UnixMs>) -> Credentials {
        Credentials::new(key.into(), "secret".into(), None, expiration).unwrap()
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

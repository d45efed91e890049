//! Whether requests get through, and the time that counts against a record's life.
//!
//! A page that is offline must not lose what it was given: time offline burns neither tries nor lives. The host may know
//! (`navigator.onLine`), and where it does not, a request that fails while nothing else is answered tells.

use crate::client::retry::{Class, backoff_ms};
use crate::random::Random;
use crate::time::UnixMs;

/// Milliseconds of time spent online.
pub type OnlineMs = i64;

/// What is believed of the connection.
#[derive(Debug, Default)]
pub struct Online {
    host_offline: bool,
    /// Since when nothing has got through.
    offline_since: Option<UnixMs>,
    offline_total_ms: i64,
    last_answer_at: Option<UnixMs>,
    failures: u32,
    /// When to try again with one request.
    probe_at: UnixMs,
}

/// How many requests may be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// As many as are allowed at all.
    Any,
    /// One, to see whether it gets through.
    Probe,
    /// None until then.
    NoneUntil(UnixMs),
}

impl Online {
    /// The time that counts: it stands still while nothing gets through.
    #[must_use]
    pub fn time(&self, now: UnixMs) -> OnlineMs {
        self.offline_since.unwrap_or(now).min(now) - self.offline_total_ms
    }

    /// When [`time`](Self::time) will have reached a point, if the connection stays as it is.
    #[must_use]
    pub fn when(&self, time: OnlineMs) -> UnixMs {
        if self.offline_since.is_some() {
            return UnixMs::MAX;
        }
        time.saturating_add(self.offline_total_ms)
    }

    /// Whether requests may be sent.
    #[must_use]
    pub fn permit(&self, now: UnixMs) -> Permit {
        if self.host_offline {
            Permit::NoneUntil(UnixMs::MAX)
        } else if self.offline_since.is_none() {
            Permit::Any
        } else if now < self.probe_at {
            Permit::NoneUntil(self.probe_at)
        } else {
            Permit::Probe
        }
    }

    /// What the host says.
    pub fn handle_host(&mut self, now: UnixMs, online: bool) {
        self.host_offline = !online;
        if online {
            // It may be right: see at once.
            self.probe_at = now;
        } else {
            self.offline_since.get_or_insert(now);
        }
    }

    /// Something answered, whatever it said.
    pub fn handle_answer(&mut self, now: UnixMs) {
        self.last_answer_at = Some(now);
        self.failures = 0;
        if let Some(since) = self.offline_since.take() {
            self.offline_total_ms += (now - since).max(0);
        }
        if self.host_offline {
            // It was under way already: nothing more will get through.
            self.offline_since = Some(now);
        }
    }

    /// A request sent at `sent` got no answer. Returns whether that counts as a try: it does where something else was
    /// answered meanwhile.
    pub fn handle_failure(&mut self, now: UnixMs, sent: UnixMs, random: &mut Random) -> bool {
        let others_get_through = self.last_answer_at.is_some_and(|at| at >= sent);
        if others_get_through && !self.host_offline {
            return true;
        }
        self.offline_since.get_or_insert(sent);
        self.probe_at = now + i64::from(backoff_ms(Class::Transient, self.failures, None, random));
        self.failures = self.failures.saturating_add(1);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_still_from_the_first_lost_request_to_the_next_answer() {
        let mut online = Online::default();
        let mut random = Random::new(1);
        assert_eq!(online.time(1000), 1000);
        assert!(!online.handle_failure(1500, 1200, &mut random));
        assert_eq!(online.time(9000), 1200);
        assert_eq!(online.when(1300), UnixMs::MAX);
        online.handle_answer(9000);
        assert_eq!((online.time(9000), online.time(9100)), (1200, 1300));
        assert_eq!(online.when(1300), 9100);
    }

    #[test]
    fn a_failure_beside_answers_counts_as_a_try() {
        let mut online = Online::default();
        online.handle_answer(1000);
        assert!(online.handle_failure(1100, 900, &mut Random::new(1)));
        assert_eq!(online.permit(1100), Permit::Any);
        assert!(!online.handle_failure(1200, 1001, &mut Random::new(1)));
    }

    #[test]
    fn an_answer_that_was_under_way_does_not_start_time_while_the_host_is_offline() {
        let mut online = Online::default();
        online.handle_host(1000, false);
        online.handle_answer(1200);
        assert_eq!((online.time(1200), online.time(9000)), (1000, 1000));
        online.handle_host(9000, true);
        online.handle_answer(9100);
        assert_eq!(online.time(9200), 1100);
    }

    #[test]
    fn probes_come_ever_more_rarely_and_at_once_when_the_host_is_back() {
        let mut online = Online::default();
        let mut random = Random::new(2);
        let mut now = 0;
        for _ in 0..50 {
            assert!(!online.handle_failure(now, now, &mut random));
            if let Permit::NoneUntil(until) = online.permit(now) {
                assert!(until - now <= 20_000);
                now = until;
            }
            assert_eq!(online.permit(now), Permit::Probe);
        }
        assert!(now > 100_000);
        online.handle_failure(now, now, &mut random);
        online.handle_host(now, false);
        assert_eq!(online.permit(now + 60_000), Permit::NoneUntil(UnixMs::MAX));
        online.handle_host(now + 60_000, true);
        assert_eq!(online.permit(now + 60_000), Permit::Probe);
        online.handle_answer(now + 60_100);
        assert_eq!(online.permit(now + 60_100), Permit::Any);
    }
}

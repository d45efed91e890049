//! Connectivity: whether requests reach the service, and the time that counts against the time to live of records.
//!
//! Time offline uses up neither attempts nor time to live. The host may know that it is offline (`navigator.onLine`);
//! otherwise a request that fails while no other gets a response means offline.

use crate::client::retry::{Class, backoff_ms};
use crate::random::Random;
use crate::time::UnixMs;

/// Milliseconds of time spent online.
pub type OnlineMs = i64;

/// What is known of the connection.
#[derive(Debug, Default)]
pub struct Connectivity {
    /// Whether the host believes that it is offline.
    host_offline: bool,
    /// The start of the time offline.
    offline_since: Option<UnixMs>,
    /// The length of all times offline that have ended.
    offline_total_ms: i64,
    last_response_at: Option<UnixMs>,
    /// Probes that have failed in a row.
    failures: u32,
    /// When one request may probe the connection.
    probe_at: UnixMs,
}

/// How many requests may be in flight, from the most to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permit {
    /// Up to the limit of the producer.
    Any,
    /// One, as a probe of the connection.
    Probe,
    /// None before this time.
    NoneUntil(UnixMs),
}

impl Connectivity {
    /// The time spent online, which stands still offline.
    #[must_use]
    pub fn time(&self, now: UnixMs) -> OnlineMs {
        self.offline_since.unwrap_or(now).min(now) - self.offline_total_ms
    }

    /// When [`time`](Self::time) will have reached `time`, if the connection stays as it is. Offline that is never.
    #[must_use]
    pub fn when(&self, time: OnlineMs) -> UnixMs {
        if self.offline_since.is_some() {
            return UnixMs::MAX;
        }
        time.saturating_add(self.offline_total_ms)
    }

    /// How many requests may be in flight at `now`.
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

    /// The host reports that it is online or offline.
    pub fn handle_host(&mut self, now: UnixMs, online: bool) {
        self.host_offline = !online;
        if online {
            // The report may be right, so a probe may be sent at once.
            self.probe_at = now;
        } else {
            self.offline_since.get_or_insert(now);
        }
    }

    /// A response has arrived, with any status.
    pub fn handle_response(&mut self, now: UnixMs) {
        self.last_response_at = Some(now);
        self.failures = 0;
        if let Some(since) = self.offline_since.take() {
            self.offline_total_ms += (now - since).max(0);
        }
        if self.host_offline {
            // The response belongs to a request from before. No further request will reach the service.
            self.offline_since = Some(now);
        }
    }

    /// A request sent at `sent` has failed without a response. Returns whether this counts as an attempt: it does if
    /// another request got a response meanwhile.
    pub fn handle_failure(&mut self, now: UnixMs, sent: UnixMs, random: &mut Random) -> bool {
        let others_succeed = self.last_response_at.is_some_and(|at| at >= sent);
        if others_succeed && !self.host_offline {
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
    fn time_stands_still_from_the_first_lost_request_to_the_next_response() {
        let mut connectivity = Connectivity::default();
        let mut random = Random::new(1);
        assert_eq!(connectivity.time(1000), 1000);
        assert!(!connectivity.handle_failure(1500, 1200, &mut random));
        assert_eq!(connectivity.time(9000), 1200);
        assert_eq!(connectivity.when(1300), UnixMs::MAX);
        connectivity.handle_response(9000);
        assert_eq!((connectivity.time(9000), connectivity.time(9100)), (1200, 1300));
        assert_eq!(connectivity.when(1300), 9100);
    }

    #[test]
    fn a_failure_beside_responses_counts_as_an_attempt() {
        let mut connectivity = Connectivity::default();
        connectivity.handle_response(1000);
        assert!(connectivity.handle_failure(1100, 900, &mut Random::new(1)));
        assert_eq!(connectivity.permit(1100), Permit::Any);
        assert!(!connectivity.handle_failure(1200, 1001, &mut Random::new(1)));
    }

    #[test]
    fn a_response_does_not_start_time_while_the_host_is_offline() {
        let mut connectivity = Connectivity::default();
        connectivity.handle_host(1000, false);
        connectivity.handle_response(1200);
        assert_eq!((connectivity.time(1200), connectivity.time(9000)), (1000, 1000));
        connectivity.handle_host(9000, true);
        connectivity.handle_response(9100);
        assert_eq!(connectivity.time(9200), 1100);
    }

    #[test]
    fn probes_become_rarer_and_start_at_once_when_the_host_is_online() {
        let mut connectivity = Connectivity::default();
        let mut random = Random::new(2);
        let mut now = 0;
        for _ in 0..50 {
            assert!(!connectivity.handle_failure(now, now, &mut random));
            if let Permit::NoneUntil(until) = connectivity.permit(now) {
                assert!(until - now <= 20_000);
                now = until;
            }
            assert_eq!(connectivity.permit(now), Permit::Probe);
        }
        assert!(now > 100_000);
        connectivity.handle_failure(now, now, &mut random);
        connectivity.handle_host(now, false);
        assert_eq!(connectivity.permit(now + 60_000), Permit::NoneUntil(UnixMs::MAX));
        connectivity.handle_host(now + 60_000, true);
        assert_eq!(connectivity.permit(now + 60_000), Permit::Probe);
        connectivity.handle_response(now + 60_100);
        assert_eq!(connectivity.permit(now + 60_100), Permit::Any);
    }
}

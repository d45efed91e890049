//! Connectivity: whether requests reach the service, and the time that counts against the time to live of records.
//!
//! Time offline uses up neither attempts nor time to live. The host may say that it is offline (`navigator.onLine`);
//! otherwise a request that fails while no other gets a response means offline. Some hosts, such as web
//! views, always say that they are offline and are wrong, so the connection is probed then too, though less often.

use crate::client::retry::{FailureClass, backoff_ms};
use crate::producer::permit::Permit;
use crate::random::Random;
use crate::time::UnixMs;

/// A time of the host less all time offline until then, in milliseconds: it stands while the producer is offline.
pub type OnlineTime = i64;

/// What is known of the connection.
#[derive(Debug, Default)]
pub struct Connectivity {
    /// Since when the host reports that it is offline. Its report that it is online clears it, and so does a response
    /// to a request that was sent later.
    host_offline_since: Option<UnixMs>,
    /// Requests that were sent after that report, and were lost.
    host_failures: u32,
    /// The start of the time offline.
    offline_since: Option<UnixMs>,
    /// The length of all times offline that have ended.
    offline_total_ms: i64,
    last_response_at: Option<UnixMs>,
    /// Losses in a row while no request got a response. Requests that one outage has lost are one loss.
    failures: u32,
    /// When the last of these losses was noticed.
    last_loss_at: Option<UnixMs>,
    /// When one request may probe the connection.
    probe_at: UnixMs,
}

impl Connectivity {
    /// The time spent online. It does not increase while the connection is offline.
    #[must_use]
    pub fn online_time(&self, now: UnixMs) -> OnlineTime {
        self.offline_since.unwrap_or(now).min(now) - self.offline_total_ms
    }

    /// The host's time at which [`online_time`](Self::online_time) will have this value, if the connection stays as it
    /// is. While it is offline that is never: `UnixMs::MAX`.
    #[must_use]
    pub fn when_online_time_is(&self, online_time: OnlineTime) -> UnixMs {
        if self.offline_since.is_some() {
            return UnixMs::MAX;
        }
        online_time.saturating_add(self.offline_total_ms)
    }

    /// Whether no request gets a response, as far as is known.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.offline_since.is_some()
    }

    /// How many requests may be in flight at `now`.
    #[must_use]
    pub fn permit(&self, now: UnixMs) -> Permit {
        if self.offline_since.is_none() {
            Permit::Any
        } else if now < self.probe_at {
            Permit::NoneUntil(self.probe_at)
        } else {
            Permit::One
        }
    }

    /// The host reports that it is online or offline.
    pub fn handle_host_report(&mut self, now: UnixMs, online: bool) {
        if online {
            // The report may be right, so a probe may be sent at once.
            self.host_offline_since = None;
            self.probe_at = now;
        } else if self.host_offline_since.is_none() {
            self.host_offline_since = Some(now);
            self.host_failures = 0;
            self.probe_at = now + self.host_probe_ms();
            self.offline_since.get_or_insert(now);
        }
    }

    /// A response to a request that was sent at `sent_at` has arrived, with any status.
    pub fn handle_response(&mut self, now: UnixMs, sent_at: UnixMs) {
        self.last_response_at = Some(now);
        self.failures = 0;
        if let Some(since) = self.offline_since.take() {
            self.offline_total_ms += (now - since).max(0);
        }
        if self.host_offline_since.is_some_and(|since| sent_at < since) {
            // The request was sent before that, so its response does not show that the connection works now.
            self.offline_since = Some(now);
        } else {
            self.host_offline_since = None;
        }
    }

    /// A request that was sent at `sent_at` has failed without a response. Returns whether this counts as an attempt:
    /// it does if a response, or the status of one, has arrived meanwhile, and the host does not report that it is
    /// offline.
    pub fn handle_failure(&mut self, now: UnixMs, sent_at: UnixMs, random: &mut Random) -> bool {
        let others_succeed = self.last_response_at.is_some_and(|at| at >= sent_at);
        if others_succeed && self.host_offline_since.is_none() {
            return true;
        }
        self.offline_since.get_or_insert(sent_at);
        // The request was lost by an outage that is known already, so it says nothing about the connection since then.
        // A time that is later than now is of a clock that has gone back.
        if Some(sent_at) <= self.last_loss_at.max(self.host_offline_since).filter(|at| *at <= now) {
            return false;
        }
        let wait_ms = if self.host_offline_since.is_some() {
            self.host_failures = self.host_failures.saturating_add(1);
            self.host_probe_ms()
        } else {
            i64::from(backoff_ms(FailureClass::Transient, self.failures, None, random))
        };
        // Later than this loss, so that the loss of the probe is another one.
        self.probe_at = now + wait_ms.max(1);
        self.failures = self.failures.saturating_add(1);
        self.last_loss_at = Some(now);
        false
    }

    /// The time to the next probe while the host believes that it is offline. 2⁶ s is past the maximum.
    fn host_probe_ms(&self) -> i64 {
        HOST_PROBE_MS
            .saturating_mul(1 << self.host_failures.min(6))
            .min(HOST_PROBE_MS_MAX)
    }
}

/// Time from the report that the host is offline to the first probe. It doubles with each probe that fails.
const HOST_PROBE_MS: i64 = 1000;
const HOST_PROBE_MS_MAX: i64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_still_from_the_first_lost_request_to_the_next_response() {
        let mut connectivity = Connectivity::default();
        let mut random = Random::new(1);
        assert_eq!(connectivity.online_time(1000), 1000);
        assert!(!connectivity.handle_failure(1500, 1200, &mut random));
        assert_eq!(connectivity.online_time(9000), 1200);
        assert_eq!(connectivity.when_online_time_is(1300), UnixMs::MAX);
        connectivity.handle_response(9000, 8900);
        assert_eq!(
            (connectivity.online_time(9000), connectivity.online_time(9100)),
            (1200, 1300)
        );
        assert_eq!(connectivity.when_online_time_is(1300), 9100);
    }

    #[test]
    fn a_failure_beside_responses_counts_as_an_attempt() {
        let mut connectivity = Connectivity::default();
        connectivity.handle_response(1000, 900);
        assert!(connectivity.handle_failure(1100, 900, &mut Random::new(1)));
        assert_eq!(connectivity.permit(1100), Permit::Any);
        assert!(!connectivity.handle_failure(1200, 1001, &mut Random::new(1)));
    }

    #[test]
    fn a_response_does_not_start_time_while_the_host_is_offline() {
        let mut connectivity = Connectivity::default();
        connectivity.handle_host_report(1000, false);
        connectivity.handle_response(1200, 900);
        assert_eq!(
            (connectivity.online_time(1200), connectivity.online_time(9000)),
            (1000, 1000)
        );
        connectivity.handle_host_report(9000, true);
        connectivity.handle_response(9100, 9000);
        assert_eq!(connectivity.online_time(9200), 1100);
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
            assert_eq!(connectivity.permit(now), Permit::One);
        }
        assert!(now > 100_000);
        connectivity.handle_failure(now, now, &mut random);
        connectivity.handle_host_report(now, false);
        assert_eq!(connectivity.permit(now + 500), Permit::NoneUntil(now + 1000));
        connectivity.handle_host_report(now + 600, true);
        assert_eq!(connectivity.permit(now + 600), Permit::One);
        connectivity.handle_response(now + 700, now + 600);
        assert_eq!(connectivity.permit(now + 700), Permit::Any);
    }

    #[test]
    fn a_host_that_believes_it_is_offline_is_probed_at_intervals_that_grow_to_a_minute() {
        let mut connectivity = Connectivity::default();
        let mut random = Random::new(3);
        connectivity.handle_host_report(0, false);
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..9 {
            let Permit::NoneUntil(until) = connectivity.permit(now) else {
                panic!("a probe at once");
            };
            waits.push(until - now);
            now = until;
            assert_eq!(connectivity.permit(now), Permit::One);
            // A report that says nothing new changes nothing.
            connectivity.handle_host_report(now, false);
            assert!(!connectivity.handle_failure(now, now, &mut random));
        }
        assert_eq!(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(connectivity.online_time(now), 0);
    }

    #[test]
    fn requests_that_one_outage_loses_count_once() {
        let mut connectivity = Connectivity::default();
        let mut random = Random::new(5);
        for lost_at in [1500, 1500, 1501, 1503] {
            assert!(!connectivity.handle_failure(lost_at, 1200, &mut random));
        }
        assert_eq!(connectivity.failures, 1);
        assert_eq!(connectivity.online_time(9000), 1200);
        // A probe is sent later than the losses before it, and counts even if it is lost at once.
        for failures in 2..9 {
            let now = connectivity.probe_at;
            assert!(!connectivity.handle_failure(now, now, &mut random));
            assert_eq!(connectivity.failures, failures);
        }
    }

    #[test]
    fn requests_that_were_in_flight_when_the_host_went_offline_do_not_delay_the_first_probe() {
        let mut connectivity = Connectivity::default();
        connectivity.handle_host_report(1000, false);
        for sent_at in [400, 700, 990, 1000] {
            assert!(!connectivity.handle_failure(1010, sent_at, &mut Random::new(6)));
        }
        assert_eq!(connectivity.permit(1010), Permit::NoneUntil(2000));
    }

    #[test]
    fn a_response_to_a_probe_proves_the_host_wrong_until_its_next_report() {
        let mut connectivity = Connectivity::default();
        connectivity.handle_host_report(1000, false);
        connectivity.handle_response(2100, 2000);
        assert_eq!(connectivity.permit(2100), Permit::Any);
        assert_eq!(connectivity.online_time(5000), 5000 - 1100);
        // From now on the connectivity behaves as if the host had reported nothing.
        assert!(connectivity.handle_failure(2200, 2050, &mut Random::new(4)));
        connectivity.handle_host_report(6000, false);
        assert_eq!(connectivity.permit(6000), Permit::NoneUntil(7000));
    }
}

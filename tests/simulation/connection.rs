//! What a producer can know of its connection, and the time that counts against the time to live of a record: it stands
//! still from the first request that fails while there are no responses, or from a report of the host, up to the next
//! response.

use kinesis_edge::time::UnixMs;

#[derive(Default)]
pub struct Connection {
    host_offline_since: Option<UnixMs>,
    offline_since: Option<UnixMs>,
    offline_total_ms: i64,
    last_response_at: Option<UnixMs>,
}

impl Connection {
    pub fn is_host_offline(&self) -> bool {
        self.host_offline_since.is_some()
    }

    pub fn time(&self, now: UnixMs) -> i64 {
        self.offline_since.unwrap_or(now).min(now) - self.offline_total_ms
    }

    pub fn host_says(&mut self, now: UnixMs, online: bool) {
        if online {
            self.host_offline_since = None;
        } else {
            self.host_offline_since.get_or_insert(now);
            self.offline_since.get_or_insert(now);
        }
    }

    /// A request that was sent at `sent` was answered. One that was sent after the host has said that it is offline
    /// proves it wrong.
    pub fn answered(&mut self, now: UnixMs, sent: UnixMs) {
        self.last_response_at = Some(now);
        if let Some(since) = self.offline_since.take() {
            self.offline_total_ms += now - since;
        }
        if self.host_offline_since.is_some_and(|since| sent < since) {
            self.offline_since = Some(now);
        } else {
            self.host_offline_since = None;
        }
    }

    /// Returns whether the failure counts as an attempt.
    pub fn failed(&mut self, sent: UnixMs) -> bool {
        let others_answered = self.last_response_at.is_some_and(|at| at >= sent);
        if others_answered && self.host_offline_since.is_none() {
            return true;
        }
        self.offline_since.get_or_insert(sent);
        false
    }
}

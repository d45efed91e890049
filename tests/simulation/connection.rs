//! What a producer can know of its connection, and the time that counts against the time to live of a record: it stands
//! still from the first request that fails while there are no responses, or from a report of the host, up to the next
//! response.

use kinesis_edge::time::UnixMs;

#[derive(Default)]
pub struct Connection {
    host_offline: bool,
    offline_since: Option<UnixMs>,
    offline_total_ms: i64,
    last_response_at: Option<UnixMs>,
}

impl Connection {
    pub fn is_host_offline(&self) -> bool {
        self.host_offline
    }

    pub fn time(&self, now: UnixMs) -> i64 {
        self.offline_since.unwrap_or(now).min(now) - self.offline_total_ms
    }

    pub fn host_says(&mut self, now: UnixMs, online: bool) {
        self.host_offline = !online;
        if !online {
            self.offline_since.get_or_insert(now);
        }
    }

    pub fn answered(&mut self, now: UnixMs) {
        self.last_response_at = Some(now);
        if let Some(since) = self.offline_since.take() {
            self.offline_total_ms += now - since;
        }
        if self.host_offline {
            self.offline_since = Some(now);
        }
    }

    /// Returns whether the failure counts as an attempt.
    pub fn failed(&mut self, sent: UnixMs) -> bool {
        let others_answered = self.last_response_at.is_some_and(|at| at >= sent);
        if others_answered && !self.host_offline {
            return true;
        }
        self.offline_since.get_or_insert(sent);
        false
    }
}

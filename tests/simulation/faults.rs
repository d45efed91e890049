//! Faults of the page and the stream.

use super::connection::Connection;
use super::world::{Event, World, producer};
use kinesis_edge::producer::packed_record::PackedRecord;

impl World {
    pub fn reshard(&mut self) {
        let high = u128::from(self.choices.seed()) << 64;
        let done = if self.choices.chance(600) {
            self.kinesis.shards.split(high)
        } else {
            self.kinesis.shards.merge(high)
        };
        // The permission to list the shards may be revoked as well.
        if self.choices.chance(100) {
            self.kinesis.may_list = false;
            self.invariants.forbid_list();
        }
        self.say(format_args!("reshard at {high}: {done}"));
    }

    pub fn go_offline(&mut self, host_knows: bool, for_ms: i64) {
        if !self.is_faulty {
            return;
        }
        self.is_offline = true;
        self.say(format_args!("offline, host_knows: {host_knows}"));
        if host_knows {
            self.producer.handle_host_report(self.now, false);
            self.connection.host_says(self.now, false);
        }
        let host_knows = self.choices.chance(500) || host_knows;
        self.after(for_ms, Event::Online { host_knows });
    }

    pub fn go_online(&mut self, host_knows: bool) {
        self.is_offline = false;
        self.say(format_args!("online, host_knows: {host_knows}"));
        if host_knows {
            self.producer.handle_host_report(self.now, true);
            self.connection.host_says(self.now, true);
        }
    }

    /// From now on Kinesis refuses every request, whatever is in it.
    pub fn break_access(&mut self, for_ms: i64) {
        if !self.is_faulty {
            return;
        }
        let name = self.choices.pick(&OPERATOR_ERRORS);
        self.say(format_args!("every request is refused: {name}"));
        self.operator_error = Some(name);
        self.after(for_ms, Event::OperatorRepairs);
    }

    pub fn repair_access(&mut self) {
        self.say(format_args!("no request is refused any more"));
        self.operator_error = None;
    }

    /// The page is reloaded. The records of an outbox are put again.
    pub fn reload(&mut self) {
        self.page += 1;
        self.say(format_args!("reload"));
        self.abandon_exchanges();
        self.producer = producer(&self.plan, self.choices.seed());
        self.connection = Connection::default();
        self.provider_deadline = None;
        (self.requests_sent, self.bytes_sent) = (0, 0);
        self.invariants.provider_failures = 0;
        if self.is_offline && self.choices.chance(500) {
            self.producer.handle_host_report(self.now, false);
            self.connection.host_says(self.now, false);
        }
        for serial in self.invariants.reload() {
            let put = &self.invariants.records.all[serial];
            let (key, hash_key) = (put.partition_key.as_deref(), put.explicit_hash_key.as_deref());
            let id = self.producer.put(
                self.now,
                PackedRecord::new(&put.data, key.unwrap_or_default(), hash_key),
            );
            let time = self.connection.time(self.now);
            self.invariants.put_again(time, id.expect("room as before"), serial);
        }
    }
}

/// What Kinesis answers until the operator has repaired the cause.
pub const OPERATOR_ERRORS: [&str; 5] = [
    "AccessDeniedException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "KMSDisabledException",
];

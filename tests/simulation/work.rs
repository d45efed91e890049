//! The work of a page: puts and flushes.

use super::world::World;
use kinesis_edge::error::Code;
use kinesis_edge::producer::aggregate::Aggregate;
use kinesis_edge::producer::packed_record::PackedRecord;

impl World {
    pub fn put(&mut self) {
        let serial = self.invariants.records.all.len();
        let size = self.choices.size(0, self.plan.work.data_bytes_max);
        let key_max = self.dice_key_max();
        let key_number = self.choices.size(0, key_max);
        let (data, key) = match self.choices.size(0, 15) {
            0 => (Vec::new(), Some(format!("empty {serial}"))),
            1 => (aggregate_of_user(serial), Some("k0".to_owned())),
            2 => (filled(serial, size), None),
            3 => (filled(serial, size), Some("😀".repeat(256))),
            _ => (filled(serial, size), Some(format!("k{key_number}"))),
        };
        let hash_key = self.choices.chance(self.plan.work.hash_keys).then(|| {
            let high = u128::from(self.choices.seed()) << 64;
            (high | u128::from(self.choices.seed())).to_string()
        });
        let bytes = data.len() + key.as_ref().map_or(16, String::len);
        let has_room = self.invariants.buffered_records() < self.plan.options.buffer_records_max
            && self.invariants.buffered_bytes + bytes <= self.plan.options.buffer_bytes_max;
        assert_eq!(self.producer.has_room_for(1, bytes), has_room);
        let put = self.producer.put(
            self.now,
            PackedRecord::new(&data, key.as_deref().unwrap_or_default(), hash_key.as_deref()),
        );
        self.say(format_args!(
            "put #{serial} {key:?} {hash_key:?} {bytes} bytes: {put:?}"
        ));
        match put {
            Ok(id) => {
                assert!(has_room, "accepts more than the limits of the buffer");
                let time = self.connection.time(self.now);
                self.invariants.put(time, id, (data, key, hash_key));
            }
            Err(error) => {
                assert!(error.code == Code::BufferFull && !has_room, "{error}");
            }
        }
    }

    /// Half of the records have one of a few keys.
    fn dice_key_max(&mut self) -> usize {
        if self.choices.chance(500) {
            0
        } else {
            self.plan.work.keys - 1
        }
    }

    pub fn flush(&mut self) {
        let id = self.producer.flush();
        self.say(format_args!("flush {id}"));
        self.invariants.flush(id);
    }
}

/// Data that identifies its record.
fn filled(serial: usize, size: usize) -> Vec<u8> {
    let mut data = format!("{serial} ").into_bytes();
    while data.len() < size {
        data.push(data[data.len() / 2].wrapping_add(31));
    }
    data
}

/// An aggregate that the user has built and puts as data.
fn aggregate_of_user(serial: usize) -> Vec<u8> {
    let mut aggregate = Aggregate::default();
    aggregate.push(format!("{serial} a").as_bytes(), "inner", None);
    aggregate.push(format!("{serial} b").as_bytes(), "other", Some("5"));
    aggregate.finish()
}

//! The options of a producer.

use crate::api::{Limits, Stream};
use crate::error::Error;
use crate::text::text;

/// How user records are aggregated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// Each record is an entry.
    #[default]
    Off,
    /// Records of one partition key share an entry, under that key.
    Key,
    /// Records of one shard share an entry. The producer lists the shards for it.
    Shard,
}

/// The options that are numbers, each with its field, its type and default, and its name in JavaScript. The struct
/// [`Options`], the getters that read them from JavaScript and the TypeScript declarations of those are made from this
/// list: `number_options!(options_struct)` calls the macro `options_struct!` with the whole list,
/// `options_struct! { linger_ms: u32 = 100, lingerMs; … }`, and that makes the struct.
macro_rules! number_options {
    ($make:ident) => {
        $make! {
            /// How long a record may wait for others to fill a request, in milliseconds.
            linger_ms: u32 = 100, lingerMs;
            /// The most entries of one request.
            request_records_max: usize = 500, requestRecordsMax;
            /// The most bytes of one aggregate.
            aggregate_bytes_max: usize = 51_200, aggregateBytesMax;
            /// The most requests in flight at once.
            requests_in_flight_max: usize = 4, requestsInFlightMax;
            /// The most bytes of data and partition keys in the buffer.
            buffer_bytes_max: usize = 8_388_608, bufferBytesMax;
            /// The most records in the buffer.
            buffer_records_max: usize = 100_000, bufferRecordsMax;
            /// The most attempts of one record.
            record_attempts_max: u32 = 10, recordAttemptsMax;
            /// The time to live of a record in milliseconds, without the time offline.
            record_ttl_ms: u32 = 300_000, recordTtlMs;
            /// The time limit of one request in milliseconds.
            request_timeout_ms: u32 = 10_000, requestTimeoutMs;
            /// The share of the write limits of a shard that this producer may use.
            shard_rate_limit: f64 = 1.5, shardRateLimit;
        }
    };
}
// For the bindings alone, which are compiled with the same feature.
#[cfg(feature = "producer")]
pub(crate) use number_options;

macro_rules! options_struct {
    ($($(#[$doc:meta])* $field:ident: $type:ident = $default:literal, $js_name:ident;)*) => {
        /// The options of a producer. Times are in milliseconds, sizes in bytes.
        #[derive(Clone, Debug)]
        pub struct Options {
            /// The name of the stream. It or the ARN is required.
            pub stream_name: Option<String>,
            /// The ARN of the stream.
            pub stream_arn: Option<String>,
            /// How records are aggregated.
            pub aggregation: Aggregation,
            /// Whether the records of one partition key keep their order.
            pub ordered: bool,
            /// Whether a record that is refused for a cause that only the operator can repair (keys, permissions, the
            /// stream) is sent again even if no record was delivered yet. Otherwise it fails until one was delivered,
            /// because the options are probably wrong.
            pub retries_operator_errors: bool,
            /// The limits of one record and one request.
            pub limits: Limits,
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Options {
            /// Replaces each option that is a number by what `choose` returns for its name in JavaScript and its value.
            /// The simulation tries new options by it.
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
            #[allow(clippy::cast_lossless, clippy::unnecessary_cast)] // the types differ
            pub fn map_numbers(&mut self, mut choose: impl FnMut(&'static str, f64) -> f64) {
                $(self.$field = choose(stringify!($js_name), self.$field as f64) as $type;)*
            }
        }

        impl Default for Options {
            fn default() -> Self {
                Self {
                    stream_name: None,
                    stream_arn: None,
                    aggregation: Aggregation::Off,
                    ordered: false,
                    retries_operator_errors: false,
                    limits: Limits::default(),
                    $($field: $default,)*
                }
            }
        }
    };
}
number_options!(options_struct);

impl Options {
    /// The stream of the producer's requests.
    pub(super) fn stream(&self) -> Stream<'_> {
        Stream::new(self.stream_name.as_deref(), self.stream_arn.as_deref())
            .expect("Producer::new has checked the stream")
    }

    /// Refuses limits that contradict each other. The shim checks each option by itself, before the module is loaded.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] names the option and its limits.
    pub fn check(&self) -> Result<(), Error> {
        let Limits {
            record_bytes_max,
            request_bytes_max,
        } = self.limits;
        at_least("requestBytesMax", request_bytes_max, "recordBytesMax", record_bytes_max)?;
        at_least(
            "bufferBytesMax",
            self.buffer_bytes_max,
            "recordBytesMax",
            record_bytes_max,
        )?;
        // The partition key of the aggregate counts against the limit of a record as well.
        let room = record_bytes_max.saturating_sub(PARTITION_KEY_BYTES_MAX);
        if self.aggregation != Aggregation::Off {
            at_least(
                "recordBytesMax less a partition key",
                room,
                "aggregateBytesMax",
                self.aggregate_bytes_max,
            )?;
        }
        Ok(())
    }
}

fn at_least(name: &str, value: usize, other: &str, least: usize) -> Result<(), Error> {
    if value >= least {
        return Ok(());
    }
    Err(Error::invalid(text![
        name,
        " must be at least ",
        other,
        ", which is ",
        least,
        ", not ",
        value
    ]))
}

/// A partition key has at most 256 code points of four bytes each.
const PARTITION_KEY_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_that_is_a_number_can_be_mapped() {
        let mut options = Options::default();
        let mut names = Vec::new();
        options.map_numbers(|name, value| {
            names.push(name);
            value * 2.0
        });
        assert!(names.len() >= 10 && names.contains(&"lingerMs"));
        assert_eq!((options.linger_ms, options.buffer_records_max), (200, 200_000));
        assert!((options.shard_rate_limit - 3.0).abs() < f64::EPSILON);
    }
}

//! The write limit of a shard, kept by the producer: 1,000 records and 1 MiB per second
//! (<https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html>), times the share that this producer
//! may use.

use crate::time::UnixMs;

/// Two token buckets, of records and of bytes. Each has at most the tokens of one second.
#[derive(Clone, Debug)]
pub struct ShardLimit {
    share: f64,
    records: f64,
    bytes: f64,
    filled_at: UnixMs,
    /// From when until when every record waits, because one has found too few tokens: smaller records that are put
    /// meanwhile would use up the tokens that it waits for.
    reserved: Option<(UnixMs, UnixMs)>,
}

impl ShardLimit {
    /// Full buckets. An infinite share is no limit.
    #[must_use]
    pub fn new(share: f64, now: UnixMs) -> Self {
        Self {
            share,
            records: share * RECORDS_PER_S,
            bytes: share * BYTES_PER_S,
            filled_at: now,
            reserved: None,
        }
    }

    /// Uses the tokens of a record of this many bytes. A record that wants more tokens than a bucket holds passes when
    /// the bucket is full, and leaves a debt: a record larger than the share of a second, and with a share below 0.001
    /// each record.
    ///
    /// # Errors
    /// The time at which there will be enough tokens.
    #[allow(clippy::cast_precision_loss)] // bytes of one record are far below 2⁵³
    pub fn take(&mut self, bytes: usize, now: UnixMs) -> Result<(), UnixMs> {
        if self.share.is_infinite() {
            return Ok(());
        }
        self.fill(now);
        // A time of reservation that is later than now is of a clock that has gone back.
        if let Some((_, until)) = self.reserved.filter(|(since, until)| (*since..*until).contains(&now)) {
            return Err(until);
        }
        self.reserved = None;
        let (records_per_s, bytes_per_s) = (self.share * RECORDS_PER_S, self.share * BYTES_PER_S);
        let missing_s = f64::max(
            (records_per_s.min(1.0) - self.records) / records_per_s,
            (bytes_per_s.min(bytes as f64) - self.bytes) / bytes_per_s,
        );
        if missing_s > 0.0 {
            let until = now + whole_ms(missing_s);
            self.reserved = Some((now, until));
            return Err(until);
        }
        self.records -= 1.0;
        self.bytes -= bytes as f64;
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)] // milliseconds since the last record
    fn fill(&mut self, now: UnixMs) {
        let seconds = (now - self.filled_at).max(0) as f64 / 1000.0;
        self.filled_at = now;
        self.records = (self.records + seconds * self.share * RECORDS_PER_S).min(self.share * RECORDS_PER_S);
        self.bytes = (self.bytes + seconds * self.share * BYTES_PER_S).min(self.share * BYTES_PER_S);
    }
}

#[allow(clippy::cast_possible_truncation)] // saturates
fn whole_ms(seconds: f64) -> i64 {
    (seconds * 1000.0).min(WAIT_MS_MAX) as i64 + 1
}

/// A year, in milliseconds. With a tiny share the computed wait may be infinite.
const WAIT_MS_MAX: f64 = 365.0 * 24.0 * 3_600_000.0;
const RECORDS_PER_S: f64 = 1000.0;
const BYTES_PER_S: f64 = 1024.0 * 1024.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(limit: &mut ShardLimit, bytes: usize, now: UnixMs) -> usize {
        (0..100_000).take_while(|_| limit.take(bytes, now).is_ok()).count()
    }

    #[test]
    fn a_second_holds_a_thousand_records() {
        let mut limit = ShardLimit::new(1.0, 0);
        assert_eq!(accepted(&mut limit, 1, 0), 1000);
        assert_eq!(accepted(&mut limit, 1, 100), 100);
        assert_eq!(accepted(&mut limit, 1, 60_000), 1000);
    }

    #[test]
    fn a_second_holds_a_mebibyte_times_the_share() {
        let mut limit = ShardLimit::new(1.5, 0);
        assert_eq!(accepted(&mut limit, 64 * 1024, 0), 24);
    }

    #[test]
    fn an_empty_bucket_returns_when_to_try_again() {
        let mut limit = ShardLimit::new(1.0, 0);
        accepted(&mut limit, 1, 0);
        let until = limit.take(1, 0).unwrap_err();
        assert!((1..=2).contains(&until));
        assert!(limit.take(1, until).is_ok());
    }

    #[test]
    fn small_records_do_not_use_up_the_tokens_that_a_large_one_waits_for() {
        let mut limit = ShardLimit::new(1.0, 0);
        for _ in 0..1000 {
            limit.take(1024, 0).unwrap();
        }
        let until = limit.take(1024 * 1024, 0).unwrap_err();
        assert!((900..=1001).contains(&until), "{until}");
        for now in 1..until {
            assert_eq!(limit.take(10, now), Err(until));
        }
        assert!(limit.take(1024 * 1024, until).is_ok());
        assert!(limit.take(10, until).is_err());
        // A clock that has gone back does not make them wait for the time before.
        assert!(limit.take(1024 * 1024, 0).unwrap_err() <= 2002);
    }

    #[test]
    fn a_record_larger_than_a_bucket_passes_a_full_one() {
        let mut limit = ShardLimit::new(0.5, 0);
        assert!(limit.take(1024 * 1024, 0).is_ok());
        let until = limit.take(1, 0).unwrap_err();
        assert!((1000..=1002).contains(&until));
    }

    #[test]
    fn a_share_below_a_record_a_second_lets_each_record_through_in_time() {
        let mut limit = ShardLimit::new(0.0005, 0);
        assert!(limit.take(1, 0).is_ok());
        let until = limit.take(1, 0).unwrap_err();
        assert!((2000..=2002).contains(&until), "{until}");
        assert!(limit.take(1, until).is_ok());
    }

    #[test]
    fn a_tiny_share_waits_for_a_year_at_most() {
        for share in [f64::MIN_POSITIVE, 1e-300, 1e-20, 1e-9] {
            let mut limit = ShardLimit::new(share, 1000);
            assert!(limit.take(1, 1000).is_ok(), "{share}");
            let until = limit.take(1, 1000).unwrap_err();
            assert!(until > 1000 && until <= 1002 + 365 * 24 * 3_600_000, "{share} {until}");
        }
    }

    #[test]
    fn an_infinite_share_is_no_limit() {
        let mut limit = ShardLimit::new(f64::INFINITY, 0);
        assert_eq!(accepted(&mut limit, 1024 * 1024, 0), 100_000);
    }
}

//! The age of a signature: the service takes one for five minutes, either way.

use crate::call::Call;
use crate::clock::{amz_date, parse_amz_date};
use crate::plan::{Fault, Kind};

/// What the service answers to a request whose signature is too old or too new by the clock given. `None` where it is neither, or where
/// the date is missing: that is for the service to complain about.
pub fn refusal(call: &Call, now_ms: i64) -> Option<Fault> {
    call.access_key()?;
    let message = complaint(call.amz_date()?, now_ms)?;
    Some(Fault::from(Kind::SignatureAge { message }))
}

fn complaint(signed: &str, now_ms: i64) -> Option<String> {
    let signed_ms = parse_amz_date(signed)?;
    // Signatures know no milliseconds.
    let now_ms = now_ms - now_ms.rem_euclid(1000);
    let now = amz_date(now_ms);
    if signed_ms < now_ms - WINDOW_MS {
        let limit = amz_date(now_ms - WINDOW_MS);
        return Some(format!(
            "Signature expired: {signed} is now earlier than {limit} ({now} - 5 min.)"
        ));
    }
    if signed_ms > now_ms + WINDOW_MS {
        let limit = amz_date(now_ms + WINDOW_MS);
        return Some(format!(
            "Signature not yet current: {signed} is still later than {limit} ({now} + 5 min.)"
        ));
    }
    None
}

const WINDOW_MS: i64 = 5 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "20261121T010000Z";

    fn after_seconds(seconds: i64) -> Option<String> {
        complaint(SIGNED, parse_amz_date(SIGNED).unwrap() + seconds * 1000)
    }

    #[test]
    fn five_minutes_are_fine_either_way() {
        assert_eq!(after_seconds(300), None);
        assert_eq!(after_seconds(-300), None);
    }

    #[test]
    fn an_old_signature_is_refused_in_the_words_of_the_service() {
        assert_eq!(
            after_seconds(3600).unwrap(),
            "Signature expired: 20261121T010000Z is now earlier than 20261121T015500Z (20261121T020000Z - 5 min.)"
        );
    }

    #[test]
    fn a_signature_from_the_future_is_refused_too() {
        assert_eq!(
            after_seconds(-3600).unwrap(),
            "Signature not yet current: 20261121T010000Z is still later than 20261121T000500Z (20261121T000000Z + 5 min.)"
        );
    }
}

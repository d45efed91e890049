//! What an error means for the next try, and how long to wait before it.
//!
//! Classes as botocore's "standard" retry mode has them:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>.

use crate::random::Random;

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The stream or the account is over a limit: wait longer, then try again.
    Throttle,
    /// Something broke that may not break again.
    Transient,
    /// Try again with new credentials.
    Credentials,
    /// The signature has a wrong time: correct the clock, then try again.
    ClockSkew,
    /// Try again at once.
    Immediate,
    /// The same request would fail in the same way.
    Never,
}

/// Classifies an exception by its name; by the status where it has none that is known.
#[must_use]
pub fn classify(status: u16, name: &str, message: &str) -> Class {
    match name {
        _ if THROTTLES.contains(&name) => Class::Throttle,
        _ if TRANSIENTS.contains(&name) => Class::Transient,
        "ExpiredTokenException" => Class::Credentials,
        "InvalidSignatureException" | "RequestTimeTooSkewed" if tells_skew(message) => Class::ClockSkew,
        _ => by_status(status),
    }
}

fn by_status(status: u16) -> Class {
    match status {
        429 => Class::Throttle,
        500 | 502 | 503 | 504 => Class::Transient,
        _ => Class::Never,
    }
}

/// A wrong secret has the same exception name as a wrong clock.
fn tells_skew(message: &str) -> bool {
    message.starts_with("Signature expired") || message.starts_with("Signature not yet current")
}

/// Full jitter: anything from nothing to `base × 2^failures`, at most 20 s. A wait that the server asks for lifts it, by at most 5 s.
pub fn backoff_ms(class: Class, failures: u32, server_wait_ms: Option<u32>, random: &mut Random) -> u32 {
    let base_ms = match class {
        Class::Throttle => THROTTLE_BASE_MS,
        Class::Transient => TRANSIENT_BASE_MS,
        // The cause is repaired: nothing is gained by waiting.
        Class::Credentials | Class::ClockSkew | Class::Immediate | Class::Never => return 0,
    };
    let ceiling = base_ms.saturating_mul(1 << failures.min(16)).min(BACKOFF_MS_MAX);
    let wait = random.up_to(ceiling);
    let lifted = server_wait_ms.unwrap_or(0).min(wait + SERVER_WAIT_EXTRA_MS_MAX);
    wait.max(lifted)
}

const THROTTLE_BASE_MS: u32 = 1000;
const TRANSIENT_BASE_MS: u32 = 50;
const BACKOFF_MS_MAX: u32 = 20_000;
const SERVER_WAIT_EXTRA_MS_MAX: u32 = 5000;

const THROTTLES: [&str; 12] = [
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "KMSThrottlingException",
];
const TRANSIENTS: [&str; 4] = [
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalFailure",
    "InternalFailureException",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_before_the_status() {
        for (status, name, class) in [
            (400, "ProvisionedThroughputExceededException", Class::Throttle),
            (400, "KMSThrottlingException", Class::Throttle),
            (500, "SlowDown", Class::Throttle),
            (400, "RequestTimeout", Class::Transient),
            (400, "ExpiredTokenException", Class::Credentials),
            (400, "ValidationException", Class::Never),
            (400, "InvalidSignatureException", Class::Never),
            (403, "", Class::Never),
            (429, "", Class::Throttle),
            (500, "", Class::Transient),
            (503, "ServiceUnavailable", Class::Transient),
            (501, "", Class::Never),
        ] {
            assert_eq!(classify(status, name, ""), class, "{status} {name}");
        }
    }

    #[test]
    fn only_a_signature_that_is_off_in_time_is_about_the_clock() {
        let expired = "Signature expired: A is now earlier than B (C - 5 min.)";
        for name in ["InvalidSignatureException", "RequestTimeTooSkewed"] {
            assert_eq!(classify(400, name, expired), Class::ClockSkew);
        }
        assert_eq!(classify(400, "ValidationException", expired), Class::Never);
    }

    #[test]
    fn backoff_doubles_up_to_its_ceiling() {
        let mut random = Random::new(3);
        for (class, failures, ceiling) in [
            (Class::Transient, 0, 50),
            (Class::Transient, 3, 400),
            (Class::Throttle, 0, 1000),
            (Class::Throttle, 4, 16_000),
            (Class::Throttle, 5, 20_000),
            (Class::Transient, u32::MAX, 20_000),
        ] {
            let waits: Vec<u32> = (0..2000)
                .map(|_| backoff_ms(class, failures, None, &mut random))
                .collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*most <= ceiling && *most > ceiling / 100 * 98 && *least < ceiling / 20);
        }
    }

    #[test]
    fn the_server_may_ask_for_five_seconds_more_at_most() {
        let mut random = Random::new(4);
        for _ in 0..100 {
            let wait = backoff_ms(Class::Transient, 0, Some(60_000), &mut random);
            assert!((5000..=5050).contains(&wait));
            assert_eq!(backoff_ms(Class::Transient, 0, Some(3000), &mut random), 3000);
        }
    }

    #[test]
    fn repaired_causes_do_not_wait() {
        let mut random = Random::new(5);
        for class in [Class::Credentials, Class::Immediate] {
            assert_eq!(backoff_ms(class, 5, None, &mut random), 0);
        }
    }
}

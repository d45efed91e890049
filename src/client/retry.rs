//! Retries: which errors are worth another attempt, and how long to wait before it.
//!
//! The lists of names that mean throttling or a passing fault follow the "standard" retry mode of the AWS SDKs
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>), and the errors that the reference
//! of Kinesis names (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>).

use crate::random::Random;

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The stream or the account is over a limit: retry after a long backoff.
    Throttle,
    /// A fault that may not recur: retry after a short backoff.
    Transient,
    /// The credentials have expired: retry with new ones.
    Credentials,
    /// The signature has a wrong time: correct the clock offset, then retry at once.
    ClockSkew,
    /// Retry at once.
    Immediate,
    /// Only the operator of the user's system can repair the cause: keys, permissions or the stream.
    Operator,
    /// The service cannot read the request, or it is too large. One entry of a `PutRecords` request may be the cause.
    BadRequest,
    /// A retry would fail in the same manner.
    Never,
}

impl FailureClass {
    /// Whether the same request would fail with the same error if it was sent again now. After an `Operator` failure a
    /// producer may keep the records all the same, and send them again when the operator has repaired the cause.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Operator | Self::BadRequest | Self::Never)
    }
}

/// Classifies an exception of the service by its name, or by the status if the name is unknown. A response without a
/// name does not come from Kinesis, but from a proxy or a CDN in front of it.
#[must_use]
pub fn classify(status: u16, name: &str, message: &str) -> FailureClass {
    match name {
        _ if THROTTLING_ERRORS.contains(&name) => FailureClass::Throttle,
        _ if TRANSIENT_ERRORS.contains(&name) => FailureClass::Transient,
        "ExpiredTokenException" => FailureClass::Credentials,
        "InvalidSignatureException" | "RequestTimeTooSkewed" if is_clock_skew(message) => FailureClass::ClockSkew,
        _ if OPERATOR_ERRORS.contains(&name) || name.starts_with("KMS") => FailureClass::Operator,
        "UnknownOperationException" => FailureClass::Never,
        _ => by_status(status, name.is_empty()),
    }
}

/// Classifies the failure of one entry of a `PutRecords` request, whose `ErrorCode` may be any name. An unknown name is
/// worth another attempt; a name in `FINAL_ENTRY_CODES` is not.
#[must_use]
pub fn classify_entry(code: &str, message: &str) -> FailureClass {
    // An entry has no status: 0 stands for none.
    match classify(0, code, message) {
        FailureClass::Never if !FINAL_ENTRY_CODES.contains(&code) => FailureClass::Transient,
        class => class,
    }
}

fn by_status(status: u16, is_nameless: bool) -> FailureClass {
    match status {
        429 => FailureClass::Throttle,
        400 | 413 => FailureClass::BadRequest,
        // A proxy or a captive portal. With a name it is an exception of the service.
        300..=399 | 403 if is_nameless => FailureClass::Transient,
        501 | 505 => FailureClass::Never,
        407 | 408 | 425 | 500..=599 => FailureClass::Transient,
        _ => FailureClass::Never,
    }
}

/// Whether the message is about the time of a signature. A wrong secret key has the same exception name.
fn is_clock_skew(message: &str) -> bool {
    message.starts_with("Signature expired") || message.starts_with("Signature not yet current")
}

/// The backoff in milliseconds, with full jitter: a random time up to `base × 2^earlier_failures`, at most 20 s. After
/// the first failure it is at most `base`. A wait that the server asks for extends it, by at most 5 s.
pub fn backoff_ms(class: FailureClass, earlier_failures: u32, server_wait_ms: Option<u32>, random: &mut Random) -> u32 {
    let base_ms = match class {
        FailureClass::Throttle => THROTTLE_BASE_MS,
        FailureClass::Transient => TRANSIENT_BASE_MS,
        // The other classes have no backoff: their cause is corrected (`Credentials`, `ClockSkew`, `Immediate`), they
        // fail, or are sent again in smaller requests at once (`BadRequest`, `Never`), or `StreamAccess` sets the wait
        // (`Operator`).
        _ => return 0,
    };
    let ceiling = base_ms
        .saturating_mul(1 << earlier_failures.min(16))
        .min(BACKOFF_MS_MAX);
    let wait = random.up_to(ceiling);
    let server_wait = server_wait_ms.unwrap_or(0).min(wait + SERVER_WAIT_EXTRA_MS_MAX);
    wait.max(server_wait)
}

const THROTTLE_BASE_MS: u32 = 1000;
const TRANSIENT_BASE_MS: u32 = 50;
const BACKOFF_MS_MAX: u32 = 20_000;
const SERVER_WAIT_EXTRA_MS_MAX: u32 = 5000;

const THROTTLING_ERRORS: &[&str] = &[
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
const TRANSIENT_ERRORS: &[&str] = &[
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalFailure",
    "InternalFailureException",
    "ServiceUnavailable",
];
const OPERATOR_ERRORS: &[&str] = &[
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "OptInRequired",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
];
/// The `OPERATOR_ERRORS` that mean an unknown access key or a wrong secret key.
pub const WRONG_KEY_ERRORS: &[&str] = &[
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "UnrecognizedClientException",
];
/// The one of the `OPERATOR_ERRORS` that means a missing permission.
pub const ACCESS_DENIED: &str = "AccessDeniedException";
/// The codes of an entry that `PutRecords` will never accept.
const FINAL_ENTRY_CODES: &[&str] = &[
    "InvalidArgumentException",
    "SerializationException",
    "ValidationException",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_name_decides_before_the_status() {
        for (status, name, class) in [
            (400, "ProvisionedThroughputExceededException", FailureClass::Throttle),
            (400, "KMSThrottlingException", FailureClass::Throttle),
            (500, "SlowDown", FailureClass::Throttle),
            (400, "RequestTimeout", FailureClass::Transient),
            (400, "ExpiredTokenException", FailureClass::Credentials),
            (400, "UnknownOperationException", FailureClass::Never),
            (400, "InvalidSignatureException", FailureClass::Operator),
            (403, "UnrecognizedClientException", FailureClass::Operator),
            (400, "ResourceNotFoundException", FailureClass::Operator),
            (400, "KMSAccessDeniedException", FailureClass::Operator),
            (400, "ServiceUnavailable", FailureClass::Transient),
            (403, "AccessDeniedException", FailureClass::Operator),
            (503, "ServiceUnavailable", FailureClass::Transient),
        ] {
            assert_eq!(classify(status, name, ""), class, "{status} {name}");
        }
    }

    #[test]
    fn the_status_decides_where_the_name_is_unknown_or_missing() {
        for (status, name, class) in [
            (400, "ValidationException", FailureClass::BadRequest),
            (400, "SomethingNew", FailureClass::BadRequest),
            (500, "SomethingNew", FailureClass::Transient),
            (413, "", FailureClass::BadRequest),
            (404, "", FailureClass::Never),
            (307, "Other", FailureClass::Never),
            (429, "", FailureClass::Throttle),
            (500, "", FailureClass::Transient),
            (501, "", FailureClass::Never),
        ] {
            assert_eq!(classify(status, name, ""), class, "{status} {name}");
        }
    }

    #[test]
    fn a_response_of_a_proxy_or_an_edge_is_transient() {
        for status in [302, 307, 403, 407, 408, 425, 500, 502, 511, 520, 522, 530] {
            assert_eq!(classify(status, "", ""), FailureClass::Transient, "{status}");
        }
        for status in [501, 505] {
            assert_eq!(classify(status, "", ""), FailureClass::Never, "{status}");
        }
    }

    #[test]
    fn an_entry_fails_for_good_only_with_a_known_name() {
        for (code, class) in [
            ("ProvisionedThroughputExceededException", FailureClass::Throttle),
            ("InternalFailure", FailureClass::Transient),
            ("ServiceUnavailable", FailureClass::Transient),
            ("SomethingNew", FailureClass::Transient),
            ("", FailureClass::Transient),
            ("KMSDisabledException", FailureClass::Operator),
            ("ValidationException", FailureClass::Never),
        ] {
            assert_eq!(classify_entry(code, ""), class, "{code}");
        }
    }

    #[test]
    fn only_a_signature_with_a_wrong_time_is_clock_skew() {
        let expired = "Signature expired: A is now earlier than B (C - 5 min.)";
        for name in ["InvalidSignatureException", "RequestTimeTooSkewed"] {
            assert_eq!(classify(400, name, expired), FailureClass::ClockSkew);
        }
        assert_eq!(classify(400, "ValidationException", expired), FailureClass::BadRequest);
    }

    #[test]
    fn backoff_doubles_up_to_its_ceiling() {
        let mut random = Random::new(3);
        for (class, failures, ceiling) in [
            (FailureClass::Transient, 0, 50),
            (FailureClass::Transient, 3, 400),
            (FailureClass::Throttle, 0, 1000),
            (FailureClass::Throttle, 4, 16_000),
            (FailureClass::Throttle, 5, 20_000),
            (FailureClass::Transient, u32::MAX, 20_000),
        ] {
            let waits: Vec<u32> = (0..2000)
                .map(|_| backoff_ms(class, failures, None, &mut random))
                .collect();
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*most <= ceiling && *most > ceiling / 100 * 98 && *least < ceiling / 20);
        }
    }

    #[test]
    fn the_server_may_extend_a_backoff_by_five_seconds_at_most() {
        let mut random = Random::new(4);
        for _ in 0..100 {
            let wait = backoff_ms(FailureClass::Transient, 0, Some(60_000), &mut random);
            assert!((5000..=5050).contains(&wait));
            assert_eq!(backoff_ms(FailureClass::Transient, 0, Some(3000), &mut random), 3000);
        }
    }

    #[test]
    fn a_retry_whose_cause_is_corrected_has_no_backoff() {
        let mut random = Random::new(5);
        for class in [
            FailureClass::Credentials,
            FailureClass::ClockSkew,
            FailureClass::Immediate,
        ] {
            assert_eq!(backoff_ms(class, 5, None, &mut random), 0);
        }
    }
}

//! The `Date` header of a response.

use crate::time::{UnixMs, digits, unix_ms};

/// Parses the fixed form of an HTTP date (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<UnixMs> {
    let bytes = text.as_bytes();
    if bytes.len() != 29 || &bytes[3..5] != b", " || &bytes[25..] != b" GMT" {
        return None;
    }
    let month = MONTHS.iter().position(|month| *month == &bytes[8..11])?;
    let part = |from: usize, to: usize| digits(&bytes[from..to]);
    unix_ms(
        (part(12, 16)?, i64::try_from(month).ok()? + 1, part(5, 7)?),
        (part(17, 19)?, part(20, 22)?, part(23, 25)?),
    )
}

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fixed_form_of_http_dates_is_parsed() {
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 28:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}

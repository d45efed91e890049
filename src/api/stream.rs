//! The stream of a request.

use super::excerpt::excerpt;
use crate::api::encoding::Encoding;
use crate::api::operation::Request;
use crate::error::Error;
use crate::text::text;

/// The stream of a request, by name, by ARN or by both.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    name: Option<&'a str>,
    arn: Option<&'a str>,
}

impl<'a> Stream<'a> {
    /// Checks both against the patterns of AWS.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] names the malformed one, or both if there is neither.
    pub fn new(name: Option<&'a str>, arn: Option<&'a str>) -> Result<Self, Error> {
        if name.is_none() && arn.is_none() {
            let message = "StreamName or StreamARN is missing: a request needs one of them";
            return Err(Error::invalid(message));
        }
        if let Some(name) = name.filter(|name| !is_stream_name(name)) {
            let quoted = excerpt(name);
            return Err(Error::invalid(text![
                "StreamName must have 1 to 128 characters, each a letter, a digit or one of _.-, not \"",
                quoted,
                "\""
            ]));
        }
        if let Some(arn) = arn.filter(|arn| !is_stream_arn(arn)) {
            let quoted = excerpt(arn);
            return Err(Error::invalid(text![
                "StreamARN must look like arn:aws:kinesis:REGION:123456789012:stream/NAME, not \"",
                quoted,
                "\""
            ]));
        }
        Ok(Self { name, arn })
    }

    /// Writes the members of the stream.
    fn put(&self, out: &mut Vec<u8>, encoding: Encoding) {
        if let Some(name) = self.name {
            encoding.put_member(out, "StreamName", name);
        }
        if let Some(arn) = self.arn {
            encoding.put_member(out, "StreamARN", arn);
        }
    }

    /// A request whose `body` has all members but those of the stream.
    pub(super) fn request(&self, operation: &str, mut body: Vec<u8>, encoding: Encoding) -> Request {
        self.put(&mut body, encoding);
        encoding.close_map(&mut body);
        Request {
            operation: operation.to_owned(),
            body,
            encoding,
            stream_arn: self.arn.map(str::to_owned),
        }
    }
}

/// `[a-zA-Z0-9_.-]{1,128}`
fn is_stream_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(allowed)
}

/// `arn:aws.*:kinesis:.*:\d{12}:stream/\S+`
fn is_stream_arn(arn: &str) -> bool {
    let Some(rest) = arn.strip_prefix("arn:aws") else {
        return false;
    };
    let Some((head, name)) = rest.split_once('/') else {
        return false;
    };
    let Some((head, account)) = head.strip_suffix(":stream").and_then(|head| head.rsplit_once(':')) else {
        return false;
    };
    head.split(':').skip(1).any(|part| part == "kinesis")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && !name.bytes().any(|byte| byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";

    #[test]
    fn a_stream_needs_a_valid_name_or_arn() {
        let longest = "a".repeat(128);
        for (name, arn) in [
            (Some("a"), None),
            (Some(longest.as_str()), None),
            (Some("a_B.9-"), Some(ARN)),
            (None, Some("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a")),
        ] {
            assert!(Stream::new(name, arn).is_ok(), "{name:?} {arn:?}");
        }
        let past = "a".repeat(129);
        for (name, arn, named) in [
            (None, None, "StreamName or StreamARN"),
            (Some(""), None, "StreamName"),
            (Some("a b"), None, "StreamName"),
            (Some("é"), None, "StreamName"),
            (Some(past.as_str()), None, "128"),
            (None, Some(""), "StreamARN"),
            (
                Some("a"),
                Some("arn:aws:kinesis:us-east-1:12345678901:stream/a"),
                "StreamARN",
            ),
            (None, Some("arn:aws:sqs:us-east-1:123456789012:stream/a"), "StreamARN"),
            (
                None,
                Some("arn:aws:kinesis:us-east-1:123456789012:stream/"),
                "StreamARN",
            ),
            (
                None,
                Some("arn:aws:kinesis:us-east-1:123456789012:stream/a b"),
                "StreamARN",
            ),
        ] {
            let error = Stream::new(name, arn).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
            assert!(error.message.contains(named), "{error}");
        }
    }
}

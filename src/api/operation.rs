//! The operations of the Kinesis API as requests:
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html>.

use super::excerpt::excerpt;
use crate::api::encoding::Encoding;
use crate::api::endpoint::Plane;
use crate::api::put_records::{encoded_bytes, put_record_members};
use crate::api::record::{Record, check_sequence_number};
use crate::api::stream::Stream;
use crate::error::Error;
use crate::text::text;

/// A request without its signature.
#[derive(Debug)]
pub struct Request {
    /// The name of the operation, the last part of `x-amz-target`.
    pub operation: String,
    /// The body, in [`Request::encoding`].
    pub body: Vec<u8>,
    /// The encoding of the body.
    pub encoding: Encoding,
    /// The ARN of the stream, where the request has one. It selects the host.
    pub stream_arn: Option<String>,
}

impl Request {
    /// The kind of host that serves the operation.
    #[must_use]
    pub fn plane(&self) -> Plane {
        match self.operation.as_str() {
            "PutRecord" | "PutRecords" | "GetRecords" | "GetShardIterator" | "SubscribeToShard" => Plane::Data,
            _ => Plane::Control,
        }
    }
}

/// `PutRecord`: <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html>
///
/// # Errors
/// [`crate::error::Code::InvalidArgument`] for a malformed sequence number.
pub fn put_record(
    stream: Stream,
    record: &Record,
    sequence_number_for_ordering: Option<&str>,
    encoding: Encoding,
) -> Result<Request, Error> {
    let mut body = Vec::with_capacity(encoded_bytes(record, encoding) + 512);
    encoding.open_map(&mut body);
    put_record_members(&mut body, record, encoding);
    if let Some(number) = sequence_number_for_ordering {
        check_sequence_number(number)?;
        encoding.put_member(&mut body, "SequenceNumberForOrdering", number);
    }
    Ok(stream.request("PutRecord", body, encoding))
}

/// The first page of `ListShards`: <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html>
#[must_use]
pub fn list_shards(stream: Stream, encoding: Encoding) -> Request {
    by_stream("ListShards", stream, encoding)
}

/// The next page of `ListShards`. The service accepts a token only without the stream; the ARN still selects the host.
#[must_use]
pub fn list_shards_next(stream_arn: Option<&str>, next_token: &str, encoding: Encoding) -> Request {
    let mut body = Vec::new();
    encoding.open_map(&mut body);
    encoding.put_member(&mut body, "NextToken", next_token);
    encoding.close_map(&mut body);
    Request {
        operation: "ListShards".to_owned(),
        body,
        encoding,
        stream_arn: stream_arn.map(str::to_owned),
    }
}

/// `DescribeStreamSummary`: <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html>
#[must_use]
pub fn describe_stream_summary(stream: Stream, encoding: Encoding) -> Request {
    by_stream("DescribeStreamSummary", stream, encoding)
}

/// Any operation, with its input as JSON. It is sent as JSON, since only the caller knows which members are blobs or
/// timestamps.
///
/// # Errors
/// [`crate::error::Code::InvalidArgument`] for a malformed name of an operation.
pub fn any(operation: &str, input: Vec<u8>, stream_arn: Option<String>) -> Result<Request, Error> {
    let is_name = (1..=64).contains(&operation.len()) && operation.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name {
        let quoted = excerpt(operation);
        return Err(Error::invalid(text![
            "operation must be the name of a Kinesis operation such as GetRecords, not \"",
            quoted,
            "\""
        ]));
    }
    Ok(Request {
        operation: operation.to_owned(),
        body: input,
        encoding: Encoding::Json,
        stream_arn,
    })
}

/// A request with no member but the stream.
fn by_stream(operation: &str, stream: Stream, encoding: Encoding) -> Request {
    let mut body = Vec::new();
    encoding.open_map(&mut body);
    stream.request(operation, body, encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::record::RECORD_BYTES_MAX;
    use crate::error::Code;

    const ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";

    fn clicks() -> Stream<'static> {
        Stream::new(Some("clicks"), None).unwrap()
    }

    fn text(request: &Request) -> &str {
        str::from_utf8(&request.body).unwrap()
    }

    #[test]
    fn a_record_is_written_with_every_member() {
        let data = Record::new(b"hi", "k\"", Some("7"), RECORD_BYTES_MAX, None).unwrap();
        let stream = Stream::new(Some("clicks"), Some(ARN)).unwrap();
        let request = put_record(stream, &data, Some("42"), Encoding::Json).unwrap();
        assert_eq!(
            text(&request),
            format!(
                r#"{{"Data":"aGk=","PartitionKey":"k\"","ExplicitHashKey":"7","SequenceNumberForOrdering":"42","StreamName":"clicks","StreamARN":"{ARN}"}}"#
            )
        );
        assert_eq!(request.plane(), Plane::Data);
    }

    #[test]
    fn a_record_is_written_in_cbor() {
        let data = Record::new(b"\x00hi", "k\"", Some("7"), RECORD_BYTES_MAX, None).unwrap();
        let request = put_record(clicks(), &data, Some("42"), Encoding::Cbor).unwrap();
        let expected = b"\xbf\
            \x64Data\x43\x00hi\
            \x6cPartitionKey\x62k\"\
            \x6fExplicitHashKey\x617\
            \x78\x19SequenceNumberForOrdering\x6242\
            \x6aStreamName\x66clicks\
            \xff";
        assert_eq!(request.body, expected);
        assert_eq!(request.encoding, Encoding::Cbor);
    }

    #[test]
    fn a_next_page_is_requested_by_its_token_from_the_host_of_the_stream() {
        let next = list_shards_next(Some(ARN), "t", Encoding::Json);
        assert_eq!(text(&next), r#"{"NextToken":"t"}"#);
        assert_eq!(
            (next.operation.as_str(), next.stream_arn.as_deref()),
            ("ListShards", Some(ARN))
        );
        let next = list_shards_next(None, "t", Encoding::Cbor);
        assert_eq!(next.body, b"\xbf\x69NextToken\x61t\xff");
    }

    #[test]
    fn the_name_of_an_operation_has_letters_and_digits() {
        let request = any("GetRecords", b"{}".to_vec(), Some(ARN.to_owned())).unwrap();
        assert_eq!((text(&request), request.stream_arn.as_deref()), ("{}", Some(ARN)));
        for name in ["", "Get-Records", &"a".repeat(65)] {
            let error = any(name, Vec::new(), None).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
        }
    }
}

//! The operations of the Kinesis API as requests: what is sent, and what the answer to it must hold.
//!
//! <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html>

use crate::api::encoding::Encoding;
use crate::api::endpoint::Plane;
use crate::api::record::{RECORD_BYTES_MAX, Record};
use crate::error::Error;
use crate::text::{excerpt, text};

/// One request, complete but for its signature.
#[derive(Debug)]
pub struct Request {
    /// The operation's name, the last part of x-amz-target.
    pub operation: String,
    /// In [`Request::encoding`].
    pub body: Vec<u8>,
    /// What the body is written in.
    pub encoding: Encoding,
    /// Decides the host where it is given.
    pub stream_arn: Option<String>,
}

/// The stream of a request, by name, by ARN or by both.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    name: Option<&'a str>,
    arn: Option<&'a str>,
}

impl<'a> Stream<'a> {
    /// Checks both against AWS's patterns.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] names the one that is malformed, or both where none is given.
    pub fn new(name: Option<&'a str>, arn: Option<&'a str>) -> Result<Self, Error> {
        if name.is_none() && arn.is_none() {
            let message = "StreamName or StreamARN is missing: a request needs one of them";
            return Err(Error::invalid(message));
        }
        if let Some(name) = name.filter(|name| !is_stream_name(name)) {
            let shown = excerpt(name);
            return Err(Error::invalid(text![
                "StreamName must have 1 to 128 characters, each a letter, a digit or one of _.-, not \"",
                shown,
                "\""
            ]));
        }
        if let Some(arn) = arn.filter(|arn| !is_stream_arn(arn)) {
            let shown = excerpt(arn);
            return Err(Error::invalid(text![
                "StreamARN must look like arn:aws:kinesis:REGION:123456789012:stream/NAME, not \"",
                shown,
                "\""
            ]));
        }
        Ok(Self { name, arn })
    }

    fn put(&self, out: &mut Vec<u8>, encoding: Encoding) {
        if let Some(name) = self.name {
            encoding.put_member(out, "StreamName", name);
        }
        if let Some(arn) = self.arn {
            encoding.put_member(out, "StreamARN", arn);
        }
    }

    /// The members before are in the body.
    fn request(&self, operation: &str, mut body: Vec<u8>, encoding: Encoding) -> Request {
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

/// What the stream takes: up to 10 MiB of each, where it was raised. The shim checks that.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Data plus key of one record.
    pub record_bytes_max: usize,
    /// Data plus keys of one request.
    pub request_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: RECORD_BYTES_MAX,
            request_bytes_max: REQUEST_BYTES_MAX,
        }
    }
}

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html>
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
        crate::api::record::check_sequence_number(number)?;
        encoding.put_member(&mut body, "SequenceNumberForOrdering", number);
    }
    Ok(stream.request("PutRecord", body, encoding))
}

/// The body of a `PutRecords` request while it fills:
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html>.
#[derive(Debug)]
pub struct PutRecords {
    body: Vec<u8>,
    count: usize,
    bytes: usize,
    limits: Limits,
    encoding: Encoding,
}

impl PutRecords {
    /// No records yet.
    #[must_use]
    pub fn new(limits: Limits, encoding: Encoding) -> Self {
        let mut body = Vec::new();
        encoding.open_map(&mut body);
        encoding.open_array(&mut body, "Records");
        Self {
            body,
            count: 0,
            bytes: 0,
            limits,
            encoding,
        }
    }

    /// Encodes one more record.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] past 500 records or the bytes of a request, and whatever [`Record::new`] refuses.
    pub fn push(&mut self, data: &[u8], partition_key: &str, explicit_hash_key: Option<&str>) -> Result<(), Error> {
        let bytes_max = self.limits.record_bytes_max;
        let index = Some(self.count);
        let record = Record::new(data, partition_key, explicit_hash_key, bytes_max, index)?;
        self.check_room(&record)?;
        self.put(&record);
        self.bytes += record.bytes();
        Ok(())
    }

    /// Encodes one more record. The caller keeps the limits.
    pub fn put(&mut self, record: &Record) {
        self.encoding.separate(&mut self.body);
        put_entry(&mut self.body, record, self.encoding);
        self.count += 1;
    }

    /// The length of the body so far.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    /// Takes back the record that was put last, given the length of the body before it.
    pub fn take_back(&mut self, body_len: usize) {
        self.body.truncate(body_len);
        self.count -= 1;
    }

    /// Closes the request.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] where no record was pushed.
    pub fn finish(mut self, stream: Stream) -> Result<Request, Error> {
        if self.count == 0 {
            let message = text!["Records is empty: a request has 1 to ", RECORDS_MAX];
            return Err(Error::invalid(message));
        }
        self.encoding.close_array(&mut self.body);
        Ok(stream.request("PutRecords", self.body, self.encoding))
    }

    fn check_room(&self, record: &Record) -> Result<(), Error> {
        let bytes_max = self.limits.request_bytes_max;
        if self.count == RECORDS_MAX {
            return Err(Error::invalid(text![
                "Records has more than ",
                RECORDS_MAX,
                " entries, the most that one request takes"
            ]));
        }
        if self.bytes + record.bytes() > bytes_max {
            let index = self.count;
            return Err(Error::invalid(text![
                "Records has more than ",
                bytes_max,
                " bytes of data and keys at Records[",
                index,
                "]: one request takes no more (requestBytesMax)"
            ]));
        }
        Ok(())
    }
}

/// The first page of <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html>.
#[must_use]
pub fn list_shards(stream: Stream, encoding: Encoding) -> Request {
    by_stream("ListShards", stream, encoding)
}

/// The next page. The service takes the token alone, without the stream; its ARN still decides the host.
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

/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html>
#[must_use]
pub fn describe_stream_summary(stream: Stream, encoding: Encoding) -> Request {
    by_stream("DescribeStreamSummary", stream, encoding)
}

/// Any operation, with its input as JSON, in which it is sent too: what of it is a blob or a timestamp only the caller knows.
///
/// # Errors
/// [`crate::error::Code::InvalidArgument`] for a name that no operation has.
pub fn any(operation: &str, input: Vec<u8>, stream_arn: Option<String>) -> Result<Request, Error> {
    let is_name = (1..=64).contains(&operation.len()) && operation.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name {
        let shown = excerpt(operation);
        return Err(Error::invalid(text![
            "operation must be the name of a Kinesis operation such as GetRecords, not \"",
            shown,
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

impl Request {
    /// Which of an account's hosts serves the operation.
    #[must_use]
    pub fn plane(&self) -> Plane {
        match self.operation.as_str() {
            "PutRecord" | "PutRecords" | "GetRecords" | "GetShardIterator" | "SubscribeToShard" => Plane::Data,
            _ => Plane::Control,
        }
    }
}

fn by_stream(operation: &str, stream: Stream, encoding: Encoding) -> Request {
    let mut body = Vec::new();
    encoding.open_map(&mut body);
    stream.request(operation, body, encoding)
}

/// One entry of a `PutRecords` request.
fn put_entry(out: &mut Vec<u8>, record: &Record, encoding: Encoding) {
    out.reserve(encoded_bytes(record, encoding));
    encoding.open_map(out);
    put_record_members(out, record, encoding);
    encoding.close_map(out);
}

fn put_record_members(out: &mut Vec<u8>, record: &Record, encoding: Encoding) {
    encoding.put_data(out, "Data", record.data());
    encoding.put_member(out, "PartitionKey", record.partition_key());
    if let Some(key) = record.explicit_hash_key() {
        encoding.put_member(out, "ExplicitHashKey", key);
    }
}

/// About what a record takes in a body.
fn encoded_bytes(record: &Record, encoding: Encoding) -> usize {
    encoding.data_len(record.data().len()) + record.partition_key().len() + 96
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

/// Entries of one `PutRecords` request.
pub const RECORDS_MAX: usize = 500;
/// Data plus keys of one `PutRecords` request that every stream takes: 5 MiB.
pub const REQUEST_BYTES_MAX: usize = 5 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";

    fn clicks() -> Stream<'static> {
        Stream::new(Some("clicks"), None).unwrap()
    }

    fn record<'a>(data: &'a [u8], key: &'a str) -> Record<'a> {
        Record::new(data, key, None, RECORD_BYTES_MAX, None).unwrap()
    }

    fn text(request: &Request) -> &str {
        str::from_utf8(&request.body).unwrap()
    }

    #[test]
    fn a_stream_needs_a_good_name_or_arn() {
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
    fn records_are_written_in_order() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        body.push(b"a", "x", None).unwrap();
        body.push(b"", "y", Some("0")).unwrap();
        let request = body.finish(clicks()).unwrap();
        assert_eq!(
            text(&request),
            r#"{"Records":[{"Data":"YQ==","PartitionKey":"x"},{"Data":"","PartitionKey":"y","ExplicitHashKey":"0"}],"StreamName":"clicks"}"#
        );
    }

    #[test]
    fn a_request_takes_500_records_and_no_more() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        let error = PutRecords::new(Limits::default(), Encoding::Json)
            .finish(clicks())
            .unwrap_err();
        assert!(error.message.contains("Records is empty"));
        for _ in 0..500 {
            body.push(b"a", "x", None).unwrap();
        }
        let error = body.push(b"a", "x", None).unwrap_err();
        assert!(error.message.contains("500"));
        assert!(body.finish(clicks()).is_ok(), "what was taken is not lost");
    }

    #[test]
    fn a_request_takes_5_mib_and_no_more() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        let data = vec![0; RECORD_BYTES_MAX - 1];
        for _ in 0..5 {
            body.push(&data, "k", None).unwrap();
        }
        let error = body.push(b"", "k", None).unwrap_err();
        assert_eq!(error.code, Code::InvalidArgument);
        assert!(error.message.contains("5242880") && error.message.contains("Records[5]"));
    }

    #[test]
    fn a_record_at_fault_is_named_by_its_place() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        body.push(b"a", "x", None).unwrap();
        let error = body.push(b"a", "", None).unwrap_err();
        assert!(error.message.starts_with("Records[1].PartitionKey"));
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
    fn records_are_written_in_cbor() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Cbor);
        body.push(b"\xff", "x", None).unwrap();
        body.put(&record(b"", "y"));
        let before = body.body_len();
        body.put(&record(b"too much", "z"));
        body.take_back(before);
        let request = body.finish(Stream::new(None, Some(ARN)).unwrap()).unwrap();
        let expected = b"\xbf\x67Records\x9f\
            \xbf\x64Data\x41\xff\x6cPartitionKey\x61x\xff\
            \xbf\x64Data\x40\x6cPartitionKey\x61y\xff\
            \xff\x69StreamARN\x78\x34arn:aws:kinesis:us-east-1:123456789012:stream/clicks\xff";
        assert_eq!(request.body, expected);
    }

    #[test]
    fn what_a_record_takes_is_foretold() {
        let every: Vec<u8> = (0..=255).collect();
        for encoding in [Encoding::Json, Encoding::Cbor] {
            for (data, key, hash_key) in [(every.as_slice(), "ключ\"\u{0}🚀", Some("7")), (b"", "k", None)] {
                let record = Record::new(data, key, hash_key, RECORD_BYTES_MAX, None).unwrap();
                let mut entry = Vec::new();
                put_entry(&mut entry, &record, encoding);
                assert!(entry.len() <= encoded_bytes(&record, encoding));
            }
        }
    }

    #[test]
    fn a_next_page_is_asked_for_by_its_token_alone_at_the_host_of_the_stream() {
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
    fn any_operation_has_a_name_of_letters() {
        let request = any("GetRecords", b"{}".to_vec(), Some(ARN.to_owned())).unwrap();
        assert_eq!((text(&request), request.stream_arn.as_deref()), ("{}", Some(ARN)));
        for name in ["", "Get-Records", &"a".repeat(65)] {
            let error = any(name, Vec::new(), None).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
        }
    }
}

//! The body of a `PutRecords` request while it fills.

use crate::api::encoding::Encoding;
use crate::api::limits::{Limits, RECORDS_MAX};
use crate::api::operation::Request;
use crate::api::record::Record;
use crate::api::stream::Stream;
use crate::error::Error;
use crate::text::text;

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
    /// A body without records.
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

    /// Checks and encodes one more record.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] past 500 records or the bytes of a request, and the errors of
    /// [`Record::new`].
    pub fn push_checked(
        &mut self,
        data: &[u8],
        partition_key: &str,
        explicit_hash_key: Option<&str>,
    ) -> Result<(), Error> {
        let bytes_max = self.limits.record_bytes_max;
        let index = Some(self.count);
        let record = Record::new(data, partition_key, explicit_hash_key, bytes_max, index)?;
        self.check_room(&record)?;
        self.push_unchecked(&record);
        self.bytes += record.bytes();
        Ok(())
    }

    /// Encodes one more record. The caller checks the limits.
    pub fn push_unchecked(&mut self, record: &Record) {
        self.encoding.put_separator(&mut self.body);
        put_entry(&mut self.body, record, self.encoding);
        self.count += 1;
    }

    /// The current length of the body.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    /// Removes the last record. `body_len` is the length of the body before it.
    pub fn remove_last(&mut self, body_len: usize) {
        self.body.truncate(body_len);
        self.count -= 1;
    }

    /// Builds the request.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidArgument`] if there are no records.
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
                " entries: send the rest in another request"
            ]));
        }
        if self.bytes + record.bytes() > bytes_max {
            let index = self.count;
            return Err(Error::invalid(text![
                "Records has more than ",
                bytes_max,
                " bytes of data and keys at Records[",
                index,
                "] (requestBytesMax): send the rest in another request"
            ]));
        }
        Ok(())
    }
}

/// Writes one entry of a `PutRecords` request.
fn put_entry(out: &mut Vec<u8>, record: &Record, encoding: Encoding) {
    out.reserve(encoded_bytes(record, encoding));
    encoding.open_map(out);
    put_record_members(out, record, encoding);
    encoding.close_map(out);
}

/// Writes the members of a record.
pub(super) fn put_record_members(out: &mut Vec<u8>, record: &Record, encoding: Encoding) {
    encoding.put_data(out, "Data", record.data());
    encoding.put_member(out, "PartitionKey", record.partition_key());
    if let Some(key) = record.explicit_hash_key() {
        encoding.put_member(out, "ExplicitHashKey", key);
    }
}

/// An upper bound of the bytes that a record needs in a body.
pub(super) fn encoded_bytes(record: &Record, encoding: Encoding) -> usize {
    encoding.data_len(record.data().len()) + record.partition_key().len() + ENTRY_BYTES_MAX
}

/// The most bytes of an entry besides its data and its partition key: the names of its members, and an explicit hash
/// key of 39 digits.
const ENTRY_BYTES_MAX: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::record::RECORD_BYTES_MAX;
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
    fn records_are_written_in_order() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        body.push_checked(b"a", "x", None).unwrap();
        body.push_checked(b"", "y", Some("0")).unwrap();
        let request = body.finish(clicks()).unwrap();
        assert_eq!(
            text(&request),
            r#"{"Records":[{"Data":"YQ==","PartitionKey":"x"},{"Data":"","PartitionKey":"y","ExplicitHashKey":"0"}],"StreamName":"clicks"}"#
        );
    }

    #[test]
    fn a_request_accepts_500_records_and_no_more() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        let error = PutRecords::new(Limits::default(), Encoding::Json)
            .finish(clicks())
            .unwrap_err();
        assert!(error.message.contains("Records is empty"));
        for _ in 0..500 {
            body.push_checked(b"a", "x", None).unwrap();
        }
        let error = body.push_checked(b"a", "x", None).unwrap_err();
        assert!(error.message.contains("500"));
        assert!(body.finish(clicks()).is_ok(), "records before the refused one are kept");
    }

    #[test]
    fn a_request_accepts_5_mib_and_no_more() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        let data = vec![0; RECORD_BYTES_MAX - 1];
        for _ in 0..5 {
            body.push_checked(&data, "k", None).unwrap();
        }
        let error = body.push_checked(b"", "k", None).unwrap_err();
        assert_eq!(error.code, Code::InvalidArgument);
        assert!(error.message.contains("5242880") && error.message.contains("Records[5]"));
    }

    #[test]
    fn an_error_names_the_index_of_its_record() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Json);
        body.push_checked(b"a", "x", None).unwrap();
        let error = body.push_checked(b"a", "", None).unwrap_err();
        assert!(error.message.starts_with("Records[1].PartitionKey"));
    }

    #[test]
    fn records_are_written_in_cbor() {
        let mut body = PutRecords::new(Limits::default(), Encoding::Cbor);
        body.push_checked(b"\xff", "x", None).unwrap();
        body.push_unchecked(&record(b"", "y"));
        let before = body.body_len();
        body.push_unchecked(&record(b"too much", "z"));
        body.remove_last(before);
        let request = body.finish(Stream::new(None, Some(ARN)).unwrap()).unwrap();
        let expected = b"\xbf\x67Records\x9f\
            \xbf\x64Data\x41\xff\x6cPartitionKey\x61x\xff\
            \xbf\x64Data\x40\x6cPartitionKey\x61y\xff\
            \xff\x69StreamARN\x78\x34arn:aws:kinesis:us-east-1:123456789012:stream/clicks\xff";
        assert_eq!(request.body, expected);
    }

    #[test]
    fn the_bound_of_the_encoded_length_holds() {
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
}

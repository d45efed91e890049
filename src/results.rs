//! What the answers of the Kinesis API hold.

use crate::api::Output;
use crate::encoding::as_json;
use crate::json::{Malformed, Reader, put_without_nulls};
use crate::shard;
use crate::text::{rsplit_once, split_once};
use std::borrow::Cow;

/// Joins the pages of a list into one answer.
///
/// # Errors
/// [`Malformed`] where a page has no list of shards.
pub fn join_shards(pages: &[Vec<u8>]) -> Result<Vec<u8>, Malformed> {
    let mut json = b"{\"Shards\":[".to_vec();
    for page in pages {
        each_shard(page, &mut |shard| {
            if json.last() != Some(&b'[') {
                json.push(b',');
            }
            json.extend_from_slice(shard);
        })?;
    }
    json.extend_from_slice(b"]}");
    Ok(json)
}

/// An answer that says what went wrong: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// `ResourceNotFoundException`; empty where the answer gives none.
    pub name: String,
    /// The service's words.
    pub message: String,
}

impl Exception {
    /// Reads the body, and the header x-amzn-ErrorType where the body names none.
    #[must_use]
    pub fn read(body: &[u8], error_type: Option<&str>) -> Self {
        let mut exception = Self::default();
        // A body that breaks off, or is no JSON at all, still counts as far as it could be read.
        let _ = Reader::new(&as_json(body)).object(&mut |name, reader| {
            match name {
                "__type" => exception.name = String::from(short_name(&reader.string()?)),
                "message" | "Message" => {
                    exception.message = reader.optional_string()?.unwrap_or_default().into();
                }
                _ => drop(reader.skip()?),
            }
            Ok(())
        });
        if exception.name.is_empty() {
            exception.name = String::from(error_type.map(short_name).unwrap_or_default());
        }
        exception
    }
}

/// `com.amazonaws.kinesis.v20131202#Name` and `Name:http://…` are both `Name`.
fn short_name(name: &str) -> &str {
    let name = split_once(name, ":").map_or(name, |(name, _)| name);
    rsplit_once(name, "#")
        .map_or(name, |(_, name)| name)
        .trim_ascii()
}

pub(crate) fn read_anything(body: &[u8]) -> Result<Output, Malformed> {
    // CreateStream and its like answer with nothing.
    let json = if body.is_empty() { b"{}" } else { body };
    whole_object(json, &mut |_, reader| reader.skip().map(drop))?;
    Ok(Output {
        json: json.to_vec(),
        next_token: None,
    })
}

pub(crate) fn read_record(body: &[u8]) -> Result<(), Malformed> {
    let (mut shard_id, mut sequence_number) = (false, false);
    whole_object(body, &mut |name, reader| {
        match name {
            "ShardId" => shard_id = reader.optional_string()?.is_some(),
            "SequenceNumber" => sequence_number = reader.optional_string()?.is_some(),
            _ => drop(reader.skip()?),
        }
        Ok(())
    })?;
    (shard_id && sequence_number).then_some(()).ok_or(Malformed)
}

/// What became of one entry.
#[derive(Debug, PartialEq, Eq)]
pub enum EntryResult<'a> {
    /// It is in the stream.
    Stored {
        /// Where.
        shard_id: Cow<'a, str>,
        /// Its place there.
        sequence_number: Cow<'a, str>,
    },
    /// It is not.
    Failed {
        /// AWS's name of the exception.
        code: Cow<'a, str>,
        /// The service's words.
        message: Cow<'a, str>,
    },
}

/// The results of a `PutRecords` request of so many entries, in one pass.
///
/// # Errors
/// [`Malformed`] where the answer does not speak of every entry.
pub fn read_results(body: &[u8], count: usize) -> Result<Vec<EntryResult<'_>>, Malformed> {
    let mut results = Vec::new();
    let mut failed = None;
    whole_object(body, &mut |name, reader| {
        match name {
            "Records" => reader.array(&mut |reader| {
                results.push(read_result(reader)?);
                Ok(())
            })?,
            "FailedRecordCount" => failed = Some(reader.count()?),
            _ => drop(reader.skip()?),
        }
        Ok(())
    })?;
    if results.len() == count && failed.is_some() {
        return Ok(results);
    }
    Err(Malformed)
}

fn read_result<'a>(reader: &mut Reader<'a>) -> Result<EntryResult<'a>, Malformed> {
    let (mut shard_id, mut sequence_number, mut code, mut message) = (None, None, None, None);
    reader.object(&mut |name, reader| {
        let slot = match name {
            "ShardId" => &mut shard_id,
            "SequenceNumber" => &mut sequence_number,
            "ErrorCode" => &mut code,
            "ErrorMessage" => &mut message,
            _ => return reader.skip().map(drop),
        };
        *slot = reader.optional_string()?;
        Ok(())
    })?;
    match (code, shard_id, sequence_number) {
        (Some(code), ..) => Ok(EntryResult::Failed {
            code,
            message: message.unwrap_or_default(),
        }),
        (None, Some(shard_id), Some(sequence_number)) => Ok(EntryResult::Stored {
            shard_id,
            sequence_number,
        }),
        _ => Err(Malformed),
    }
}

/// Name and range of each shard in an answer to `ListShards`.
///
/// # Errors
/// [`Malformed`].
pub fn read_shard_ranges(body: &[u8]) -> Result<Vec<(String, shard::Range)>, Malformed> {
    let mut shards = Vec::new();
    let mut read = Ok(());
    each_shard(body, &mut |shard| match read_shard_range(shard) {
        Ok(shard) => shards.push(shard),
        Err(error) => read = Err(error),
    })?;
    read.map(|()| shards)
}

fn read_shard_range(body: &[u8]) -> Result<(String, shard::Range), Malformed> {
    let mut shard_id = String::new();
    let mut range = shard::Range {
        starting: 0,
        ending: 0,
        open: true,
    };
    whole_object(body, &mut |name, reader| {
        match name {
            "ShardId" => shard_id = reader.string()?.into_owned(),
            "HashKeyRange" | "SequenceNumberRange" => reader.object(&mut |name, reader| {
                let text = reader.optional_string()?;
                match (name, text) {
                    ("StartingHashKey", Some(text)) => {
                        range.starting = text.parse().map_err(|_| Malformed)?;
                    }
                    ("EndingHashKey", Some(text)) => {
                        range.ending = text.parse().map_err(|_| Malformed)?;
                    }
                    ("EndingSequenceNumber", Some(_)) => range.open = false,
                    _ => {}
                }
                Ok(())
            })?,
            _ => drop(reader.skip()?),
        }
        Ok(())
    })?;
    Ok((shard_id, range))
}

pub(crate) fn read_shards(body: &[u8]) -> Result<Option<String>, Malformed> {
    let mut next_token = None;
    each_shard(body, &mut |_| ())?;
    whole_object(body, &mut |name, reader| {
        match name {
            "NextToken" => next_token = reader.optional_string()?.map(String::from),
            _ => drop(reader.skip()?),
        }
        Ok(())
    })?;
    Ok(next_token)
}

fn each_shard(body: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<(), Malformed> {
    let mut found = false;
    whole_object(body, &mut |name, reader| {
        if name != "Shards" {
            return reader.skip().map(drop);
        }
        found = true;
        reader.array(&mut |reader| reader.skip().map(&mut *visit))
    })?;
    found.then_some(()).ok_or(Malformed)
}

pub(crate) fn read_member(body: &[u8], wanted: &str) -> Result<(), Malformed> {
    let mut found = false;
    whole_object(body, &mut |name, reader| {
        found |= name == wanted;
        reader.skip().map(drop)
    })?;
    found.then_some(()).ok_or(Malformed)
}

/// The service counts a timestamp in milliseconds in CBOR, in seconds in JSON: it is made seconds.
pub(crate) fn put_point(json: &mut Vec<u8>) {
    let name = b"\"StreamCreationTimestamp\":";
    let found = json.windows(name.len()).position(|some| some == name);
    let start = found.map_or(json.len(), |at| at + name.len());
    let digits = json[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let digits = digits.count();
    if digits > SECONDS_DIGITS_MAX && json.get(start + digits) != Some(&b'.') {
        json.insert(start + digits - 3, b'.');
    }
}

pub(crate) fn without_nulls(body: &[u8]) -> Result<Vec<u8>, Malformed> {
    if !body.windows(4).any(|four| four == b"null") {
        return Ok(body.to_vec());
    }
    let mut json = Vec::with_capacity(body.len());
    put_without_nulls(&mut json, &mut Reader::new(body))?;
    Ok(json)
}

/// An object and nothing after it.
pub(crate) fn whole_object<'a>(
    body: &'a [u8],
    member: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(body);
    reader.object(member)?;
    reader.end()
}

/// Seconds since 1970 have no more before the year 5138, milliseconds have more since 1973.
const SECONDS_DIGITS_MAX: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::{put_map, put_text};

    #[test]
    fn exceptions_are_read_from_the_body_and_the_header() {
        let read = |body: &str, header| {
            let exception = Exception::read(body.as_bytes(), header);
            (exception.name, exception.message)
        };
        let pair = |name: &str, message: &str| (name.to_owned(), message.to_owned());
        let body = r#"{"__type":"com.amazonaws.kinesis.v20131202#ResourceNotFoundException","message":"m"}"#;
        assert_eq!(read(body, None), pair("ResourceNotFoundException", "m"));
        assert_eq!(
            read(
                r#"{"Message":"m"}"#,
                Some("AccessDeniedException:http://amazon.com/")
            ),
            pair("AccessDeniedException", "m")
        );
        assert_eq!(read("<html>", None), pair("", ""));
        assert_eq!(read("", Some("A")), pair("A", ""));
        assert_eq!(read(r#"{"__type":"A","mess"#, None), pair("A", ""));
    }

    #[test]
    fn exceptions_are_read_in_cbor() {
        let name = "com.amazonaws.kinesis.v20131202#ResourceNotFoundException";
        let mut body = Vec::new();
        put_map(&mut body, 2);
        for text in ["__type", name, "message", "m"] {
            put_text(&mut body, text);
        }
        let exception = Exception::read(&body, None);
        assert_eq!(exception.name, "ResourceNotFoundException");
        assert_eq!(exception.message, "m");
        let cut_off = Exception::read(&body[..body.len() - 1], Some("A"));
        assert_eq!((&*cut_off.name, &*cut_off.message), ("A", ""));
    }
}

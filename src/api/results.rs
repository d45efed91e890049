//! What the answers of the Kinesis API hold.

use crate::api::encoding::as_json;
use crate::api::json::{Malformed, Reader};
use crate::api::record::parse_hash_key;
use crate::api::shard;
use std::borrow::Cow;

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
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    name.rsplit_once('#').map_or(name, |(_, name)| name).trim_ascii()
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

/// A page of an answer to `ListShards`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ShardPage {
    /// Name and range of each shard.
    pub shards: Vec<(String, shard::Range)>,
    /// Where the list goes on.
    pub next_token: Option<String>,
}

/// Reads a page.
///
/// # Errors
/// [`Malformed`].
pub fn read_shards(body: &[u8]) -> Result<ShardPage, Malformed> {
    let mut page = ShardPage::default();
    let mut found = false;
    whole_object(body, &mut |name, reader| {
        match name {
            "Shards" => {
                found = true;
                reader.array(&mut |reader| {
                    page.shards.push(read_shard(reader)?);
                    Ok(())
                })?;
            }
            "NextToken" => page.next_token = reader.optional_string()?.map(String::from),
            _ => drop(reader.skip()?),
        }
        Ok(())
    })?;
    found.then_some(page).ok_or(Malformed)
}

fn read_shard(reader: &mut Reader) -> Result<(String, shard::Range), Malformed> {
    let mut shard_id = String::new();
    let mut range = shard::Range {
        starting: 0,
        ending: 0,
        open: true,
    };
    reader.object(&mut |name, reader| {
        match name {
            "ShardId" => shard_id = reader.string()?.into_owned(),
            "HashKeyRange" | "SequenceNumberRange" => reader.object(&mut |name, reader| {
                let text = reader.optional_string()?;
                let number = |text: &str| parse_hash_key(text, "").map_err(|_| Malformed);
                match (name, text) {
                    ("StartingHashKey", Some(text)) => range.starting = number(&text)?,
                    ("EndingHashKey", Some(text)) => range.ending = number(&text)?,
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

/// An object and nothing after it.
pub(crate) fn whole_object<'a>(
    body: &'a [u8],
    member: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(body);
    reader.object(member)?;
    reader.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::cbor::{put_map, put_text};

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
            read(r#"{"Message":"m"}"#, Some("AccessDeniedException:http://amazon.com/")),
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

    #[test]
    fn a_page_of_shards_is_read_with_where_it_goes_on() {
        let page = r#"{"Shards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"9"},
            "SequenceNumberRange":{"StartingSequenceNumber":"1","EndingSequenceNumber":"2"},"ParentShardId":null}],"NextToken":"t"}"#;
        let page = read_shards(page.as_bytes()).unwrap();
        assert_eq!(page.next_token.as_deref(), Some("t"));
        let range = shard::Range {
            starting: 0,
            ending: 9,
            open: false,
        };
        assert_eq!(page.shards, [("a".to_owned(), range)]);
        assert!(read_shards(b"{\"NextToken\":\"t\"}").is_err());
    }
}

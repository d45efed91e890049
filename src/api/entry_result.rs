//! The response to `PutRecords`: whether each entry was stored or has failed.

use crate::api::json::{Malformed, Reader, whole_object};
use std::borrow::Cow;

/// The result of one entry.
#[derive(Debug, PartialEq, Eq)]
pub enum EntryResult<'a> {
    /// The entry is stored.
    Stored {
        /// The shard.
        shard_id: Cow<'a, str>,
        /// The sequence number in the shard.
        sequence_number: Cow<'a, str>,
    },
    /// The entry is not stored.
    Failed {
        /// The name of the exception.
        code: Cow<'a, str>,
        /// The message of the service.
        message: Cow<'a, str>,
    },
}

/// Reads the results of a `PutRecords` request of `count` entries. The entries decide: `FailedRecordCount` is optional,
/// and is not read.
///
/// # Errors
/// [`Malformed`] if the response does not have a result for each entry.
pub fn parse_entry_results(body: &[u8], count: usize) -> Result<Vec<EntryResult<'_>>, Malformed> {
    let mut results = Vec::new();
    whole_object(body, &mut |name, reader| {
        match name {
            "Records" => reader.array(&mut |reader| {
                results.push(parse_entry_result(reader)?);
                Ok(())
            })?,
            _ => drop(reader.skip()?),
        }
        Ok(())
    })?;
    if results.len() == count {
        return Ok(results);
    }
    Err(Malformed)
}

fn parse_entry_result<'a>(reader: &mut Reader<'a>) -> Result<EntryResult<'a>, Malformed> {
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
        // Some servers write an empty text in place of a member that is absent.
        (Some(code), shard_id, _) if !code.is_empty() || shard_id.is_none() => Ok(EntryResult::Failed {
            code,
            message: message.unwrap_or_default(),
        }),
        (_, Some(shard_id), Some(sequence_number)) => Ok(EntryResult::Stored {
            shard_id,
            sequence_number,
        }),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: &str = r#""Records":[{"ShardId":"s","SequenceNumber":"1"},{"ErrorCode":"A","ErrorMessage":null}]"#;

    #[test]
    fn the_entries_decide_whatever_the_count_of_failures_is() {
        for count in [
            "",
            r#""FailedRecordCount":1,"#,
            r#""FailedRecordCount":null,"#,
            r#""FailedRecordCount":"1","#,
        ] {
            let body = ["{", count, ENTRIES, "}"].concat();
            let results = parse_entry_results(body.as_bytes(), 2).unwrap();
            assert!(
                matches!(&results[0], EntryResult::Stored { shard_id, .. } if shard_id == "s"),
                "{count}"
            );
            assert!(
                matches!(&results[1], EntryResult::Failed { code, .. } if code == "A"),
                "{count}"
            );
        }
    }

    #[test]
    fn an_entry_with_an_empty_code_is_stored_where_it_has_a_place() {
        let read = |entry: &str| {
            let body = ["{\"Records\":[", entry, "]}"].concat();
            matches!(
                &*parse_entry_results(body.as_bytes(), 1).unwrap(),
                [EntryResult::Stored { .. }]
            )
        };
        assert!(read(
            r#"{"ShardId":"s","SequenceNumber":"1","ErrorCode":"","ErrorMessage":""}"#
        ));
        assert!(!read(r#"{"ErrorCode":""}"#));
    }

    #[test]
    fn a_response_has_a_result_for_each_entry() {
        let body = ["{", ENTRIES, "}"].concat();
        for count in [1, 3] {
            assert_eq!(parse_entry_results(body.as_bytes(), count), Err(Malformed));
        }
        assert_eq!(parse_entry_results(b"{\"FailedRecordCount\":0}", 1), Err(Malformed));
        assert_eq!(
            parse_entry_results(b"{\"Records\":[{\"ShardId\":\"s\"}]}", 1),
            Err(Malformed)
        );
    }
}

//! The response to `PutRecords`: what became of each entry.

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

/// Reads the results of a `PutRecords` request of `count` entries.
///
/// # Errors
/// [`Malformed`] if the response does not have a result for each entry.
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

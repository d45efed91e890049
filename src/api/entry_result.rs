//! The response to `PutRecords`: what became of each entry.

use crate::api::json::{Malformed, Reader, whole_object};
use std::borrow::Cow;

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

//! The response to `ListShards`: a page of the list of shards.

use crate::api::json::{Malformed, Reader, whole_object};
use crate::api::record::parse_hash_key;
use crate::api::shard;

/// A page of the list of shards.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ShardPage {
    /// The name and the range of each shard.
    pub shards: Vec<(String, shard::Range)>,
    /// The token of the next page, if there is one.
    pub next_token: Option<String>,
}

/// Reads a page.
///
/// # Errors
/// [`Malformed`].
pub fn parse_shard_page(body: &[u8]) -> Result<ShardPage, Malformed> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_shards_is_read_with_its_token() {
        let page = r#"{"Shards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"9"},
            "SequenceNumberRange":{"StartingSequenceNumber":"1","EndingSequenceNumber":"2"},"ParentShardId":null}],"NextToken":"t"}"#;
        let page = parse_shard_page(page.as_bytes()).unwrap();
        assert_eq!(page.next_token.as_deref(), Some("t"));
        let range = shard::Range {
            starting: 0,
            ending: 9,
            open: false,
        };
        assert_eq!(page.shards, [("a".to_owned(), range)]);
        assert!(parse_shard_page(b"{\"NextToken\":\"t\"}").is_err());
    }
}

//! Many records that JavaScript passes in one piece of memory.

/// Many records in one piece of memory: all data and then all partition keys. `lengths` has for each record the bytes
/// of its data and those of its key. One piece for all of them is faster: a call of WebAssembly with bytes costs as
/// much as copying a few hundred.
///
/// A partition key that is not UTF-8 reads as empty, and lengths past the end give what there is.
pub fn records_of<'a>(bytes: &'a [u8], lengths: &'a [u32]) -> impl Iterator<Item = (&'a [u8], &'a str)> {
    let (pairs, _) = lengths.as_chunks::<2>();
    let data_len = pairs.iter().map(|[data, _]| *data as usize).sum();
    let (mut data, mut keys) = bytes.split_at_checked(data_len).unwrap_or((bytes, &[]));
    pairs.iter().map(move |[data_len, key_len]| {
        let key = take_front(&mut keys, *key_len);
        (
            take_front(&mut data, *data_len),
            str::from_utf8(key).unwrap_or_default(),
        )
    })
}

fn take_front<'a>(rest: &mut &'a [u8], length: u32) -> &'a [u8] {
    let (front, after) = rest.split_at((length as usize).min(rest.len()));
    *rest = after;
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_split_into_records() {
        let records: Vec<_> = records_of(b"hellowab", &[5, 1, 1, 1]).collect();
        assert_eq!(records, [(b"hello".as_slice(), "a"), (b"w", "b")]);
    }

    #[test]
    fn a_partition_key_is_utf_8_and_may_be_empty() {
        let records: Vec<_> = records_of("1\u{e9}2".as_bytes(), &[1, 2, 0, 0, 0, 1]).collect();
        assert_eq!(records, [(b"1".as_slice(), "\u{e9}"), (b"", ""), (b"", "2")]);
        assert_eq!(records_of(b"1\xff", &[1, 1]).next(), Some((b"1".as_slice(), "")));
    }

    #[test]
    fn lengths_past_the_end_give_what_there_is() {
        let records: Vec<_> = records_of(b"ab", &[9, 9]).collect();
        assert_eq!(records, [(b"ab".as_slice(), "")]);
    }
}

//! Protobuf as aggregates need it: <https://protobuf.dev/programming-guides/encoding/>.

/// Reads a message from front to back. Each method returns `None` where the message is malformed.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next field: its number and wire type.
    pub(super) fn tag(&mut self) -> Option<u64> {
        let tag = self.varint()?;
        (FIELD_ONE..=u64::from(u32::MAX)).contains(&tag).then_some(tag)
    }

    #[inline(never)] // a copy at every call would make the module larger
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..VARINT_BYTES_MAX {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if *byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.bytes()?).ok()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Skips the value of an unknown field, or of a known field with another wire type.
    pub(super) fn skip(&mut self, tag: u64, groups_deep_max: u32) -> Option<()> {
        match tag & WIRE_TYPE {
            VARINT => self.varint().map(drop),
            FIXED_64 => self.take(8).map(drop),
            BYTES => self.bytes().map(drop),
            FIXED_32 => self.take(4).map(drop),
            GROUP => self.skip_group(tag, groups_deep_max.checked_sub(1)?),
            _ => None,
        }
    }

    /// Skips all fields up to the end of the group that begins with the tag `start`.
    fn skip_group(&mut self, start: u64, groups_deep_max: u32) -> Option<()> {
        loop {
            match self.tag()? {
                end if end == start - GROUP + GROUP_END => return Some(()),
                inner => self.skip(inner, groups_deep_max)?,
            }
        }
    }
}

/// The length of a field of this many bytes, with its tag and length.
pub(super) fn bytes_len(length: usize) -> usize {
    TAG_BYTES + varint_len(length) + length
}

pub(super) fn varint_len(value: usize) -> usize {
    // Each byte holds seven bits; 0 takes one byte.
    (value | 1).ilog2() as usize / 7 + 1
}

pub(super) fn put_bytes(out: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    put_varint(out, tag);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// The length of each tag of an aggregate.
pub(super) const TAG_BYTES: usize = 1;
/// The lowest tag. Field number 0 is not allowed.
const FIELD_ONE: u64 = 1 << 3;
const WIRE_TYPE: u64 = 7;
pub(super) const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
pub(super) const BYTES: u64 = 2;
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;
const FIXED_32: u64 = 5;
/// A varint has 64 bits. Readers of protobuf drop further bits of the tenth byte, and so does this one.
const VARINT_BYTES_MAX: u32 = 10;
/// The depth of nested groups at which readers of protobuf stop.
pub(super) const GROUPS_DEEP_MAX: u32 = 100;

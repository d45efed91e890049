//! Protobuf as aggregates need it: <https://protobuf.dev/programming-guides/encoding/>.

/// Reads protobuf from front to back, <https://protobuf.dev/programming-guides/encoding/>. Nothing comes of what is
/// malformed.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number and wire type of the next field.
    pub(super) fn tag(&mut self) -> Option<u64> {
        let tag = self.varint()?;
        (FIELD_ONE..=u64::from(u32::MAX)).contains(&tag).then_some(tag)
    }

    #[inline(never)] // a copy for every call would add 0.3 KB to the gzipped module
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
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Passes over the value of a field that has no meaning here: one that was added later, or a known number with another
    /// wire type.
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

    /// Passes over fields up to the end of the group that began with a tag.
    fn skip_group(&mut self, start: u64, groups_deep_max: u32) -> Option<()> {
        loop {
            match self.tag()? {
                end if end == start - GROUP + GROUP_END => return Some(()),
                inner => self.skip(inner, groups_deep_max)?,
            }
        }
    }
}

/// A field of that many bytes, with its tag and length.
pub(super) fn bytes_len(length: usize) -> usize {
    TAG_BYTES + varint_len(length) + length
}

pub(super) fn varint_len(value: usize) -> usize {
    // Seven bits a byte, and a byte for 0 as well.
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

/// What each of them takes.
pub(super) const TAG_BYTES: usize = 1;
/// The lowest tag. Field 0 is not allowed.
const FIELD_ONE: u64 = 1 << 3;
const WIRE_TYPE: u64 = 7;
pub(super) const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
pub(super) const BYTES: u64 = 2;
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;
const FIXED_32: u64 = 5;
/// 64 bits. More than that is dropped from the last byte, as protobuf's own readers do it.
const VARINT_BYTES_MAX: u32 = 10;
/// Groups in groups. Protobuf's own readers stop here too.
pub(super) const GROUPS_DEEP_MAX: u32 = 100;

//! The first bytes of an item: its type, and its number, length or count (RFC 8949, section 3).

/// The head of an item.
pub(super) struct Head {
    /// The major type.
    pub(super) major: u8,
    /// The low five bits of the first byte.
    pub(super) info: u8,
    /// `None` for a string, an array or a map of indefinite length, and for the break at their end.
    pub(super) argument: Option<u64>,
}

/// The major types (RFC 8949, 3.1).
pub(super) const UNSIGNED: u8 = 0;
pub(super) const NEGATIVE: u8 = 1;
pub(super) const BYTES: u8 = 2;
pub(super) const TEXT: u8 = 3;
pub(super) const ARRAY: u8 = 4;
pub(super) const MAP: u8 = 5;
pub(super) const TAG: u8 = 6;
pub(super) const SIMPLE: u8 = 7;
pub(super) const INDEFINITE: u8 = 31;
pub(super) const BREAK: u8 = SIMPLE << 5 | INDEFINITE;

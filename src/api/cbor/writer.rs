//! The CBOR writer.

use super::head::{ARRAY, BREAK, BYTES, INDEFINITE, MAP, TEXT};

/// Appends a text string.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_head(out, TEXT, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// Appends a byte string.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_head(out, BYTES, bytes.len());
    out.extend_from_slice(bytes);
}

/// Begins an array of `len` items, which follow.
pub fn put_array(out: &mut Vec<u8>, len: usize) {
    put_head(out, ARRAY, len);
}

/// Begins a map of `len` members, which follow: each is a text string and a value.
pub fn put_map(out: &mut Vec<u8>, len: usize) {
    put_head(out, MAP, len);
}

/// Begins an array of indefinite length, which [`put_break`] ends. The AWS SDKs for Java write all arrays and maps like
/// this.
pub fn put_indefinite_array(out: &mut Vec<u8>) {
    out.push(ARRAY << 5 | INDEFINITE);
}

/// Begins a map of indefinite length, which [`put_break`] ends.
pub fn put_indefinite_map(out: &mut Vec<u8>) {
    out.push(MAP << 5 | INDEFINITE);
}

/// Ends the last array or map of indefinite length.
pub fn put_break(out: &mut Vec<u8>) {
    out.push(BREAK);
}

/// Writes the shortest head for `argument`.
#[inline(never)] // it has four callers
fn put_head(out: &mut Vec<u8>, major: u8, argument: usize) {
    let argument = argument as u64;
    let mut head = [0; 9];
    head[1..].copy_from_slice(&argument.to_be_bytes());
    let (info, width) = match argument {
        0..24 => (head[8], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    head[8 - width] = major << 5 | info;
    out.extend_from_slice(&head[8 - width..]);
}

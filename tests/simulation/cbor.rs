//! CBOR (RFC 8949) to and from equivalent JSON, as far as Kinesis needs it. It shares no code with the core, which it
//! checks. The member `Data` is a byte string here and base64 in JSON; there are no other byte strings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Reads one item with nothing after it.
pub fn read(cbor: &[u8]) -> Result<Value, String> {
    let mut rest = cbor;
    let value = read_item(&mut rest)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(format!("{} bytes behind the item", rest.len()))
    }
}

/// Writes one item. Its arrays and maps begin with their count, or end with a break.
pub fn write(value: &Value, with_counts: bool) -> Vec<u8> {
    let mut out = Vec::new();
    write_item(&mut out, value, with_counts);
    out
}

fn read_item(rest: &mut &[u8]) -> Result<Value, String> {
    let (major, count) = read_head(rest)?;
    match (major, count) {
        (UNSIGNED, Some(number)) => Ok(Value::from(number)),
        (TEXT, Some(len)) => read_text(rest, len).map(Value::from),
        (ARRAY, count) => read_array(rest, count),
        (MAP, count) => read_map(rest, count),
        _ => Err(format!("an item of type {major} and count {count:?}")),
    }
}

fn read_array(rest: &mut &[u8], count: Option<u64>) -> Result<Value, String> {
    let mut items = Vec::new();
    while !is_complete(rest, items.len(), count) {
        items.push(read_item(rest)?);
    }
    Ok(Value::from(items))
}

fn read_map(rest: &mut &[u8], count: Option<u64>) -> Result<Value, String> {
    let mut members = Map::new();
    while !is_complete(rest, members.len(), count) {
        let name = read_item(rest)?;
        let name = name.as_str().ok_or("a name that is no text")?;
        let value = if name == "Data" {
            read_data(rest)?
        } else {
            read_item(rest)?
        };
        if members.insert(name.to_owned(), value).is_some() {
            return Err(format!("{name} twice"));
        }
    }
    Ok(Value::from(members))
}

/// Whether an array or a map has all its items. Skips the break.
fn is_complete(rest: &mut &[u8], read: usize, count: Option<u64>) -> bool {
    if let Some(count) = count {
        return read as u64 == count;
    }
    let after = rest.strip_prefix(&[BREAK]);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

fn read_data(rest: &mut &[u8]) -> Result<Value, String> {
    match read_head(rest)? {
        (BYTES, Some(len)) => Ok(Value::from(STANDARD.encode(take(rest, len)?))),
        (major, _) => Err(format!("Data of type {major}")),
    }
}

fn read_text<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a str, String> {
    str::from_utf8(take(rest, len)?).map_err(|error| error.to_string())
}

/// The type of an item, and its number, length or count; `None` if a break ends it.
fn read_head(rest: &mut &[u8]) -> Result<(u8, Option<u64>), String> {
    let first = take(rest, 1)?[0];
    let (major, info) = (first / 32, first % 32);
    let count = match info {
        0..=23 => Some(u64::from(info)),
        24..=27 => Some(read_number(take(rest, 1 << (info - 24))?)),
        31 => None,
        _ => return Err(format!("a head of {first}")),
    };
    Ok((major, count))
}

fn read_number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number * 256 + u64::from(*byte))
}

fn take<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a [u8], String> {
    let len = usize::try_from(len).map_err(|error| error.to_string())?;
    let (bytes, after) = rest.split_at_checked(len).ok_or("cut off")?;
    *rest = after;
    Ok(bytes)
}

fn write_item(out: &mut Vec<u8>, value: &Value, with_counts: bool) {
    match value {
        Value::Number(number) => write_head(out, UNSIGNED, number.as_u64().expect("no sign")),
        Value::String(text) => write_string(out, TEXT, text.as_bytes()),
        Value::Array(items) => {
            open(out, ARRAY, items.len(), with_counts);
            for item in items {
                write_item(out, item, with_counts);
            }
            close(out, with_counts);
        }
        Value::Object(members) => {
            open(out, MAP, members.len(), with_counts);
            for (name, value) in members {
                write_string(out, TEXT, name.as_bytes());
                write_member(out, name, value, with_counts);
            }
            close(out, with_counts);
        }
        Value::Null => out.push(NULL),
        Value::Bool(_) => panic!("Kinesis says no {value}"),
    }
}

fn write_member(out: &mut Vec<u8>, name: &str, value: &Value, with_counts: bool) {
    match value {
        Value::String(data) if name == "Data" => {
            write_string(out, BYTES, &STANDARD.decode(data).expect("base64"));
        }
        _ => write_item(out, value, with_counts),
    }
}

fn write_string(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    write_head(out, major, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn open(out: &mut Vec<u8>, major: u8, count: usize, with_counts: bool) {
    if with_counts {
        write_head(out, major, count as u64);
    } else {
        out.push(major * 32 + 31);
    }
}

fn close(out: &mut Vec<u8>, with_counts: bool) {
    if !with_counts {
        out.push(BREAK);
    }
}

/// Writes a head in as few bytes as possible.
fn write_head(out: &mut Vec<u8>, major: u8, number: u64) {
    let bytes = number.to_be_bytes();
    let width = match number {
        0..=23 => 0,
        24..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    let info = match width {
        0 => bytes[7],
        1 => 24,
        2 => 25,
        4 => 26,
        _ => 27,
    };
    out.push(major * 32 + info);
    out.extend_from_slice(&bytes[8 - width..]);
}

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const NULL: u8 = 0xf6;
const BREAK: u8 = 0xff;

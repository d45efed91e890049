//! JSON as Kinesis speaks it: strings and base64 in requests, and a reader of responses.

mod reader;
mod unescape;
mod writer;

pub(crate) use reader::whole_object;
pub use reader::{Malformed, Reader};
pub use writer::{put_base64, put_member, put_name, put_number_item, put_string, put_string_item, separate};

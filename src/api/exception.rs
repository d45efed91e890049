//! An exception of the service, read from a response.

use crate::api::encoding::as_json;
use crate::api::json::Reader;

/// An exception: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// Its name, such as `ResourceNotFoundException`; empty if the response has none.
    pub name: String,
    /// The message of the service.
    pub message: String,
}

impl Exception {
    /// Reads the body, and the header `x-amzn-ErrorType` if the body has no name.
    #[must_use]
    pub fn read(body: &[u8], error_type: Option<&str>) -> Self {
        let mut exception = Self::default();
        // If the body is cut off, or is not JSON, the members before the fault are used.
        let _ = Reader::new(&as_json(body)).object(&mut |name, reader| {
            match name {
                "__type" => {
                    let text = reader.optional_string()?.unwrap_or_default();
                    exception.name = String::from(short_name(&text));
                }
                "message" | "Message" => {
                    exception.message = reader.optional_string()?.unwrap_or_default().into();
                }
                _ => drop(reader.skip()?),
            }
            Ok(())
        });
        if exception.name.is_empty() {
            exception.name = String::from(error_type.map(short_name).unwrap_or_default());
        }
        exception
    }
}

/// `com.amazonaws.kinesis.v20131202#Name` and `Name:http://…` are both `Name`.
/// A text with other characters is no name: no server of Kinesis has sent it.
fn short_name(name: &str) -> &str {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    let name = name.rsplit_once('#').map_or(name, |(_, name)| name).trim_ascii();
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if is_name { name } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::cbor::{put_map, put_text};

    #[test]
    fn exceptions_are_read_from_the_body_and_the_header() {
        let read = |body: &str, header| {
            let exception = Exception::read(body.as_bytes(), header);
            (exception.name, exception.message)
        };
        let pair = |name: &str, message: &str| (name.to_owned(), message.to_owned());
        let body = r#"{"__type":"com.amazonaws.kinesis.v20131202#ResourceNotFoundException","message":"m"}"#;
        assert_eq!(read(body, None), pair("ResourceNotFoundException", "m"));
        assert_eq!(
            read(r#"{"Message":"m"}"#, Some("AccessDeniedException:http://amazon.com/")),
            pair("AccessDeniedException", "m")
        );
        assert_eq!(read("<html>", None), pair("", ""));
        assert_eq!(read("", Some("A")), pair("A", ""));
        assert_eq!(read(r#"{"__type":null,"message":"m"}"#, Some("A")), pair("A", "m"));
        assert_eq!(read(r#"{"__type":"A\nB","message":"m"}"#, None), pair("", "m"));
        assert_eq!(read(r#"{"__type":"A","mess"#, None), pair("A", ""));
    }

    #[test]
    fn exceptions_are_read_in_cbor() {
        let name = "com.amazonaws.kinesis.v20131202#ResourceNotFoundException";
        let mut body = Vec::new();
        put_map(&mut body, 2);
        for text in ["__type", name, "message", "m"] {
            put_text(&mut body, text);
        }
        let exception = Exception::read(&body, None);
        assert_eq!(exception.name, "ResourceNotFoundException");
        assert_eq!(exception.message, "m");
        let cut_off = Exception::read(&body[..body.len() - 1], Some("A"));
        assert_eq!((&*cut_off.name, &*cut_off.message), ("A", ""));
    }
}

//! The API's two encodings.

use ciborium::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How a request's body is written, and so its answer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-amz-json-1.1`, and whatever is not CBOR.
    Json,
    /// `application/x-amz-cbor-1.1`.
    Cbor,
}

impl Encoding {
    /// By a request's content type.
    pub fn of(content_type: Option<&str>) -> Self {
        let essence = content_type.and_then(|text| text.split(';').next());
        if essence.is_some_and(|essence| essence.trim() == CBOR) {
            Self::Cbor
        } else {
            Self::Json
        }
    }

    /// The content type to answer with.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Cbor => CBOR,
        }
    }

    /// Reads a body; `None` when it is malformed or of another shape. As [`Value`] either encoding can be read and changed: it keeps the
    /// order of keys.
    pub fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Option<T> {
        match self {
            Self::Json => serde_json::from_slice(bytes).ok(),
            Self::Cbor => ciborium::from_reader(bytes).ok(),
        }
    }

    /// Writes a body.
    pub fn write<T: Serialize>(self, value: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Json => {
                serde_json::to_writer(&mut bytes, value).expect("a Vec takes all");
            }
            Self::Cbor => ciborium::into_writer(value, &mut bytes).expect("a Vec takes all"),
        }
        bytes
    }
}

/// The member of a map, if it is a map and has it.
pub fn member<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    value
        .as_map_mut()?
        .iter_mut()
        .find(|(key, _)| key.as_text() == Some(name))
        .map(|(_, value)| value)
}

const JSON: &str = "application/x-amz-json-1.1";
const CBOR: &str = "application/x-amz-cbor-1.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_decides() {
        assert_eq!(Encoding::of(Some(CBOR)), Encoding::Cbor);
        assert_eq!(
            Encoding::of(Some("application/x-amz-json-1.1; charset=utf-8")),
            Encoding::Json
        );
        assert_eq!(Encoding::of(None), Encoding::Json);
    }

    #[test]
    fn a_tree_comes_back_as_it_went_in_from_either() {
        let json = r#"{"b":[1,-2,"x",null,true],"a":{"é":1.5,"big":18446744073709551615}}"#.as_bytes();
        let tree: Value = Encoding::Json.read(json).unwrap();
        assert_eq!(Encoding::Json.write(&tree), json);
        let cbor = Encoding::Cbor.write(&tree);
        let again: Value = Encoding::Cbor.read(&cbor).unwrap();
        assert_eq!(Encoding::Json.write(&again), json);
    }
}

//! A signed request as the host's `fetch` takes it: a URL and a `RequestInit`, both owned by JavaScript.

use crate::client::Headers;
use js_sys::{JsString, Object, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, RequestInit};

#[wasm_bindgen]
extern "C" {
    /// The headers of a request: a plain object, which every `fetch` and every wrapper of one can read.
    #[wasm_bindgen(extends = Object)]
    type HeaderRecord;

    #[wasm_bindgen(method, setter, js_name = "content-type")]
    fn set_content_type(this: &HeaderRecord, value: &JsString);
    #[wasm_bindgen(method, setter, js_name = "x-amz-target")]
    fn set_target(this: &HeaderRecord, value: &JsString);
    #[wasm_bindgen(method, setter, js_name = "x-amz-date")]
    fn set_date(this: &HeaderRecord, value: &str);
    #[wasm_bindgen(method, setter, js_name = "x-amz-security-token")]
    fn set_security_token(this: &HeaderRecord, value: &JsString);
    #[wasm_bindgen(method, setter, js_name = "authorization")]
    fn set_authorization(this: &HeaderRecord, value: &str);
}

#[wasm_bindgen]
extern "C" {
    /// The member of `RequestInit` that web-sys does not have.
    #[wasm_bindgen(extends = RequestInit)]
    type KeepaliveInit;

    #[wasm_bindgen(method, setter)]
    fn set_keepalive(this: &KeepaliveInit, value: bool);
}

/// Strings that most requests share, kept as JavaScript strings: making one takes longer than comparing the text with
/// the last.
#[derive(Default)]
pub struct SharedStrings {
    url: SharedString,
    content_type: SharedString,
    target: SharedString,
    security_token: SharedString,
}

impl SharedStrings {
    /// The URL of a request.
    pub fn url(&mut self, url: &str) -> JsString {
        self.url.of(url)
    }

    /// What `fetch` takes beside the URL. `body` is a copy that JavaScript owns.
    pub fn request_init(
        &mut self,
        headers: &Headers,
        body: &Uint8Array,
        signal: &AbortSignal,
        keepalive: bool,
    ) -> RequestInit {
        let init: RequestInit = Object::new().unchecked_into();
        init.set_method("POST");
        init.set_headers_record_from_str_to_str(&self.header_record(headers));
        init.set_body_opt_u8_array(Some(body));
        init.set_signal(Some(signal));
        if keepalive {
            // Not every host knows the option.
            init.unchecked_ref::<KeepaliveInit>().set_keepalive(true);
        }
        init
    }

    fn header_record(&mut self, headers: &Headers) -> HeaderRecord {
        let record: HeaderRecord = Object::new().unchecked_into();
        record.set_content_type(&self.content_type.of(headers.content_type));
        record.set_target(&self.target.of(&headers.target));
        record.set_date(&headers.date);
        if let Some(token) = &headers.security_token {
            record.set_security_token(&self.security_token.of(token));
        }
        record.set_authorization(&headers.authorization);
        record
    }
}

/// A text and the same text in JavaScript.
#[derive(Default)]
struct SharedString {
    text: String,
    value: Option<JsString>,
}

impl SharedString {
    fn of(&mut self, text: &str) -> JsString {
        match &self.value {
            Some(value) if self.text == text => value.clone(),
            _ => {
                let value = JsString::from(text);
                text.clone_into(&mut self.text);
                self.value = Some(value.clone());
                value
            }
        }
    }
}

/// A copy of bytes that JavaScript owns. A view of this module's memory would be read later by whatever wraps `fetch`.
pub fn copy_of(bytes: &[u8]) -> Uint8Array {
    Uint8Array::new_from_slice(bytes)
}

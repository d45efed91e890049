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
    type HeadersObject;

    #[wasm_bindgen(method, setter, js_name = "content-type")]
    fn set_content_type(this: &HeadersObject, value: &JsString);
    #[wasm_bindgen(method, setter, js_name = "x-amz-target")]
    fn set_target(this: &HeadersObject, value: &JsString);
    #[wasm_bindgen(method, setter, js_name = "x-amz-date")]
    fn set_date(this: &HeadersObject, value: &str);
    #[wasm_bindgen(method, setter, js_name = "x-amz-security-token")]
    fn set_security_token(this: &HeadersObject, value: &JsString);
    #[wasm_bindgen(method, setter, js_name = "authorization")]
    fn set_authorization(this: &HeadersObject, value: &str);
}

#[wasm_bindgen]
extern "C" {
    /// The member of `RequestInit` that web-sys does not have.
    #[wasm_bindgen(extends = RequestInit)]
    type KeepaliveInit;

    #[wasm_bindgen(method, setter)]
    fn set_keepalive(this: &KeepaliveInit, value: bool);
}

/// Makes the arguments of `fetch`. It keeps the strings that most requests share as JavaScript strings: making one
/// takes longer than comparing the text with the last.
#[derive(Default)]
pub struct FetchArguments {
    url: CachedJsString,
    content_type: CachedJsString,
    target: CachedJsString,
    security_token: CachedJsString,
}

impl FetchArguments {
    /// The URL of a request.
    pub fn url(&mut self, url: &str) -> JsString {
        self.url.get_or_create(url)
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
        init.set_headers_record_from_str_to_str(&self.headers_object(headers));
        init.set_body_opt_u8_array(Some(body));
        init.set_signal(Some(signal));
        if keepalive {
            // Set by its name, because not every host knows the option.
            init.unchecked_ref::<KeepaliveInit>().set_keepalive(true);
        }
        init
    }

    fn headers_object(&mut self, headers: &Headers) -> HeadersObject {
        let object: HeadersObject = Object::new().unchecked_into();
        object.set_content_type(&self.content_type.get_or_create(headers.content_type));
        object.set_target(&self.target.get_or_create(&headers.target));
        object.set_date(&headers.date);
        if let Some(token) = &headers.security_token {
            object.set_security_token(&self.security_token.get_or_create(token));
        }
        object.set_authorization(&headers.authorization);
        object
    }
}

/// A text and the same text in JavaScript.
#[derive(Default)]
struct CachedJsString {
    text: String,
    value: Option<JsString>,
}

impl CachedJsString {
    fn get_or_create(&mut self, text: &str) -> JsString {
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

//! What the host has received, or why it has received nothing: plain objects of the shim, whose members are read by
//! name.

use crate::api::Response;
use crate::error::{Code, Error};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// A response without its body: its status, and the headers that the core reads.
    #[wasm_bindgen(typescript_type = "ResponseHead")]
    pub type ResponseHead;

    #[wasm_bindgen(method, getter)]
    fn status(this: &ResponseHead) -> u16;
    /// `x-amzn-requestid`
    #[wasm_bindgen(method, getter, js_name = amznRequestId)]
    fn amzn_request_id(this: &ResponseHead) -> Option<String>;
    /// `x-amzn-errortype`
    #[wasm_bindgen(method, getter, js_name = errorType)]
    fn error_type(this: &ResponseHead) -> Option<String>;
    /// `date`
    #[wasm_bindgen(method, getter)]
    fn date(this: &ResponseHead) -> Option<String>;
    /// `x-amz-retry-after`, in milliseconds
    #[wasm_bindgen(method, getter, js_name = retryAfterMs)]
    fn retry_after(this: &ResponseHead) -> Option<String>;

    /// No response in time, or none at all, or one that broke off after its status.
    #[wasm_bindgen(typescript_type = "RequestFailure")]
    pub type RequestFailure;

    #[wasm_bindgen(method, getter)]
    fn message(this: &RequestFailure) -> String;
    #[wasm_bindgen(method, getter, js_name = isTimeout)]
    fn is_timeout(this: &RequestFailure) -> bool;
    #[wasm_bindgen(method, getter, js_name = status)]
    fn failure_status(this: &RequestFailure) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = amznRequestId)]
    fn failure_amzn_request_id(this: &RequestFailure) -> Option<String>;
}

/// Passes a response on to the core.
pub fn with_response<T>(head: &ResponseHead, body: &[u8], handle: impl FnOnce(Response) -> T) -> T {
    let texts = [
        head.amzn_request_id(),
        head.error_type(),
        head.date(),
        head.retry_after(),
    ];
    let [request_id, error_type, date, retry_after] = texts
        .each_ref()
        .map(|text| text.as_deref().filter(|text| !text.is_empty()));
    handle(Response {
        status: head.status(),
        request_id,
        error_type,
        date,
        retry_after_ms: retry_after.and_then(|text| text.parse().ok()),
        body,
    })
}

/// The core's error for a request without a response.
pub fn failure_error(failure: &RequestFailure) -> Error {
    let is_timeout = failure.is_timeout();
    let code = if is_timeout { Code::Timeout } else { Code::Network };
    let mut error = Error::new(code, failure.message());
    // The name that fetch and the AWS SDKs use.
    error.name = is_timeout.then(|| "TimeoutError".to_owned());
    error.status = failure.failure_status();
    error.request_id = failure.failure_amzn_request_id();
    error
}

/// Why a credentials provider has failed, if it has.
pub fn provider_failure(message: Option<String>) -> Option<Error> {
    message.map(|message| Error::new(Code::Credentials, message))
}

#[wasm_bindgen(typescript_custom_section)]
const RESPONSE: &str = "
export interface ResponseHead {
  readonly status: number;
  readonly amznRequestId: string | undefined;
  readonly errorType: string | undefined;
  readonly date: string | undefined;
  readonly retryAfterMs: string | undefined;
}
export interface RequestFailure {
  readonly message: string;
  readonly isTimeout: boolean;
  readonly status: number | undefined;
  readonly amznRequestId: string | undefined;
}
";

//! Settings as objects of the shim, which has checked each of them and filled in the defaults. Their members are read
//! by name.

use crate::api::Limits;
use crate::api::endpoint::EndpointConfig;
#[cfg(feature = "producer")]
use crate::producer::options::{Aggregation, Options, number_options};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The stream of a request, by name, by ARN or by both.
    #[wasm_bindgen(typescript_type = "StreamObject")]
    pub type StreamObject;

    #[wasm_bindgen(method, getter, js_name = streamName)]
    fn stream_name(this: &StreamObject) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = streamARN)]
    fn stream_arn(this: &StreamObject) -> Option<String>;
}

/// The name and the ARN of a stream.
pub struct StreamTexts {
    /// As in `StreamName`.
    pub name: Option<String>,
    /// As in `StreamARN`.
    pub arn: Option<String>,
}

impl StreamTexts {
    /// Reads both.
    pub fn of(object: &StreamObject) -> Self {
        Self {
            name: object.stream_name(),
            arn: object.stream_arn(),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// How a client is made.
    #[wasm_bindgen(typescript_type = "ClientSettings")]
    pub type ClientSettings;

    #[wasm_bindgen(method, getter)]
    fn region(this: &ClientSettings) -> String;
    #[wasm_bindgen(method, getter)]
    fn endpoint(this: &ClientSettings) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = useFipsEndpoint)]
    fn use_fips_endpoint(this: &ClientSettings) -> bool;
    #[wasm_bindgen(method, getter, js_name = useDualstackEndpoint)]
    fn use_dualstack_endpoint(this: &ClientSettings) -> bool;
    /// `'json'` or `'cbor'`.
    #[wasm_bindgen(method, getter)]
    pub fn protocol(this: &ClientSettings) -> String;
    #[wasm_bindgen(method, getter, js_name = maxAttempts)]
    pub fn max_attempts(this: &ClientSettings) -> u32;
    #[wasm_bindgen(method, getter, js_name = recordBytesMax)]
    fn record_bytes_max(this: &ClientSettings) -> u32;
    #[wasm_bindgen(method, getter, js_name = requestBytesMax)]
    fn request_bytes_max(this: &ClientSettings) -> u32;
}

impl ClientSettings {
    /// Where requests go.
    pub fn endpoint_config(&self) -> EndpointConfig {
        EndpointConfig {
            region: self.region(),
            custom: self.endpoint(),
            fips: self.use_fips_endpoint(),
            dualstack: self.use_dualstack_endpoint(),
        }
    }

    /// What the stream takes.
    pub fn limits(&self) -> Limits {
        Limits {
            record_bytes_max: self.record_bytes_max() as usize,
            request_bytes_max: self.request_bytes_max() as usize,
        }
    }
}

#[cfg(feature = "producer")]
#[wasm_bindgen]
extern "C" {
    /// How a producer is made, beside the client that it takes over.
    #[wasm_bindgen(extends = StreamObject, typescript_type = "ProducerSettings")]
    pub type ProducerSettings;

    /// `'off'`, `'key'` or `'shard'`.
    #[wasm_bindgen(method, getter)]
    fn aggregation(this: &ProducerSettings) -> String;
    /// `'none'` or `'key'`.
    #[wasm_bindgen(method, getter)]
    fn ordering(this: &ProducerSettings) -> String;
    #[wasm_bindgen(method, getter, js_name = retriesOperatorErrors)]
    fn retries_operator_errors(this: &ProducerSettings) -> bool;
}

#[cfg(feature = "producer")]
macro_rules! read_number_options {
    ($($(#[$doc:meta])* $field:ident: $type:ident = $default:literal, $js_name:ident;)*) => {
        #[wasm_bindgen]
        extern "C" {
            $(
                #[wasm_bindgen(method, getter, js_name = $js_name)]
                fn $field(this: &ProducerSettings) -> f64;
            )*
        }

        impl ProducerSettings {
            /// The core's options, with the limits of the client.
            // The shim has checked that each number is within the limits of its type.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::unnecessary_cast)]
            pub fn options(&self, limits: Limits) -> Options {
                let StreamTexts { name, arn } = StreamTexts::of(self);
                Options {
                    stream_name: name,
                    stream_arn: arn,
                    aggregation: match &*self.aggregation() {
                        "key" => Aggregation::Key,
                        "shard" => Aggregation::Shard,
                        _ => Aggregation::Off,
                    },
                    ordered: self.ordering() == "key",
                    retries_operator_errors: self.retries_operator_errors(),
                    limits,
                    $($field: self.$field() as $type,)*
                }
            }
        }

        #[wasm_bindgen(typescript_custom_section)]
        const PRODUCER_SETTINGS: &str = concat!(
            "
export interface ProducerSettings extends StreamObject {
  readonly aggregation: 'off' | 'key' | 'shard';
  readonly ordering: 'none' | 'key';
  readonly retriesOperatorErrors: boolean;
",
            $("  readonly ", stringify!($js_name), ": number;\n",)*
            "}\n"
        );
    };
}
#[cfg(feature = "producer")]
number_options!(read_number_options);

/// The declarations of the types above for TypeScript. `tsc` checks the shim against them.
#[wasm_bindgen(typescript_custom_section)]
const CLIENT_SETTINGS: &str = "
export interface StreamObject {
  readonly streamName?: string | undefined;
  readonly streamARN?: string | undefined;
}
export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  readonly protocol: 'json' | 'cbor';
  readonly maxAttempts: number;
  readonly recordBytesMax: number;
  readonly requestBytesMax: number;
}
";

//! The binding: converts what JavaScript gives, calls the core, converts back. The only file that knows the host.
//!
//! JavaScript has one function to call, [`run`], with the number of a command: each further function would weigh a few hundred
//! bytes on this side and as many in the glue that wasm-bindgen makes. What crosses the boundary for each record or request crosses in one piece, as a
//! text or as bytes: every object read by name, and every further string, costs as much as the work itself. `src/shim/core/core.js`
//! is the other side.

mod call;
mod client;
mod command;
mod crossing;
mod memory;
mod producer;
mod things;

use crate::aggregate::deaggregate;
use crate::client::split_url;
use crate::clock::AmzDate;
use crate::credentials::Credentials;
use crate::encoding::as_json;
use crate::error::Error;
use crate::json::{put_member, put_number, put_string};
use crate::record::{Record, parse_hash_key};
use crate::shard;
use crate::sigv4::{self, KeyCache, Payload, Scope};
use crate::text::text;
use core::cell::RefCell;
use crossing::{Given, Outcome, tell_text};
use memory::Growth;
use talc::cell::TalcSyncCell;
use talc::wasm::WasmBinning;
use things::Thing;
use wasm_bindgen::prelude::wasm_bindgen;

/// WebAssembly has one thread here; the allocator of the standard library weighs 2 KB more.
#[global_allocator]
static ALLOCATOR: TalcSyncCell<Growth, WasmBinning> = TalcSyncCell::new_wasm(Growth::new());

#[wasm_bindgen(raw_module = "../core/core.js")]
extern "C" {
    /// Gives JavaScript a text and a view of bytes, both good for the duration of the call. A listener may call `fetch`.
    pub fn tell(text: &[u8], bytes: &[u8]);
}

/// Does what the number of a command says to the thing of a number, or to none where it is 0. What a command takes and gives is
/// said where it is carried out; not a number is an error, and what has been told is the error. A long text comes behind the
/// bytes, of which there are `bytes_len`.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // an object of them would weigh more
pub fn run(
    command: u32,
    target: usize,
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    mut text: String,
    mut bytes: Vec<u8>,
    bytes_len: usize,
) -> f64 {
    if bytes.len() > bytes_len {
        text = String::from_utf8(bytes.split_off(bytes_len)).unwrap_or_default();
    }
    let mut given = Given {
        target,
        numbers: [a, b, c, d],
        text,
        bytes,
    };
    carry_out(command, &mut given).unwrap_or_else(|error| {
        tell_error(&error);
        f64::NAN
    })
}

fn carry_out(command: u32, given: &mut Given) -> Outcome {
    if given.target == 0 {
        return carry_out_alone(command, given);
    }
    let mut thing = things::take(given.target);
    let outcome = match &mut thing {
        _ if command == command::FREE => {
            thing = Thing::None;
            Ok(0.0)
        }
        Thing::Client(_) if command == command::NEW_PRODUCER => {
            producer::Producer::of(&mut thing, given)
        }
        Thing::Client(client) => client.run(command, given),
        Thing::Call(call) => call.run(command, given),
        Thing::Producer(producer) => producer.run(command, given),
        Thing::None | Thing::Taken => unreachable!("a fetch calls what has called it"),
    };
    things::put_back(given.target, thing);
    outcome
}

fn carry_out_alone(command: u32, given: &mut Given) -> Outcome {
    match command {
        command::NEW_CLIENT => client::Client::of(given),
        command::SIGN => sign_request(given),
        command::HASH_KEY => {
            tell_text(text![shard::hash_key(&given.text)].as_bytes());
            Ok(0.0)
        }
        command::CHECK_KEY => check_key(given),
        command::AS_JSON => {
            tell(b"", &as_json(&given.bytes));
            Ok(0.0)
        }
        command::DEAGGREGATE => {
            tell_user_records(given);
            Ok(0.0)
        }
        _ => unreachable!("no such command"),
    }
}

thread_local! {
    /// The signing key of the last `SIGN`: the next one is most often for the same day and scope.
    static SIGNING_KEYS: RefCell<KeyCache> = const { RefCell::new(KeyCache::new()) };
}

/// Signs any request to AWS at the time of the first number. The text has method, region, service, access key id, secret,
/// security token (may be empty) and URL; then name and value of each header. Tells date and authorization, a line each.
fn sign_request(given: &Given) -> Outcome {
    let mut fields = given.fields();
    let [method, region, service, id, secret, token, url] = core::array::from_fn(|_| fields.next());
    let (host, path, query) = split_url(url);
    let mut headers = Vec::new();
    while !fields.0.is_empty() {
        headers.push((fields.next(), fields.next()));
    }
    let to_sign = sigv4::Request {
        method,
        host,
        path,
        query,
        headers: &headers,
        payload: Payload::Body(&given.bytes),
    };
    let credentials = Credentials::new(
        id.to_owned(),
        secret.to_owned(),
        Some(token.to_owned()),
        None,
    )?;
    let scope = Scope { region, service };
    let date = AmzDate::new(given.now());
    let authorization = SIGNING_KEYS
        .with_borrow_mut(|keys| sigv4::authorization(&to_sign, &credentials, scope, date, keys));
    tell_text(text![date.as_str(), "\n", authorization].as_bytes());
    Ok(0.0)
}

/// Refuses a key that decides a shard where it is malformed. The text has the name of the argument, then the key.
fn check_key(given: &Given) -> Outcome {
    let mut fields = given.fields();
    let argument = fields.next();
    let key = fields.0;
    if argument == "partitionKey" {
        Record::new(b"", key, None, usize::MAX, None)?;
    } else {
        parse_hash_key(key, argument)?;
    }
    Ok(0.0)
}

/// Tells the user records in a record, as JSON: of each the partition key, the explicit hash key or `0`, and where its data
/// begins and ends in the record's. The text has the record's explicit hash key, if any, then its partition key.
fn tell_user_records(given: &Given) {
    let mut fields = given.fields();
    let explicit_hash_key = fields.optional();
    let start = given.bytes.as_ptr().addr();
    let mut json = b"[".to_vec();
    for record in deaggregate(&given.bytes, fields.0, explicit_hash_key) {
        if json.len() > 1 {
            json.push(b',');
        }
        put_string(&mut json, record.partition_key);
        json.push(b',');
        match record.explicit_hash_key {
            Some(key) => put_string(&mut json, key),
            None => json.push(b'0'),
        }
        let at = record.data.as_ptr().addr() - start;
        put_number(&mut json, at as u64);
        put_number(&mut json, (at + record.data.len()) as u64);
    }
    json.push(b']');
    tell_text(&json);
}

/// It is told as JSON, and the shim makes an object of the package's class of it.
fn tell_error(error: &Error) {
    let mut json = Vec::new();
    put_error(&mut json, error);
    tell_text(&json);
}

fn put_error(json: &mut Vec<u8>, error: &Error) {
    json.push(b'{');
    put_member(json, "code", error.code.as_str());
    put_member(json, "message", &error.message);
    let texts = [
        ("name", &error.name),
        ("requestId", &error.request_id),
        ("partitionKey", &error.partition_key),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            put_member(json, name, text);
        }
    }
    let numbers = [
        ("status", error.status.map(u32::from)),
        ("attempts", error.attempts),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            let member = text![",\"", name, "\":", number];
            json.extend_from_slice(member.as_bytes());
        }
    }
    json.push(b'}');
}

/// A call of the host costs more than it saves below this.
const DIGEST_BYTES_MIN: usize = 4096;

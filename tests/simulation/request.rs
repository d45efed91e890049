//! A request, parsed and checked as Kinesis does it.

use super::cbor;
use super::kinesis::Arrival;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A request that passes the checks.
pub enum Input {
    PutRecords(Vec<Item>),
    ListShards { next_token: Option<String> },
}

/// An entry of a `PutRecords` request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub data: Vec<u8>,
    pub partition_key: String,
    pub explicit_hash_key: Option<String>,
}

/// The limits of Kinesis.
#[derive(Clone, Copy)]
pub struct Limits {
    pub record_bytes: usize,
    pub request_bytes: usize,
    /// The limit of one shard per second, if there is one.
    pub shard: Option<ShardLimit>,
}

#[derive(Clone, Copy)]
pub struct ShardLimit {
    pub records: usize,
    pub bytes: usize,
}

/// Why a whole request is refused.
#[derive(Debug)]
pub struct Refusal {
    pub name: &'static str,
    pub message: String,
}

impl Item {
    /// Whether Kinesis refuses every request with it: so many of 1000 are, by their content.
    pub fn is_poisoned(&self, per_mille: u32) -> bool {
        let content = self.data.iter().chain(self.partition_key.as_bytes());
        let hash = content.fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        hash % 1000 < per_mille
    }

    /// Bytes that count against all limits.
    pub fn bytes(&self) -> usize {
        self.data.len() + self.partition_key.len()
    }
}

/// Parses a request for an operation on a stream.
pub fn read(stream: &str, arrival: &Arrival, limits: &Limits) -> Result<Input, Refusal> {
    let body = parse(&arrival.content_type, &arrival.body).map_err(|error| refuse("SerializationException", &error))?;
    match &*arrival.operation {
        "PutRecords" => {
            let items = read_items(&body, limits)?;
            check_stream(&body, stream)?;
            Ok(Input::PutRecords(items))
        }
        "ListShards" => {
            let next_token = body["NextToken"].as_str().map(str::to_owned);
            match (&next_token, body.get("StreamName")) {
                (Some(_), Some(_)) => Err(refuse(
                    "InvalidArgumentException",
                    "NextToken and StreamName cannot be provided together.",
                )),
                (Some(_), None) => Ok(Input::ListShards { next_token }),
                (None, _) => {
                    check_stream(&body, stream)?;
                    Ok(Input::ListShards { next_token })
                }
            }
        }
        other => Err(refuse("UnknownOperationException", other)),
    }
}

fn parse(content_type: &str, body: &[u8]) -> Result<Value, String> {
    match content_type {
        JSON => serde_json::from_slice(body).map_err(|error| error.to_string()),
        CBOR => cbor::read(body),
        _ => Err(format!("no content type of Kinesis: {content_type}")),
    }
}

/// Writes a body in a content type. In CBOR its arrays and maps may begin with their count.
pub fn write(content_type: &str, body: &Value, with_counts: bool) -> Vec<u8> {
    match content_type {
        JSON => body.to_string().into_bytes(),
        CBOR => cbor::write(body, with_counts),
        _ => panic!("no content type of Kinesis: {content_type}"),
    }
}

fn check_stream(body: &Value, stream: &str) -> Result<(), Refusal> {
    match body["StreamName"].as_str() {
        None => Err(refuse("InvalidArgumentException", "no StreamName")),
        Some(name) if name == stream => Ok(()),
        Some(name) => Err(refuse(
            "ResourceNotFoundException",
            &format!("Stream {name} under account 000000000000 not found."),
        )),
    }
}

fn read_items(body: &Value, limits: &Limits) -> Result<Vec<Item>, Refusal> {
    let records = body["Records"]
        .as_array()
        .ok_or_else(|| refuse("ValidationException", "no Records"))?;
    if !(1..=RECORDS_MAX).contains(&records.len()) {
        let message = format!("Records has {} entries", records.len());
        return Err(refuse("ValidationException", &message));
    }
    let items: Vec<Item> = records
        .iter()
        .map(|record| read_item(record, limits))
        .collect::<Result<_, _>>()?;
    let bytes: usize = items.iter().map(Item::bytes).sum();
    if bytes > limits.request_bytes {
        let message = format!("Records has {bytes} bytes of data and keys");
        return Err(refuse("InvalidArgumentException", &message));
    }
    Ok(items)
}

fn read_item(record: &Value, limits: &Limits) -> Result<Item, Refusal> {
    let data = record["Data"]
        .as_str()
        .ok_or_else(|| refuse("ValidationException", "no Data"))?;
    let data = STANDARD
        .decode(data)
        .map_err(|error| refuse("SerializationException", &error.to_string()))?;
    let partition_key = record["PartitionKey"]
        .as_str()
        .ok_or_else(|| refuse("ValidationException", "no PartitionKey"))?;
    if !(1..=256).contains(&partition_key.chars().count()) {
        return Err(refuse("ValidationException", "length of PartitionKey"));
    }
    let explicit_hash_key = record["ExplicitHashKey"].as_str();
    explicit_hash_key.map_or(Ok(()), check_hash_key)?;
    let item = Item {
        data,
        partition_key: partition_key.to_owned(),
        explicit_hash_key: explicit_hash_key.map(str::to_owned),
    };
    if item.bytes() > limits.record_bytes {
        let message = format!("a record has {} bytes", item.bytes());
        return Err(refuse("ValidationException", &message));
    }
    Ok(item)
}

fn check_hash_key(key: &str) -> Result<(), Refusal> {
    let is_decimal = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    if !is_decimal || (key.len() > 1 && key.starts_with('0')) {
        return Err(refuse("ValidationException", "form of ExplicitHashKey"));
    }
    match key.parse::<u128>() {
        Ok(_) => Ok(()),
        Err(_) => Err(refuse("InvalidArgumentException", "ExplicitHashKey is past 2^128-1")),
    }
}

fn refuse(name: &'static str, message: &str) -> Refusal {
    Refusal {
        name,
        message: message.to_owned(),
    }
}

const RECORDS_MAX: usize = 500;
const JSON: &str = "application/x-amz-json-1.1";
const CBOR: &str = "application/x-amz-cbor-1.1";

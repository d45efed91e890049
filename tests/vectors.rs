//! The core, compared with botocore: `tests/vectors/make.py` has made the vectors.

use kinesis_edge::api::endpoint::{EndpointConfig, Plane, resolve};
use kinesis_edge::api::shard::hash_key;
use kinesis_edge::sigv4::AmzDate;
use kinesis_edge::sigv4::Credentials;
use kinesis_edge::sigv4::split_url;
use kinesis_edge::sigv4::{KeyCache, Payload, Request, Scope, authorization};
use serde_json::Value;

fn vectors(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("no {name} in {vector}"))
}

fn body(vector: &Value) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    vector["bodyBase64"].as_str().map_or_else(
        || text(vector, "body").into(),
        |base64| STANDARD.decode(base64).unwrap(),
    )
}

#[test]
fn signatures_are_those_of_botocore() {
    let vectors = vectors("sigv4.json");
    assert!(vectors.len() >= 1000);
    // One cache for all vectors shows a key that is cached for too long.
    let mut keys = KeyCache::default();
    for vector in &vectors {
        assert_eq!(
            sign(vector, text(vector, "url"), &mut keys),
            text(vector, "authorization"),
            "{vector}"
        );
    }
}

#[test]
fn signatures_for_s3_are_those_of_botocore_in_every_spelling_of_a_url() {
    let vectors = vectors("s3.json");
    assert!(vectors.len() >= 500);
    let mut keys = KeyCache::default();
    for vector in &vectors {
        for url in vector["urls"].as_array().unwrap() {
            let url = url.as_str().unwrap();
            assert_eq!(
                sign(vector, url, &mut keys),
                text(vector, "authorization"),
                "{url} {vector}"
            );
        }
    }
}

fn sign(vector: &Value, url: &str, keys: &mut KeyCache) -> String {
    let (host, path, query) = split_url(url);
    let headers: Vec<(&str, &str)> = vector["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    let request = Request {
        method: text(vector, "method"),
        host,
        path,
        query,
        headers: &headers,
        payload: Payload::Body(&body(vector)),
    };
    let credentials = Credentials::new(
        text(vector, "accessKeyId").into(),
        text(vector, "secretAccessKey").into(),
        vector["sessionToken"].as_str().map(Into::into),
        None,
    );
    let scope = Scope {
        region: text(vector, "region"),
        service: text(vector, "service"),
    };
    let date = AmzDate::new(AmzDate::parse(text(vector, "date")).unwrap());
    authorization(&request, &credentials.unwrap(), scope, date, keys)
}

#[test]
fn endpoints_are_those_of_botocore() {
    let vectors = vectors("endpoints.json");
    assert!(vectors.len() >= 1000);
    for vector in &vectors {
        let config = EndpointConfig {
            region: text(vector, "region").into(),
            custom: vector["endpoint"].as_str().map(Into::into),
            fips: vector["fips"].as_bool().unwrap(),
            dualstack: vector["dualstack"].as_bool().unwrap(),
        };
        let plane = match text(vector, "operation") {
            "data" => Plane::Data,
            _ => Plane::Control,
        };
        let found = resolve(&config, vector["arn"].as_str(), plane);
        match vector["url"].as_str() {
            Some(url) => assert_eq!(found.as_deref(), Ok(url), "{vector}"),
            None => assert!(found.is_err(), "{vector} gave {found:?}"),
        }
    }
}

#[test]
fn hash_keys_are_those_of_md5() {
    let vectors = vectors("hash_keys.json");
    assert!(vectors.len() >= 100);
    for vector in &vectors {
        let hash = hash_key(text(vector, "partitionKey")).to_string();
        assert_eq!(hash, text(vector, "hashKey"));
    }
}

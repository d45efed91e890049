//! A server with a stream, and a client that sees what is on the wire.

use std::time::Duration;

use bytes::Bytes;
use ciborium::Value as Cbor;
use http_body_util::{BodyExt, Collected, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use kinesis_server::{Options, Server, clock};
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// A server that runs as long as the test, and the access key of the test.
pub struct Bench {
    endpoint: String,
    pub signed_at_ms: Option<i64>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// None where it broke off.
    pub body: Option<Bytes>,
}

impl Bench {
    /// A server without limits, and a stream of one shard.
    pub async fn new() -> Self {
        Self::with_limits(false).await
    }

    pub async fn with_limits(limits: bool) -> Self {
        let server = Server::bind(Options { port: 0, limits }).await.unwrap();
        let bench = Self {
            endpoint: server.endpoint(),
            signed_at_ms: None,
        };
        tokio::spawn(server.run());
        let stream = json!({ "StreamName": STREAM, "ShardCount": 1 });
        bench.unseen("CreateStream", &stream).await;
        while bench.status().await != "ACTIVE" {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bench
    }

    /// A server with this plan for the key of the test.
    pub async fn planned(plan: Value) -> Self {
        let bench = Self::new().await;
        bench.plan(&plan).await;
        bench
    }

    /// A server that does this to the first request.
    pub async fn with(fault: Value) -> Self {
        Self::planned(json!({ "queue": [fault] })).await
    }

    pub async fn plan(&self, plan: &Value) {
        let answer = self.control("PUT", plan.to_string()).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    pub async fn control(&self, method: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::builder().method(method).uri(format!("/_faults/{KEY}"));
        self.connect().await.send(request, body).await.unwrap()
    }

    pub async fn log(&self) -> Value {
        self.control("GET", "").await.json()
    }

    /// A connection to the server.
    pub async fn connect(&self) -> Client {
        let address = self.endpoint.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Client {
            sender,
            signed_at_ms: self.signed_at_ms.unwrap_or_else(clock::now_ms),
        }
    }

    /// Puts records under the key of the test; None when there is no answer.
    pub async fn put(&self, data: &[&str]) -> Option<Answer> {
        self.connect().await.call("PutRecords", records(data)).await
    }

    /// The data of all records in the stream.
    pub async fn stored(&self) -> Vec<String> {
        let first =
            json!({ "StreamName": STREAM, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON" });
        let iterator = self.unseen("GetShardIterator", &first).await["ShardIterator"].take();
        let read = self.unseen("GetRecords", &json!({ "ShardIterator": iterator })).await;
        let records = read["Records"].as_array().unwrap().iter();
        records
            .map(|record| record["Data"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A request under a key that nothing is planned for.
    pub async fn unseen(&self, operation: &str, body: &Value) -> Value {
        let request = signed("OBSERVER", clock::now_ms(), operation, JSON);
        let mut client = self.connect().await;
        let answer = client.send(request, body.to_string()).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
            .body
            .filter(|body| !body.is_empty())
            .map_or(Value::Null, |body| serde_json::from_slice(&body).unwrap())
    }

    async fn status(&self) -> Value {
        let stream = json!({ "StreamName": STREAM });
        self.unseen("DescribeStreamSummary", &stream).await["StreamDescriptionSummary"]["StreamStatus"].take()
    }
}

/// One connection.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    signed_at_ms: i64,
}

impl Client {
    pub async fn call(&mut self, operation: &str, body: impl Into<Bytes>) -> Option<Answer> {
        let request = signed(KEY, self.signed_at_ms, operation, JSON);
        self.send(request, body).await
    }

    pub async fn call_cbor(&mut self, operation: &str, body: &Cbor) -> Option<Answer> {
        let mut bytes = Vec::new();
        ciborium::into_writer(body, &mut bytes).unwrap();
        let request = signed(KEY, self.signed_at_ms, operation, CBOR);
        self.send(request, bytes).await
    }

    pub async fn send(&mut self, request: hyper::http::request::Builder, body: impl Into<Bytes>) -> Option<Answer> {
        let request = request.body(Full::new(body.into())).unwrap();
        self.sender.ready().await.ok()?;
        let answer = self.sender.send_request(request).await.ok()?;
        let (head, body) = answer.into_parts();
        Some(Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.ok().map(Collected::to_bytes),
        })
    }

    /// Whether the connection can still be used.
    pub async fn is_alive(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.body.as_ref().expect("a whole body")).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn cbor(&self) -> Value {
        let tree: Cbor = ciborium::from_reader(&self.body.as_ref().unwrap()[..]).unwrap();
        serde_json::to_value(&tree).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }
}

/// A request that is signed as far as the server looks.
pub fn signed(key: &str, at_ms: i64, operation: &str, content_type: &str) -> hyper::http::request::Builder {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261121/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=00"
    );
    Request::post("/")
        .header("content-type", content_type)
        .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
        .header("x-amz-date", clock::amz_date(at_ms))
        .header("authorization", authorization)
}

/// The body of a `PutRecords`; the data is base64 already.
pub fn records(data: &[&str]) -> String {
    let entry = |data: &&str| json!({ "Data": data, "PartitionKey": "key" });
    let records: Vec<_> = data.iter().map(entry).collect();
    json!({ "StreamName": STREAM, "Records": records }).to_string()
}

pub const STREAM: &str = "stream";
pub const KEY: &str = "AKIDOFTHETEST";
pub const JSON: &str = "application/x-amz-json-1.1";
pub const CBOR: &str = "application/x-amz-cbor-1.1";

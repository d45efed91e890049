//! `/_faults/{accessKeyId}`: where tests put their plans and read what came in.

use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, Request, Response};

use crate::answer;
use crate::plan::Plan;
use crate::scope::Scopes;

/// What the path begins with.
pub const PATH: &str = "/_faults/";

/// Answers a request about the scope of a key.
pub async fn handle(scopes: &Scopes, key: &str, request: Request<Incoming>) -> Response<Body> {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if key.is_empty() || !key.bytes().all(is_key) {
        return answer::text(400, "the path is /_faults/{accessKeyId}");
    }
    match *request.method() {
        Method::PUT => put(scopes, key, request).await,
        Method::GET => log(scopes, key),
        Method::DELETE => {
            scopes.remove(key);
            done()
        }
        _ => wrong_method(),
    }
}

async fn put(scopes: &Scopes, key: &str, request: Request<Incoming>) -> Response<Body> {
    let body = Limited::new(request.into_body(), PLAN_BYTES_MAX);
    let Ok(body) = body.collect().await else {
        return answer::too_large();
    };
    match Plan::parse(&body.to_bytes()) {
        Ok(plan) => {
            scopes.put(key.to_owned(), plan);
            done()
        }
        Err(why) => answer::text(400, &format!("not a plan: {why}")),
    }
}

fn log(scopes: &Scopes, key: &str) -> Response<Body> {
    let Some(scope) = scopes.get(key) else {
        let words = "no plan for this key, so nothing is recorded: PUT one first, if only {}";
        return answer::text(404, words);
    };
    let log = serde_json::to_vec(&scope.log()).expect("a log is plain data");
    answer::literal(200, Some("application/json"), log)
}

fn done() -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = hyper::StatusCode::NO_CONTENT;
    answer
}

fn wrong_method() -> Response<Body> {
    let mut answer = answer::text(405, "PUT, GET or DELETE");
    let methods = HeaderValue::from_static("PUT, GET, DELETE");
    answer.headers_mut().insert(ALLOW, methods);
    answer
}

const PLAN_BYTES_MAX: usize = 4 << 20;

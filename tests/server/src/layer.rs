//! What happens to a request: its route, the faults planned for its access key, and the headers every answer has.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use ferrokinesis::store::{Store, StoreOptions};
use hyper::body::Incoming;
use hyper::header::{DATE, HeaderValue, ORIGIN};
use hyper::{Method, Request, Response};

use crate::call::Call;
use crate::fault::{self, HangUp};
use crate::plan::Plan;
use crate::scope::Scopes;
use crate::{age, answer, clock, control, cors};

/// Stands before the service.
pub struct Layer {
    kinesis: Router,
    scopes: Scopes,
}

impl Layer {
    /// A service without streams, and no faults.
    pub fn new(options: StoreOptions) -> Self {
        let store = Store::new(options);
        Self {
            // The size of a body was checked before it gets there.
            kinesis: ferrokinesis::create_router(store).layer(DefaultBodyLimit::disable()),
            scopes: Scopes::default(),
        }
    }

    /// Answers a request, or fails where the connection is to close instead.
    pub async fn handle(&self, request: Request<Incoming>) -> Result<Response<Body>, HangUp> {
        let from_page = request.headers().contains_key(ORIGIN);
        if from_page && request.method() == Method::OPTIONS {
            return Ok(finish(cors::preflight(&request), true, &Plan::default()));
        }
        let path = request.uri().path();
        if let Some(key) = path.strip_prefix(control::PATH) {
            let key = key.to_owned();
            let answer = control::handle(&self.scopes, &key, request).await;
            return Ok(finish(answer, from_page, &Plan::default()));
        }
        let Some(call) = Call::read(request).await else {
            return Ok(finish(answer::too_large(), from_page, &Plan::default()));
        };
        self.call(Arc::new(call), from_page).await
    }

    async fn call(&self, call: Arc<Call>, from_page: bool) -> Result<Response<Body>, HangUp> {
        let Some(scope) = call.access_key().and_then(|key| self.scopes.get(key)) else {
            let refusal = age::refusal(&call, clock::now_ms());
            let answer = fault::play(refusal, call, self.kinesis.clone()).await?;
            return Ok(finish(answer, from_page, &Plan::default()));
        };
        let refusal = age::refusal(&call, clock::now_ms() + scope.plan().clock_ms);
        let (seen, fault) = scope.admit(&call, refusal);
        let answer = fault::play(fault, call, self.kinesis.clone()).await?;
        seen.answered(answer.status());
        Ok(finish(answer, from_page, scope.plan()))
    }
}

/// The headers that do not depend on what was asked.
fn finish(mut answer: Response<Body>, from_page: bool, plan: &Plan) -> Response<Body> {
    let headers = answer.headers_mut();
    if !plan.hide_date {
        let date = clock::http_date(clock::now_ms() + plan.clock_ms);
        headers.insert(DATE, HeaderValue::try_from(date).expect("a date is ASCII"));
    }
    if plan.without_cors {
        cors::strip(headers);
    } else if from_page {
        cors::allow(headers);
    }
    answer
}

//! Does to a request what was planned.

use std::future::pending;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{error, fmt, io};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Frame;
use hyper::header::CONTENT_LENGTH;
use tokio::time::{Sleep, sleep};

use crate::call::Call;
use crate::plan::{ErrorAnswer, Fault, Kind, LiteralAnswer, RecordsFault};
use crate::{answer, records};

/// The connection closes instead of an answer.
#[derive(Debug)]
pub struct HangUp {
    /// Without a single byte.
    pub silent: bool,
}

/// Plays a fault; without one the request goes to the service and the answer comes from there.
///
/// What came in is carried out to its end though the client may have left meanwhile, as the service would: hence the
/// task.
pub async fn play(fault: Option<Fault>, call: Arc<Call>, kinesis: Router) -> Result<Response<Body>, HangUp> {
    // Outside the task, or it would outlive the connection.
    if let Some(Kind::Hang {}) = fault.as_ref().map(|fault| &fault.kind) {
        return pending().await;
    }
    let task = tokio::spawn(async move {
        let Some(fault) = fault else {
            return Ok(call.forward(&kinesis).await);
        };
        wait(fault.delay_ms).await;
        act(fault.kind, &call, &kinesis).await
    });
    task.await
        .unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))
}

async fn act(kind: Kind, call: &Call, kinesis: &Router) -> Result<Response<Body>, HangUp> {
    match kind {
        Kind::Error(error) => Ok(answer::error(&error, call.encoding())),
        Kind::Throttle {} => Ok(throttled(call)),
        Kind::ExpiredToken {} => Ok(expired_token(call)),
        Kind::SignatureAge { message } => Ok(signature_age(message, call)),
        Kind::Body(words) => Ok(literal(&words, call)),
        Kind::Reset { silent } => Err(HangUp { silent }),
        Kind::Records(fault) => fail_records(&fault, call, kinesis).await,
        Kind::Delay { ms } => {
            wait(ms).await;
            Ok(call.forward(kinesis).await)
        }
        stored => spoil(stored, call.forward(kinesis).await, call).await,
    }
}

/// What happens to the answer of a request that the service took.
async fn spoil(kind: Kind, answer: Response<Body>, call: &Call) -> Result<Response<Body>, HangUp> {
    match kind {
        Kind::Nulls {} => Ok(records::nulls(answer, call.encoding()).await),
        Kind::ForwardBody(words) => Ok(literal(&words, call)),
        Kind::Cut { bytes } => Ok(cut(answer, bytes).await),
        Kind::CutConnection { bytes } => Ok(cut_off(answer, bytes).await),
        Kind::LostAnswer { silent } => Err(HangUp { silent }),
        _ => Ok(answer),
    }
}

fn throttled(call: &Call) -> Response<Body> {
    let words = records::rate_exceeded(call);
    let error = ErrorAnswer::new("ProvisionedThroughputExceededException", words);
    answer::error(&error, call.encoding())
}

fn expired_token(call: &Call) -> Response<Body> {
    let words = "The security token included in the request is expired";
    answer::error(&ErrorAnswer::new("ExpiredTokenException", words), call.encoding())
}

fn signature_age(message: String, call: &Call) -> Response<Body> {
    let error = ErrorAnswer::new("InvalidSignatureException", message);
    answer::error(&error, call.encoding())
}

fn literal(words: &LiteralAnswer, call: &Call) -> Response<Body> {
    let own = call.encoding().content_type();
    let content_type = words.content_type.as_deref().unwrap_or(own);
    answer::literal(words.status, Some(content_type), words.text.clone())
}

async fn fail_records(fault: &RecordsFault, call: &Call, kinesis: &Router) -> Result<Response<Body>, HangUp> {
    let answer = records::fail(fault, call, kinesis).await;
    if fault.lose_answer {
        return Err(HangUp { silent: false });
    }
    Ok(answer)
}

async fn cut(answer: Response<Body>, left: usize) -> Response<Body> {
    let (mut head, mut bytes) = collect(answer).await;
    bytes.truncate(left);
    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(head, Body::from(bytes))
}

async fn cut_off(answer: Response<Body>, left: usize) -> Response<Body> {
    let (mut head, mut bytes) = collect(answer).await;
    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
    // At least the last byte is missing, or the client would not notice.
    bytes.truncate(left.min(bytes.len().saturating_sub(1)));
    Response::from_parts(head, Body::new(CutOff::after(bytes)))
}

async fn collect(answer: Response<Body>) -> (hyper::http::response::Parts, Bytes) {
    let (head, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap_or_default().to_bytes();
    (head, bytes)
}

async fn wait(ms: u32) {
    if ms > 0 {
        sleep(Duration::from_millis(ms.into())).await;
    }
}

/// A body that breaks off after some bytes.
struct CutOff {
    bytes: Option<Bytes>,
    /// An error at once would discard what was not yet written.
    pause: Pin<Box<Sleep>>,
}

impl CutOff {
    fn after(bytes: Bytes) -> Self {
        Self {
            bytes: Some(bytes),
            pause: Box::pin(sleep(FLUSH_PAUSE)),
        }
    }
}

impl hyper::body::Body for CutOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        ready!(self.pause.as_mut().poll(context));
        Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
    }
}

impl fmt::Display for HangUp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the connection closes as planned")
    }
}

impl error::Error for HangUp {}

const FLUSH_PAUSE: Duration = Duration::from_millis(20);

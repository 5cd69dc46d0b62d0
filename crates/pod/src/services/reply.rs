//! Replies in the form of pod.md 1.5.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use wire::pod::errors as failures;
pub use wire::pod::replies::Head;
use wire::pod::replies::Reply;

use super::call::{Done, Failed};
use edge::observe::{Cause, Reference};
use edge::reply::{json, large};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// The head of any reply. A call by HEAD does nothing: a GET may change much here.
pub async fn head() -> Response {
    with_type(Response::new(Body::empty()))
}

/// A status and nothing else.
pub fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What a caller is told.
pub fn answer(head: Head<'_>, answer: Result<Done, Failed>) -> Response {
    let mut response = match answer {
        Ok(Done::Nothing) => ok(&Reply::<()>::done(head, None)),
        Ok(Done::Result(result)) => ok(&Reply::done(head, Some(result))),
        Ok(Done::List(listed, count, sums)) => {
            with_type(large(listed.place, &Reply::list(head, listed.rows, count, sums)))
        }
        Err(Failed::Refused(failure)) => ok(&Reply::failed(head, &failure)),
        Err(Failed::Broken(error)) => broken(head, &error),
    };
    if let Ok(number) = head.reference_number.parse() {
        response.extensions_mut().insert(Reference(number));
    }
    response
}

fn ok(body: &impl Serialize) -> Response {
    with_type(json(StatusCode::OK, body))
}

fn with_type(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// A failure of the machine: busy, where nothing was done for sure; else the outcome is open, and the caller has to ask.
fn broken(head: Head<'_>, error: &engine::Error) -> Response {
    let (status, failure) = match error {
        error if error.is_passing() => (StatusCode::SERVICE_UNAVAILABLE, failures::TIME_OUT),
        engine::Error::Unexpected(_) => (StatusCode::INTERNAL_SERVER_ERROR, failures::NOT_DELIVERED),
        _ => (StatusCode::OK, failures::NOT_DELIVERED),
    };
    let mut response = with_type(json(status, &Reply::failed(head, &failure)));
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

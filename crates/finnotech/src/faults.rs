//! Faults of the sandbox that replace or change a reply.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use sandbox::{Armed, Effect, Taken, hung_up};
use serde_json::{Map, Value, json};
use wire::finnotech::errors;

use super::call::echoed;
use super::reply::failed;

/// Applies a fault of a reply to the call for which it is armed.
pub async fn replied(mut request: Request, next: Next) -> Response {
    let of_reply = |effect: &Effect| {
        matches!(effect, Effect::Error(_) | Effect::TimeOut | Effect::NestedError | Effect::ResponseCode(_))
    };
    if request.extensions().get::<Arc<Armed>>().is_none_or(|armed| !of_reply(armed.effect())) {
        return next.run(request).await;
    }
    // The fault is removed, so that the call itself runs without it.
    let Some(armed) = request.extensions_mut().remove::<Arc<Armed>>() else { return next.run(request).await };
    match armed.effect() {
        Effect::Error(failure) => failed(echoed(request.uri()).as_deref(), failure),
        Effect::TimeOut => {
            let echo = echoed(request.uri());
            let reply = next.run(request).await;
            if reply.extensions().get::<Taken>().is_none() {
                return reply;
            }
            armed.spend();
            failed(echo.as_deref(), &errors::TIME_OUT)
        }
        Effect::NestedError => {
            reshaped(next.run(request).await, |reply| {
                let error = reply.remove("error").filter(|_| !reply.contains_key("result"))?;
                let status = reply.remove("status")?;
                reply.insert("result".to_owned(), json!({"response": null, "status": status, "error": error}));
                armed.spend();
                Some(())
            })
            .await
        }
        Effect::ResponseCode(code) => {
            let code = code.clone();
            reshaped(next.run(request).await, |reply| {
                reply.insert("responseCode".to_owned(), code.into());
                Some(())
            })
            .await
        }
        _ => next.run(request).await,
    }
}

/// A reply with a changed body; unchanged if the body is not a JSON object or `change` returns `None`.
async fn reshaped(reply: Response, change: impl FnOnce(&mut Map<String, Value>) -> Option<()>) -> Response {
    let (mut parts, body) = reply.into_parts();
    // The body of a reply is in memory, so reading it does not fail.
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else { return hung_up() };
    let mut object = serde_json::from_slice::<Map<String, Value>>(&bytes).unwrap_or_default();
    if object.is_empty() || change(&mut object).is_none() {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(object).to_string()))
}

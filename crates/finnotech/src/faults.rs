//! Faults of the sandbox that replace or change a reply.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use sandbox::{Armed, Effect, OfReply, Taken, hung_up};
use serde_json::{Map, Value, json};
use wire::finnotech::errors;

use super::call::echoed;
use super::reply::failed;

/// Applies the faults of a reply to the call that they strike.
pub async fn replied(mut request: Request, next: Next) -> Response {
    let Some(faults) = request.extensions_mut().remove::<Arc<OfReply>>() else { return next.run(request).await };
    let echo = echoed(request.uri());
    let error = faults.0.iter().find_map(|armed| match armed.effect() {
        Effect::Error(failure) => Some(failure),
        _ => None,
    });
    let mut reply = match error {
        Some(failure) => failed(echo.as_deref(), failure),
        None => next.run(request).await,
    };
    for armed in &faults.0 {
        reply = changed(reply, armed, echo.as_deref()).await;
    }
    reply
}

/// A reply as a fault changes it.
async fn changed(reply: Response, armed: &Armed, echo: Option<&str>) -> Response {
    match armed.effect() {
        Effect::TimeOut => {
            if reply.extensions().get::<Taken>().is_none() {
                return reply;
            }
            armed.spend();
            failed(echo, &errors::TIME_OUT)
        }
        Effect::NestedError => {
            reshaped(reply, |reply| {
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
            reshaped(reply, |reply| {
                reply.insert("responseCode".to_owned(), code.into());
                Some(())
            })
            .await
        }
        _ => reply,
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

//! Applies faults to calls: before a handler runs, and after it has answered.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;
use text::fold;
use text::number::{compact, rials};

use super::{Armed, Effect, Facts, Faults, OfReply, StruckCall, own};
use edge::basic::basic;
use edge::body;
use edge::form::query_value;
use edge::refused::BodyFault;

/// Marks a response that must not be sent as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HangUp {
    /// The connection is closed instead.
    Close,
    /// The connection is reset instead.
    Reset,
    /// Half of its body is sent, then the connection is closed.
    HalfBody,
}

/// The status of a call that gets no answer, in the log line, the metrics and the request log: as nginx names it. It is never sent.
const UNANSWERED: u16 = 444;

/// Seconds after which a caller that was told 429 may come again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Strikes the calls that rules are for, or that bring a fault. Without either it costs one look. A dialect that has read the body by now brings its
/// [`Facts`] with the request.
pub async fn strike(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let track_id = query_value(request.uri(), "trackId").unwrap_or_default();
    let is_brought = own::is_brought(request.headers());
    if !is_brought && !faults.concerns(&track_id) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let bytes = match body::read(&parts, body).await {
        Ok(bytes) => bytes,
        // The handler finds the same fault and reports it.
        Err(BodyFault::TooLarge) => return next.run(Request::from_parts(parts, Body::empty())).await,
        Err(BodyFault::Broken) => return hung_up(),
    };
    let facts = match parts.extensions.remove::<Facts>() {
        Some(read) => Facts {
            client: client(&parts.headers).unwrap_or(read.client),
            track_id: if track_id.is_empty() { read.track_id } else { track_id },
            ..read
        },
        None => {
            let pattern = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
            facts(pattern, parts.uri.path(), &parts.headers, track_id, &bytes)
        }
    };
    if !is_brought {
        return struck(&faults, &facts, (parts, bytes), next).await;
    }
    match own::read(&parts.headers, &facts.operation) {
        Some(rule) => own::bringing(rule, struck(&faults, &facts, (parts, bytes), next)).await,
        None => own::refused(),
    }
}

/// Runs a call, with what strikes it.
async fn struck(faults: &Arc<Faults>, facts: &Facts, (mut parts, bytes): (Parts, Bytes), next: Next) -> Response {
    let StruckCall { start, whole, outcome, mut reply, delivery } = faults.struck(facts);
    if let Some(Effect::Delay(delay)) = start.as_ref().map(Armed::effect) {
        // Its time was drawn when it struck.
        if faults.delayed(delay.shortest).await.is_err() {
            return hung_up();
        }
    }
    match whole.as_ref().map(Armed::effect) {
        Some(Effect::Drop(_)) => return hung_up(),
        Some(Effect::TooMany) => return too_many(),
        _ => {}
    }
    // The dialect applies these: an error in place of the reply, what comes of the call, and changes of its reply.
    reply.extend(whole);
    if !reply.is_empty() {
        parts.extensions.insert(Arc::new(OfReply(reply)));
    }
    if let Some(outcome) = outcome {
        parts.extensions.insert(Arc::new(outcome));
    }
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    match delivery.as_ref().map(Armed::effect) {
        Some(Effect::Drop(_)) => hung_up(),
        Some(Effect::Reset) => ended(HangUp::Reset),
        Some(Effect::HalfBody) => {
            response.extensions_mut().insert(HangUp::HalfBody);
            response
        }
        _ => response,
    }
}

/// A response on which the connection is closed.
pub fn hung_up() -> Response {
    ended(HangUp::Close)
}

fn ended(how: HangUp) -> Response {
    // With a type, no dialect gives it a body.
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    let mut response = (StatusCode::from_u16(UNANSWERED).unwrap_or_default(), kind).into_response();
    response.extensions_mut().insert(how);
    response
}

/// The reply of a server that gets too many calls. The edge gives it the body of the call's dialect.
fn too_many() -> Response {
    let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}

/// The client of the credentials.
fn client(headers: &HeaderMap) -> Option<String> {
    basic(headers).and_then(|sent| sent.into_iter().next()).map(|sent| sent.id)
}

fn facts(pattern: &str, path: &str, headers: &HeaderMap, track_id: String, body: &[u8]) -> Facts {
    let last = pattern.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let named = pattern.split('/').zip(path.split('/')).find(|(name, _)| *name == "{client}");
    let client = named.map(|(_, client)| client.to_owned()).or_else(|| self::client(headers));
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(|text| fold(text).into_owned());
    let named = |name: &str| match body.get(name) {
        Some(Value::String(text)) => Some(compact(text).into_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let amount = match body.get("amount") {
        Some(Value::Number(number)) => rials(&number.to_string()),
        Some(Value::String(text)) => rials(text),
        _ => None,
    };
    let client = client.or_else(|| text("sequence"));
    let id = || text("order_id").or_else(|| text("invoice_id"));
    Facts {
        operation: last,
        client: client.unwrap_or_default(),
        track_id: if track_id.is_empty() { id().unwrap_or_default() } else { track_id },
        amount,
        card: named("card").or_else(|| named("pan")).unwrap_or_default(),
        destination: named("destinationNumber").unwrap_or_default(),
        second_password: body.get("secondPassword").is_some_and(|password| !password.is_null()),
        ..Facts::default()
    }
}

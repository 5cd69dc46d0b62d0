//! `/livez`, `/healthz`, `/readyz`, `/metrics`, `/openapi.json`.
//!
//! A process that cannot commit lives and is not ready: a restart does not help it. `/healthz` is `/livez` under its older name.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use engine::NotReady;
use serde_json::json;

use crate::App;
use edge::observe::Cause;
use edge::reply::PUBLIC;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The routes for monitoring.
pub fn router() -> Router<App> {
    Router::new()
        .route("/livez", get(async || Json(json!({"status": "ok"}))))
        .route("/healthz", get(async || Json(json!({"status": "ok"}))))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// The document of all calls, made when it is first read: most processes never show it.
pub type OpenApiDocument = Arc<dyn Fn() -> Bytes + Send + Sync>;

/// `/openapi.json`, which serves this document.
pub fn document_router<S: Clone + Send + Sync + 'static>(document: OpenApiDocument) -> Router<S> {
    Router::new().route(
        "/openapi.json",
        get(async move || ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, PUBLIC)], document())),
    )
}

async fn ready(State(app): State<App>) -> Response {
    let reasons = app.engine.not_ready().await;
    if reasons.is_empty() {
        return Json(json!({"status": "ok"})).into_response();
    }
    let told = |reason: &NotReady| json!({"check": reason.check.name(), "message": reason.message});
    let cause = reasons.iter().map(|reason| format!("{}: {}", reason.check.name(), reason.message));
    let cause = cause.collect::<Vec<_>>().join("; ");
    let told: Vec<_> = reasons.iter().map(told).collect();
    let body = Json(json!({"status": "unavailable", "reason": cause, "reasons": told}));
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    response.extensions_mut().insert(Cause(cause));
    response
}

async fn metrics(State(app): State<App>) -> Response {
    metrics::gauge!("daric_requests_running").set(app.running.len() as f64);
    metrics::gauge!("daric_queue_commands").set(app.engine.queued() as f64);
    if let Some(free) = app.engine.reader().free_bytes() {
        metrics::gauge!("daric_store_free_bytes").set(free as f64);
    }
    app.metrics.run_upkeep();
    let mut response = app.metrics.render().into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

//! `/healthz`, `/readyz`, `/metrics`, `/openapi.json`.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::json;

use crate::App;
use edge::observe::Cause;
use edge::reply::PUBLIC;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The routes; `openapi` is the document that `/openapi.json` serves.
pub fn router(openapi: Bytes) -> Router<App> {
    Router::new()
        .route("/healthz", get(async || Json(json!({"status": "ok"}))))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route(
            "/openapi.json",
            get(async || ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, PUBLIC)], openapi)),
        )
}

async fn ready(State(app): State<App>) -> Response {
    let store = app.engine.ready().await.map_err(|error| error.to_string());
    match store {
        Ok(()) => Json(json!({"status": "ok"})).into_response(),
        Err(cause) => {
            let body = Json(json!({"status": "unavailable", "reason": cause}));
            let mut response = (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
            response.extensions_mut().insert(Cause(cause));
            response
        }
    }
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

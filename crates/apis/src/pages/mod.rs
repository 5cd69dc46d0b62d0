//! Pages for people: right-to-left, server-rendered, without scripts.

use askama::Template;
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::App;
use crate::observe::Cause;

const STYLE: &str = include_str!("../../assets/daric.css");
const ICON: &str = include_str!("../../assets/favicon.svg");

/// What pages are made of beside their text.
pub fn router() -> Router<App> {
    Router::new()
        .route("/assets/daric.css", get(async || asset(STYLE, "text/css; charset=utf-8")))
        .route("/assets/favicon.svg", get(async || asset(ICON, "image/svg+xml")))
}

fn asset(text: &'static str, kind: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Where a page's forms may lead beside here: origins, as browsers write them.
pub type FormTargets<'a> = &'a [String];

/// A page that says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice<'a> {
    pub title: &'a str,
    pub text: &'a str,
}

/// A page. Nothing of it is kept, framed, or told to other sites; it runs no script.
pub fn page(status: StatusCode, template: &impl Template, targets: FormTargets<'_>) -> Response {
    let mut response = match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
            response.extensions_mut().insert(Cause(error.to_string()));
            return response;
        }
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; frame-ancestors 'none'; \
         base-uri 'none'",
        targets.join(" ")
    );
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    private(headers);
    response
}

/// Headers of what is for one person only.
pub fn private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

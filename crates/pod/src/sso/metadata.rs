//! GET `/.well-known/oauth-authorization-server` (RFC 8414): the capabilities and endpoints of the log-in service.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::scopes;
use crate::App;
use edge::reply::{PUBLIC, json};

/// The path of the metadata.
pub const PATH: &str = "/.well-known/oauth-authorization-server";
const AUTH_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: [&'static str; 3],
    ui_locales_supported: [&'static str; 2],
}

pub async fn serve(State(app): State<App>) -> Response {
    let base = app.public_base.as_str();
    let at = |path: &str| format!("{base}{path}");
    let metadata = Metadata {
        issuer: base,
        authorization_endpoint: at("/oauth2/authorize"),
        token_endpoint: at("/oauth2/token"),
        revocation_endpoint: at("/oauth2/token/revoke"),
        introspection_endpoint: at("/oauth2/token/info"),
        scopes_supported: scopes::names().collect(),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: AUTH_METHODS,
        revocation_endpoint_auth_methods_supported: AUTH_METHODS,
        introspection_endpoint_auth_methods_supported: AUTH_METHODS,
        ui_locales_supported: ["fa", "en"],
    };
    let mut response = json(StatusCode::OK, &metadata);
    response.headers_mut().insert(header::CACHE_CONTROL, PUBLIC);
    response
}

//! POST `/oauth2/token/info` (second-edition.md 4.3): introspection of a client's own tokens, in the form of RFC 7662. For every other token the
//! reply only says that it is not active.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::{Digest, PartyId, SsoGrant};
use serde::Serialize;

use super::scopes;
use super::token::{authenticate, broken, invalid_request, read};
use crate::App;
use edge::reply::json;

#[derive(Serialize, Default)]
struct Info {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// Expiry in seconds of Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The user's number; `ssoId` in other replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
}

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (headers, form) = read(request).await?;
    let token = form.get("token").ok_or_else(|| invalid_request("token is required"))?;
    let (client, _) = authenticate(&app, &headers, &form).await?;
    let found = found(&app, app.secrets.hash(token), client).await.map_err(|error| broken(&error))?;
    let party = app.engine.party(client).await.map_err(|error| broken(&error))?;
    let info = match found {
        None => Info::default(),
        Some((grant, ends_at_ms)) => Info {
            active: true,
            client_id: party.map(|client| client.name.to_string()),
            exp: Some(ends_at_ms.div_euclid(1_000)),
            scope: Some(scopes::scope_text(grant.scopes)),
            sub: Some(grant.party.0.to_string()),
        },
    };
    Ok(json(StatusCode::OK, &info))
}

/// The grant and the expiry (milliseconds of Unix time) of an access or refresh token, if it belongs to the client and is alive.
async fn found(app: &App, token: Digest, client: PartyId) -> Result<Option<(SsoGrant, i64)>, engine::Error> {
    app.engine.catch_up().await?;
    if let Some(caller) = app.engine.remembered_caller(token).await? {
        let grant = caller.grant.filter(|grant| grant.client == client);
        return Ok(grant.zip(caller.ends_at_ms()));
    }
    let refresh = app.engine.reader().sso_refresh(token).await?;
    let now_ms = app.engine.clock().now_ms();
    let is_good = |ends_at_ms: i64, used_at_ms: Option<i64>| now_ms < ends_at_ms && used_at_ms.is_none();
    let refresh = refresh.filter(|token| token.client == client && is_good(token.ends_at_ms, token.used_at_ms));
    let Some(refresh) = refresh else { return Ok(None) };
    let grant = app.engine.living_grant(refresh.family).await?;
    Ok(grant.map(|grant| (grant, refresh.ends_at_ms)))
}

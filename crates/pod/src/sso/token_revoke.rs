//! POST `/oauth2/token/revoke` (RFC 7009, second-edition.md 4.3): a client revokes a token. An access token ends alone; a refresh token ends together
//! with all tokens of its family. The reply to an unknown token, or to another client's, is the same, and nothing is revoked.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::RevokeSsoToken;
use serde::Serialize;

use super::token::{authenticate, broken, invalid_request, read};
use crate::App;
use edge::reply::json;

#[derive(Serialize)]
struct Revoked {}

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (headers, form) = read(request).await?;
    let token = form.get("token").ok_or_else(|| invalid_request("token is required"))?;
    // token_type_hint is ignored: it only says where to look first, and both kinds are looked up.
    let (client, _) = authenticate(&app, &headers, &form).await?;
    let command = RevokeSsoToken { token: app.secrets.hash(token), client };
    let Ok(()) = app.engine.run(command).await.map_err(|error| broken(&error))?;
    Ok(json(StatusCode::OK, &Revoked {}))
}

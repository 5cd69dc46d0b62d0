//! DELETE `/dev/v2/clients/{clientId}/token` (finnotech.md 2.6).

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{NoLiveToken, RevokeToken};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use uuid::Uuid;
use wire::field::Value;
use wire::finnotech::envelope::Success;
use wire::finnotech::errors as table;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::reply;
use crate::App;

const SERVICE: Requirements =
    Requirements { scope: None, grants: Grants::Any, track_id: Demand::Optional, rights: RightsCheck::Read };

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    token: Option<&'a RawValue>,
    // Documented fields that carry nothing more: the token determines them.
    #[serde(rename = "auth_type")]
    _auth_type: Option<IgnoredAny>,
    #[serde(rename = "bank")]
    _bank: Option<IgnoredAny>,
    #[serde(rename = "token_type")]
    _token_type: Option<IgnoredAny>,
}

pub async fn token_delete(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let body: Body<'_> = call.object()?;
    let token = Value::of(body.token).text("token").map_err(|fault| call.fail(&fault.into()))?;
    let command = RevokeToken { client: call.client.clone(), access: app.secrets.hash(&token) };
    match app.engine.run(command).await {
        Ok(Ok(())) => Ok(revoked()),
        Ok(Err(NoLiveToken)) => Err(call.fail(&table::invalid("token"))),
        Err(error) => Err(call.broken(&error)),
    }
}

/// `{"status":"DONE","trackId":"<12 hex>"}`: only this reply has a trackId of this form.
fn revoked() -> Response {
    let track_id = &Uuid::new_v4().simple().to_string()[..12];
    let body = Success::<()> { track_id: Some(track_id), result: None, status: "DONE", response_code: None };
    reply::json(axum::http::StatusCode::OK, &body)
}

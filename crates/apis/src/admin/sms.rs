//! Sandbox: the SMS inbox.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::reply::{Params, Problem};
use crate::App;
use wire::field::mobile;

/// An SMS as it would have been sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SmsBody {
    to: String,
    text: String,
    /// RFC 3339.
    at: String,
}

/// Whose.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SmsParams {
    /// Only those to this mobile number.
    to: Option<String>,
}

/// What would have been sent, newest first. Texts live in the memory of this process only.
#[utoipa::path(get, path = "/admin/v1/sms", params(SmsParams), responses((status = 200, body = [SmsBody]), (status = 400, body = Problem)))]
pub async fn inbox(State(app): State<App>, Params(params): Params<SmsParams>) -> Result<Json<Vec<SmsBody>>, Response> {
    let to = match params.to.as_deref() {
        None => None,
        Some(text) => Some(mobile(text).ok_or_else(|| Problem::invalid("to", "09 and nine digits").response())?),
    };
    let sent = app.sms.inbox().into_iter().filter(|sms| to.as_ref().is_none_or(|to| sms.to == *to));
    Ok(Json(sent.map(|sms| SmsBody { to: sms.to, text: sms.text, at: sms.at.to_string() }).collect()))
}

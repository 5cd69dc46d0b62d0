//! Calls to businesses that report a payment: their state, and repeating those that were given up.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{Channel, Message, MessageId, MessageState, Provenance, ResendMessage};
use serde::{Deserialize, Serialize};
use store::{By, MessagePage};
use utoipa::{IntoParams, ToSchema};

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, Id, NOT_FOUND, PageLimit, Params, Problem, done, listed, unread};
use super::sms::SmsState;
use crate::App;

/// A call to a business.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookBody {
    id: i64,
    /// The business's number.
    business: i64,
    /// What is called, with all that it is told.
    address: String,
    /// Whether it is signed: the address came from the business itself.
    signed: bool,
    state: SmsState,
    /// How often it was tried.
    tries: i64,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it was written: RFC 3339.
    at: String,
    /// When it was done or given up: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

/// Which calls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WebhookParams {
    /// Only those that stand so: `queued`, `sent` or `dead`.
    #[param(inline)]
    state: Option<SmsState>,
    /// Only those with a smaller number than this.
    before: Option<i64>,
    /// At most so many: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// Calls to businesses, newest first.
#[utoipa::path(get, path = "/admin/v1/webhooks", params(WebhookParams), responses((status = 200, body = [WebhookBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(params): Params<WebhookParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let (before, state) = (params.before.unwrap_or(i64::MAX), params.state.map(MessageState::from));
    let page = MessagePage { by: By::Call, before, to: None, state, limit };
    let found = app.engine.reader().messages(page).await.map_err(unread)?;
    listed(&app, found.iter().filter_map(body).collect()).await
}

/// Makes a call that was given up once more.
#[utoipa::path(post, path = "/admin/v1/webhooks/{id}/resend", params(("id" = i64, Path)), responses((status = 202, body = WebhookBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resend(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<Response, Response> {
    let id = MessageId(id);
    let found = app.engine.reader().message(id).await.map_err(unread)?;
    if found.as_ref().and_then(body).is_none() {
        return Err(NOT_FOUND.response());
    }
    let id = done(app.run_audited(ResendMessage { id }).await)?;
    let found = app.engine.reader().message(id).await.map_err(unread)?;
    let body = found.as_ref().and_then(body).ok_or_else(|| NOT_FOUND.response())?;
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

fn body(message: &Message) -> Option<WebhookBody> {
    let Channel::Call(business, provenance) = message.channel else { return None };
    Some(WebhookBody {
        id: message.id.0,
        business: business.0,
        address: message.to.to_string(),
        signed: provenance == Provenance::Business,
        state: SmsState::from(message.state),
        tries: message.tries,
        error: Some(message.error.to_string()).filter(|error| !error.is_empty()),
        at: instant(message.at_ms),
        ended_at: message.ended_at_ms.map(instant),
    })
}

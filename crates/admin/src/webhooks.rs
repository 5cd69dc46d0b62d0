//! Calls to businesses that report a payment: their state, every attempt, and making one again.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{
    CallbackAttempt, CallbackAttempts, Channel, JobId, JobKind, Message, MessageId, MessageState, PartyId, Provenance,
    ResendMessage,
};
use serde::{Deserialize, Serialize};
use store::{By, MessagePage};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, Id, NOT_FOUND, PageLimit, Params, Problem, done, listed, unread};
use super::sms::SmsState;
use super::wait::{RECHECK, Wait, found};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(resend))
}

/// A call to a business.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookBody {
    /// Its number, which is the `webhook-id` of every attempt.
    id: i64,
    /// The business's number.
    business: i64,
    /// What is called, with all that it is told.
    address: String,
    /// Whether it is signed: the address came from the business itself.
    signed: bool,
    state: SmsState,
    /// How often it was tried, since it was last sent again.
    tries: i64,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it was written: RFC 3339.
    at: String,
    /// When it was done or given up: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// When it is tried next: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<String>,
    /// The last ten attempts, oldest first.
    attempts: Vec<WebhookAttempt>,
}

/// An attempt to make a call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttempt {
    /// When it began: RFC 3339.
    at: String,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    duration_ms: i64,
    /// The first KiB of the answer's body; in a sandbox only.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

impl From<&CallbackAttempt> for WebhookAttempt {
    fn from(attempt: &CallbackAttempt) -> Self {
        Self {
            at: instant(attempt.at_ms),
            status: attempt.status,
            error: attempt.error.as_ref().map(ToString::to_string),
            duration_ms: attempt.duration_ms,
            answer: attempt.answer.as_ref().map(ToString::to_string),
        }
    }
}

/// Which calls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WebhookParams {
    /// Only those to the business with this number.
    business: Option<i64>,
    /// Only those that stand so: `queued`, `sent` or `dead`.
    #[param(inline)]
    state: Option<SmsState>,
    /// Only those with a smaller number than this.
    before: Option<i64>,
    /// Only those with a greater number than this.
    since: Option<i64>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
    /// Answers as soon as one call fits, or with an empty list after so many seconds of the machine's time: 1 to 60.
    #[param(inline)]
    wait: Option<Wait>,
}

/// Calls to businesses, newest first.
#[utoipa::path(get, path = "/admin/v1/webhooks", params(WebhookParams), responses((status = 200, body = [WebhookBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(params): Params<WebhookParams>) -> Result<Response, Response> {
    let page = MessagePage {
        by: By::Call,
        before: params.before.unwrap_or(i64::MAX),
        after: params.since.unwrap_or(0),
        to: None,
        business: params.business.map(business).transpose().map_err(|problem| problem.response())?,
        state: params.state.map(MessageState::from),
        limit: params.limit.rows().map_err(|problem| problem.response())?,
    };
    let look = || {
        let (app, page) = (app.clone(), page.clone());
        async move {
            let calls = app.engine.reader().messages(page).await.map_err(unread)?;
            bodies(&app, calls).await
        }
    };
    let signal = (app.engine.message_changes(), Some(RECHECK));
    listed(&app, found(&app, params.wait, signal, look).await?).await
}

fn business(id: i64) -> Result<PartyId, Problem> {
    PartyId::numbered(id).ok_or_else(|| Problem::invalid("business", "the number of a business"))
}

/// A call to a business.
#[utoipa::path(get, path = "/admin/v1/webhooks/{id}", params(("id" = i64, Path)), responses((status = 200, body = WebhookBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn one(State(app): State<App>, Id(id): Id) -> Result<Json<WebhookBody>, Response> {
    read(&app, MessageId(id)).await.map(Json)
}

/// Makes a call again, with all its tries, in whatever state it is. It keeps its number, by which its receiver knows a call that it has accepted
/// already. One that waits for its next try is tried at once.
#[utoipa::path(post, path = "/admin/v1/webhooks/{id}/resend", params(("id" = i64, Path)), responses((status = 202, body = WebhookBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resend(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<Response, Response> {
    let command = resending(&app, MessageId(id)).await?.ok_or_else(|| NOT_FOUND.response())?;
    let id = done(app.run_audited(command).await)?;
    Ok((StatusCode::ACCEPTED, Json(read(&app, id).await?)).into_response())
}

/// The command that makes a call again; `None`: there is no such call.
///
/// # Errors
/// The store cannot be read.
async fn resending(app: &App, id: MessageId) -> Result<Option<ResendMessage>, Response> {
    let reader = app.engine.reader();
    let found = reader.message(id).await.map_err(unread)?;
    if !found.is_some_and(|message| matches!(message.channel, Channel::Call(..))) {
        return Ok(None);
    }
    Ok(Some(ResendMessage { id, job: job(app, id).await.map_err(unread)? }))
}

/// The job that sends a queued message, if there is one.
async fn job(app: &App, id: MessageId) -> Result<Option<JobId>, store::Error> {
    let jobs = app.engine.reader().jobs_about(id.0).await?;
    Ok(jobs.into_iter().find(|job| job.kind == JobKind::Send(id)).map(|job| job.id))
}

async fn read(app: &App, id: MessageId) -> Result<WebhookBody, Response> {
    let found = app.engine.reader().message(id).await.map_err(unread)?;
    let bodies = bodies(app, found.into_iter().collect()).await?;
    bodies.into_iter().next().ok_or_else(|| NOT_FOUND.response())
}

/// Calls with their attempts.
async fn bodies(app: &App, calls: Vec<Message>) -> Result<Vec<WebhookBody>, Response> {
    let ids = calls.iter().map(|call| call.id).collect();
    let attempts = app.engine.reader().callback_attempts(ids).await.map_err(unread)?;
    let attempts: HashMap<MessageId, CallbackAttempts> = attempts.into_iter().map(|of| (of.message, of)).collect();
    Ok(calls.iter().filter_map(|call| body(call, attempts.get(&call.id))).collect())
}

fn body(message: &Message, attempts: Option<&CallbackAttempts>) -> Option<WebhookBody> {
    let Channel::Call(business, provenance) = message.channel else { return None };
    let is_queued = message.state == MessageState::Queued;
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
        next_try_at: attempts.and_then(|of| of.next_try_at_ms).filter(|_| is_queued).map(instant),
        attempts: attempts.iter().flat_map(|of| &of.attempts).map(WebhookAttempt::from).collect(),
    })
}

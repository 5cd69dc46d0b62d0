//! Sandbox: what is due next by the clock.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use store::{Ending, EndingKind};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::jobs;
use super::reply::{PageLimit, Params, Problem, unread};
use crate::App;
use payments::{Job, JobKind};

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Something that happens when the clock gets there.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueBody {
    /// RFC 3339. An instant that is past: it is under way.
    at: String,
    /// A job, by the name that `GET /admin/v1/jobs` gives it, or an end: `accessTokenEnds`, `apiTokenEnds`, `consentEnds`, `gatewaySessionEnds`,
    /// `payCodeEnds`, `payLinkEnds`.
    kind: &'static str,
    /// What it happens to: `cycle 621405083003`.
    what: String,
}

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DueParams {
    /// The maximum number of rows: 1 to 100.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// What is due next: jobs of all kinds, and the ends of tokens, links, codes and sessions. Earliest first.
#[utoipa::path(get, path = "/admin/v1/clock/due", params(DueParams), responses((status = 200, body = [DueBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(params): Params<DueParams>) -> Result<Json<Vec<DueBody>>, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let (reader, now_ms) = (app.engine.reader(), app.engine.clock().now_ms());
    let jobs = reader.due_jobs(limit).await.map_err(unread)?;
    let endings = reader.endings(now_ms, limit).await.map_err(unread)?;
    let mut due: Vec<(i64, DueBody)> = jobs.iter().map(of_job).chain(endings.iter().map(of_ending)).collect();
    due.sort_by_key(|(at_ms, _)| *at_ms);
    due.truncate(limit);
    Ok(Json(due.into_iter().map(|(_, body)| body).collect()))
}

fn of_job(job: &Job) -> (i64, DueBody) {
    let (kind, subject) = jobs::what(job.kind);
    let of = match job.kind {
        JobKind::ExpireHold(_) => "hold",
        JobKind::CloseCycle(_) | JobKind::SettleCycle(_) => "cycle",
        JobKind::SubmitOrder(_) | JobKind::InquireOrder(_) => "order",
        JobKind::CardAttempt(_) => "card attempt",
        JobKind::Send(_) => "message",
        JobKind::Invoice(..) => "invoice",
        JobKind::SettleCardReceivable(_) => "card money",
    };
    (job.due_at_ms, DueBody { at: instant(job.due_at_ms), kind, what: format!("{of} {subject}") })
}

fn of_ending(ending: &Ending) -> (i64, DueBody) {
    let (kind, of) = match ending.kind {
        EndingKind::AccessToken => ("accessTokenEnds", "grant"),
        EndingKind::ApiToken => ("apiTokenEnds", "party"),
        EndingKind::Consent => ("consentEnds", "request for consent"),
        EndingKind::GatewaySession => ("gatewaySessionEnds", "invoice"),
        EndingKind::PayCode => ("payCodeEnds", "invoice"),
        EndingKind::PayLink => ("payLinkEnds", "invoice"),
    };
    let what = if ending.subject == 0 { of.to_owned() } else { format!("{of} {}", ending.subject) };
    (ending.at_ms, DueBody { at: instant(ending.at_ms), kind, what })
}

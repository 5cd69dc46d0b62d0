//! Dead jobs: listing, retrying and closing them.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{
    CloseJob, CloseRefusal, InvoiceJob, Job, JobId, JobKind, Precondition, Resolution, RetryJob, RetryRefusal, Text,
    Version, Versioned,
};
use serde::{Deserialize, Serialize};
use store::Page;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::{Decided, OperatorContext};
use super::proposals;
use super::reply::{EmptyBody, Id, NOT_FOUND, Paging, Params, Problem, done, json, listed, unread, version};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry)).routes(routes!(close))
}

/// A job that is not tried any more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobBody {
    id: i64,
    /// What it does: `expireHold`, `closeCycle`, `settleCycle`, `submitOrder`, `inquireOrder`, `cardAttempt`, `send`, `verificationTimeOut`, `futureDue`, `setOffDue`, `closeTimeOut` or
    /// `settleCardMoney`.
    kind: &'static str,
    /// The number of what it is about: a hold's transfer, a cycle, an order, a payment by a card of another bank, a message, an invoice, card money.
    subject: i64,
    /// What a network has said of the order: `done` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    /// How often it was tried.
    tries: i64,
    /// Why it could not be done when it was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Since when it is not tried any more: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_at: Option<String>,
    /// What of it was read: closing it says this. It is another one once the job was run again.
    version: String,
}

/// The name of a kind of job, and the number of its subject.
pub fn what(kind: JobKind) -> (&'static str, i64) {
    match kind {
        JobKind::ExpireHold(hold) => ("expireHold", hold.0),
        JobKind::CloseCycle(cycle) => ("closeCycle", cycle.0),
        JobKind::SettleCycle(cycle) => ("settleCycle", cycle.0),
        JobKind::SubmitOrder(order) => ("submitOrder", order.0),
        JobKind::InquireOrder(order) => ("inquireOrder", order.0),
        JobKind::CardAttempt(attempt) => ("cardAttempt", attempt.0),
        JobKind::Send(message) => ("send", message.0),
        JobKind::Invoice(InvoiceJob::VerificationTimeOut, invoice) => ("verificationTimeOut", invoice.0),
        JobKind::Invoice(InvoiceJob::FutureDue, invoice) => ("futureDue", invoice.0),
        JobKind::Invoice(InvoiceJob::SetOffDue, invoice) => ("setOffDue", invoice.0),
        JobKind::Invoice(InvoiceJob::CloseTimeOut, invoice) => ("closeTimeOut", invoice.0),
        JobKind::SettleCardReceivable(receivable) => ("settleCardMoney", receivable.0),
    }
}

async fn body(app: &App, job: &Job) -> Result<JobBody, Response> {
    let failure = app.engine.reader().job_failure(job.id).await.map_err(unread)?;
    let (kind, subject) = what(job.kind);
    let verdict = reported_resolution(app, job.kind).await?;
    let (tries, dead_at) = (job.tries, job.dead_at_ms.map(instant));
    let (error, version) = (failure.map(|failure| failure.error.to_string()), version_of(job));
    Ok(JobBody { id: job.id.0, kind, subject, verdict, tries, error, dead_at, version })
}

/// The verdict that a network has reported for the order of a job.
async fn reported_resolution(app: &App, kind: JobKind) -> Result<Option<&'static str>, Response> {
    let (JobKind::SubmitOrder(order) | JobKind::InquireOrder(order)) = kind else { return Ok(None) };
    let submission = app.engine.reader().submission(order).await.map_err(unread)?;
    Ok(submission.and_then(|submission| submission.reported).map(|reported| match reported {
        Resolution::Done => "done",
        Resolution::Failed => "failed",
    }))
}

/// The version of a job.
pub fn version_of(job: &Job) -> String {
    version(None, &Versioned::Job(job))
}

/// Dead jobs, by number: tried six times over a day, and not done.
#[utoipa::path(get, path = "/admin/v1/jobs", params(Paging), responses((status = 200, body = [JobBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let mut bodies = Vec::new();
    for job in app.engine.reader().dead_jobs(page).await.map_err(unread)? {
        bodies.push(body(&app, &job).await?);
    }
    listed(&app, bodies).await
}

/// Has a dead job run again, at once.
#[utoipa::path(post, path = "/admin/v1/jobs/{id}/retry", params(("id" = i64, Path)), responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn retry(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<Response, Response> {
    done(app.run_audited(RetryJob { id: JobId(id) }).await)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl From<RetryRefusal> for Problem {
    fn from(refusal: RetryRefusal) -> Self {
        match refusal {
            RetryRefusal::JobUnknown => NOT_FOUND,
            RetryRefusal::JobNotDead => Self::conflict("id", "this job is tried by itself"),
        }
    }
}

/// Why a dead job will not run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseForm {
    /// For the audit.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// The version of the job that was read.
    version: String,
}

/// Takes a dead job from the list. One that something waits for (money that is held, an order that is not decided, a message) is not closed.
#[utoipa::path(post, path = "/admin/v1/jobs/{id}/close", params(("id" = i64, Path)), request_body = CloseForm, responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn close(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: CloseForm = json(request).await?;
    let reason = proposals::reason(&form.reason).map_err(|problem| problem.response())?;
    done(close_as(app, JobId(id), reason, &form.version).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Closes a dead job if it still has this version.
///
/// # Errors
/// No dead job has this number, or the store cannot be read.
pub async fn close_as(
    context: OperatorContext,
    id: JobId,
    reason: Text,
    seen: &str,
) -> Result<Decided<(), CloseRefusal>, Response> {
    let page = Page { after: id.0.saturating_sub(1), limit: 1 };
    let found = context.engine.reader().dead_jobs(page).await.map_err(unread)?;
    let job = found.into_iter().find(|job| job.id == id).ok_or_else(|| NOT_FOUND.response())?;
    let context = context.expecting(Precondition::Version(Version::sent(seen)));
    Ok(context.run_audited(CloseJob { job, reason }).await)
}

impl From<CloseRefusal> for Problem {
    fn from(refusal: CloseRefusal) -> Self {
        match refusal {
            CloseRefusal::JobUnknown => NOT_FOUND,
            CloseRefusal::JobNotDead => Self::conflict("id", "this job is tried by itself"),
            CloseRefusal::JobNeeded => Self::conflict(
                "id",
                "something waits for what it does: have it run again, or decide its order or card payment first",
            ),
        }
    }
}

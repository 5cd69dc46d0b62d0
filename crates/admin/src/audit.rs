//! The audit: who did what, and what was refused.

use axum::extract::State;
use axum::response::Response;
use payments::{AuditLine, Text};
use serde::{Deserialize, Serialize};
use store::{AuditPage, Page};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{PageLimit, Params, Problem, listed, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Something that an operator did, or that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditBody {
    id: i64,
    /// RFC 3339.
    at: String,
    /// Who; `api`: the token of the settings, `api:` and a name: a named token, `-`: not known, `daric`: the server itself.
    by: String,
    action: String,
    subject: String,
    detail: String,
}

impl From<&AuditLine> for AuditBody {
    fn from(line: &AuditLine) -> Self {
        Self {
            id: line.id.0,
            at: instant(line.at_ms),
            by: line.by.to_string(),
            action: line.action.to_string(),
            subject: line.subject.to_string(),
            detail: line.detail.to_string(),
        }
    }
}

/// Which audit lines; all conditions that are given must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// Only lines behind this one, by its number, as on a page.
    before: Option<i64>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
    /// Only of this author.
    by: Option<String>,
    /// Only with this action, such as `sign in`.
    action: Option<String>,
    /// Only about this subject: the number or name that the line shows.
    subject: Option<String>,
    /// Only from this instant on: RFC 3339.
    since: Option<String>,
    /// Only before this instant: RFC 3339.
    until: Option<String>,
}

/// What operators did and what was refused, newest first.
#[utoipa::path(get, path = "/admin/v1/audit", params(AuditParams), responses((status = 200, body = [AuditBody]), (status = 400, body = Problem)))]
pub async fn audit(State(app): State<App>, Params(params): Params<AuditParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let at = |field: &'static str, text: &Option<String>, otherwise: i64| match text {
        None => Ok(otherwise),
        Some(text) => {
            let read = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond);
            read.map_err(|_| Problem::invalid(field, "an instant like 2026-11-21T11:00:00+03:30").response())
        }
    };
    let text = |text: Option<String>| text.map(Text::from);
    let wanted = AuditPage {
        since_ms: at("since", &params.since, i64::MIN)?,
        until_ms: at("until", &params.until, i64::MAX)?,
        by: text(params.by),
        action: text(params.action),
        subject: text(params.subject),
        ..AuditPage::newest(limit)
    };
    let found = search(&app, wanted, params.before).await.map_err(unread)?;
    listed(&app, found.iter().map(AuditBody::from).collect()).await
}

/// The audit lines that a search selects, newest first: a page behind the line with the number `before`.
///
/// # Errors
/// The store cannot be read.
pub async fn search(app: &App, wanted: AuditPage, before: Option<i64>) -> Result<Vec<AuditLine>, store::Error> {
    let reader = app.engine.reader();
    let all = AuditPage { before: wanted.before, ..AuditPage::newest(wanted.limit) };
    if wanted == all {
        return reader.audit_lines(Page { after: before.unwrap_or(i64::MAX), limit: wanted.limit }).await;
    }
    let Some(before) = before else { return reader.audit_search(wanted).await };
    // A search is in the order of time, so it goes on behind the instant of the last line.
    let last = reader.audit_lines(Page { after: before.saturating_add(1), limit: 1 }).await?;
    let at_ms = last.first().map_or(i64::MIN, |line| line.at_ms);
    reader.audit_search(AuditPage { before: (at_ms, before), ..wanted }).await
}

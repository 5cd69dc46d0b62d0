//! The last alert of each kind, with its limit.

use axum::extract::State;
use axum::response::Response;
use payments::{Alert, AlertKind};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::AlertLimits;
use super::watch::look_once;
use crate::App;
use crate::accounts::instant;
use crate::operator_context::OperatorContext;
use crate::reply::{EmptyBody, Problem, broken, unread, whole_list};

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(alerts)).routes(routes!(look))
}

/// A condition that is looked for, and its last alert.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertBody {
    /// `undecided_payments`, `stuck_jobs`, `failed_callbacks`, `disk`, `clock`, `verification` or `open_cycle`.
    kind: &'static str,
    /// `open`, `resolved`, or `none`: there was no alert of this kind.
    state: &'static str,
    /// The limit from which on it is raised: a setting.
    limit: i64,
    /// The unit of the limit and of the value.
    unit: &'static str,
    /// What was measured when it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
    /// What was found when it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    raised_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<String>,
}

fn body(kind: AlertKind, alert: Option<&Alert>, limits: &AlertLimits) -> AlertBody {
    let (limit, unit) = limits.of(kind);
    AlertBody {
        kind: kind.name(),
        state: match alert {
            None => "none",
            Some(alert) if alert.is_open() => "open",
            Some(_) => "resolved",
        },
        limit,
        unit,
        value: alert.map(|alert| alert.value),
        detail: alert.map(|alert| alert.detail.to_string()),
        raised_at: alert.map(|alert| instant(alert.raised_at_ms)),
        resolved_at: alert.and_then(|alert| alert.resolved_at_ms).map(instant),
    }
}

/// The conditions that are looked for twice a minute, each with its last alert.
#[utoipa::path(get, path = "/admin/v1/alerts", responses((status = 200, body = [AlertBody])))]
pub async fn alerts(State(app): State<App>) -> Result<Response, Response> {
    shown(&app).await
}

/// Looks for each condition at once, and shows what was found.
#[utoipa::path(post, path = "/admin/v1/alerts/look", responses((status = 200, body = [AlertBody]), (status = 400, body = Problem)))]
pub async fn look(app: OperatorContext, _: EmptyBody) -> Result<Response, Response> {
    look_once(&app).await.map_err(|failed| broken(&failed.error))?;
    shown(&app).await
}

async fn shown(app: &App) -> Result<Response, Response> {
    let found = app.engine.reader().alerts().await.map_err(unread)?;
    let of = |kind: AlertKind| body(kind, found.iter().find(|alert| alert.kind == kind), &app.alert_limits);
    whole_list(app, AlertKind::ALL.into_iter().map(of).collect()).await
}

//! The operator's switch of the banks' day: while it is on, no card pays (PayStar's code 90).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::{DayClose, SetDayClose, Versioned};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::reply::{Problem, done, version, versioned};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read, set))
}

/// Whether the banks are closing their day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayCloseForm {
    /// The switch. A window of the settings closes the day beside it.
    on: bool,
}

/// Whether the banks are closing their day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayCloseBody {
    /// The switch. A window of the settings closes the day beside it.
    on: bool,
    /// The version of this setting. A PUT that changes it repeats it.
    version: String,
}

fn shown(on: bool) -> Response {
    let body = DayCloseBody { on, version: version(None, &Versioned::DayClose(DayClose { on })) };
    versioned(StatusCode::OK, &body, &body.version)
}

/// How the switch stands.
#[utoipa::path(get, path = "/admin/v1/day-close", responses((status = 200, body = DayCloseBody)))]
pub async fn read(State(app): State<App>) -> Response {
    shown(app.engine.is_day_closing())
}

/// Turns the switch.
#[utoipa::path(put, path = "/admin/v1/day-close", request_body = DayCloseForm, responses((status = 200, body = DayCloseBody), (status = 400, body = Problem)))]
pub async fn set(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<DayCloseForm>(request).await?;
    done(app.run_audited(SetDayClose { to: DayClose { on: form.on } }).await)?;
    Ok(shown(form.on))
}

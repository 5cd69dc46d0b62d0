//! The operator's switch of the banks' day: while it is on, no card pays (PayStar's code 90).

use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Command, DayClose, SetDayClose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::Desk;
use super::reply::{Problem, broken, json};
use crate::App;

/// Whether the banks are closing their day.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayCloseBody {
    /// The switch. A window of the settings closes the day beside it.
    on: bool,
}

/// How the switch stands.
#[utoipa::path(get, path = "/admin/v1/day-close", responses((status = 200, body = DayCloseBody)))]
pub async fn read(State(app): State<App>) -> Json<DayCloseBody> {
    Json(DayCloseBody { on: app.engine.is_day_closing() })
}

/// Turns the switch.
#[utoipa::path(put, path = "/admin/v1/day-close", request_body = DayCloseBody, responses((status = 200, body = DayCloseBody), (status = 400, body = Problem)))]
pub async fn set(app: Desk, request: Request) -> Result<Json<DayCloseBody>, Response> {
    let form: DayCloseBody = json(request).await?;
    match app.operate(Command::SetDayClose(SetDayClose { to: DayClose { on: form.on } })).await {
        Ok(Ok(_)) => Ok(Json(form)),
        Ok(Err(refusal)) => Err(Problem::from(refusal).response()),
        Err(error) => Err(broken(&error)),
    }
}

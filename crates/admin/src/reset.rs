//! Sandbox: reset to the demo world.

use axum::Json;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, broken};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reset))
}

/// The store is as on its first day.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetBody {
    status: &'static str,
}

/// Empties the store, makes the demo world again, and lets the clock run with the machine's time.
#[utoipa::path(post, path = "/admin/v1/reset", responses((status = 200, body = ResetBody)))]
pub async fn reset(app: OperatorContext, _: EmptyBody) -> Result<Json<ResetBody>, Response> {
    app.engine.reset().await.map_err(|error| broken(&error))?;
    for part in &app.resets {
        part.reset();
    }
    app.write_audit_line("reset", "", "").await.map_err(|error| broken(&error))?;
    Ok(Json(ResetBody { status: "done" }))
}

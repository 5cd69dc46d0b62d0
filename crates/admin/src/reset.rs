//! Sandbox: reset to the demo world.

use axum::Json;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, Problem, broken};
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

/// Empties the store, makes the demo world again, and lets the clock run with the machine's time. A world file is read again; if it is refused (409),
/// nothing changes.
#[utoipa::path(post, path = "/admin/v1/reset", responses((status = 200, body = ResetBody), (status = 409, body = Problem)))]
pub async fn reset(app: OperatorContext, _: EmptyBody) -> Result<Json<ResetBody>, Response> {
    let world = match &app.first_world {
        None => None,
        Some(first) => Some(first.make().await.map_err(|why| Problem::conflict("world", why).response())?),
    };
    app.engine.reset(world).await.map_err(|error| match error {
        engine::Error::World(refusal) => Problem::conflict("world", refusal.to_string()).response(),
        error => broken(&error),
    })?;
    for part in &app.resets {
        part.reset();
    }
    app.write_audit_line("reset", "", "").await.map_err(|error| broken(&error))?;
    Ok(Json(ResetBody { status: "done" }))
}

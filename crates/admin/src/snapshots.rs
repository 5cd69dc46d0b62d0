//! Sandbox: saving the world and loading it again.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::{SNAPSHOT_BYTES, SNAPSHOTS, SnapshotInfo, SnapshotRefusal};
use payments::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, Problem, broken, done, json};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, save)).routes(routes!(load)).routes(routes!(remove))
}

/// Characters of a name at most.
const NAME: usize = 64;

/// A saved world.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotBody {
    name: String,
    /// What the clock showed: RFC 3339.
    at: String,
    /// The number of its rows.
    rows: usize,
    /// The memory that it takes, about.
    bytes: usize,
}

impl From<SnapshotInfo> for SnapshotBody {
    fn from(info: SnapshotInfo) -> Self {
        let SnapshotInfo { name, at_ms, rows, bytes } = info;
        Self { name, at: instant(at_ms), rows, bytes }
    }
}

/// A world to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotForm {
    /// 1 to 64 letters of ASCII, digits, `.`, `_` and `-`.
    name: String,
}

impl From<SnapshotRefusal> for Problem {
    fn from(refusal: SnapshotRefusal) -> Self {
        match refusal {
            SnapshotRefusal::Unknown => {
                Self::unknown("name", "there is no snapshot of this name: GET /admin/v1/snapshots lists them")
            }
            SnapshotRefusal::TooMany => {
                Self::conflict("name", format!("there are {SNAPSHOTS} snapshots already: drop some"))
            }
            SnapshotRefusal::TooLarge(left) => Self::conflict(
                "name",
                format!("the world takes more than the {left} bytes that are left of {SNAPSHOT_BYTES}: drop snapshots"),
            ),
        }
    }
}

/// The saved worlds of this process, by name.
#[utoipa::path(get, path = "/admin/v1/snapshots", responses((status = 200, body = [SnapshotBody])))]
pub async fn list(State(app): State<App>) -> Json<Vec<SnapshotBody>> {
    Json(app.engine.snapshots().into_iter().map(SnapshotBody::from).collect())
}

/// Saves the present world: all rows, and the instant of the clock. A snapshot of the same name is replaced.
#[utoipa::path(post, path = "/admin/v1/snapshots", request_body = SnapshotForm, responses((status = 201, body = SnapshotBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn save(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: SnapshotForm = json(request).await?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !(1..=NAME).contains(&form.name.len()) || !form.name.chars().all(is_name) {
        let problem = Problem::invalid("name", format!("1 to {NAME} letters of ASCII, digits, `.`, `_` and `-`"));
        return Err(problem.response());
    }
    let saved = done(app.engine.save_snapshot(&form.name).await)?;
    app.write_audit_line("save snapshot", &saved.name, "").await.map_err(|error| broken(&error))?;
    Ok((StatusCode::CREATED, Json(SnapshotBody::from(saved))).into_response())
}

/// Replaces the present world by a saved one, as a reset replaces it by the first one. Faults are disarmed; the audit keeps its lines.
#[utoipa::path(post, path = "/admin/v1/snapshots/{name}/load", params(("name" = String, Path)), responses((status = 200, body = SnapshotBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn load(
    app: OperatorContext,
    Path(name): Path<String>,
    _: EmptyBody,
) -> Result<Json<SnapshotBody>, Response> {
    let loaded = done(app.engine.load_snapshot(&name, Text::clone(app.by())).await)?;
    for part in &app.resets {
        part.reset();
    }
    Ok(Json(SnapshotBody::from(loaded)))
}

/// Forgets a saved world.
#[utoipa::path(delete, path = "/admin/v1/snapshots/{name}", params(("name" = String, Path)), responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn remove(app: OperatorContext, Path(name): Path<String>, _: EmptyBody) -> Result<StatusCode, Response> {
    if !app.engine.drop_snapshot(&name) {
        return Err(Problem::from(SnapshotRefusal::Unknown).response());
    }
    app.write_audit_line("drop snapshot", &name, "").await.map_err(|error| broken(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

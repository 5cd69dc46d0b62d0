//! Operators: who may sign in to the console, and what everybody did.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{AuditLine, Command, Operator, OperatorVerb, RegisterOperator, Role, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wire::field::fold;

use super::accounts::{NewestFirst, instant};
use super::desk::Desk;
use super::reply::{NOT_FOUND, Params, Problem, broken, json, unread};
use super::secret;
use crate::{App, passwords};

/// Characters of a name at most.
const NAME: usize = 40;

/// What an operator may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleName {
    /// Look.
    Viewer,
    /// Look, and do the daily work.
    Operator,
    /// All of that, and say who else may.
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Operator => Self::Operator,
            RoleName::Admin => Self::Admin,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Operator => Self::Operator,
            Role::Admin => Self::Admin,
        }
    }
}

/// An operator as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorForm {
    /// 1 to 40 characters; may be left out where the path says it.
    #[serde(default)]
    pub name: String,
    /// 12 to 128 characters in production; may be left out where an operator is changed.
    pub password: Option<String>,
    pub role: RoleName,
    /// Whether it may do nothing any more.
    #[serde(default)]
    pub disabled: bool,
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorBody {
    name: String,
    role: RoleName,
    disabled: bool,
    /// RFC 3339.
    since: String,
}

fn body(operator: &Operator) -> OperatorBody {
    let Operator { name, role, disabled, since_ms, .. } = operator;
    OperatorBody { name: name.to_string(), role: (*role).into(), disabled: *disabled, since: instant(*since_ms) }
}

/// All operators, by name.
#[utoipa::path(get, path = "/admin/v1/operators", responses((status = 200, body = [OperatorBody])))]
pub async fn operators(State(app): State<App>) -> Result<Json<Vec<OperatorBody>>, Response> {
    let found = app.engine.reader().operators().await.map_err(unread)?;
    Ok(Json(found.iter().map(body).collect()))
}

/// Makes an operator.
#[utoipa::path(post, path = "/admin/v1/operators", request_body = OperatorForm, responses((status = 201, body = OperatorBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: Desk, request: Request) -> Result<Response, Response> {
    let form: OperatorForm = json(request).await?;
    put(&app, form, StatusCode::CREATED).await
}

/// Changes an operator's password and role. One that is disabled is logged out at once.
#[utoipa::path(put, path = "/admin/v1/operators/{name}", params(("name" = String, Path)), request_body = OperatorForm, responses((status = 200, body = OperatorBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replace(app: Desk, Path(name): Path<String>, request: Request) -> Result<Response, Response> {
    let form: OperatorForm = json(request).await?;
    if !form.name.is_empty() && form.name != name {
        return Err(Problem::conflict("name", "the path names another operator").response());
    }
    put(&app, OperatorForm { name, ..form }, StatusCode::OK).await
}

/// Makes or changes an operator.
///
/// # Errors
/// What is wrong with the form, or the machine failed.
pub async fn put(app: &Desk, form: OperatorForm, status: StatusCode) -> Result<Response, Response> {
    let OperatorForm { name, password, role, disabled } = form;
    let replace = status == StatusCode::OK;
    let operator = hashed(app, &name, password, replace).await?;
    let operator = Operator { role: role.into(), disabled, ..operator };
    let name = Text::clone(&operator.name);
    let verb = OperatorVerb::Register(RegisterOperator { operator, replace });
    match app.operate(Command::Operators(Box::new(verb))).await {
        Ok(Ok(_)) => {
            let found = app.engine.reader().operator(name).await.map_err(unread)?;
            let found = found.ok_or_else(|| NOT_FOUND.response())?;
            Ok((status, Json(body(&found))).into_response())
        }
        Ok(Err(refusal)) => Err(Problem::from(refusal).response()),
        Err(error) => Err(broken(&error)),
    }
}

/// An operator of this name, with its password's hash; without one where it keeps what it has.
async fn hashed(app: &Desk, name: &str, password: Option<String>, keeps: bool) -> Result<Operator, Response> {
    let name = fold(name);
    if !(1..=NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) || *name == *super::desk::API {
        return Err(Problem::invalid("name", "1 to 40 characters, and not `api`").response());
    }
    let hash = match password {
        None if keeps => String::new(),
        None => return Err(Problem::invalid("password", "it is required").response()),
        Some(password) => {
            let checked = secret::check(app, "password", &password, &secret::OPERATOR_PASSWORD);
            checked.map_err(|problem| problem.response())?;
            passwords::hashed(password).await.map_err(|error| broken(&error))?
        }
    };
    Ok(Operator { name: Text::from(&*name), password: hash, role: Role::Viewer, disabled: false, since_ms: 0 })
}

/// Something that an operator did.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditBody {
    id: i64,
    /// RFC 3339.
    at: String,
    /// Who; `api`: whoever has the operator's token.
    by: String,
    action: String,
    subject: String,
    detail: String,
}

/// What operators did, newest first.
#[utoipa::path(get, path = "/admin/v1/audit", params(NewestFirst), responses((status = 200, body = [AuditBody]), (status = 400, body = Problem)))]
pub async fn audit(
    State(app): State<App>,
    Params(paging): Params<NewestFirst>,
) -> Result<Json<Vec<AuditBody>>, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let found = app.engine.reader().audit_lines(page).await.map_err(unread)?;
    let body = |line: &AuditLine| AuditBody {
        id: line.id.0,
        at: instant(line.at_ms),
        by: line.by.to_string(),
        action: line.action.to_string(),
        subject: line.subject.to_string(),
        detail: line.detail.to_string(),
    };
    Ok(Json(found.iter().map(body).collect()))
}

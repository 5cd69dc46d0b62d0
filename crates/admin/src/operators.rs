//! Operators of the console.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{
    AdminRefusal, ChangeFactor, ChangeOperator, ConfirmOperator, ConfirmRefusal, DEPENDENT_MS, FactorUnknown, Operator,
    Proposal, ProposedAction, RecordRefusal, RegisterOperator, Replaced, ResetFactor, Role, Text, Version, Versioned,
};
use serde::{Deserialize, Serialize};
use text::fold;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::names;
use super::operator_context::{Author, OperatorContext};
use super::proposals::{self, ProposalBody};
use super::reply::{NOT_FOUND, Problem, broken, done, json, unread, version, versioned, whole_list};
use super::roles::{RoleName, admin_needed, console_needed, not_independent};
use super::secret;
use crate::App;
use edge::passwords;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(operators, register))
        .routes(routes!(replace))
        .routes(routes!(confirm_apart))
        .routes(routes!(reset_second_factor))
}

/// An operator to make or to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorForm {
    /// 1 to 40 letters of one script and digits, with single blanks, `.`, `_`, `-` or `@` between, that look like no other name; may be left out
    /// where the path says it.
    #[serde(default)]
    pub name: String,
    /// 12 to 128 characters in production; may be left out where an operator is changed.
    pub password: Option<String>,
    /// What the operator may do.
    pub role: RoleName,
    /// Whether it may do nothing any more.
    #[serde(default)]
    pub disabled: bool,
    /// Why, where another admin has to approve it: 1 to 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorBody {
    name: String,
    role: RoleName,
    disabled: bool,
    /// RFC 3339.
    since: String,
    /// Whether it signs in with a second factor.
    #[serde(rename = "secondFactor")]
    second_factor: bool,
    /// Operators who made it or set its password in the last 30 days: they and it do not approve one another's proposals.
    #[serde(rename = "dependsOn")]
    depends_on: Vec<DependencyBody>,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

/// A dependency on another operator.
#[derive(Debug, Serialize, ToSchema)]
pub struct DependencyBody {
    on: String,
    /// RFC 3339.
    until: String,
}

fn body(app: &App, operator: &Operator, second_factor: bool, written: Option<Version>) -> OperatorBody {
    let depends_on = operator.depends_on(app.engine.clock().now_ms());
    let depends_on = depends_on.map(|known| DependencyBody {
        on: known.on.to_string(),
        until: instant(known.at_ms.saturating_add(DEPENDENT_MS)),
    });
    OperatorBody {
        name: operator.name.to_string(),
        role: operator.role.into(),
        disabled: operator.disabled,
        since: instant(operator.since_ms),
        second_factor,
        depends_on: depends_on.collect(),
        version: version(written, &Versioned::Operator(operator)),
    }
}

/// All operators, by name.
#[utoipa::path(get, path = "/admin/v1/operators", responses((status = 200, body = [OperatorBody])))]
pub async fn operators(State(app): State<App>) -> Result<Response, Response> {
    let found = app.engine.reader().operators().await.map_err(unread)?;
    let factors = app.engine.reader().second_factors().await.map_err(unread)?;
    let has_factor = |operator: &Operator| factors.iter().any(|factor| factor.operator == operator.name);
    whole_list(&app, found.iter().map(|operator| body(&app, operator, has_factor(operator), None)).collect()).await
}

/// Makes an operator.
#[utoipa::path(post, path = "/admin/v1/operators", request_body = OperatorForm, responses((status = 201, body = OperatorBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: OperatorForm = json(request).await?;
    made(&app, put(&app, form, false).await?, StatusCode::CREATED).await
}

/// Changes an operator's password and role. One that is disabled is logged out at once.
#[utoipa::path(put, path = "/admin/v1/operators/{name}", params(("name" = String, Path)), request_body = OperatorForm, responses((status = 200, body = OperatorBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replace(app: OperatorContext, Path(name): Path<String>, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<OperatorForm>(request).await?;
    if !form.name.is_empty() && form.name != name {
        return Err(Problem::conflict("name", "the path names another operator").response());
    }
    made(&app, put(&app, OperatorForm { name, ..form }, true).await?, StatusCode::OK).await
}

/// The body for an operator's current record.
async fn shown(app: &App, operator: &Operator, written: Option<Version>) -> Result<OperatorBody, Response> {
    let factor = app.engine.reader().second_factor(Text::clone(&operator.name)).await.map_err(unread)?;
    Ok(body(app, operator, factor.is_some(), written))
}

async fn made(app: &App, put: Put, status: StatusCode) -> Result<Response, Response> {
    match put {
        Put::Done(operator, written) => {
            let body = shown(app, &operator, written).await?;
            Ok(versioned(status, &body, &body.version))
        }
        Put::Proposed(proposal) => Ok((StatusCode::ACCEPTED, Json(proposals::body(&proposal))).into_response()),
    }
}

/// The outcome of a form about an operator.
#[derive(Debug)]
pub enum Put {
    /// The change is done; the record has this version.
    Done(Box<Operator>, Option<Version>),
    /// The change waits for another admin's approval.
    Proposed(Arc<Proposal>),
}

/// Makes or changes an operator, or proposes it where a second admin is needed. Changing one's own password needs none.
///
/// # Errors
/// The form is invalid, the command was refused, or the store failed.
pub async fn put(app: &OperatorContext, form: OperatorForm, replace: bool) -> Result<Put, Response> {
    let OperatorForm { name, password, role, disabled, reason } = form;
    let operator = hashed(app, &name, password, replace).await?;
    let operator = Operator { role: role.into(), disabled, ..operator };
    let name = Text::clone(&operator.name);
    let known = app.engine.reader().operators().await.map_err(unread)?;
    let same = |known: &Operator| (known.role, known.disabled) == (operator.role, operator.disabled);
    let is_own_password = name == *app.by() && known.iter().any(|known| known.name == name && same(known));
    if !replace {
        names::differs(&name, known.iter().map(|known| &known.name)).map_err(|problem| problem.response())?;
    }
    let record = RegisterOperator { operator, replace };
    if app.needs_second(&known) && !is_own_password {
        let reason = proposals::reason(&reason).map_err(|problem| problem.response())?;
        return proposals::propose(app, ProposedAction::Operator(record), reason).await.map(Put::Proposed);
    }
    let known = known.into_iter().map(|known| known.name).collect();
    let (by, second) = (Text::clone(app.by()), app.second_admin());
    let changed = app.replace(ChangeOperator { record, by, known, second }).await;
    let Replaced { done: (), version: written } = done(changed)?;
    find(app, name).await.map(|found| Put::Done(Box::new(found), written))
}

impl<R: Into<Self>> From<AdminRefusal<R>> for Problem {
    fn from(refusal: AdminRefusal<R>) -> Self {
        match refusal {
            AdminRefusal::AdminNeeded => admin_needed(),
            AdminRefusal::SecondAdminNeeded => Self::conflict("name", "another admin has to approve it: propose it"),
            AdminRefusal::Refused(why) => why.into(),
        }
    }
}

impl From<RecordRefusal> for Problem {
    fn from(refusal: RecordRefusal) -> Self {
        match refusal {
            RecordRefusal::OperatorExists => {
                Self::conflict("name", "an operator of this name exists; use PUT to change it")
            }
            RecordRefusal::OperatorUnknown => NOT_FOUND,
        }
    }
}

async fn find(app: &App, name: Text) -> Result<Operator, Response> {
    let found = app.engine.reader().operator(name).await.map_err(unread)?;
    found.ok_or_else(|| NOT_FOUND.response())
}

/// On whom an operator depends no longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmForm {
    /// A name of `dependsOn`.
    on: String,
}

/// Confirms that an operator is a person apart from one who made it or set its password: they may approve one another's proposals.
#[utoipa::path(post, path = "/admin/v1/operators/{name}/confirm", params(("name" = String, Path)), request_body = ConfirmForm, responses((status = 200, body = OperatorBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn confirm_apart(
    app: OperatorContext,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<OperatorBody>, Response> {
    let form: ConfirmForm = json(request).await?;
    let operator = confirm(&app, &name, &form.on).await?;
    Ok(Json(shown(&app, &operator, None).await?))
}

/// Confirms that two operators are two persons; see [`confirm_apart`].
///
/// # Errors
/// The author is not an admin independent of both, there is nothing to confirm, or the store failed.
pub async fn confirm(app: &OperatorContext, name: &str, on: &str) -> Result<Operator, Response> {
    // Only a person who knows both can tell that they are two.
    if app.author() != Author::Console && !app.does_alone_what_takes_two() {
        app.write_audit_line("refused confirm operator", name, "by a token").await.map_err(|error| broken(&error))?;
        return Err(console_needed().response());
    }
    let (name, on) = (Text::from(&*fold(name)), Text::from(&*fold(on)));
    done(app.run_audited(ConfirmOperator { name: Text::clone(&name), on, by: Text::clone(app.by()) }).await)?;
    find(app, name).await
}

impl From<ConfirmRefusal> for Problem {
    fn from(refusal: ConfirmRefusal) -> Self {
        match refusal {
            ConfirmRefusal::OperatorUnknown => NOT_FOUND,
            ConfirmRefusal::ConsoleNeeded => console_needed(),
            ConfirmRefusal::AdminNeeded => admin_needed(),
            ConfirmRefusal::NotIndependent => not_independent(),
            ConfirmRefusal::NotDependent => Self::conflict("on", "the operator does not depend on this one"),
        }
    }
}

/// Why a second factor is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetForm {
    /// 1 to 200 characters; needed where another admin has to approve it.
    #[serde(default)]
    reason: String,
}

/// Takes an operator's second factor away: it enrols another device when it signs in again.
#[utoipa::path(post, path = "/admin/v1/operators/{name}/factor/reset", params(("name" = String, Path)), request_body = ResetForm, responses((status = 200, body = OperatorBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn reset_second_factor(
    app: OperatorContext,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let form: ResetForm = json(request).await?;
    made(&app, reset_factor(&app, &name, &form.reason).await?, StatusCode::OK).await
}

/// Removes a second factor or proposes it; see [`reset_second_factor`].
///
/// # Errors
/// There is no second factor, it is the author's own and there is no other admin, or the store failed.
pub async fn reset_factor(app: &OperatorContext, name: &str, reason: &str) -> Result<Put, Response> {
    let operator = find(app, Text::from(&*fold(name))).await?;
    let known = app.engine.reader().operators().await.map_err(unread)?;
    let reset = ResetFactor { operator: Text::clone(&operator.name) };
    if app.needs_second(&known) {
        let reason = proposals::reason(reason).map_err(|problem| problem.response())?;
        return proposals::propose(app, ProposedAction::ResetFactor(reset), reason).await.map(Put::Proposed);
    }
    let known = known.into_iter().map(|known| known.name).collect();
    let (by, second) = (Text::clone(app.by()), app.second_admin());
    done(app.run_audited(ChangeFactor { reset, by, known, second }).await)?;
    Ok(Put::Done(Box::new(operator), None))
}

impl From<FactorUnknown> for Problem {
    fn from(_: FactorUnknown) -> Self {
        Self::conflict("name", "the operator has no second factor")
    }
}

/// An operator with this name and the hash of the password; the hash is empty if the password stays unchanged.
async fn hashed(
    app: &OperatorContext,
    name: &str,
    password: Option<String>,
    keeps: bool,
) -> Result<Operator, Response> {
    // An existing name is not checked again.
    let name = if keeps { Ok(Text::from(&*fold(name))) } else { names::new_name(name) };
    let name = name.map_err(|problem| problem.response())?;
    let hash = match password {
        None if keeps => String::new(),
        None => return Err(Problem::invalid("password", "it is required").response()),
        Some(password) => {
            let checked = secret::check(app.provision(), "password", &password, &secret::OPERATOR_PASSWORD);
            checked.map_err(|problem| problem.response())?;
            passwords::hashed(password).await.map_err(|error| broken(&error))?
        }
    };
    Ok(Operator { name, password: hash, role: Role::Viewer, disabled: false, since_ms: 0, depends_on: Vec::new() })
}

//! Provisioning of bank users, who log in on the consent page.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::{BankUser, RegisterUser, Replaced, UserRefusal, Version, Versioned};
use serde::{Deserialize, Serialize};
use text::number::{compact, mobile, national_id};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::provision::Provision;
use super::reply::{NOT_FOUND, PageLimit, Params, Problem, broken, done, json, listed, unread, version, versioned};
use super::secret;
use crate::App;
use edge::passwords;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(users, register)).routes(routes!(user, replace))
}

/// A bank user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserForm {
    /// National id; left out on PUT.
    #[serde(default)]
    #[schema(pattern = "^[0-9]{10}$")]
    nid: String,
    /// Kept as a slow, salted hash only.
    #[schema(min_length = 1, max_length = 128)]
    password: String,
    /// The mobile number that the bank has of the user: consent by SMS goes there and nowhere else. Kept as a keyed hash; left out on PUT: as
    /// it was.
    mobile: Option<String>,
}

/// A bank user, without the password.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserBody {
    nid: String,
    /// Whether consent can be asked of it by SMS.
    mobile: bool,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

/// Which rows of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserParams {
    /// Only users whose national ids come after this one.
    #[serde(default)]
    after: String,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// Bank users by their national ids.
#[utoipa::path(get, path = "/admin/v1/users", params(UserParams), responses((status = 200, body = [UserBody]), (status = 400, body = Problem)))]
pub async fn users(State(app): State<App>, Params(params): Params<UserParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let found = app.engine.reader().bank_users(params.after, limit).await.map_err(unread)?;
    listed(&app, found.into_iter().map(|user| body(user, None)).collect()).await
}

/// A bank user.
#[utoipa::path(get, path = "/admin/v1/users/{nid}", params(("nid" = String, Path)), responses((status = 200, body = UserBody), (status = 404, body = Problem)))]
pub async fn user(State(app): State<App>, Path(nid): Path<String>) -> Result<Response, Response> {
    shown(&app, compact(&nid).into_owned(), StatusCode::OK, None).await
}

async fn shown(app: &App, nid: String, status: StatusCode, written: Option<Version>) -> Result<Response, Response> {
    let found = app.engine.reader().bank_user(nid).await.map_err(unread)?;
    let user = found.ok_or_else(|| NOT_FOUND.response())?;
    let body = body(user, written);
    Ok(versioned(status, &body, &body.version))
}

fn body(user: BankUser, written: Option<Version>) -> UserBody {
    let version = version(written, &Versioned::BankUser(&user));
    UserBody { nid: user.nid, mobile: user.mobile.is_some(), version }
}

/// Makes a bank user.
#[utoipa::path(post, path = "/admin/v1/users", request_body = UserForm, responses((status = 201, body = UserBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: UserForm = json(request).await?;
    put(&app, form, StatusCode::CREATED).await
}

/// Gives a bank user another password, and ends its lock.
#[utoipa::path(put, path = "/admin/v1/users/{nid}", params(("nid" = String, Path)), request_body = UserForm, responses((status = 200, body = UserBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replace(app: OperatorContext, Path(nid): Path<String>, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<UserForm>(request).await?;
    if !form.nid.is_empty() && compact(&form.nid) != compact(&nid) {
        return Err(Problem::conflict("nid", "the path names another user").response());
    }
    put(&app, UserForm { nid, ..form }, StatusCode::OK).await
}

async fn put(app: &OperatorContext, form: UserForm, status: StatusCode) -> Result<Response, Response> {
    let user = hashed(app.provision(), form).await?;
    let nid = user.nid.clone();
    let command = RegisterUser { user, replace: status == StatusCode::OK };
    let Replaced { done: (), version: written } = done(app.replace(command).await)?;
    shown(app, nid, status, written).await
}

/// The user of a form.
pub(super) async fn hashed(provision: Provision<'_>, form: UserForm) -> Result<BankUser, Response> {
    let refuse = |problem: Problem| problem.response();
    let UserForm { nid, password, mobile: number } = form;
    let nid = national_id(&nid).ok_or_else(|| refuse(Problem::invalid("nid", "a national id of 10 digits")))?;
    secret::check(provision, "password", &password, &secret::PASSWORD).map_err(refuse)?;
    let mobile = match number.as_deref().map(mobile) {
        None => None,
        Some(Some(mobile)) => Some(provision.secrets.hash(&mobile)),
        Some(None) => return Err(refuse(Problem::invalid("mobile", "a mobile number: 09 and nine digits"))),
    };
    let password = passwords::hashed(password).await.map_err(|error| broken(&error))?;
    Ok(BankUser { nid: nid.into_owned(), password, failures: 0, locked_until_ms: 0, mobile })
}

impl From<UserRefusal> for Problem {
    fn from(refusal: UserRefusal) -> Self {
        match refusal {
            UserRefusal::UserExists => {
                Self::conflict("nid", "a user of this id exists; use PUT to change the password")
            }
            UserRefusal::UserUnknown => NOT_FOUND,
        }
    }
}

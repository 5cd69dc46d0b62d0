//! Named tokens of this API: the audit names the token, its role limits it, and it only proposes what takes two operators.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use payments::{
    IssueOperatorToken, MakeOperatorToken, OperatorToken, OperatorTokenRefusal, ProposedAction, RevokeOperatorToken,
    RevokeRefusal, Role, Text,
};
use serde::{Deserialize, Serialize};
use text::fold;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::names;
use super::operator_context::{Author, By, OperatorContext};
use super::proposals::{self, ProposalBody};
use super::refusals::Proof;
use super::reply::{EmptyBody, NOT_FOUND, Problem, broken, done, json, unread, whole_list};
use super::roles::{RoleName, admin_needed};
use crate::App;
use edge::Mode;
use edge::random::alphanumeric;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, issue)).routes(routes!(revoke))
}

/// The prefix of every token; others are not looked up.
const PREFIX: &str = "daric_";
/// Random characters after the prefix.
const LENGTH: usize = 43;
/// Maximum life of a token in days.
const MOST_DAYS: i64 = 366;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// The path at which payments at terminals are reported.
const POS_TRANSACTIONS: &str = "/admin/v1/pos/transactions";
/// Paths that only admins may read and change.
const OF_ADMINS: [&str; 4] =
    ["/admin/v1/operators", "/admin/v1/operator-tokens", "/admin/v1/reset", "/admin/v1/snapshots"];

/// A token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OperatorTokenForm)]
pub struct TokenForm {
    /// As an operator's; no other token has or had it, or one that looks like it. In the audit it stands behind `api:`.
    pub name: String,
    /// What it may do.
    pub role: RoleName,
    /// The operator that it belongs to: it may do no more than that one, and nothing once that one is disabled.
    pub operator: Option<String>,
    /// How many days it is good.
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
    /// Why, where another admin has to approve it: 1 to 200 characters.
    #[serde(default)]
    pub reason: String,
}

/// A token that was made or proposed. The token itself is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewToken {
    token: String,
    /// Where another admin has to approve it: until then the token is good for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalBody>,
}

/// A token as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenBody {
    name: String,
    role: RoleName,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    /// Who made it; where that was a token, who made that one, too.
    made_by: Vec<String>,
    /// RFC 3339.
    at: String,
    /// RFC 3339.
    ends_at: String,
    /// `alive`, `ended` or `revoked`.
    state: &'static str,
}

fn body(token: &OperatorToken, now_ms: i64) -> TokenBody {
    TokenBody {
        name: token.name.to_string(),
        role: token.role.into(),
        operator: token.operator.as_ref().map(Text::to_string),
        made_by: token.made_by.iter().map(Text::to_string).collect(),
        at: instant(token.at_ms),
        ends_at: instant(token.ends_at_ms),
        state: match token.revoked_at_ms {
            Some(_) => "revoked",
            None if token.is_alive(now_ms) => "alive",
            None => "ended",
        },
    }
}

/// All tokens, by name, also those that have ended.
#[utoipa::path(get, path = "/admin/v1/operator-tokens", responses((status = 200, body = [TokenBody])))]
pub async fn list(State(app): State<App>) -> Result<Response, Response> {
    let found = app.engine.reader().operator_tokens().await.map_err(unread)?;
    let now_ms = app.engine.clock().now_ms();
    whole_list(&app, found.iter().map(|token| body(token, now_ms)).collect()).await
}

/// Makes a token, or proposes it where another admin has to approve it.
#[utoipa::path(post, path = "/admin/v1/operator-tokens", request_body = TokenForm, responses((status = 201, body = NewToken), (status = 202, body = NewToken), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn issue(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: TokenForm = json(request).await?;
    // An empty name would make a token that belongs to no operator.
    if form.operator.as_deref().is_some_and(|name| fold(name).is_empty()) {
        return Err(Problem::invalid("operator", "the name of an operator").response());
    }
    let made = make(&app, form).await?;
    let status = if made.proposal.is_some() { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    Ok((status, Json(made)).into_response())
}

impl NewToken {
    /// The token, and whether it has to be approved yet.
    pub fn shown(&self) -> (&str, bool) {
        (&self.token, self.proposal.is_some())
    }
}

/// Makes or proposes a token; see [`issue`].
///
/// # Errors
/// The form is invalid, the command was refused, or the store failed.
pub async fn make(app: &OperatorContext, form: TokenForm) -> Result<NewToken, Response> {
    let refuse = |problem: Problem| problem.response();
    let name = names::new_name(&form.name).map_err(refuse)?;
    let taken = app.engine.reader().operator_tokens().await.map_err(unread)?;
    names::differs(&name, taken.iter().map(|token| &token.name)).map_err(refuse)?;
    if !(1..=MOST_DAYS).contains(&form.days) {
        return Err(refuse(Problem::invalid("days", format!("1 to {MOST_DAYS}"))));
    }
    let random = alphanumeric(LENGTH).map_err(|error| broken(&engine::Error::Unavailable(error.to_string())))?;
    let token = format!("{PREFIX}{random}");
    let operator = form.operator.as_deref().map(fold).filter(|name| !name.is_empty());
    let issue = IssueOperatorToken {
        name,
        hash: app.secrets.hash(&token),
        role: form.role.into(),
        operator: operator.map(|name| Text::from(&*name)),
        life_ms: form.days.saturating_mul(DAY_MS),
    };
    let known = app.engine.reader().operators().await.map_err(unread)?;
    if app.needs_second(&known) {
        let reason = proposals::reason(&form.reason).map_err(refuse)?;
        let proposal = proposals::propose(app, ProposedAction::MakeToken(issue), reason).await?;
        return Ok(NewToken { token, proposal: Some(proposals::body(&proposal)) });
    }
    let known = known.into_iter().map(|known| known.name).collect();
    let (by, second) = (Text::clone(app.by()), app.second_admin());
    done(app.run_audited(MakeOperatorToken { issue, by, known, second }).await)?;
    Ok(NewToken { token, proposal: None })
}

impl From<OperatorTokenRefusal> for Problem {
    fn from(refusal: OperatorTokenRefusal) -> Self {
        match refusal {
            OperatorTokenRefusal::OperatorTokenExists => {
                Self::conflict("name", "a token of this name exists, or existed")
            }
            OperatorTokenRefusal::OperatorUnknown => NOT_FOUND,
        }
    }
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/admin/v1/operator-tokens/{name}", params(("name" = String, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub async fn revoke(app: OperatorContext, Path(name): Path<String>, _: EmptyBody) -> Result<StatusCode, Response> {
    end(&app, &name).await.map(|()| StatusCode::NO_CONTENT)
}

/// Ends a token; see [`revoke`].
///
/// # Errors
/// There is no such token, or the store failed.
pub async fn end(app: &OperatorContext, name: &str) -> Result<(), Response> {
    let (name, by) = (Text::from(&*fold(name)), Text::clone(app.by()));
    done(app.run_audited(RevokeOperatorToken { name, by }).await)
}

impl From<RevokeRefusal> for Problem {
    fn from(refusal: RevokeRefusal) -> Self {
        match refusal {
            RevokeRefusal::AdminNeeded => admin_needed(),
            RevokeRefusal::OperatorTokenUnknown => NOT_FOUND,
        }
    }
}

/// The author and role of a call with a named token; `None`: it is not a live token.
///
/// # Errors
/// The store cannot be read.
pub async fn caller(app: &App, token: &str) -> Result<Option<By>, engine::Error> {
    if token.strip_prefix(PREFIX).is_none_or(|rest| rest.len() != LENGTH) {
        return Ok(None);
    }
    let reader = app.engine.reader();
    let Some(found) = reader.operator_token(app.secrets.hash(token)).await? else { return Ok(None) };
    let operator = match &found.operator {
        Some(name) => reader.operator(Text::clone(name)).await?,
        None => None,
    };
    let role = found.role(operator.as_ref(), app.engine.clock().now_ms());
    Ok(role.map(|role| By(found.author(), Author::NamedToken(role))))
}

/// Whether a role permits a call.
pub fn permits(mode: Mode, role: Role, method: &Method, path: &str) -> bool {
    match (*method == Method::POST && path == POS_TRANSACTIONS, mode) {
        // In a sandbox, tests report payments instead of an acquirer.
        (true, Mode::Sandbox) => role.reports_pos() || role >= Role::Operator,
        (true, Mode::Production) => role.reports_pos(),
        (false, _) => role >= least_role(method, path),
    }
}

/// The least role that a call needs.
fn least_role(method: &Method, path: &str) -> Role {
    let of = |prefix: &&str| path.strip_prefix(*prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if OF_ADMINS.iter().any(of) {
        Role::Admin
    } else if *method == Method::GET || *method == Method::HEAD {
        Role::Viewer
    } else {
        Role::Operator
    }
}

/// Writes the audit line for a call whose role is too low; returns the refusal.
///
/// # Errors
/// The store cannot be written.
pub async fn refuse(app: &OperatorContext, path: &str, role: Role) -> Result<Response, engine::Error> {
    let detail = format!("the role {} does not do this", role.name());
    app.write_refusal(Proof::Authenticated, "refused call", path, &detail).await?;
    Ok(Problem::forbidden("the role of this token does not do this").response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_needs_the_role_of_what_it_does() {
        for (method, path, least) in [
            (Method::GET, "/admin/v1/orders", Role::Viewer),
            (Method::HEAD, "/admin/v1/orders", Role::Viewer),
            (Method::POST, "/admin/v1/orders/5/resolve", Role::Operator),
            (Method::PUT, "/admin/v1/clients/x", Role::Operator),
            (Method::GET, "/admin/v1/operators", Role::Admin),
            (Method::PUT, "/admin/v1/operators/x", Role::Admin),
            (Method::GET, "/admin/v1/operatorship", Role::Viewer),
            (Method::DELETE, "/admin/v1/operator-tokens/x", Role::Admin),
            (Method::POST, "/admin/v1/reset", Role::Admin),
            (Method::POST, "/admin/v1/snapshots/x/load", Role::Admin),
        ] {
            assert_eq!(least_role(&method, path), least, "{method} {path}");
        }
    }

    #[test]
    fn an_acquirer_tells_of_terminals_and_does_nothing_else() {
        // second-edition.md 4.6.
        let all = [Role::Acquirer, Role::Viewer, Role::Operator, Role::Admin];
        let who = |mode, method: &Method, path| all.map(|role| permits(mode, role, method, path));
        let (post, get) = (Method::POST, Method::GET);
        assert_eq!(who(Mode::Production, &post, POS_TRANSACTIONS), [true, false, false, true]);
        assert_eq!(who(Mode::Sandbox, &post, POS_TRANSACTIONS), [true, false, true, true]);
        for mode in [Mode::Sandbox, Mode::Production] {
            assert_eq!(who(mode, &get, "/admin/v1/invoices"), [false, true, true, true]);
            assert_eq!(who(mode, &post, "/admin/v1/pos/terminals"), [false, false, true, true]);
        }
    }
}

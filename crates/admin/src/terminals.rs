//! Provisioning of PayStar's terminals.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::AccountId;
use payments::{RegisterTerminal, Replaced, Terminal, TerminalRefusal, Text, Version, Versioned};
use serde::{Deserialize, Serialize};
use text::fold;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::reply::{NOT_FOUND, PageLimit, Params, Problem, done, json, listed, unread, version, versioned};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(terminals, register)).routes(routes!(replace))
}

/// Length of a terminal's id.
const SEQUENCE: std::ops::RangeInclusive<usize> = 4..=64;
/// Maximum length of a merchant's name, which is part of an SMS.
const MERCHANT: usize = 40;

/// A terminal of PayStar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TerminalForm {
    /// Its id, which callers send as `sequence`: 4 to 64 letters, digits, `-` and `_`. Anyone who knows it can take payments through the gateway, so
    /// it should be long and random.
    #[schema(pattern = "^[A-Za-z0-9_-]{4,64}$")]
    sequence: String,
    /// The name that payers see and hear: at most 40 characters.
    #[schema(min_length = 1, max_length = 40)]
    merchant: String,
    /// A disabled one takes no payments.
    #[serde(default)]
    disabled: bool,
}

/// What may change on a terminal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TerminalTerms {
    /// The name that payers see and hear: at most 40 characters.
    #[schema(min_length = 1, max_length = 40)]
    merchant: String,
    /// A disabled one takes no payments.
    disabled: bool,
}

/// A terminal of PayStar.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TerminalBody {
    sequence: String,
    merchant: String,
    /// The number of the merchant's account in the ledger.
    account: i64,
    disabled: bool,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

fn body(terminal: &Terminal, written: Option<Version>) -> TerminalBody {
    TerminalBody {
        sequence: terminal.sequence.to_string(),
        merchant: terminal.merchant.to_string(),
        account: terminal.account.0,
        disabled: terminal.disabled,
        version: version(written, &Versioned::Terminal(terminal)),
    }
}

/// Which rows of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TerminalParams {
    /// Only terminals whose ids come after this one.
    #[serde(default)]
    after: String,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// Terminals by their ids.
#[utoipa::path(get, path = "/admin/v1/terminals", params(TerminalParams), responses((status = 200, body = [TerminalBody]), (status = 400, body = Problem)))]
pub async fn terminals(State(app): State<App>, Params(params): Params<TerminalParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let terminals = app.engine.reader().terminals(Text::from(params.after), limit).await.map_err(unread)?;
    listed(&app, terminals.iter().map(|terminal| body(terminal, None)).collect()).await
}

/// Makes a terminal, with an account for its merchant.
#[utoipa::path(post, path = "/admin/v1/terminals", request_body = TerminalForm, responses((status = 201, body = TerminalBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: TerminalForm = json(request).await?;
    let terms = TerminalTerms { merchant: form.merchant, disabled: form.disabled };
    put(&app, &form.sequence, terms, StatusCode::CREATED).await
}

/// Renames a terminal's merchant, disables the terminal, or enables it again.
#[utoipa::path(put, path = "/admin/v1/terminals/{sequence}", params(("sequence" = String, Path)), request_body = TerminalTerms, responses((status = 200, body = TerminalBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn replace(
    app: OperatorContext,
    Path(sequence): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (app, terms) = app.change::<TerminalTerms>(request).await?;
    put(&app, &sequence, terms, StatusCode::OK).await
}

/// The gateway of a form; its merchant's account is opened by the command.
fn check(sequence: &str, terms: &TerminalTerms) -> Result<Terminal, Problem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !SEQUENCE.contains(&sequence.len()) || !sequence.bytes().all(allowed) {
        return Err(Problem::invalid("sequence", "4 to 64 letters, digits, `-` and `_`"));
    }
    let merchant = &terms.merchant;
    if fold(merchant).is_empty() || merchant.chars().count() > MERCHANT || merchant.chars().any(char::is_control) {
        return Err(Problem::invalid("merchant", "1 to 40 characters, none of them a control character"));
    }
    Ok(Terminal {
        sequence: Text::from(sequence),
        merchant: Text::from(merchant.as_str()),
        account: AccountId(0),
        disabled: terms.disabled,
    })
}

/// The command of a form.
pub(super) fn fresh(form: TerminalForm) -> Result<RegisterTerminal, Problem> {
    let TerminalForm { sequence, merchant, disabled } = form;
    Ok(RegisterTerminal { terminal: check(&sequence, &TerminalTerms { merchant, disabled })?, replace: false })
}

async fn put(
    app: &OperatorContext,
    sequence: &str,
    terms: TerminalTerms,
    status: StatusCode,
) -> Result<Response, Response> {
    let terminal = check(sequence, &terms).map_err(|problem| problem.response())?;
    let command = RegisterTerminal { terminal, replace: status == StatusCode::OK };
    let Replaced { done: (), version: written } = done(app.replace(command).await)?;
    let found = app.engine.reader().terminal(Text::from(sequence)).await.map_err(unread)?;
    let terminal = found.ok_or_else(|| NOT_FOUND.response())?;
    let body = body(&terminal, written);
    Ok(versioned(status, &body, &body.version))
}

impl From<TerminalRefusal> for Problem {
    fn from(refusal: TerminalRefusal) -> Self {
        match refusal {
            TerminalRefusal::TerminalExists => {
                Self::conflict("sequence", "a terminal of this id exists; use PUT to change it")
            }
            TerminalRefusal::TerminalUnknown => NOT_FOUND,
        }
    }
}

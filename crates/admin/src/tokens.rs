//! Sandbox: Finnotech tokens without the consent page.

use axum::extract::Request;
use axum::response::Response;
use ledger::Rial;
use payments::{
    AccountNumber, Bank, Client, ClientId, Deposit, Grant, GrantId, GrantKind, granted_scopes, life_ms, limit_within,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operator_context::OperatorContext;
use super::reply::{Problem, broken, json, unread};
use crate::App;
use finnotech::mint;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(issue))
}

/// The token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenForm {
    /// The client's id.
    client: String,
    /// `CODE` or `CLIENT-CREDENTIAL`.
    #[serde(rename = "type")]
    kind: TokenKind,
    /// Left out: all of the client.
    scopes: Option<Vec<String>>,
    /// Numbers of deposits of one holder at the bank; their holder is the token's user.
    #[serde(default)]
    deposits: Vec<String>,
    /// Code of the deposits' bank; needed for CODE.
    bank: Option<String>,
    /// Most of one transaction, in rials; 0: the client's maximum.
    #[serde(default)]
    limit: i64,
    /// Most orders in a month; 0: the client's maximum.
    #[serde(default)]
    count: i64,
}

/// Which grant.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub enum TokenKind {
    /// A bank user's.
    #[serde(rename = "CODE")]
    Code,
    /// The client's own.
    #[serde(rename = "CLIENT-CREDENTIAL")]
    ClientCredential,
}

/// Makes a Finnotech token without the consent page. Replies as the token endpoint does.
#[utoipa::path(post, path = "/admin/v1/tokens", request_body = TokenForm, responses((status = 200, description = "as Finnotech's token endpoint"), (status = 400, body = Problem)))]
pub async fn issue(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: TokenForm = json(request).await?;
    let reader = app.engine.reader();
    let refuse = |problem: Problem| problem.response();
    let client = reader.client(ClientId::from(form.client.as_str())).await.map_err(unread)?;
    let client = client.filter(|client| !client.disabled);
    let client = client.ok_or_else(|| refuse(Problem::invalid("client", "no such client, or it is disabled")))?;
    let deposits = deposits(&app, &form).await?;
    let grant = grant(&form, client, deposits).map_err(refuse)?;
    // Written first, so that no token is made without an audit line.
    let kind = match grant.kind {
        GrantKind::ClientCredential => "client credentials",
        GrantKind::Code => "code",
        GrantKind::Sms => "code of an SMS",
    };
    let detail = format!("{kind}, deposits: {}", grant.deposit_numbers.join(" "));
    app.write_audit_line("token", &grant.client.0, &detail).await.map_err(|error| broken(&error))?;
    mint(&app.finnotech, grant).await
}

async fn deposits(app: &App, form: &TokenForm) -> Result<Vec<Deposit>, Response> {
    let bank = bank(form).map_err(|problem| problem.response())?;
    let mut found = Vec::new();
    for text in &form.deposits {
        let unknown = || Problem::invalid("deposits", format!("the bank has no deposit {text:?}")).response();
        let number = AccountNumber::parse(text).ok_or_else(unknown)?;
        let key = number.key(bank.ok_or_else(unknown)?);
        let deposit = app.engine.reader().deposit(key).await.map_err(unread)?;
        found.push(deposit.map(|(deposit, _)| deposit).ok_or_else(unknown)?);
    }
    Ok(found)
}

fn bank(form: &TokenForm) -> Result<Option<Bank>, Problem> {
    let Some(code) = &form.bank else { return Ok(None) };
    let bank = Bank::from_code(code).filter(|bank| bank.is_hosted());
    bank.map(Some).ok_or_else(|| Problem::invalid("bank", "a hosted bank: 015, 016, 054, 062 or 069"))
}

fn grant(form: &TokenForm, client: Client, deposits: Vec<Deposit>) -> Result<Grant, Problem> {
    let scopes = granted_scopes(&client.scopes, form.scopes.as_ref().map(|scopes| scopes.join(",")).as_deref());
    if scopes.is_empty() {
        return Err(Problem::invalid("scopes", "none of them is registered for the client"));
    }
    let max_amount = within("limit", form.limit, client.max_amount.get())?;
    let monthly_count = within("count", form.count, client.max_count)?;
    let bank = bank(form)?;
    let (kind, user) = match form.kind {
        TokenKind::ClientCredential if !deposits.is_empty() => {
            return Err(Problem::invalid("deposits", "a CLIENT-CREDENTIAL token has none"));
        }
        TokenKind::ClientCredential => {
            (GrantKind::ClientCredential, client.caller_nids.first().cloned().unwrap_or_default())
        }
        TokenKind::Code => {
            let owner = deposits.first().map(|deposit| deposit.owner.clone());
            let owner = owner.ok_or_else(|| Problem::invalid("deposits", "at least one"))?;
            if deposits.iter().any(|deposit| deposit.owner != owner) {
                return Err(Problem::invalid("deposits", "all of one holder"));
            }
            (GrantKind::Code, owner)
        }
    };
    let code = kind == GrantKind::Code;
    Ok(Grant {
        id: GrantId(0),
        client: client.id,
        kind,
        user,
        bank: bank.filter(|_| code),
        scopes,
        deposit_numbers: deposits.iter().map(|deposit| deposit.number.to_string()).collect(),
        deposits: deposits.iter().map(|deposit| deposit.id).collect(),
        max_amount: Rial::new(if code { max_amount } else { 0 }),
        monthly_count: if code { monthly_count } else { 0 },
        life_ms: life_ms(kind, bank),
        ended_at_ms: None,
        forgotten_at_ms: None,
    })
}

/// Applies the client's registered maximum to a limit, also where none is asked for (finnotech.md 2.2); 0: no limit.
fn within(field: &'static str, asked: i64, most: i64) -> Result<i64, Problem> {
    limit_within(asked, most).ok_or_else(|| {
        let room = if most > 0 { format!("0 to the client's {most}") } else { "0 or more".to_owned() };
        Problem::invalid(field, room)
    })
}

//! Accounts of the ledger and their entries.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use ledger::{Account, AccountId, AccountKind, AccountStatus, Limit};
use serde::{Deserialize, Serialize};
use store::{Entry, EntryPage, History, Side};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reply::{Id, NOT_FOUND, PageLimit, Paging, Params, Problem, listed, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(accounts)).routes(routes!(account)).routes(routes!(entries))
}

/// An account of the ledger. Amounts are whole rials.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountBody {
    id: i64,
    /// `deposit`, `nostro`, `clearing`, `feeIncome`, `suspense`, `floatCard`, `bonCard`, `payerCard` or `merchant`.
    kind: &'static str,
    /// `open`, `noDebits`, `noCredits` or `closed`.
    gate: &'static str,
    /// `none`, `debitsMustNotExceedCredits` or `creditsMustNotExceedDebits`.
    limit: &'static str,
    /// Positive on the kind's normal side.
    posted: i64,
    /// Posted less what is held.
    available: i64,
    debits_posted: i64,
    credits_posted: i64,
    debits_pending: i64,
    credits_pending: i64,
    /// How many entries it has.
    entries: i64,
}

impl From<&Account> for AccountBody {
    fn from(account: &Account) -> Self {
        let balances = account.balances;
        Self {
            id: account.id.0,
            kind: kind(account.kind),
            gate: status_name(account.status),
            limit: match account.limit {
                Limit::None => "none",
                Limit::DebitsMustNotExceedCredits => "debitsMustNotExceedCredits",
                Limit::CreditsMustNotExceedDebits => "creditsMustNotExceedDebits",
            },
            posted: account.posted().get(),
            available: account.available().get(),
            debits_posted: balances.debits_posted.get(),
            credits_posted: balances.credits_posted.get(),
            debits_pending: balances.debits_pending.get(),
            credits_pending: balances.credits_pending.get(),
            entries: balances.entries,
        }
    }
}

/// The name of a kind of account in this API.
pub fn kind(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Deposit => "deposit",
        AccountKind::Nostro => "nostro",
        AccountKind::Clearing => "clearing",
        AccountKind::FeeIncome => "feeIncome",
        AccountKind::Suspense => "suspense",
        AccountKind::FloatCard => "floatCard",
        AccountKind::BonCard => "bonCard",
        AccountKind::PayerCard => "payerCard",
        AccountKind::Merchant => "merchant",
        AccountKind::Wallet => "wallet",
        AccountKind::GuildOpen => "guildOpen",
        AccountKind::GuildFree => "guildFree",
        AccountKind::Blocked => "blocked",
        AccountKind::Receivable => "receivable",
    }
}

/// The name of a status in this API.
pub fn status_name(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Open => "open",
        AccountStatus::NoDebits => "noDebits",
        AccountStatus::NoCredits => "noCredits",
        AccountStatus::Closed => "closed",
    }
}

/// Accounts in the order of their numbers.
#[utoipa::path(get, path = "/admin/v1/accounts", params(Paging), responses((status = 200, body = [AccountBody]), (status = 400, body = Problem)))]
pub async fn accounts(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let accounts = app.engine.reader().accounts(page).await.map_err(unread)?;
    listed(&app, accounts.iter().map(AccountBody::from).collect()).await
}

/// One account.
#[utoipa::path(get, path = "/admin/v1/accounts/{id}", params(("id" = i64, Path)), responses((status = 200, body = AccountBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn account(State(app): State<App>, Id(id): Id) -> Result<Json<AccountBody>, Response> {
    let account = app.engine.reader().account(AccountId(id)).await.map_err(unread)?;
    account.map(|account| Json(AccountBody::from(&account))).ok_or_else(|| NOT_FOUND.response())
}

/// One posted movement on an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryBody {
    /// Its number on the account, from 1.
    seq: i64,
    transfer: i64,
    /// The number of the order that caused it.
    order: Option<i64>,
    track_id: Option<String>,
    /// `debit` or `credit`.
    side: &'static str,
    amount: i64,
    /// The posted balance after it, positive on the account's normal side.
    balance_after: i64,
    /// RFC 3339.
    at: String,
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntryPaging {
    /// Only entries with a smaller number than this.
    before: Option<i64>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// Entries of an account, newest first.
#[utoipa::path(get, path = "/admin/v1/accounts/{id}/entries", params(("id" = i64, Path), EntryPaging), responses((status = 200, body = [EntryBody]), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn entries(
    State(app): State<App>,
    Id(id): Id,
    Params(paging): Params<EntryPaging>,
) -> Result<Response, Response> {
    let limit = paging.limit.rows().map_err(|problem| problem.response())?;
    let reader = app.engine.reader();
    let before_seq = paging.before.unwrap_or(i64::MAX);
    let page = EntryPage { before_seq, from_ms: i64::MIN, to_ms: i64::MAX, limit };
    let found = reader.entries(AccountId(id), page).await.map_err(unread)?;
    let History { account, entries } = found.ok_or_else(|| NOT_FOUND.response())?;
    let body = |(entry, order): &(Entry, Option<payments::Order>)| EntryBody {
        seq: entry.seq,
        transfer: entry.transfer.0,
        order: order.as_ref().map(|order| order.id.0),
        track_id: order.as_ref().map(|order| order.key.track_id.to_string()),
        side: match entry.side {
            Side::Debit => "debit",
            Side::Credit => "credit",
        },
        amount: entry.amount.get(),
        balance_after: entry.after.posted(account.kind.normal_side()).get(),
        at: instant(entry.at_ms),
    };
    listed(&app, entries.iter().map(body).collect()).await
}

/// An instant in RFC 3339, in UTC.
pub fn instant(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(|at| at.to_string()).unwrap_or_default()
}

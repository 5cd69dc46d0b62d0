//! The trial balance: what all accounts had at an instant, by kind and one by one.
//!
//! Nothing is added up but balances: each account's balance is the one after its last entry before the instant.
//! With several processes on one database, a transfer of the seconds around the instant may be counted on one of its accounts only. `balanced` says
//! whether debits and credits are equal.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use ledger::{Account, AccountId, AccountKind, TransferId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::period::{Day, instant_of};
use super::sums::rials;
use crate::App;
use crate::accounts::{instant, kind};
use crate::reply::{PageLimit, Params, Problem, unread};

/// Accounts that are read at a time.
const ROWS: usize = 1_000;
/// How often the balances of the present are read if commits change them meanwhile.
const MAX_ATTEMPTS: usize = 3;

/// All accounts of a kind, in rials.
#[derive(Clone, Copy, Debug)]
pub struct KindLine {
    /// The kind.
    pub kind: AccountKind,
    /// How many accounts.
    pub accounts: i64,
    /// The sum of posted debits.
    pub debits: i128,
    /// The sum of posted credits.
    pub credits: i128,
    /// The sum of amounts that are held.
    pub held: i128,
}

impl KindLine {
    /// The balance, positive on the kind's normal side.
    pub fn balance(&self) -> i128 {
        match self.kind.normal_side() {
            ledger::Side::Debit => self.debits - self.credits,
            ledger::Side::Credit => self.credits - self.debits,
        }
    }

    fn add(&mut self, account: &Account) {
        let balances = &account.balances;
        self.accounts += 1;
        self.debits += i128::from(balances.debits_posted.get());
        self.credits += i128::from(balances.credits_posted.get());
        self.held += i128::from(held(account));
    }
}

/// What is held on an account, in rials.
pub fn held(account: &Account) -> i64 {
    account.posted().get().saturating_sub(account.available().get())
}

/// What all accounts had at an instant.
#[derive(Clone, Debug)]
pub struct TrialBalance {
    /// The instant, in milliseconds of Unix time: movements before it are counted.
    pub at_ms: i64,
    /// The last transfer that is counted.
    pub last: TransferId,
    /// The accounts by kind.
    pub kinds: Vec<KindLine>,
}

impl TrialBalance {
    /// The sums of all debits and of all credits.
    pub fn sums(&self) -> (i128, i128) {
        (self.kinds.iter().map(|line| line.debits).sum(), self.kinds.iter().map(|line| line.credits).sum())
    }

    /// Whether debits and credits are equal.
    pub fn is_balanced(&self) -> bool {
        let (debits, credits) = self.sums();
        debits == credits
    }
}

/// The trial balance before an instant.
///
/// # Errors
/// The store cannot be read.
pub async fn trial_balance(app: &App, at_ms: i64) -> Result<TrialBalance, store::Error> {
    let reader = app.engine.reader();
    let mut balance = read(app, at_ms, reader.last_transfer_before(at_ms).await?).await?;
    for _ in 1..MAX_ATTEMPTS {
        if balance.is_balanced() {
            break;
        }
        balance = read(app, at_ms, reader.last_transfer_before(at_ms).await?).await?;
    }
    Ok(balance)
}

async fn read(app: &App, at_ms: i64, last: TransferId) -> Result<TrialBalance, store::Error> {
    let none = |kind| KindLine { kind, accounts: 0, debits: 0, credits: 0, held: 0 };
    let mut kinds = AccountKind::ALL.map(none);
    let mut after = AccountId(i64::MIN);
    loop {
        let page = app.engine.reader().accounts_at(after, last, ROWS).await?;
        for account in &page {
            if let Some(line) = kinds.iter_mut().find(|line| line.kind == account.kind) {
                line.add(account);
            }
            after = account.id;
        }
        if page.len() < ROWS {
            let kinds = kinds.into_iter().filter(|line| line.accounts > 0).collect();
            return Ok(TrialBalance { at_ms, last, kinds });
        }
    }
}

/// Accounts after one, with the balances of a trial balance.
///
/// # Errors
/// The store cannot be read.
pub async fn account_lines(
    app: &App,
    after: AccountId,
    last: TransferId,
    limit: usize,
) -> Result<Vec<Account>, store::Error> {
    app.engine.reader().accounts_at(after, last, limit).await
}

/// The instant of a trial balance; without one, the present.
///
/// # Errors
/// The text is neither an instant nor a day.
pub fn instant_at(text: Option<&str>, now_ms: i64) -> Result<i64, Problem> {
    match text {
        // Movements of this millisecond are counted.
        None => Ok(now_ms.saturating_add(1)),
        Some(text) => instant_of("at", text, Day::Ends),
    }
}

/// All accounts of a kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KindBalance {
    kind: &'static str,
    /// How many accounts.
    accounts: i64,
    /// Posted debits, in rials.
    debits: i64,
    /// Posted credits, in rials.
    credits: i64,
    /// Positive on the kind's normal side.
    balance: i64,
    /// What is held of it.
    held: i64,
}

impl From<&KindLine> for KindBalance {
    fn from(line: &KindLine) -> Self {
        Self {
            kind: kind(line.kind),
            accounts: line.accounts,
            debits: rials(line.debits),
            credits: rials(line.credits),
            balance: rials(line.balance()),
            held: rials(line.held),
        }
    }
}

/// An account at the instant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountBalance {
    id: i64,
    kind: &'static str,
    /// Posted debits, in rials.
    debits: i64,
    /// Posted credits, in rials.
    credits: i64,
    /// Positive on the kind's normal side.
    balance: i64,
    /// What is held of it.
    held: i64,
}

impl From<&Account> for AccountBalance {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.0,
            kind: kind(account.kind),
            debits: account.balances.debits_posted.get(),
            credits: account.balances.credits_posted.get(),
            balance: account.posted().get(),
            held: held(account),
        }
    }
}

/// What all accounts had at an instant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BalanceBody {
    /// The instant, RFC 3339: movements before it are counted.
    at: String,
    /// The last transfer that is counted; 0 for none.
    last_transfer: i64,
    /// Whether debits and credits are equal.
    balanced: bool,
    /// The sum of all debits, in rials.
    debits: i64,
    /// The sum of all credits, in rials.
    credits: i64,
    kinds: Vec<KindBalance>,
    /// A page of the accounts, by their numbers.
    accounts: Vec<AccountBalance>,
    /// The last account, if there may be more: `after` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// Which instant, and which page of the accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BalanceParams {
    /// An instant (RFC 3339), or a day or time in Tehran (`1405/08/30`): a day stands for its end. Without it, now.
    at: Option<String>,
    /// Only accounts with greater numbers.
    after: Option<i64>,
    /// The maximum number of accounts: 1 to 100.
    #[serde(default)]
    #[param(inline, required = false)]
    rows: PageLimit,
}

/// What all accounts had at an instant, by kind and one by one: the balances after each account's last entry before it.
#[utoipa::path(get, path = "/admin/v1/reports/trial-balance", params(BalanceParams), responses((status = 200, body = BalanceBody), (status = 400, body = Problem)))]
pub async fn balance(
    State(app): State<App>,
    Params(params): Params<BalanceParams>,
) -> Result<Json<BalanceBody>, Response> {
    let refused = |problem: Problem| problem.response();
    let at_ms = instant_at(params.at.as_deref(), app.engine.clock().now_ms()).map_err(refused)?;
    let limit = params.rows.rows().map_err(|problem| refused(problem.into_invalid("rows")))?;
    let balance = trial_balance(&app, at_ms).await.map_err(unread)?;
    let after = AccountId(params.after.unwrap_or(i64::MIN));
    let accounts = account_lines(&app, after, balance.last, limit).await.map_err(unread)?;
    let (debits, credits) = balance.sums();
    Ok(Json(BalanceBody {
        at: instant(at_ms),
        last_transfer: balance.last.0,
        balanced: balance.is_balanced(),
        debits: rials(debits),
        credits: rials(credits),
        kinds: balance.kinds.iter().map(KindBalance::from).collect(),
        next: accounts.last().filter(|_| accounts.len() == limit).map(|account| account.id.0),
        accounts: accounts.iter().map(AccountBalance::from).collect(),
    }))
}

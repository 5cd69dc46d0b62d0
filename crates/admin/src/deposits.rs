//! Provisioning of deposits.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::{Account, AccountId, AccountStatus, Rial};
use payments::{
    AccountNumber, AccountStatusRefusal, Bank, ClientId, Deposit, DepositRefusal, Iban, OpenDeposit, Replaced,
    SetAccountStatus, Version, Versioned,
};
use serde::{Deserialize, Serialize};
use text::fold;
use text::number::{MAX_AMOUNT, national_id};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::status_name;
use super::operator_context::OperatorContext;
use super::reply::{Id, NOT_FOUND, Paging, Params, Problem, done, json, listed, opened, unread, version, versioned};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(deposits, open)).routes(routes!(set_gate))
}

/// Maximum number of digits of an account number, so that it fits an IBAN.
const DIGITS: usize = 19;
/// Maximum length of a name.
const NAME: usize = 140;

/// A deposit to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DepositForm {
    /// Code of a hosted bank.
    #[schema(pattern = "^(015|016|054|062|069)$")]
    bank: String,
    /// As the bank writes it: digits, `.` and `-`; at most 19 digits.
    number: String,
    /// The holder's national id.
    #[schema(pattern = "^[0-9]{10}$")]
    owner: String,
    /// The holder's first name.
    #[schema(min_length = 1, max_length = 140)]
    first_name: String,
    /// The holder's last name; may be empty.
    #[serde(default)]
    #[schema(max_length = 140)]
    last_name: String,
    /// `010` (current account) unless given.
    account_type: Option<String>,
    /// The clients that may use it.
    #[serde(default)]
    approved_for: Vec<String>,
    /// What is on it from the start, in rials; comes out of the bank's nostro.
    #[serde(default)]
    balance: i64,
}

/// A deposit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DepositBody {
    /// Its number in the ledger.
    id: i64,
    bank: String,
    number: String,
    iban: String,
    owner: String,
    first_name: String,
    last_name: String,
    account_type: String,
    approved_for: Vec<String>,
    /// `open`, `noDebits`, `noCredits` or `closed`.
    gate: &'static str,
    posted: i64,
    available: i64,
    /// The version of its gate. A PUT of the gate repeats it.
    version: String,
}

fn body(deposit: Deposit, account: &Account, written: Option<Version>) -> DepositBody {
    DepositBody {
        id: deposit.id.0,
        bank: deposit.key.bank.to_string(),
        iban: Iban::of(deposit.key.bank, &deposit.key.digits).to_string(),
        number: deposit.number.to_string(),
        owner: deposit.owner,
        first_name: deposit.first_name.to_string(),
        last_name: deposit.last_name.to_string(),
        account_type: deposit.account_type,
        approved_for: deposit.approved_for.iter().map(ClientId::to_string).collect(),
        gate: status_name(account.status),
        posted: account.posted().get(),
        available: account.available().get(),
        version: version(written, &Versioned::Deposit(account.status)),
    }
}

/// Deposits in the order of their numbers in the ledger.
#[utoipa::path(get, path = "/admin/v1/deposits", params(Paging), responses((status = 200, body = [DepositBody]), (status = 400, body = Problem)))]
pub async fn deposits(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let deposits = app.engine.reader().deposits(page).await.map_err(unread)?;
    listed(&app, deposits.into_iter().map(|(deposit, account)| body(deposit, &account, None)).collect()).await
}

/// Opens a deposit.
#[utoipa::path(post, path = "/admin/v1/deposits", request_body = DepositForm, responses((status = 201, body = DepositBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn open(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: DepositForm = json(request).await?;
    let command = check(form).map_err(|problem| problem.response())?;
    let id = opened(app.run_audited(command).await)?;
    shown(&app, id, StatusCode::CREATED, None).await
}

impl From<DepositRefusal> for Problem {
    fn from(refusal: DepositRefusal) -> Self {
        match refusal {
            DepositRefusal::ClientUnknown(client) => {
                Self::invalid("approvedFor", format!("there is no client {client}"))
            }
            DepositRefusal::DepositExists => Self::conflict("number", "the bank has a deposit of this number"),
            DepositRefusal::NotBooked(why) => why.into(),
        }
    }
}

/// The command of a form.
pub(super) fn check(form: DepositForm) -> Result<OpenDeposit, Problem> {
    let bank = Bank::from_code(&form.bank).filter(|bank| bank.is_hosted());
    let bank = bank.ok_or_else(|| Problem::invalid("bank", "a hosted bank: 015, 016, 054, 062 or 069"))?;
    let number = AccountNumber::parse(&form.number).filter(|number| number.digits().len() <= DIGITS);
    let number = number.ok_or_else(|| {
        Problem::invalid("number", "5 to 30 digits, `.` or `-`, a digit first, at most 19 digits in all")
    })?;
    if number.key(bank).digits.is_empty() {
        return Err(Problem::invalid("number", "not only zeros"));
    }
    let owner = national_id(&form.owner).ok_or_else(|| Problem::invalid("owner", "a national id of 10 digits"))?;
    let (first_name, last_name) = (form.first_name, form.last_name);
    let fits = |name: &str| name.chars().count() <= NAME && !name.chars().any(char::is_control);
    if fold(&first_name).is_empty() || !fits(&first_name) {
        return Err(Problem::invalid("firstName", "1 to 140 characters, none of them a control character"));
    }
    if !fits(&last_name) {
        return Err(Problem::invalid("lastName", "at most 140 characters, none of them a control character"));
    }
    let account_type = form.account_type.unwrap_or_else(|| "010".to_owned());
    if account_type.len() != 3 || !account_type.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::invalid("accountType", "three digits"));
    }
    if !(0..=MAX_AMOUNT).contains(&form.balance) {
        return Err(Problem::invalid("balance", "0 to 1000000000000000"));
    }
    Ok(OpenDeposit {
        bank,
        number,
        owner: owner.into_owned(),
        first_name,
        last_name,
        account_type,
        approved_for: form.approved_for.iter().map(|client| ClientId::from(client.as_str())).collect(),
        balance: Rial::new(form.balance),
        opened_at_ms: None,
    })
}

/// What an account takes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GateForm {
    gate: GateName,
}

impl GateForm {
    pub(super) fn status(&self) -> AccountStatus {
        match self.gate {
            GateName::Open => AccountStatus::Open,
            GateName::NoDebits => AccountStatus::NoDebits,
            GateName::NoCredits => AccountStatus::NoCredits,
            GateName::Closed => AccountStatus::Closed,
        }
    }
}

/// What an account takes.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum GateName {
    /// Debits and credits.
    Open,
    /// Credits only.
    NoDebits,
    /// Debits only.
    NoCredits,
    /// Neither; refused while there is a balance.
    Closed,
}

/// Changes what a deposit takes. Closing one with a balance or holds is refused.
#[utoipa::path(put, path = "/admin/v1/deposits/{id}/gate", params(("id" = i64, Path)), request_body = GateForm, responses((status = 200, body = DepositBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn set_gate(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<GateForm>(request).await?;
    let (deposit, status) = (AccountId(id), form.status());
    let Replaced { done: (), version: written } = done(app.replace(SetAccountStatus { deposit, status }).await)?;
    shown(&app, deposit, StatusCode::OK, written).await
}

impl From<AccountStatusRefusal> for Problem {
    fn from(refusal: AccountStatusRefusal) -> Self {
        match refusal {
            AccountStatusRefusal::DepositUnknown => NOT_FOUND,
            AccountStatusRefusal::AccountNotEmpty => {
                Self::conflict("gate", "the account has a balance or pending transfers")
            }
        }
    }
}

async fn shown(app: &App, id: AccountId, status: StatusCode, written: Option<Version>) -> Result<Response, Response> {
    let reader = app.engine.reader();
    let deposit = reader.deposit_of(id).await.map_err(unread)?;
    let account = reader.account(id).await.map_err(unread)?;
    match (deposit, account) {
        (Some(deposit), Some(account)) => {
            let body = body(deposit, &account, written);
            Ok(versioned(status, &body, &body.version))
        }
        _ => Err(NOT_FOUND.response()),
    }
}

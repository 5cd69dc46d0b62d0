//! Provisioning of payers' cards. Requests contain whole numbers; replies show the first six and the last four digits.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::{Account, AccountId, Rial};
use payments::{
    CardChange, CardChangeRefusal, ChangePayerCard, IssuePayerCard, MAX_CARD_TRIES, PayerCard, PayerCardRefusal,
    PayerCardState, PayerCardTerms, Replaced, Text, Version, Versioned,
};
use serde::{Deserialize, Serialize};
use store::Page;
use text::number::{MAX_AMOUNT, mobile, numeral};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::status_name;
use super::cards::digits;
use super::deposits::GateForm;
use super::operator_context::OperatorContext;
use super::problem::NO_RANDOMNESS;
use super::provision::Provision;
use super::reply::{
    EmptyBody, Id, NOT_FOUND, Paging, Params, Problem, done, json, listed, opened, unread, version, versioned,
};
use crate::App;
use edge::key_ring::SealContext;
use edge::secrets::masked;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(payer_cards, issue))
        .routes(routes!(replace))
        .routes(routes!(unlock))
        .routes(routes!(set_gate))
}

/// A card to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PayerCardForm {
    /// Sixteen digits; kept hashed and encrypted.
    #[schema(pattern = "^[0-9]{16}$")]
    number: String,
    /// Its holder's mobile number, to which one-time passwords go.
    #[schema(pattern = "^09[0-9]{9}$")]
    mobile: String,
    /// The last month it pays in, Jalali: `1408/12`.
    #[schema(pattern = "^1[34][0-9]{2}/(0[1-9]|1[0-2])$")]
    expires: String,
    /// `active` unless given.
    #[serde(default)]
    state: PayerCardStateName,
    /// Most of one payment, in rials; 0: no limit.
    #[serde(default)]
    per_transaction: i64,
    /// Most of a day, in rials; 0: no limit.
    #[serde(default)]
    daily: i64,
    /// What is on it from the start, in rials; comes out of bank 062's nostro.
    #[serde(default)]
    balance: i64,
}

/// What may change on a card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PayerCardTermsForm {
    /// Its holder's mobile number, to which one-time passwords go.
    #[schema(pattern = "^09[0-9]{9}$")]
    mobile: String,
    /// The last month it pays in, Jalali: `1408/12`.
    #[schema(pattern = "^1[34][0-9]{2}/(0[1-9]|1[0-2])$")]
    expires: String,
    /// What it may do.
    state: PayerCardStateName,
    /// Most of one payment, in rials; 0: no limit.
    per_transaction: i64,
    /// Most of a day, in rials; 0: no limit.
    daily: i64,
}

/// What the issuer says a card may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PayerCardStateName {
    /// Pay.
    #[default]
    Active,
    /// Nothing: code 78.
    Inactive,
    /// Nothing: code 62.
    Restricted,
    /// Nothing by telephone or on pages: code 57.
    NotPermitted,
}

/// A card that pays.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayerCardBody {
    /// The number of its account in the ledger.
    id: i64,
    /// First six and last four digits.
    number: String,
    mobile: String,
    /// Jalali: `1408/12`.
    expires: String,
    state: PayerCardStateName,
    per_transaction: i64,
    daily: i64,
    /// Wrong one-time passwords in a row; three lock it.
    wrong_tries: i64,
    locked: bool,
    /// `open`, `noDebits`, `noCredits` or `closed`.
    gate: &'static str,
    /// In rials.
    balance: i64,
    /// The security code to be printed on it: told where it is made, when it is issued and when its last month changes, and kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    cvv2: Option<String>,
    /// The version of this record. A PUT of its terms or its gate repeats it.
    version: String,
}

impl PayerCardBody {
    fn response(&self, status: StatusCode) -> Response {
        versioned(status, self, &self.version)
    }
}

/// The card with the security code, which is to be printed on it.
fn printed(app: &App, number: &str, card: &(PayerCard, Account)) -> PayerCardBody {
    PayerCardBody {
        cvv2: app.payer_card_settings.security_codes.security_code(number, card.0.expires),
        ..body(card, None)
    }
}

fn body((card, account): &(PayerCard, Account), written: Option<Version>) -> PayerCardBody {
    PayerCardBody {
        id: card.id.0,
        number: card.mask.to_string(),
        mobile: card.mobile.to_string(),
        expires: format!("{:04}/{:02}", card.expires / 100, card.expires % 100),
        state: match card.state {
            PayerCardState::Active => PayerCardStateName::Active,
            PayerCardState::Inactive => PayerCardStateName::Inactive,
            PayerCardState::Restricted => PayerCardStateName::Restricted,
            PayerCardState::NotPermitted => PayerCardStateName::NotPermitted,
        },
        per_transaction: card.per_transaction.get(),
        daily: card.daily.get(),
        wrong_tries: card.wrong_tries.min(MAX_CARD_TRIES),
        locked: card.is_locked(),
        gate: status_name(account.status),
        balance: account.posted().get(),
        cvv2: None,
        version: version(written, &Versioned::PayerCard(card, account.status)),
    }
}

/// Cards that pay, in the order of their accounts' numbers.
#[utoipa::path(get, path = "/admin/v1/payer-cards", params(Paging), responses((status = 200, body = [PayerCardBody]), (status = 400, body = Problem)))]
pub async fn payer_cards(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let cards = app.engine.reader().payer_cards(page).await.map_err(unread)?;
    listed(&app, cards.iter().map(|card| body(card, None)).collect()).await
}

/// Issues a card.
#[utoipa::path(post, path = "/admin/v1/payer-cards", request_body = PayerCardForm, responses((status = 201, body = PayerCardBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn issue(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: PayerCardForm = json(request).await?;
    let (command, number) = check(app.provision(), form).map_err(|problem| problem.response())?;
    let id = opened(app.run_audited(command).await)?;
    let made = printed(&app, &number, &find(&app, id).await?);
    Ok(made.response(StatusCode::CREATED))
}

/// The command of a form, and the number of the card.
pub(super) fn check(provision: Provision<'_>, form: PayerCardForm) -> Result<(IssuePayerCard, String), Problem> {
    let number = digits("number", &form.number)?;
    let PayerCardForm { number: _, mobile, expires, state, per_transaction, daily, balance } = form;
    let terms = terms(&PayerCardTermsForm { mobile, expires, state, per_transaction, daily })?;
    if !(0..=MAX_AMOUNT).contains(&balance) {
        return Err(Problem::invalid("balance", "0 to 1000000000000000"));
    }
    let hash = provision.secrets.card(&number);
    let sealed = provision.secrets.seal(SealContext::PayerCard(&hash), &number).map_err(|_| NO_RANDOMNESS)?;
    let (mask, balance) = (Text::from(masked(&number)), Rial::new(balance));
    Ok((IssuePayerCard { number: hash, sealed, mask, terms, balance, opened_at_ms: None }, number))
}

impl From<PayerCardRefusal> for Problem {
    fn from(refusal: PayerCardRefusal) -> Self {
        match refusal {
            PayerCardRefusal::CardExists => Self::conflict("number", "a card of this number exists"),
            PayerCardRefusal::NotBooked(why) => why.into(),
        }
    }
}

/// Changes a card's holder, expiry, state and ceilings.
#[utoipa::path(put, path = "/admin/v1/payer-cards/{id}", params(("id" = i64, Path)), request_body = PayerCardTermsForm, responses((status = 200, body = PayerCardBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn replace(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<PayerCardTermsForm>(request).await?;
    let terms = terms(&form).map_err(|problem| problem.response())?;
    let before = find(&app, AccountId(id)).await?;
    let changed = change(&app, id, CardChange::Terms(terms)).await?;
    let after = find(&app, AccountId(id)).await?;
    let number = app
        .secrets
        .open(SealContext::PayerCard(&after.0.number), &after.0.sealed)
        .filter(|_| after.0.expires != before.0.expires);
    let cvv2 = number.and_then(|number| app.payer_card_settings.security_codes.security_code(&number, after.0.expires));
    Ok(PayerCardBody { cvv2, ..changed }.response(StatusCode::OK))
}

/// Lets a card pay again that three wrong passwords have locked.
#[utoipa::path(post, path = "/admin/v1/payer-cards/{id}/unlock", params(("id" = i64, Path)), responses((status = 200, body = PayerCardBody), (status = 404, body = Problem)))]
pub async fn unlock(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<Response, Response> {
    Ok(change(&app, id, CardChange::Unlock).await?.response(StatusCode::OK))
}

/// Closes a card's account, or opens it again. Closing one with a balance is refused.
#[utoipa::path(put, path = "/admin/v1/payer-cards/{id}/gate", params(("id" = i64, Path)), request_body = GateForm, responses((status = 200, body = PayerCardBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn set_gate(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<GateForm>(request).await?;
    Ok(change(&app, id, CardChange::AccountStatus(form.status())).await?.response(StatusCode::OK))
}

async fn change(app: &OperatorContext, id: i64, change: CardChange) -> Result<PayerCardBody, Response> {
    let id = AccountId(id);
    let PayerCard { number, mask, .. } = find(app, id).await?.0;
    let Replaced { done: (), version: written } = done(app.replace(ChangePayerCard { number, mask, change }).await)?;
    Ok(body(&find(app, id).await?, written))
}

impl From<CardChangeRefusal> for Problem {
    fn from(refusal: CardChangeRefusal) -> Self {
        match refusal {
            CardChangeRefusal::CardUnknown => NOT_FOUND,
            CardChangeRefusal::AccountNotEmpty => {
                Self::conflict("gate", "the account has a balance or pending transfers")
            }
        }
    }
}

async fn find(app: &App, id: AccountId) -> Result<(PayerCard, Account), Response> {
    let page = Page { after: id.0.saturating_sub(1), limit: 1 };
    let found = app.engine.reader().payer_cards(page).await.map_err(unread)?.pop();
    found.filter(|(card, _)| card.id == id).ok_or_else(|| NOT_FOUND.response())
}

fn terms(form: &PayerCardTermsForm) -> Result<PayerCardTerms, Problem> {
    let mobile = mobile(&form.mobile).ok_or_else(|| Problem::invalid("mobile", "09 and nine digits"))?;
    let expires = month(&form.expires).ok_or_else(|| Problem::invalid("expires", "a Jalali month as 1408/12"))?;
    for (field, ceiling) in [("perTransaction", form.per_transaction), ("daily", form.daily)] {
        if !(0..=MAX_AMOUNT).contains(&ceiling) {
            return Err(Problem::invalid(field, "0 (no limit) to 1000000000000000"));
        }
    }
    Ok(PayerCardTerms {
        mobile: Text::from(mobile),
        expires,
        state: match form.state {
            PayerCardStateName::Active => PayerCardState::Active,
            PayerCardStateName::Inactive => PayerCardState::Inactive,
            PayerCardStateName::Restricted => PayerCardState::Restricted,
            PayerCardStateName::NotPermitted => PayerCardState::NotPermitted,
        },
        per_transaction: Rial::new(form.per_transaction),
        daily: Rial::new(form.daily),
    })
}

/// Parses `1408/12` as 140812.
fn month(text: &str) -> Option<i64> {
    let text = numeral(text);
    let (year, month) = text.split_once('/')?;
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) {
        return None;
    }
    let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
    ((1300..1500).contains(&year) && (1..=12).contains(&month)).then_some(year * 100 + month)
}

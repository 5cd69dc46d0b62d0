//! Provisioning of cards. Requests contain whole numbers; replies show the first six and the last four digits.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::{Account, AccountId, Rial};
use payments::{Card, CardKind, CardRefusal, ClientId, Digest, RegisterCard, Replaced, Text, Version, Versioned};
use serde::{Deserialize, Serialize};
use store::Page;
use text::number::{MAX_AMOUNT, compact};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::field::is_card;

use super::operator_context::OperatorContext;
use super::problem::NO_RANDOMNESS;
use super::provision::Provision;
use super::reply::{Id, NOT_FOUND, Paging, Params, Problem, json, listed, opened, unread, version, versioned};
use crate::App;
use edge::key_ring::SealContext;
use edge::secrets::{Secrets, masked};

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(cards, register)).routes(routes!(replace))
}

/// A card to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CardForm {
    /// Sixteen digits; kept hashed and encrypted.
    #[schema(pattern = "^[0-9]{16}$")]
    number: String,
    /// `float` (a client's own, from which it charges) or `bon`.
    kind: CardKindName,
    /// Of a float card: the client.
    float_of: Option<String>,
    /// What is on it from the start, in rials; comes out of bank 062's nostro.
    #[serde(default)]
    balance: i64,
    /// The clients that may charge it and look at it.
    #[serde(default)]
    approved_for: Vec<String>,
    /// Inactive ones cannot be charged.
    #[serde(default = "active")]
    active: bool,
    /// The number of the card that has taken its place.
    replaced_by: Option<String>,
}

/// What may change on a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CardState {
    /// The clients that may charge it and look at it.
    #[serde(default)]
    approved_for: Vec<String>,
    /// Inactive ones cannot be charged.
    #[serde(default = "active")]
    active: bool,
    /// The number of the card that has taken its place.
    replaced_by: Option<String>,
}

fn active() -> bool {
    true
}

/// What a card is for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CardKindName {
    /// A client's own.
    Float,
    /// A holder's, to be charged.
    Bon,
}

/// A card.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardBody {
    /// The number of its account in the ledger.
    id: i64,
    /// First six and last four digits.
    number: String,
    /// `float` or `bon`.
    kind: &'static str,
    approved_for: Vec<String>,
    active: bool,
    /// Whether another card has taken its place.
    replaced: bool,
    /// In rials.
    balance: i64,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

fn body((card, account): &(Card, Account), written: Option<Version>) -> CardBody {
    CardBody {
        id: card.id.0,
        number: card.mask.to_string(),
        kind: match card.kind {
            CardKind::Float => "float",
            CardKind::Bon => "bon",
        },
        approved_for: card.approved_for.iter().map(ClientId::to_string).collect(),
        active: card.active,
        replaced: card.replaced_by.is_some(),
        balance: account.posted().get(),
        version: version(written, &Versioned::Card(card)),
    }
}

/// Cards in the order of their accounts' numbers.
#[utoipa::path(get, path = "/admin/v1/cards", params(Paging), responses((status = 200, body = [CardBody]), (status = 400, body = Problem)))]
pub async fn cards(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let cards = app.engine.reader().cards(page).await.map_err(unread)?;
    listed(&app, cards.iter().map(|card| body(card, None)).collect()).await
}

/// Registers a card.
#[utoipa::path(post, path = "/admin/v1/cards", request_body = CardForm, responses((status = 201, body = CardBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: CardForm = json(request).await?;
    let command = check(app.provision(), form).map_err(|problem| problem.response())?;
    put(&app, command, StatusCode::CREATED).await
}

/// The command of a form.
pub(super) fn check(provision: Provision<'_>, form: CardForm) -> Result<RegisterCard, Problem> {
    let secrets = provision.secrets;
    let number = digits("number", &form.number)?;
    let kind = match (form.kind, &form.float_of) {
        (CardKindName::Float, Some(_)) => CardKind::Float,
        (CardKindName::Bon, None) => CardKind::Bon,
        _ => return Err(Problem::invalid("floatOf", "the client of a float card, and of no other")),
    };
    if !(0..=MAX_AMOUNT).contains(&form.balance) {
        return Err(Problem::invalid("balance", "0 to 1000000000000000"));
    }
    let hash = secrets.card(&number);
    let state = CardState { approved_for: form.approved_for, active: form.active, replaced_by: form.replaced_by };
    let card = Card {
        number: hash,
        sealed: secrets.seal(SealContext::Card(&hash), &number).map_err(|_| NO_RANDOMNESS)?,
        mask: Text::from(masked(&number)),
        id: AccountId(0),
        kind,
        approved_for: approved(&state),
        active: state.active,
        replaced_by: replaced_by(secrets, &state)?,
    };
    Ok(RegisterCard {
        card,
        replace: false,
        float_of: form.float_of.as_deref().map(ClientId::from),
        balance: Rial::new(form.balance),
        opened_at_ms: None,
    })
}

/// Changes who may charge a card, whether it is active, and what has taken its place.
#[utoipa::path(put, path = "/admin/v1/cards/{id}", params(("id" = i64, Path)), request_body = CardState, responses((status = 200, body = CardBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replace(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let (app, state) = app.change::<CardState>(request).await?;
    let (known, _) = find(&app, AccountId(id)).await?;
    let replaced_by = replaced_by(&app.secrets, &state).map_err(|problem| problem.response())?;
    let card = Card { approved_for: approved(&state), active: state.active, replaced_by, ..known };
    let command = RegisterCard { card, replace: true, float_of: None, balance: Rial::ZERO, opened_at_ms: None };
    put(&app, command, StatusCode::OK).await
}

fn approved(state: &CardState) -> Vec<ClientId> {
    state.approved_for.iter().map(|client| ClientId::from(client.as_str())).collect()
}

fn replaced_by(secrets: &Secrets, state: &CardState) -> Result<Option<Digest>, Problem> {
    let number = state.replaced_by.as_deref().map(|text| digits("replacedBy", text)).transpose()?;
    Ok(number.map(|number| secrets.card(&number)))
}

pub(super) fn digits(field: &'static str, text: &str) -> Result<String, Problem> {
    let number = compact(text).into_owned();
    if is_card(&number, false) { Ok(number) } else { Err(Problem::invalid(field, "sixteen digits")) }
}

async fn find(app: &App, id: AccountId) -> Result<(Card, Account), Response> {
    let page = Page { after: id.0.saturating_sub(1), limit: 1 };
    let found = app.engine.reader().cards(page).await.map_err(unread)?.pop();
    found.filter(|(card, _)| card.id == id).ok_or_else(|| NOT_FOUND.response())
}

async fn put(app: &OperatorContext, command: RegisterCard, status: StatusCode) -> Result<Response, Response> {
    let Replaced { done: id, version: written } = opened(app.replace(command).await)?;
    let body = body(&find(app, id).await?, written);
    Ok(versioned(status, &body, &body.version))
}

impl From<CardRefusal> for Problem {
    fn from(refusal: CardRefusal) -> Self {
        match refusal {
            CardRefusal::ClientUnknown(client) => Self::invalid("approvedFor", format!("there is no client {client}")),
            CardRefusal::SuccessorUnknown => NOT_FOUND,
            CardRefusal::CardExists => Self::conflict("number", "a card of this number exists"),
            CardRefusal::CardUnknown => NOT_FOUND,
            CardRefusal::NotBooked(why) => why.into(),
        }
    }
}

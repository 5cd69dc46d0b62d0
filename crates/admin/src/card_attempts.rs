//! Payments by other banks' cards: reading one, and resolving one whose network does not tell its outcome.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{CardAttempt, CardAttemptId, CardAttemptState, ProposedAction, ResolveCardAttempt, ResolveCardRefusal};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::orders::VerdictForm;
use super::proposals::{self, ProposalBody};
use super::reply::{Id, NOT_FOUND, Problem, broken, done, json, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(card_attempt)).routes(routes!(resolve))
}

/// A payment of an invoice by another bank's card.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardAttemptBody {
    id: i64,
    /// The invoice that it pays.
    invoice: i64,
    /// The reference that the network knows it by.
    reference: String,
    /// `asked`, `unknown`, `approved`, `declined` or `notTaken`.
    state: &'static str,
    /// What the card pays.
    amount: i64,
    /// What the payer's wallets pay beside it, held while it is undecided.
    held: i64,
    /// What the voucher takes off.
    voucher_amount: i64,
    /// First six and last four digits of the card.
    card: String,
    /// How often the network was asked what became of it.
    inquiries: i64,
    /// The network's number of an approved payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    network_reference: Option<String>,
    /// RFC 3339.
    at: String,
}

impl CardAttemptBody {
    fn of(attempt: &CardAttempt) -> Option<Self> {
        Some(Self {
            id: attempt.id.0,
            invoice: attempt.invoice.0,
            reference: attempt.reference.to_string(),
            state: attempt.state.name(),
            amount: attempt.rest.get(),
            held: attempt.held()?.get(),
            voucher_amount: attempt.voucher_amount.get(),
            card: attempt.slip.mask.to_string(),
            inquiries: attempt.inquiries,
            network_reference: match &attempt.state {
                CardAttemptState::Approved(reference) => Some(reference.to_string()),
                CardAttemptState::Asked
                | CardAttemptState::Unknown
                | CardAttemptState::Declined(_)
                | CardAttemptState::NotTaken => None,
            },
            at: instant(attempt.asked_at_ms),
        })
    }
}

fn body(attempt: &CardAttempt) -> Result<Json<CardAttemptBody>, Response> {
    let unsound = || broken(&engine::Error::Contradiction("the holds of a payment by card exceed the ledger's range"));
    CardAttemptBody::of(attempt).map(Json).ok_or_else(unsound)
}

/// A payment by another bank's card.
#[utoipa::path(get, path = "/admin/v1/card-attempts/{id}", params(("id" = i64, Path)), responses((status = 200, body = CardAttemptBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn card_attempt(State(app): State<App>, Id(id): Id) -> Result<Json<CardAttemptBody>, Response> {
    let attempt = app.engine.reader().card_attempt(CardAttemptId(id)).await.map_err(unread)?;
    body(&attempt.ok_or_else(|| NOT_FOUND.response())?)
}

/// Decides a payment whose outcome its network does not tell, as the network's statement shows it. In production, and with a named token, this is
/// proposed, and an operator of the console approves it.
#[utoipa::path(post, path = "/admin/v1/card-attempts/{id}/resolve", params(("id" = i64, Path)), request_body = VerdictForm, responses((status = 200, body = CardAttemptBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resolve(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: VerdictForm = json(request).await?;
    let resolve = ResolveCardAttempt { attempt: CardAttemptId(id), resolution: form.verdict.into() };
    if !app.does_alone_what_takes_two() {
        let reason = proposals::reason(&form.reason).map_err(|problem| problem.response())?;
        let proposal = proposals::propose(&app, ProposedAction::ResolveCard(resolve), reason).await?;
        return Ok((StatusCode::ACCEPTED, Json(proposals::body(&proposal))).into_response());
    }
    Ok(body(&*done(app.run_audited(resolve).await)?)?.into_response())
}

impl From<ResolveCardRefusal> for Problem {
    fn from(refusal: ResolveCardRefusal) -> Self {
        match refusal {
            ResolveCardRefusal::PaymentUnknown => NOT_FOUND,
            ResolveCardRefusal::PaymentDecided => Self::conflict("id", "it is decided already"),
            ResolveCardRefusal::NotBooked(_) => {
                Self::conflict("id", "the ledger does not book it: an account of it cannot hold the sum, or is gone")
            }
        }
    }
}

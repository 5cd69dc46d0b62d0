//! Holds on deposits.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use ledger::{AccountId, Rial, TransferId};
use payments::{HoldRefusal, HoldUnknown, PlaceHold, ReleaseHold};
use serde::{Deserialize, Serialize};
use text::number::MAX_AMOUNT;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::reply::{EmptyBody, Id, NOT_FOUND, Problem, done, json, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(place)).routes(routes!(release))
}

/// How much to hold, and until when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldForm {
    /// Rials.
    #[schema(minimum = 1)]
    amount: i64,
    /// RFC 3339; without it the hold stays until it is released.
    expires_at: Option<String>,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldBody {
    id: i64,
    deposit: i64,
    /// Rials.
    amount: i64,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// Holds money on a deposit: it stays there and cannot be spent.
#[utoipa::path(post, path = "/admin/v1/deposits/{id}/holds", params(("id" = i64, Path)), request_body = HoldForm, responses((status = 201, body = HoldBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn place(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: HoldForm = json(request).await?;
    if !(1..=MAX_AMOUNT).contains(&form.amount) {
        return Err(Problem::invalid("amount", "1 to 1000000000000000").response());
    }
    let expires_at_ms = match form.expires_at {
        None => None,
        Some(text) => match text.parse::<Timestamp>() {
            Ok(at) => Some(at.as_millisecond()),
            Err(_) => return Err(Problem::invalid("expiresAt", "an instant like 2026-11-21T11:00:00+03:30").response()),
        },
    };
    let deposit = app.engine.reader().deposit_of(AccountId(id)).await.map_err(unread)?;
    let deposit = deposit.ok_or_else(|| NOT_FOUND.response())?;
    let hold = PlaceHold { deposit: deposit.id, bank: deposit.key.bank, amount: Rial::new(form.amount), expires_at_ms };
    let TransferId(hold) = done(app.run_audited(hold).await)?;
    let expires_at = expires_at_ms.map(instant);
    let body = HoldBody { id: hold, deposit: id, amount: form.amount, expires_at };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

impl From<HoldRefusal> for Problem {
    fn from(refusal: HoldRefusal) -> Self {
        match refusal {
            HoldRefusal::HoldWouldBeOver => Self::invalid("expiresAt", "an instant to come"),
            HoldRefusal::DepositUnknown => NOT_FOUND,
            HoldRefusal::SourceNotUsable => Self::conflict("id", "the deposit takes no debits"),
            HoldRefusal::InsufficientFunds => Self::conflict("amount", "the deposit does not have this much to hold"),
            HoldRefusal::AmountDoesNotFit => Self::invalid("amount", "the bank's accounts cannot hold this much"),
        }
    }
}

/// Releases a hold.
#[utoipa::path(delete, path = "/admin/v1/holds/{id}", params(("id" = i64, Path)), responses((status = 204), (status = 409, body = Problem)))]
pub async fn release(app: OperatorContext, Id(id): Id, _: EmptyBody) -> Result<StatusCode, Response> {
    done(app.run_audited(ReleaseHold { hold: TransferId(id) }).await)?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<HoldUnknown> for Problem {
    fn from(_: HoldUnknown) -> Self {
        Self::conflict("id", "no such hold, or it has ended")
    }
}

//! Orders paid by telephone. Cards are shown by their first six and last four digits.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use payments::{PhoneEnd, PhoneOrder, PhoneOrderId, Versioned};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{Id, NOT_FOUND, Paging, Params, Problem, listed, unread, version};
use crate::App;
use ::codes::paystar::code_of;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(phone_orders)).routes(routes!(phone_order))
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PhoneOrderBody {
    id: i64,
    /// The terminal.
    sequence: String,
    order_id: String,
    /// `asked`, `declined` or `paid`.
    state: &'static str,
    /// Of the payment that was tried last: first six and last four digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    /// Of the payment that was tried last: the payer's mobile number.
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<String>,
    /// In rials.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// Why the last payment was declined: a code of PayStar's.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u8>,
    /// Of a paid order.
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_id: Option<String>,
    /// The transfer that paid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<i64>,
    /// Of a paid order: what was refunded to the card, in rials.
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<i64>,
    /// When it was last asked about or tried: RFC 3339.
    at: String,
    /// The version of its state. A refund repeats it.
    version: String,
}

/// The body for an order.
pub(super) fn body(order: &PhoneOrder) -> PhoneOrderBody {
    let tried = order.tried.as_ref();
    let (state, transfer) = match tried.map(|tried| tried.end) {
        None => ("asked", None),
        Some(PhoneEnd::Declined(_)) => ("declined", None),
        Some(PhoneEnd::Paid(_, transfer)) => ("paid", Some(transfer.0)),
    };
    PhoneOrderBody {
        id: order.id.0,
        sequence: order.key.terminal.to_string(),
        order_id: order.sent.to_string(),
        state,
        card: tried.map(|tried| tried.mask.to_string()),
        payer: tried.map(|tried| tried.payer.to_string()),
        amount: tried
            .and_then(|tried| tried.amount)
            .map(payments::Rial::get)
            .or_else(|| order.asked.map(|asked| asked.amount.get())),
        code: order.declined().map(|why| code_of(why).number),
        ref_id: transfer.map(|_| order.ref_id().to_string()),
        transfer,
        refunded: order.payment().map(|payment| payment.refunded.get()).filter(|refunded| *refunded > 0),
        at: instant(order.at_ms),
        version: version(None, &Versioned::PhoneOrder(order)),
    }
}

/// Orders in the order of their numbers. Those that are not paid are forgotten after a day.
#[utoipa::path(get, path = "/admin/v1/phone-orders", params(Paging), responses((status = 200, body = [PhoneOrderBody]), (status = 400, body = Problem)))]
pub async fn phone_orders(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let orders = app.engine.reader().phone_orders(page).await.map_err(unread)?;
    listed(&app, orders.iter().map(body).collect()).await
}

/// One order.
#[utoipa::path(get, path = "/admin/v1/phone-orders/{id}", params(("id" = i64, Path)), responses((status = 200, body = PhoneOrderBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn phone_order(State(app): State<App>, Id(id): Id) -> Result<Json<PhoneOrderBody>, Response> {
    let found = app.engine.reader().phone_order_numbered(PhoneOrderId(id)).await.map_err(unread)?;
    found.map(|order| Json(body(&order))).ok_or_else(|| NOT_FOUND.response())
}

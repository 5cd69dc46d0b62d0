//! Orders paid by telephone. Cards are shown by their first six and last four digits.

use axum::extract::State;
use axum::response::Response;
use payments::{PhoneEnd, PhoneOrder};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{Paging, Params, Problem, listed, unread};
use crate::App;
use ::codes::paystar::code_of;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(phone_orders))
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
    /// When it was last asked about or tried: RFC 3339.
    at: String,
}

fn body(order: &PhoneOrder) -> PhoneOrderBody {
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
        at: instant(order.at_ms),
    }
}

/// Orders in the order of their numbers. Those that are not paid are forgotten after a day.
#[utoipa::path(get, path = "/admin/v1/phone-orders", params(Paging), responses((status = 200, body = [PhoneOrderBody]), (status = 400, body = Problem)))]
pub async fn phone_orders(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let orders = app.engine.reader().phone_orders(page).await.map_err(unread)?;
    listed(&app, orders.iter().map(body).collect()).await
}

//! Invoices of all businesses.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use payments::{Invoice, InvoiceId, InvoiceState, Means, Rial, Text, Versioned};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{Id, NOT_FOUND, NewestFirst, Params, Problem, broken, listed, unread, version};
use crate::App;
use ::codes::paystar::code_of;
use ::codes::pod::{UNSOUND_INVOICE, pos, slip, tool};

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// An invoice of POD. Amounts are whole rials.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceBody {
    id: i64,
    issuer: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_number: Option<String>,
    /// `issued`, `inGateway`, `atNetwork`, `waiting`, `future`, `setOff`, `payed`, `closed` or `canceled`.
    state: &'static str,
    /// The payment by another bank's card that an invoice `atNetwork` waits for: see `/admin/v1/card-attempts/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_attempt: Option<i64>,
    payable: i64,
    vat: i64,
    /// What its issuer has received for it and still has.
    received: i64,
    /// What was refunded of its payment, unless it is canceled: then all of it went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<i64>,
    /// How it was paid: `wallet`, `card`, `pos`, `guild`, `invoice` or `outside`.
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<&'static str>,
    /// The code of the last card that was declined for it on a page, as POD's gateway shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<u8>,
    /// When that card was declined: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined_at: Option<String>,
    /// How many cards and passwords were declined for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    declines: Option<i64>,
    /// POD's code of the same: of a wallet, a card, a terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_tool_code: Option<&'static str>,
    /// Of a card, or at a terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal_number: Option<String>,
    /// Of a card, or at a terminal: its retrieval reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    rrn: Option<String>,
    /// The gateway's own number of a card payment; at a terminal its trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_reference_id: Option<String>,
    /// RFC 3339.
    issued_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    /// Whether its card money is settled.
    settled: bool,
    /// The version of its state. A refund repeats it.
    version: String,
}

/// The name of an invoice's state in this API.
pub fn state(state: &InvoiceState) -> &'static str {
    match state {
        InvoiceState::Issued => "issued",
        InvoiceState::InGateway(_) => "inGateway",
        InvoiceState::AtNetwork(_) => "atNetwork",
        InvoiceState::Waiting(_) => "waiting",
        InvoiceState::Future(_) => "future",
        InvoiceState::SetOff(_) => "setOff",
        InvoiceState::Paid(_) => "payed",
        InvoiceState::Closed(_) => "closed",
        InvoiceState::Canceled(_) => "canceled",
    }
}

/// The name of a means of payment in this API.
pub(super) fn means(means: &Means) -> &'static str {
    match means {
        Means::Wallet => "wallet",
        Means::Card(_) => "card",
        Means::Pos(_) => "pos",
        Means::Guild => "guild",
        Means::Invoice(_) => "invoice",
        Means::Outside => "outside",
    }
}

/// What was taken for an invoice when it was paid, in rials, whatever went back later: rest and credit. `None`: nothing was paid, or the row
/// contradicts itself.
pub fn taken(invoice: &Invoice) -> Option<Rial> {
    let payment = invoice.state.payment()?;
    // Of a payment outside, no money is here. An invoice that a smaller one has replaced has passed its vouchers on to that one.
    if payment.means == Means::Outside || invoice.edited {
        return payment.received();
    }
    // All of them were in force when it was paid: they are given up only when the invoice is canceled.
    let vouchers = invoice.vouchers.iter().try_fold(Rial::ZERO, |sum, used| sum.checked_add(used.amount))?;
    let taken = invoice.amounts.payable.checked_sub(vouchers)?;
    // An invoice may have been reduced below its vouchers.
    Some(taken.max(payment.received()?))
}

/// What its issuer has received for an invoice and still has, in rials. `None`: the row contradicts itself.
pub fn received(invoice: &Invoice) -> Option<Rial> {
    match invoice.state {
        // What it received went back.
        InvoiceState::Canceled(_) => Some(Rial::ZERO),
        _ => invoice.received(),
    }
}

/// What of a payment went back, in rials: of an invoice that was canceled, all of it, unless a smaller invoice has replaced it.
pub fn given_back(invoice: &Invoice) -> Rial {
    match invoice.state {
        InvoiceState::Canceled(Some(_)) if !invoice.edited => taken(invoice).unwrap_or_default(),
        _ => invoice.refunded(),
    }
}

impl InvoiceBody {
    /// The body for an invoice.
    ///
    /// # Errors
    /// The row contradicts itself.
    pub(super) fn of(invoice: &Invoice, now_ms: i64) -> Result<Self, Response> {
        let received = received(invoice).ok_or_else(|| broken(&engine::Error::Contradiction(UNSOUND_INVOICE)))?;
        let payment = invoice.state.payment();
        let (card, at_pos) = (payment.and_then(slip), payment.and_then(pos));
        let owned = |text: &Text| text.to_string();
        // Older payments at terminals were stored without these numbers.
        let known = |number: &String| !number.is_empty();
        Ok(Self {
            id: invoice.id.0,
            issuer: invoice.issuer.0,
            customer: invoice.customer.map(|customer| customer.0),
            bill_number: invoice.bill_number.as_ref().map(ToString::to_string),
            state: match &invoice.state {
                // The payer's time is over: it can be paid by anyone.
                InvoiceState::InGateway(ends_at_ms) if now_ms >= *ends_at_ms => state(&InvoiceState::Issued),
                known => state(known),
            },
            card_attempt: match invoice.state {
                InvoiceState::AtNetwork(attempt) => Some(attempt.0),
                _ => None,
            },
            payable: invoice.amounts.payable.get(),
            vat: invoice.amounts.vat.get(),
            received: received.get(),
            refunded: Some(invoice.refunded().get()).filter(|refunded| *refunded > 0),
            means: payment.map(|payment| means(&payment.means)),
            declined: invoice.declined.map(|last| code_of(last.why).number),
            declined_at: invoice.declined.map(|last| instant(last.at_ms)),
            declines: invoice.declined.map(|last| last.count),
            payment_tool_code: payment.and_then(tool),
            terminal_number: card.map(|slip| &slip.terminal).or(at_pos.map(|slip| &slip.terminal)).map(owned),
            rrn: card.map(|slip| &slip.rrn).or(at_pos.map(|slip| &slip.reference)).map(owned).filter(known),
            transaction_reference_id: card
                .map(|slip| &slip.tref)
                .or(at_pos.map(|slip| &slip.tracking))
                .map(owned)
                .filter(known),
            issued_at: instant(invoice.issued_at_ms),
            paid_at: payment.map(|payment| instant(payment.at_ms)),
            settled: invoice.is_settled(),
            version: version(None, &Versioned::Invoice(invoice)),
        })
    }
}

/// Invoices of all businesses, newest first.
#[utoipa::path(get, path = "/admin/v1/invoices", params(NewestFirst), responses((status = 200, body = [InvoiceBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(paging): Params<NewestFirst>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let found = app.engine.reader().invoice_page(page).await.map_err(unread)?;
    let now_ms = app.engine.clock().now_ms();
    let bodies = found.iter().map(|invoice| InvoiceBody::of(invoice, now_ms)).collect::<Result<Vec<_>, _>>()?;
    listed(&app, bodies).await
}

/// One invoice.
#[utoipa::path(get, path = "/admin/v1/invoices/{id}", params(("id" = i64, Path)), responses((status = 200, body = InvoiceBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn one(State(app): State<App>, Id(id): Id) -> Result<Json<InvoiceBody>, Response> {
    let found = app.engine.reader().invoice(InvoiceId(id)).await.map_err(unread)?;
    let invoice = found.ok_or_else(|| NOT_FOUND.response())?;
    InvoiceBody::of(&invoice, app.engine.clock().now_ms()).map(Json)
}

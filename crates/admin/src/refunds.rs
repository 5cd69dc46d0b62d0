//! Giving money back: refunds of invoices and of telephone payments, and canceling invoices that were not paid.
//!
//! A call names the version that was read. A call that is repeated refunds nothing twice: the version has changed.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use payments::{
    CancelUnpaidInvoice, CancelUnpaidRefusal, Invoice, InvoiceId, PhoneOrderId, Precondition, ProposedAction,
    RefundAmount, RefundAmountRefusal, RefundInvoice, RefundInvoiceRefusal, RefundPhonePayment, RefundPhoneRefusal,
    Rial, Text, Version,
};
use serde::Deserialize;
use text::number::MAX_AMOUNT;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::invoices::InvoiceBody;
use super::operator_context::OperatorContext;
use super::phone_orders::{self, PhoneOrderBody};
use super::proposals::{self, ProposalBody};
use super::reply::{Id, NOT_FOUND, Problem, done, json, unread};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(refund_invoice)).routes(routes!(cancel_unpaid_invoice)).routes(routes!(refund))
}

/// How much is refunded, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundForm {
    /// In rials; left out: all that is left.
    #[schema(minimum = 1)]
    amount: Option<i64>,
    /// 1 to 200 characters, for the audit and for the operator who approves it.
    reason: String,
    /// The version of the payment that was read.
    version: String,
}

/// A refund that is asked for.
#[derive(Debug)]
pub struct Wanted {
    /// How much.
    pub amount: RefundAmount,
    /// Why.
    pub reason: Text,
    /// The version that was read.
    pub seen: Precondition,
}

/// Checks what is asked for.
///
/// # Errors
/// The amount or the reason is not valid.
pub fn wanted(amount: Option<i64>, reason: &str, version: &str) -> Result<Wanted, Problem> {
    let amount = match amount {
        None => RefundAmount::All,
        Some(amount) if (1..=MAX_AMOUNT).contains(&amount) => RefundAmount::Part(Rial::new(amount)),
        Some(_) => return Err(RefundAmountRefusal::NotPositive.into()),
    };
    Ok(Wanted { amount, reason: proposals::reason(reason)?, seen: Precondition::Version(Version::sent(version)) })
}

impl RefundForm {
    fn wanted(&self) -> Result<Wanted, Response> {
        wanted(self.amount, &self.reason, &self.version).map_err(|problem| problem.response())
    }
}

/// Refunds all or a part of an invoice's payment: to the payer's wallet, credit to its delegators. One that is not closed and of which nothing is left
/// is canceled. In production, and with a named token, this is proposed, and an operator of the console approves it.
#[utoipa::path(post, path = "/admin/v1/invoices/{id}/refund", params(("id" = i64, Path)), request_body = RefundForm, responses((status = 200, body = InvoiceBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn refund_invoice(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: RefundForm = json(request).await?;
    let Wanted { amount, reason, seen } = form.wanted()?;
    let (app, action) = (app.expecting(seen), RefundInvoice { invoice: InvoiceId(id), amount });
    if !app.does_alone_what_takes_two() {
        return proposed(&app, ProposedAction::RefundInvoice(action), reason).await;
    }
    let invoice = done(app.clone().because(reason).run_audited(action).await)?;
    of_invoice(&app, &invoice)
}

/// Refunds all or a part of a telephone payment, from its merchant to its card. In production, and with a named token, this is proposed, and an
/// operator of the console approves it.
#[utoipa::path(post, path = "/admin/v1/phone-orders/{id}/refund", params(("id" = i64, Path)), request_body = RefundForm, responses((status = 200, body = PhoneOrderBody), (status = 202, body = ProposalBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn refund(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: RefundForm = json(request).await?;
    let Wanted { amount, reason, seen } = form.wanted()?;
    let found = app.engine.reader().phone_order_numbered(PhoneOrderId(id)).await.map_err(unread)?;
    let order = found.ok_or_else(|| NOT_FOUND.response())?;
    let (app, action) = (app.expecting(seen), RefundPhonePayment { order: order.key, id: order.id, amount });
    if !app.does_alone_what_takes_two() {
        return proposed(&app, ProposedAction::RefundPhone(action), reason).await;
    }
    let order = done(app.because(reason).run_audited(action).await)?;
    Ok(Json(phone_orders::body(&order)).into_response())
}

async fn proposed(app: &OperatorContext, action: ProposedAction, reason: Text) -> Result<Response, Response> {
    let proposal = proposals::propose(app, action, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(proposals::body(&proposal))).into_response())
}

fn of_invoice(app: &App, invoice: &Invoice) -> Result<Response, Response> {
    InvoiceBody::of(invoice, app.engine.clock().now_ms()).map(|body| Json(body).into_response())
}

/// Why an invoice is canceled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelForm {
    /// 1 to 200 characters, for the audit.
    reason: String,
}

/// Cancels an invoice that was not paid. Money that is blocked for it goes back to its owner. One that was paid is refunded instead.
#[utoipa::path(post, path = "/admin/v1/invoices/{id}/cancel", params(("id" = i64, Path)), request_body = CancelForm, responses((status = 200, body = InvoiceBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn cancel_unpaid_invoice(app: OperatorContext, Id(id): Id, request: Request) -> Result<Response, Response> {
    let form: CancelForm = json(request).await?;
    let reason = proposals::reason(&form.reason).map_err(|problem| problem.response())?;
    let command = CancelUnpaidInvoice { invoice: InvoiceId(id) };
    let invoice = done(app.clone().because(reason).run_audited(command).await)?;
    of_invoice(&app, &invoice)
}

impl From<RefundAmountRefusal> for Problem {
    fn from(refusal: RefundAmountRefusal) -> Self {
        match refusal {
            RefundAmountRefusal::NothingLeft => Self::conflict("amount", "nothing is left to refund"),
            RefundAmountRefusal::NotPositive => Self::invalid("amount", "1 or more, in rials"),
            RefundAmountRefusal::MoreThanLeft(left) => {
                Self::conflict("amount", format!("at most {left} rials are left to refund"))
            }
        }
    }
}

const AT_NETWORK: &str = "its card payment is not decided yet: resolve that first";
const NOT_ALLOWED: &str = "the ledger does not allow it: look at the accounts of the parties";

impl From<RefundInvoiceRefusal> for Problem {
    fn from(refusal: RefundInvoiceRefusal) -> Self {
        match refusal {
            RefundInvoiceRefusal::InvoiceUnknown => NOT_FOUND,
            RefundInvoiceRefusal::InvoiceCanceled => {
                Self::conflict("id", "the invoice is canceled: what was paid has gone back")
            }
            RefundInvoiceRefusal::InvoiceNotPaid => {
                Self::conflict("id", "nothing was paid for the invoice: cancel it instead")
            }
            RefundInvoiceRefusal::InvoiceAtNetwork(_) => Self::conflict("id", AT_NETWORK),
            RefundInvoiceRefusal::InvoiceInSetOff => {
                Self::conflict("id", "the money of the invoice pays another one by a set-off")
            }
            RefundInvoiceRefusal::Amount(why) => why.into(),
            RefundInvoiceRefusal::BusinessShort => {
                Self::conflict("amount", "the business has withdrawn the money: its account does not cover this much")
            }
            RefundInvoiceRefusal::NotBooked(_) => Self::conflict("id", NOT_ALLOWED),
        }
    }
}

impl From<CancelUnpaidRefusal> for Problem {
    fn from(refusal: CancelUnpaidRefusal) -> Self {
        match refusal {
            CancelUnpaidRefusal::InvoiceUnknown => NOT_FOUND,
            CancelUnpaidRefusal::InvoiceFinal(_) => Self::conflict("id", "the invoice is canceled or closed already"),
            CancelUnpaidRefusal::InvoicePaid => Self::conflict("id", "the invoice is paid: refund it instead"),
            CancelUnpaidRefusal::PayerInGateway(until_ms) => {
                Self::conflict("id", format!("a payer is in the card step until {}", instant(until_ms)))
            }
            CancelUnpaidRefusal::InvoiceAtNetwork(_) => Self::conflict("id", AT_NETWORK),
            CancelUnpaidRefusal::NotBooked(_) => Self::conflict("id", NOT_ALLOWED),
        }
    }
}

impl From<RefundPhoneRefusal> for Problem {
    fn from(refusal: RefundPhoneRefusal) -> Self {
        match refusal {
            RefundPhoneRefusal::OrderUnknown => NOT_FOUND,
            RefundPhoneRefusal::OrderNotPaid => Self::conflict("id", "the order is not paid"),
            RefundPhoneRefusal::Amount(why) => why.into(),
            RefundPhoneRefusal::MerchantAccountUnusable => {
                Self::conflict("id", "the account of the merchant takes no debits: open it first")
            }
            RefundPhoneRefusal::CardAccountUnusable => {
                Self::conflict("id", "the account of the card takes no credits: open it first")
            }
            RefundPhoneRefusal::MerchantShort => {
                Self::conflict("amount", "the account of the merchant does not have this much")
            }
            RefundPhoneRefusal::NotBooked(why) => why.into(),
        }
    }
}

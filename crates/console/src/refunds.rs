//! Giving money back from the page of a payment: refunds, which another operator has to approve; canceling an invoice that was not paid; booking the
//! return of an order.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{
    CancelUnpaidInvoice, OrderRef, ProposedAction, RefundInvoice, RefundPhonePayment, ReturnOrder, Role, Text,
};

use super::visit::Visit;
use super::{invoices, orders, phone, refusals};
use admin::App;
use admin::OperatorContext;
use admin::proposals;
use admin::refunds::{Wanted, wanted};
use edge::form::Query;
use text::number::numeral;
use web::{Segment, go_to};

/// What a form asks for; `Err` has the text for an operator whose form is not complete.
fn read(visit: &Visit, form: &Query) -> Result<Wanted, String> {
    let w = visit.w();
    let amount = match form.get("of") {
        Some("all") => None,
        _ => {
            let typed = numeral(form.get("amount").unwrap_or_default()).replace([',', '٬', ' '], "");
            Some(typed.parse().map_err(|_| format!("{}: {}", w.amount_rial, w.number_wrong))?)
        }
    };
    let reason = form.sent("reason").unwrap_or_default();
    let version = form.get("version").unwrap_or_default();
    wanted(amount, reason, version).map_err(|problem| refusals::in_words(&problem, w))
}

/// Proposes a refund; `Err` has the text for an operator whose proposal is not accepted.
async fn propose(
    visit: &Visit,
    context: &OperatorContext,
    action: ProposedAction,
    reason: Text,
) -> Result<Result<Response, String>, Response> {
    match proposals::propose(context, action, reason).await {
        Ok(_) => Ok(Ok(go_to("/console/decisions?done=2"))),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(response) => Ok(Err(refusals::explained(&response, visit.w()))),
    }
}

/// Proposes the refund of an invoice.
pub async fn invoice(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let invoice = invoices::find(&visit, id).await?;
    let proposed = match read(&visit, &form) {
        Ok(Wanted { amount, reason, seen }) => {
            let action = ProposedAction::RefundInvoice(RefundInvoice { invoice: invoice.id, amount });
            propose(&visit, &visit.context.clone().expecting(seen), action, reason).await?
        }
        Err(why) => Err(why),
    };
    match proposed {
        Ok(response) => Ok(response),
        Err(why) => {
            Ok(visit.refused(invoices::title(&visit, &invoice), why, invoices::parts_of(&visit, &invoice).await?))
        }
    }
}

/// Cancels an invoice that was not paid.
pub async fn cancel(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let invoice = invoices::find(&visit, id).await?;
    let why = match proposals::reason(form.sent("reason").unwrap_or_default()) {
        Err(_) => visit.w().reason_missing.to_owned(),
        Ok(reason) => {
            let command = CancelUnpaidInvoice { invoice: invoice.id };
            let done = visit.context.clone().because(reason).run_audited(command).await;
            match done.map_err(|error| visit.failed(&error))? {
                Ok(_) => return Ok(go_to(&format!("/console/invoices/{id}?done=1"))),
                Err(why) => refusals::in_words(&why.into(), visit.w()),
            }
        }
    };
    // It may have been paid or canceled meanwhile.
    let invoice = invoices::find(&visit, id).await?;
    Ok(visit.refused(invoices::title(&visit, &invoice), why, invoices::parts_of(&visit, &invoice).await?))
}

/// Proposes the refund of a telephone payment.
pub async fn phone(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let order = phone::find(&visit, id).await?;
    let proposed = match read(&visit, &form) {
        Ok(Wanted { amount, reason, seen }) => {
            let refund = RefundPhonePayment { order: order.key.clone(), id: order.id, amount };
            let context = visit.context.clone().expecting(seen);
            propose(&visit, &context, ProposedAction::RefundPhone(refund), reason).await?
        }
        Err(why) => Err(why),
    };
    match proposed {
        Ok(response) => Ok(response),
        Err(why) => Ok(visit.refused(phone::title(&visit, &order), why, phone::parts_of(&visit, &order).await?)),
    }
}

/// Books the return of an order, as its network has reported it.
pub async fn order(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let order = orders::find(&visit, id).await?;
    let why = match admin::orders::return_reason(form.sent("reason").unwrap_or_default()) {
        Err(problem) => refusals::in_words(&problem, visit.w()),
        Ok(reason) => {
            let command = ReturnOrder { order: OrderRef::Number(order.id), reason };
            let done = visit.context.run_audited(command).await.map_err(|error| visit.failed(&error))?;
            match done {
                Ok(_) => return Ok(go_to(&format!("/console/orders/{id}?done=1"))),
                Err(why) => refusals::in_words(&why.into(), visit.w()),
            }
        }
    };
    let order = orders::find(&visit, id).await?;
    Ok(visit.refused(orders::title(&visit, &order), why, orders::parts_of(&visit, &order).await?))
}

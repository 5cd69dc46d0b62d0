//! The forms with which an operator acts on a payment, on the payment's own page: refunds, cancellation, returns, and work that was given up.

use payments::{Invoice, InvoiceState, Job, Order, OrderState, PhoneOrder, Rial, Route, Version, Versioned};

use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::Visit;
use admin::jobs as api;

/// The field for a reason.
pub fn reason(visit: &Visit) -> Field {
    let w = visit.w();
    Field::Text("reason", w.reason.to_owned(), String::new(), w.reason_why.to_owned())
}

/// A form of this operator.
pub fn form(visit: &Visit, action: String, fields: Vec<Field>, (button, tone): (&str, Tone)) -> Form {
    Form { action, fields, button: button.to_owned(), tone, csrf: visit.csrf() }
}

/// The facts about what was refunded of a payment, and what still can be.
pub fn refund_facts(visit: &Visit, refunded: Rial, refundable: Option<Rial>) -> Vec<(String, Cell)> {
    let (w, lang) = (visit.w(), visit.lang());
    let fact = |name: &str, amount: Rial| (name.to_owned(), Cell::text(format!("{} {}", lang.rial(amount), w.rial)));
    let refunded = refunded.is_positive().then(|| fact(w.refunded, refunded));
    let refundable = refundable.filter(|left| left.is_positive()).map(|left| fact(w.refundable, left));
    refunded.into_iter().chain(refundable).collect()
}

/// The forms that propose a refund, posted to `action`: of a part, and of all that is left.
fn refunds(visit: &Visit, action: &str, version: &Version) -> Vec<Form> {
    let w = visit.w();
    let version = || Field::Hidden("version", version.as_str().to_owned());
    let amount = Field::Text("amount", w.amount_rial.to_owned(), String::new(), "50000".to_owned());
    let part = vec![version(), Field::Hidden("of", "part".to_owned()), amount, reason(visit)];
    let all = vec![version(), Field::Hidden("of", "all".to_owned()), reason(visit)];
    vec![
        form(visit, action.to_owned(), part, (w.refund_part, Tone::Plain)),
        form(visit, action.to_owned(), all, (w.refund_all, Tone::Bad)),
    ]
}

/// What an operator can do about an invoice.
pub fn of_invoice(visit: &Visit, invoice: &Invoice) -> Vec<Part> {
    if !visit.may_work() {
        return Vec::new();
    }
    let (w, id) = (visit.w(), invoice.id.0);
    let mut parts = Vec::new();
    if invoice.refundable().is_some_and(Rial::is_positive) && invoice.set_off.is_none() {
        let version = Version::of(&Versioned::Invoice(invoice));
        let forms = refunds(visit, &format!("/console/invoices/{id}/refund"), &version);
        parts.extend([Part::Text(w.refund_invoice_help.to_owned()), Part::Forms(w.refund.to_owned(), forms)]);
    }
    let is_unpaid = matches!(
        invoice.state,
        InvoiceState::Issued | InvoiceState::InGateway(_) | InvoiceState::Future(_) | InvoiceState::SetOff(_)
    );
    if is_unpaid {
        let action = format!("/console/invoices/{id}/cancel");
        let cancel = form(visit, action, vec![reason(visit)], (w.cancel_invoice, Tone::Bad));
        parts.push(Part::Forms(w.cancel_invoice.to_owned(), vec![cancel]));
    }
    parts
}

/// What an operator can do about a telephone payment.
pub fn of_phone(visit: &Visit, order: &PhoneOrder) -> Vec<Part> {
    let w = visit.w();
    if !visit.may_work() || !order.payment().is_some_and(|payment| payment.left().is_positive()) {
        return Vec::new();
    }
    let version = Version::of(&Versioned::PhoneOrder(order));
    let forms = refunds(visit, &format!("/console/phone/{}/refund", order.id.0), &version);
    vec![Part::Text(w.refund_phone_help.to_owned()), Part::Forms(w.refund.to_owned(), forms)]
}

/// What an operator can do about an order that is decided: book its return.
pub fn of_order(visit: &Visit, order: &Order) -> Vec<Part> {
    let w = visit.w();
    let returns = match (order.route, &order.state) {
        (Route::Paya, OrderState::Settled) | (Route::Satna, OrderState::Booked(_)) => visit.may_work(),
        (Route::Internal | Route::Card | Route::Paya | Route::Satna, _) => false,
    };
    if !returns {
        return Vec::new();
    }
    let hint = Field::Text("reason", w.reason.to_owned(), String::new(), w.reason_hint.to_owned());
    let action = format!("/console/orders/{}/return", order.id.0);
    let back = form(visit, action, vec![hint], (w.return_order, Tone::Bad));
    vec![Part::Text(w.return_help.to_owned()), Part::Forms(w.return_order.to_owned(), vec![back])]
}

/// The forms for work that was given up, on the page of its payment.
pub fn of_jobs(visit: &Visit, jobs: &[Job]) -> Vec<Part> {
    let dead: Vec<Form> =
        jobs.iter().filter(|job| job.dead_at_ms.is_some()).flat_map(|job| job_forms(visit, job)).collect();
    if dead.is_empty() { Vec::new() } else { vec![Part::Forms(visit.w().dead_jobs.to_owned(), dead)] }
}

/// The forms that run a dead job again, or close it.
pub fn job_forms(visit: &Visit, job: &Job) -> Vec<Form> {
    if !visit.may_work() {
        return Vec::new();
    }
    let w = visit.w();
    let path = |does: &str| format!("/console/jobs/{}/{does}", job.id.0);
    let why = Field::Text("reason", w.reason.to_owned(), String::new(), w.reason_hint.to_owned());
    let closes = vec![Field::Hidden("version", api::version_of(job)), why];
    vec![
        form(visit, path("retry"), Vec::new(), (w.run_again, Tone::Plain)),
        form(visit, path("close"), closes, (w.close_job, Tone::Bad)),
    ]
}

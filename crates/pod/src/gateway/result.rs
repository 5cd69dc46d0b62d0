//! GET `/v1/pbc/pay/{gs}/result`: the receipt, from which the payer returns to the shop (pod.md 5.2, 5.4).

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use ledger::Rial;
use payments::{InvoiceState, Payment, Receipt, SessionState};
use wire::pod::returning::with_query;

use super::bill::{Bill, Shares};
use super::choice::elsewhere;
use super::links::LOCAL;
use super::sums::Sums;
use super::visit::{Visit, chosen, is_reported_paid};
use crate::App;
use web::{Frame, Segment, go_to, with_cookies};

#[derive(Template)]
#[template(path = "pay_result.html")]
struct ResultPage {
    f: Frame,
    bill: Bill,
    sums: Sums,
    facts: Vec<(&'static str, String)>,
    hint: Option<&'static str>,
    /// The headline of a payment that was undone.
    returned: Option<&'static str>,
    back: Option<String>,
    /// Where the invoice can be paid again, after its payment has gone back.
    again: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    let response = match &visit.session.state {
        // The sandbox's local gateway does not ask payers to log in, so its receipt does not either.
        SessionState::Took(receipt) if visit.is_foreign() && !is_local(receipt) => go_to(&visit.log_in()),
        SessionState::Took(receipt) => show_receipt(&visit, receipt),
        SessionState::Open | SessionState::Paying(_) | SessionState::Canceled => {
            elsewhere(&visit).unwrap_or_else(|| go_to(&visit.base()))
        }
    };
    Ok(with_cookies(response, [chosen(&parts)]))
}

fn is_local(receipt: &Receipt) -> bool {
    receipt.slip.as_ref().is_some_and(|slip| *slip.terminal == *LOCAL)
}

fn show_receipt(visit: &Visit, receipt: &Receipt) -> Response {
    let (w, lang) = (visit.frame.w, visit.lang());
    let Some(sums) = Sums::of_receipt(receipt, lang) else {
        return visit.failed(&engine::Error::Contradiction("gateway_session: the parts of a receipt do not fit"));
    };
    let shares = Shares { voucher: receipt.voucher, credit: receipt.credit, rest: receipt.rest };
    let invoice = &visit.invoice;
    let mut facts = vec![(w.paid_at, lang.instant(receipt.at_ms))];
    if let Some(bill) = &invoice.bill_number {
        facts.push((w.bill_number, bill.to_string()));
    }
    facts.push((w.payment_number, lang.digits(invoice.payment_number())));
    if let Some(slip) = &receipt.slip {
        facts.extend([
            (w.card_number, slip.mask.to_string()),
            (w.terminal, lang.digits(&slip.terminal)),
            (w.rrn, lang.digits(&slip.rrn)),
            (w.tref, lang.digits(&slip.tref)),
        ]);
    }
    // The invoice may have another payment by now.
    let stands = invoice.state.payment().is_some_and(|payment| payment.at_ms == receipt.at_ms);
    let refunded = invoice.refunded();
    let left = invoice.state.payment().and_then(Payment::received);
    let is_gone = stands && refunded.is_positive() && left == Some(Rial::ZERO);
    let (is_returned, hint) = match &invoice.state {
        InvoiceState::Waiting(_) if stands && !is_gone => (false, Some(w.receipt_waiting)),
        InvoiceState::Paid(_) | InvoiceState::Closed(_) if stands && !is_gone => (false, None),
        InvoiceState::Canceled(_) if invoice.edited => (false, Some(w.receipt_reduced)),
        // Money of a card whose holder is not known is kept until somebody asks for it.
        _ if receipt.slip.is_some() && invoice.customer.is_none() => (true, Some(w.receipt_kept)),
        _ => (true, Some(w.receipt_refunded)),
    };
    if stands && refunded.is_positive() {
        facts.push((w.refunded, format!("{} {}", lang.rial(refunded), w.rial)));
    }
    let query = visit.returned(is_reported_paid(invoice, visit.issuer.as_deref()), receipt.slip.as_ref());
    let page = ResultPage {
        f: visit.frame.clone(),
        bill: Bill::of(invoice, visit.payee(), shares, lang),
        sums,
        returned: is_returned.then_some(if hint == Some(w.receipt_kept) {
            w.receipt_undone
        } else {
            w.receipt_returned
        }),
        facts,
        hint,
        back: visit.session.back.as_ref().map(|back| with_query(back, &query)),
        again: visit.has_ended_unpaid().then(|| format!("{}/again", visit.base())),
    };
    visit.page(&page)
}

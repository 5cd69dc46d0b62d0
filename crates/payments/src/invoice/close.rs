//! Closing a paid invoice (pod.md 3.12).

use std::sync::Arc;

use super::effects::{keep, moved, post, received};
use super::find::{entitled, invoice};
use super::state::LiveState;
use crate::view::{Denial, View};
use crate::{At, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, InvoiceState, NotPayable, Now, PartyId, Payment};

/// The party that may close or cancel a paid safe invoice: its payer, else its customer, else its issuer.
pub(super) fn keeper(invoice: &Invoice) -> PartyId {
    let payer = invoice.state.payment().and_then(|payment| payment.payer);
    payer.or(invoice.customer).unwrap_or(invoice.issuer)
}

/// Closes a paid invoice. If the network has settled its card money, the money becomes withdrawable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloseInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for CloseInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "CloseInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = entitled(view, self.invoice, (caller, closer), InvoiceRefusal::MayNotClose)?;
        let payment = match invoice.state.live()? {
            LiveState::Paid(payment) => payment,
            LiveState::Waiting(_) => return Err(NotPayable::Waiting.into()),
            LiveState::Issued
            | LiveState::InGateway(_)
            | LiveState::AtNetwork(_)
            | LiveState::Future(_)
            | LiveState::SetOff(_) => {
                return Err(InvoiceRefusal::NotPaid.into());
            }
        };
        let closed = closed(&invoice, payment, view, now)?;
        Ok(keep(view, closed))
    }
}

fn closer(invoice: &Invoice) -> Option<PartyId> {
    Some(if invoice.terms.safe { keeper(invoice) } else { invoice.issuer })
}

/// Closes an invoice at the time that its terms set.
pub(super) fn close_timed_out(id: InvoiceId, view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    let InvoiceState::Paid(payment) = &invoice.state else { return Ok(()) };
    if invoice.has_open_set_off() {
        return Ok(());
    }
    let closed = closed(&invoice, payment, view, now)?;
    keep(view, closed);
    Ok(())
}

/// The invoice as closed. Settled money becomes withdrawable. Refused while a set-off has not paid yet.
pub(super) fn closed(
    invoice: &Invoice,
    payment: &Payment,
    view: &mut View,
    now: &Now,
) -> Result<Invoice, InvoiceRefusal> {
    if invoice.has_open_set_off() {
        return Err(InvoiceRefusal::NotPermitted);
    }
    if invoice.is_settled() && !invoice.is_freed() {
        let steps = free_steps(invoice, view);
        post(view, &steps, now, invoice.id)?;
    }
    Ok(invoice.in_state(InvoiceState::Closed(payment.clone())))
}

/// The step that makes the money of an invoice withdrawable.
pub(super) fn free_steps(invoice: &Invoice, view: &mut View) -> Vec<ledger::Step> {
    let received = received(invoice, view);
    Vec::from_iter(moved(invoice.open_account(), invoice.free_account(), received))
}

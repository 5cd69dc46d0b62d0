//! Verifying a payment that the gateway has taken (pod.md 3.12).

use std::sync::Arc;

use super::effects::{VERIFICATION_MS, keep, mark_paid, moved, post};
use super::find::{invoice, of_issuer};
use super::refund::{refund, taken};
use crate::invoice::voucher::holding;
use crate::view::{Denial, View};
use crate::{
    At, GATEWAY_HOLD, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, InvoiceState, Now, PartyId, Payment,
};

/// Verifies a payment that the gateway has taken: its money becomes the issuer's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for VerifyInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "VerifyInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        let InvoiceState::Waiting(payment) = &invoice.state else { return Err(InvoiceRefusal::NotWaiting.into()) };
        let verified = verified(&invoice, payment, view, now)?;
        Ok(keep(view, verified))
    }
}

/// The invoice as verified: its money moves from the gateway's account to the issuer's.
pub(super) fn verified(
    invoice: &Invoice,
    payment: &Payment,
    view: &mut View,
    now: &Now,
) -> Result<Invoice, InvoiceRefusal> {
    let taken = taken(payment, view);
    post(view, &Vec::from_iter(moved(GATEWAY_HOLD, invoice.open_account(), taken)), now, invoice.id)?;
    let paid = mark_paid(view, invoice, payment.clone(), now);
    Ok(Invoice { verified_at_ms: Some(now.at_ms), ..paid })
}

/// Ends a payment that was not verified for an hour: by the issuer's terms it counts as verified, or it is refunded.
pub(super) fn verification_timed_out(id: InvoiceId, view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    let InvoiceState::Waiting(payment) = &invoice.state else { return Ok(()) };
    // The job is of an earlier payment: this one still has time.
    if payment.at_ms.saturating_add(VERIFICATION_MS) > now.at_ms {
        return Ok(());
    }
    if invoice.terms.verify_after_timeout {
        let verified = verified(&invoice, payment, view, now)?;
        keep(view, verified);
        return Ok(());
    }
    refund(&invoice, payment, GATEWAY_HOLD, view, now)?;
    let vouchers = holding::release(&invoice, view);
    let again = Invoice { unsettled: None, vouchers, ..invoice.in_state(InvoiceState::Issued) };
    keep(view, again);
    Ok(())
}

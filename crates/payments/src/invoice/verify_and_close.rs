//! Verifying a payment if it waits for that, and closing the invoice (pod.md 3.12).

use std::sync::Arc;

use super::close::closed;
use super::effects::keep;
use super::find::entitled;
use super::state::LiveState;
use super::verify::verified;
use crate::view::{Denial, View};
use crate::{At, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, PartyId};

/// Verifies a payment if it waits for that, and closes the invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyAndCloseInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for VerifyAndCloseInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "VerifyAndCloseInvoice";

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
        let closed = match invoice.state.live()? {
            LiveState::Waiting(payment) => {
                let verified = verified(&invoice, payment, view, now)?;
                closed(&verified, payment, view, now)?
            }
            LiveState::Paid(payment) => closed(&invoice, payment, view, now)?,
            LiveState::Issued
            | LiveState::InGateway(_)
            | LiveState::AtNetwork(_)
            | LiveState::Future(_)
            | LiveState::SetOff(_) => {
                return Err(InvoiceRefusal::NotWaiting.into());
            }
        };
        Ok(keep(view, closed))
    }
}

/// The issuer; no party for a safe invoice, which its payer closes by [`crate::CloseInvoice`].
fn closer(invoice: &Invoice) -> Option<PartyId> {
    (!invoice.terms.safe).then_some(invoice.issuer)
}

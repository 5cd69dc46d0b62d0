//! Verifying what waits for that, and closing (pod.md 3.12).

use std::sync::Arc;

use super::close::closed;
use super::effects::keep;
use super::find::invoice;
use super::verify::verified;
use crate::view::{Denial, View};
use crate::{At, Invoice, InvoiceCommand, InvoiceId, InvoiceState, NotInvoiced, NotPayable, PartyId};

/// Verifies what waits for that, and closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyAndCloseInvoice {
    /// Which invoice.
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
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = invoice(view, self.invoice)?;
        if caller != invoice.issuer || invoice.terms.safe {
            return Err(NotInvoiced::MayNotClose.into());
        }
        let closed = match &invoice.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(_) => return Err(NotPayable::Closed.into()),
            InvoiceState::Waiting(payment) => {
                let verified = verified(&invoice, payment, view, now)?;
                closed(&verified, payment, view, now)?
            }
            InvoiceState::Payed(payment) => closed(&invoice, payment, view, now)?,
            _ => return Err(NotInvoiced::NotWaiting.into()),
        };
        Ok(keep(view, closed))
    }
}

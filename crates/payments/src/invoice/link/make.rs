//! Making a link with which any payer can pay.

use std::sync::Arc;

use crate::invoice::effects::payable;
use crate::invoice::find::of_issuer;
use crate::view::{Denial, View};
use crate::{At, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, PartyId, PayLink, Payer};

/// Makes a link with which any payer can pay an invoice of the caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MakePayLink {
    /// The link.
    pub link: PayLink,
}

impl InvoiceCommand for MakePayLink {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "MakePayLink";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.link.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let link = &self.link;
        let invoice = of_issuer(view, link.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        view.pay_links.put(link.hash, link.made_by(caller, invoice.issuer));
        Ok(invoice)
    }
}

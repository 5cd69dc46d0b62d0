//! Recording that an invoice was paid outside this platform.

use std::sync::Arc;

use ledger::Rial;

use crate::invoice::effects::{Taken, paid, payable};
use crate::invoice::find::of_issuer;
use crate::view::{Denial, View};
use crate::{At, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, Means, PartyId, Payer, Payment};

/// Records that an invoice was paid outside this platform. No money is moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayOutside {
    /// The invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for PayOutside {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayOutside";

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
        payable(view, &invoice, Payer::Party(caller), now)?;
        let payment = Payment {
            at_ms: now.at_ms,
            payer: None,
            means: Means::Outside,
            rest: Rial::ZERO,
            legs: Vec::new(),
            promised_ms: None,
        };
        Ok(paid(view, &invoice, payment, Taken::ForGood, now))
    }
}

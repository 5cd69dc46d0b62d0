//! Sending another party a link to pay an invoice with (pod.md 3.10).

use std::sync::Arc;

use crate::invoice::code::count_sending;
use crate::invoice::effects::payable;
use crate::invoice::find::{invoice, of_either, verified_mobile};
use crate::ops::message::write_sms;
use crate::view::{Denial, Keys, View};
use crate::{At, Counted, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, PartyId, Payer, Text};

/// Sends another party a link to pay an invoice with, by SMS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendPaymentLink {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The party that gets the link.
    pub to: PartyId,
    /// The text of the SMS, link included.
    pub text: Text,
}

impl InvoiceCommand for SendPaymentLink {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "SendPaymentLink";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.parties.push(self.to);
        keys.code_counts.extend([Counted::Customer(self.to), Counted::Issuer(caller)]);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        invoice(view, self.invoice)?;
        view.parties.get(&self.to).ok_or(InvoiceRefusal::PartyUnknown)?;
        let invoice = of_either(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let mobile = verified_mobile(view, self.to).ok_or(InvoiceRefusal::MobileNotVerified)?;
        count_sending(&[Counted::Customer(self.to), Counted::Issuer(caller)], view, now)?;
        write_sms(view, &mobile, &self.text, Some(invoice.id.0), now);
        Ok(invoice)
    }
}

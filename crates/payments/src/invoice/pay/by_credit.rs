//! Paying from the caller's wallet, after the credit that the caller names.

use std::sync::Arc;

use super::from_wallet::pay_from_wallet;
use crate::invoice::call::measured;
use crate::invoice::credit::available_funds_keys;
use crate::invoice::effects::payable;
use crate::invoice::find::invoice;
use crate::view::{Denial, Keys, View};
use crate::{
    At, Delegations, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, Measured, Now, PartyId, Payer, wallet,
};

/// Which invoices a service lets its caller pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayableInvoices {
    /// Invoices that were issued to the caller.
    Own,
    /// Invoices of any customer.
    Any,
}

/// Pays from the caller's wallet, after the credit that the caller names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByCredit {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Credit to spend first.
    pub delegations: Delegations,
    /// Which invoices the caller may pay.
    pub payable_invoices: PayableInvoices,
}

impl InvoiceCommand for PayByCredit {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayByCredit";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.accounts.push(wallet(caller));
        if !self.delegations.is_none() {
            keys.credit_books.push(caller);
        }
    }

    fn more_keys(&self, caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        let held = view.credit_books.get(&caller).map_or(&[][..], |book| &book.credits);
        available_funds_keys(self.delegations.candidates(caller, held).iter().map(|credit| credit.delegator), keys);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = invoice(view, self.invoice)?;
        if self.payable_invoices == PayableInvoices::Own && invoice.customer != Some(caller) {
            return Err(InvoiceRefusal::NotForCaller.into());
        }
        payable(view, &invoice, Payer::Party(caller), now)?;
        let book = view.credit_books.get(&caller).map(Arc::clone);
        let held = book.as_ref().map_or(&[][..], |book| &book.credits);
        // Without this check, the wallet would pay for a credit that the caller names and does not have.
        if let Some(field) = self.delegations.misnamed(caller, held) {
            return Err(InvoiceRefusal::Invalid(field).into());
        }
        let candidates = self.delegations.candidates(caller, held);
        let forced = self.delegations.forced;
        Ok(pay_from_wallet(view, &invoice, caller, (&candidates, book.as_deref(), forced), now)?)
    }

    fn measure(&self, result: &Result<Arc<Invoice>, InvoiceRefusal>) -> Option<Measured> {
        measured(result)
    }
}

//! Paying an invoice with a code that came back by SMS.

use std::sync::Arc;

use crate::invoice::call::measured;
use crate::invoice::effects::keys_of;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Invoice, InvoiceRefusal, Measured, PayWithCode};

/// Pays an invoice with a code that came back by SMS. The platform need not know the sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayBySms {
    /// The code and its invoice.
    pub code: PayWithCode,
}

impl Command for PayBySms {
    type Done = Arc<Invoice>;
    type Refusal = InvoiceRefusal;
    const NAME: &'static str = "PayBySms";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.invoices.push(self.code.invoice);
        self.code.rows(keys);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.code.invoice) {
            keys_of(invoice, now, keys);
        }
        self.code.more_rows(view, keys);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        self.code.pay(None, view, now)
    }

    fn measure(&self, result: &Result<Arc<Invoice>, InvoiceRefusal>) -> Option<Measured> {
        measured(result)
    }
}

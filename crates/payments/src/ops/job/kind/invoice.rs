//! The timed jobs of an invoice: verification time-out, future payment, set-off, close time-out.

use super::Work;
use crate::ops::job::Fault;
use crate::transfer::Progress;
use crate::view::{Keys, View};
use crate::{At, InvoiceId, InvoiceJob, InvoiceState};

/// See the module.
pub(super) struct InvoiceWork(pub InvoiceJob, pub InvoiceId);

impl Work for InvoiceWork {
    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.invoices.push(self.1);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        InvoiceJob::more_keys(self.1, view, at.now, keys);
    }

    fn run(&self, view: &mut View, At { now, rules, .. }: At<'_>) -> Result<Progress, Fault> {
        let done = self.0.run(self.1, view, now, rules);
        done.map(|()| Progress::Done).map_err(|why| Fault::of("invoice", &why))
    }

    fn is_needed(&self, view: &View) -> bool {
        view.invoices.get(&self.1).is_some_and(|invoice| match self.0 {
            InvoiceJob::VerificationTimeOut => matches!(invoice.state, InvoiceState::Waiting(_)),
            InvoiceJob::FutureDue => matches!(invoice.state, InvoiceState::Future(_)),
            InvoiceJob::SetOffDue => matches!(invoice.state, InvoiceState::SetOff(_)),
            // Not needed: the business can close the invoice itself.
            InvoiceJob::CloseTimeOut => false,
        })
    }
}

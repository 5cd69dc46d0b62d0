//! Running the jobs of invoices.

use super::effects::keys_of;
use super::{close, verify};
use crate::invoice::pay::{in_future, set_off};
use crate::view::{Keys, View};
use crate::{InvoiceId, InvoiceJob, InvoiceRefusal, Now, Rules};

impl InvoiceJob {
    /// Names the rows that the loaded invoice refers to.
    pub(crate) fn more_keys(id: InvoiceId, view: &View, now: &Now, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&id) {
            keys_of(invoice, now, keys);
        }
    }

    /// Runs the job. If the invoice is no longer in the state that the job is for, nothing changes.
    pub(crate) fn run(self, id: InvoiceId, view: &mut View, now: &Now, rules: &Rules) -> Result<(), InvoiceRefusal> {
        match self {
            Self::VerificationTimeOut => verify::verification_timed_out(id, view, now),
            Self::FutureDue => in_future::future_due(id, view, now),
            Self::SetOffDue => set_off::set_off_due(id, view, now, rules),
            Self::CloseTimeOut => close::close_timed_out(id, view, now),
        }
    }
}

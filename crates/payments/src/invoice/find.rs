//! Finding an invoice, and whether its parties take part.

use std::sync::Arc;

use crate::view::View;
use crate::{Invoice, InvoiceId, NotInvoiced, PartyId, Text};

/// The invoice of a number.
pub(super) fn invoice(view: &View, id: InvoiceId) -> Result<Arc<Invoice>, NotInvoiced> {
    view.invoices.get(&id).map(Arc::clone).ok_or(NotInvoiced::InvoiceUnknown)
}

/// Whether a party takes part: what is promised already is kept, but nobody pays it, or from its wallet, any more.
pub(super) fn enabled(view: &View, party: PartyId) -> Result<(), NotInvoiced> {
    let disabled = view.parties.get(&party).is_some_and(|party| party.disabled);
    if disabled { Err(NotInvoiced::Disabled) } else { Ok(()) }
}

/// An invoice that the caller has issued.
pub(super) fn of_issuer(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, NotInvoiced> {
    let invoice = invoice(view, id)?;
    if invoice.issuer == caller { Ok(invoice) } else { Err(NotInvoiced::NotPermitted) }
}

pub(super) fn verified_mobile(view: &View, party: PartyId) -> Option<Text> {
    view.parties.get(&party)?.verified_mobile().cloned()
}

/// An invoice that the caller has issued, or that was issued to the caller.
pub(super) fn of_either(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, NotInvoiced> {
    let invoice = invoice(view, id)?;
    let either = invoice.issuer == caller || invoice.customer == Some(caller);
    if either { Ok(invoice) } else { Err(NotInvoiced::NotPermitted) }
}

//! Finding an invoice and checking the parties to it.

use std::sync::Arc;

use crate::view::View;
use crate::{Invoice, InvoiceId, InvoiceRefusal, PartyId, Text};

/// The invoice with a number.
pub(super) fn invoice(view: &View, id: InvoiceId) -> Result<Arc<Invoice>, InvoiceRefusal> {
    view.invoices.get(&id).map(Arc::clone).ok_or(InvoiceRefusal::InvoiceUnknown)
}

/// Checks that a party is enabled. A disabled party keeps its obligations; it can neither pay nor be paid.
pub(super) fn enabled(view: &View, party: PartyId) -> Result<(), InvoiceRefusal> {
    let disabled = view.parties.get(&party).is_some_and(|party| party.disabled);
    if disabled { Err(InvoiceRefusal::Disabled) } else { Ok(()) }
}

/// The only party that may make a change of an invoice; `None`: no party may.
pub(super) type Entitled = fn(&Invoice) -> Option<PartyId>;

/// The invoice with a number, if the caller is the party that may change it; any other caller is refused with `otherwise`.
pub(super) fn entitled(
    view: &View,
    id: InvoiceId,
    (caller, who): (PartyId, Entitled),
    otherwise: InvoiceRefusal,
) -> Result<Arc<Invoice>, InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    if who(&invoice) == Some(caller) { Ok(invoice) } else { Err(otherwise) }
}

/// The invoice, if the caller has issued it.
pub(super) fn of_issuer(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, InvoiceRefusal> {
    entitled(view, id, (caller, |invoice| Some(invoice.issuer)), InvoiceRefusal::NotPermitted)
}

/// The verified mobile number of a party; `None`: it has none.
pub(super) fn verified_mobile(view: &View, party: PartyId) -> Option<Text> {
    view.parties.get(&party)?.verified_mobile().cloned()
}

/// The invoice, if the caller has issued it or is its customer.
pub(super) fn of_either(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    let either = invoice.issuer == caller || invoice.customer == Some(caller);
    if either { Ok(invoice) } else { Err(InvoiceRefusal::NotPermitted) }
}

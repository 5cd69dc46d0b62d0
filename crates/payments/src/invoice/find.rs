//! Finding an invoice, and whether its parties take part.

use std::sync::Arc;

use crate::view::View;
use crate::{Invoice, InvoiceId, InvoiceRefusal, PartyId, Text};

/// The invoice of a number.
pub(super) fn invoice(view: &View, id: InvoiceId) -> Result<Arc<Invoice>, InvoiceRefusal> {
    view.invoices.get(&id).map(Arc::clone).ok_or(InvoiceRefusal::InvoiceUnknown)
}

/// Whether a party takes part: what is promised already is kept, but nobody pays it, or from its wallet, any more.
pub(super) fn enabled(view: &View, party: PartyId) -> Result<(), InvoiceRefusal> {
    let disabled = view.parties.get(&party).is_some_and(|party| party.disabled);
    if disabled { Err(InvoiceRefusal::Disabled) } else { Ok(()) }
}

/// The only party that may do something with an invoice; `None`: none may.
pub(super) type Entitled = fn(&Invoice) -> Option<PartyId>;

/// The invoice of a number, for the party that may do something with it; any other caller is refused so.
pub(super) fn entitled(
    view: &View,
    id: InvoiceId,
    (caller, who): (PartyId, Entitled),
    otherwise: InvoiceRefusal,
) -> Result<Arc<Invoice>, InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    if who(&invoice) == Some(caller) { Ok(invoice) } else { Err(otherwise) }
}

/// An invoice that the caller has issued.
pub(super) fn of_issuer(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, InvoiceRefusal> {
    entitled(view, id, (caller, |invoice| Some(invoice.issuer)), InvoiceRefusal::NotPermitted)
}

pub(super) fn verified_mobile(view: &View, party: PartyId) -> Option<Text> {
    view.parties.get(&party)?.verified_mobile().cloned()
}

/// An invoice that the caller has issued, or that was issued to the caller.
pub(super) fn of_either(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    let either = invoice.issuer == caller || invoice.customer == Some(caller);
    if either { Ok(invoice) } else { Err(InvoiceRefusal::NotPermitted) }
}

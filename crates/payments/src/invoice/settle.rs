//! The card network settles what cards have paid (pod.md 6): every day, what was taken before that day began.

use super::close::free_steps;
use super::effects::{keep, moved, post};
use crate::view::{Keys, View};
use crate::{CARD_NETWORK, CARD_NOSTRO, Invoice, InvoiceState, NotInvoiced, Now, TakingId, guild_free, guild_open};

/// Names what the settlement of a taking touches.
pub(crate) fn taking_keys(id: TakingId, view: &View, keys: &mut Keys) {
    if let Some(taking) = view.takings.get(&id) {
        keys.invoices.push(taking.invoice);
        keys.accounts.extend([CARD_NETWORK, CARD_NOSTRO]);
        keys.accounts.extend([guild_open(taking.issuer, taking.guild), guild_free(taking.issuer, taking.guild)]);
    }
}

/// Settles a taking.
pub(crate) fn settle_taking(id: TakingId, view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
    let Some(taking) = view.takings.get(&id).map(|taking| **taking) else { return Ok(()) };
    let invoice = crate::invoice::find::invoice(view, taking.invoice)?;
    let mut steps = Vec::from_iter(moved(CARD_NOSTRO, CARD_NETWORK, taking.amount));
    let waits = invoice.on_its_way.is_some_and(|on_its_way| on_its_way.taking == id);
    if waits && matches!(invoice.state, InvoiceState::Closed(_)) {
        steps.extend(free_steps(&invoice, view));
    }
    post(view, &steps, now, invoice.id)?;
    if waits {
        keep(view, Invoice { on_its_way: None, ..Invoice::clone(&invoice) });
    }
    view.takings.remove(id);
    Ok(())
}

//! The settlement of card payments by the card network (pod.md 6): each day it settles what was taken before that day began.

use super::close::free_steps;
use super::effects::{keep, moved, post};
use crate::view::{Keys, View};
use crate::{
    CARD_NETWORK, CARD_NOSTRO, CardReceivableId, Invoice, InvoiceRefusal, InvoiceState, Now, guild_free, guild_open,
};

/// Names the rows that the settlement of a receivable touches.
pub(crate) fn card_receivable_keys(id: CardReceivableId, view: &View, keys: &mut Keys) {
    if let Some(taking) = view.card_receivables.get(&id) {
        keys.invoices.push(taking.invoice);
        keys.accounts.extend([CARD_NETWORK, CARD_NOSTRO]);
        keys.accounts.extend([guild_open(taking.issuer, taking.guild), guild_free(taking.issuer, taking.guild)]);
    }
}

/// Settles a receivable. If its invoice is closed, the money becomes withdrawable.
pub(crate) fn settle_card_receivable(id: CardReceivableId, view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let Some(taking) = view.card_receivables.get(&id).map(|taking| **taking) else { return Ok(()) };
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
    view.card_receivables.remove(id);
    Ok(())
}

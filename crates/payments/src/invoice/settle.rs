//! The settlement of card payments by the card network (pod.md 6): each day it settles what was taken before that day began.

use super::close::free_steps;
use super::effects::{keep, moved, post};
use crate::view::{Keys, View};
use crate::{
    CARD_NETWORK, CARD_NOSTRO, CardReceivableId, Invoice, InvoiceRefusal, InvoiceState, Now, guild_free, guild_open,
};

/// Names the rows that the settlement of a receivable touches.
pub(crate) fn card_receivable_keys(id: CardReceivableId, view: &View, keys: &mut Keys) {
    if let Some(receivable) = view.card_receivables.get(&id) {
        keys.invoices.push(receivable.invoice);
        keys.accounts.extend([CARD_NETWORK, CARD_NOSTRO]);
        keys.accounts
            .extend([guild_open(receivable.issuer, receivable.guild), guild_free(receivable.issuer, receivable.guild)]);
    }
}

/// Settles a receivable. If its invoice is closed, the money becomes withdrawable.
pub(crate) fn settle_card_receivable(id: CardReceivableId, view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let Some(receivable) = view.card_receivables.get(&id).map(|receivable| **receivable) else { return Ok(()) };
    let invoice = crate::invoice::find::invoice(view, receivable.invoice)?;
    let mut steps = Vec::from_iter(moved(CARD_NOSTRO, CARD_NETWORK, receivable.amount));
    let waits = invoice.unsettled.is_some_and(|unsettled| unsettled.receivable == id);
    if waits && matches!(invoice.state, InvoiceState::Closed(_)) {
        steps.extend(free_steps(&invoice, view));
    }
    post(view, &steps, now, invoice.id)?;
    if waits {
        keep(view, Invoice { unsettled: None, ..Invoice::clone(&invoice) });
    }
    view.card_receivables.remove(id);
    Ok(())
}

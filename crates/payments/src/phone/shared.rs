//! What a request for a password and a payment have in common: whether terminal, order and card let it go on.

use std::sync::Arc;

use crate::payer_card::{Checks, usable};
use crate::view::View;
use crate::{Declined, NamedPayer, Now, PayerCard, PhoneOrder, PhoneOrderId, PhoneOrderKey, Terminal, Text};

/// Codes 63 and 3.
pub(super) fn terminal(view: &View, sequence: &Text, checks: Checks) -> Result<Arc<Terminal>, Declined> {
    let terminal = checks.found(Declined::TerminalUnknown, view.terminals.get(sequence))?;
    checks.require(Declined::TerminalDisabled, !terminal.disabled)?;
    Ok(Arc::clone(terminal))
}

/// The order, if it is remembered.
pub(super) fn order(view: &View, key: &PhoneOrderKey, now: &Now) -> Option<Arc<PhoneOrder>> {
    view.phone_orders.get(key).filter(|order| order.is_remembered(now)).map(Arc::clone)
}

/// The order's id as its merchant first sent it.
pub(super) fn sent(known: Option<&PhoneOrder>, now: &Text) -> Text {
    Text::clone(known.map_or(now, |order| &order.sent))
}

/// The order's number: a new one, or the one that it had before it was forgotten.
pub(super) fn number(view: &mut View, key: &PhoneOrderKey) -> PhoneOrderId {
    match view.phone_orders.get(key) {
        Some(order) => order.id,
        None => PhoneOrderId(view.ids.take()),
    }
}

/// Codes 94 to 75: the order is not paid, and the card may pay.
pub(super) fn card(
    view: &View,
    order: Option<&PhoneOrder>,
    named: Option<&NamedPayer>,
    checks: Checks,
    now: &Now,
) -> Result<Arc<PayerCard>, Declined> {
    checks.require(Declined::OrderPaid, order.is_none_or(|order| order.payment().is_none()))?;
    usable(view, named.map(|named| &named.number), checks, now)
}

//! What requesting a password and paying have in common: the checks of terminal, order and card.

use std::sync::Arc;

use crate::payer_card::{Checks, usable};
use crate::view::View;
use crate::{Declined, NamedPayer, Now, PayerCard, PhoneOrder, PhoneOrderId, PhoneOrderKey, Terminal, Text};

/// The terminal, if it may be used; otherwise code 63 or 3.
pub(super) fn terminal(view: &View, sequence: &Text, checks: Checks) -> Result<Arc<Terminal>, Declined> {
    let terminal = checks.found(Declined::TerminalUnknown, view.terminals.get(sequence))?;
    checks.require(Declined::TerminalDisabled, !terminal.disabled)?;
    Ok(Arc::clone(terminal))
}

/// The order, if it has not expired.
pub(super) fn order(view: &View, key: &PhoneOrderKey, now: &Now) -> Option<Arc<PhoneOrder>> {
    view.phone_orders.get(key).filter(|order| order.is_remembered(now)).map(Arc::clone)
}

/// The merchant's id of the order as it was first sent.
pub(super) fn sent(known: Option<&PhoneOrder>, now: &Text) -> Text {
    Text::clone(known.map_or(now, |order| &order.sent))
}

/// The order's number: the one of its row, even if that has expired, or a new one.
pub(super) fn number(view: &mut View, key: &PhoneOrderKey) -> PhoneOrderId {
    match view.phone_orders.get(key) {
        Some(order) => order.id,
        None => PhoneOrderId(view.ids.take()),
    }
}

/// The card, if the order is not paid and the card may pay; otherwise codes 94 to 75.
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

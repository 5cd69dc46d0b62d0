//! What a request for a password and a payment have in common: whether terminal, order and card let it go on.

use std::sync::Arc;

use ledger::Rial;

use crate::payer_card::payment;
use crate::view::View;
use crate::{
    Declined, IssuerAnswer, NamedPayer, Now, PayerCard, PhoneOrder, PhoneOrderId, PhoneOrderKey, Terminal, Text,
};

/// Codes 63 and 3.
pub(super) fn terminal(view: &View, sequence: &Text, issuer: IssuerAnswer) -> Result<Arc<Terminal>, Declined> {
    issuer.at(Declined::TerminalUnknown)?;
    let terminal = view.terminals.get(sequence).ok_or(Declined::TerminalUnknown)?;
    issuer.at(Declined::TerminalDisabled)?;
    if terminal.disabled { Err(Declined::TerminalDisabled) } else { Ok(Arc::clone(terminal)) }
}

/// Code 13.
pub(super) fn amount(amount: Option<Rial>, issuer: IssuerAnswer) -> Result<Rial, Declined> {
    issuer.at(Declined::AmountInvalid)?;
    amount.ok_or(Declined::AmountInvalid)
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
    issuer: IssuerAnswer,
    now: &Now,
) -> Result<Arc<PayerCard>, Declined> {
    issuer.at(Declined::OrderPaid)?;
    if order.is_some_and(|order| order.payment().is_some()) {
        return Err(Declined::OrderPaid);
    }
    payment::usable(view, named.map(|named| &named.number), issuer, now)
}

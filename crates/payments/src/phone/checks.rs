//! What a request for a password and a payment have in common: whether terminal, order and card let it go on.

use std::sync::Arc;

use super::{Declined, PhoneOrder, PhoneOrderId, PhoneOrderKey};
use crate::view::{Keys, View};
use crate::{Digest, IssuerAnswer, Now, PayerCard, PayerCardState, Terminal, Text};

/// A card as a call names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedPayer {
    /// Keyed hash of its number.
    pub number: Digest,
    /// First six and last four digits.
    pub mask: Text,
}

/// Codes 63 and 3.
pub(super) fn terminal(view: &View, sequence: &Text) -> Result<Arc<Terminal>, Declined> {
    let terminal = view.terminals.get(sequence).ok_or(Declined::TerminalUnknown)?;
    if terminal.disabled { Err(Declined::TerminalDisabled) } else { Ok(Arc::clone(terminal)) }
}

/// The order, if it is remembered.
pub(super) fn order(view: &View, key: &PhoneOrderKey, now: &Now) -> Option<Arc<PhoneOrder>> {
    view.phone_orders.get(key).filter(|order| order.is_remembered(now)).map(Arc::clone)
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
    if order.is_some_and(|order| order.payment().is_some()) {
        return Err(Declined::OrderPaid);
    }
    let card = named.and_then(|named| view.payer_cards.get(&named.number)).ok_or(Declined::CardUnknown)?;
    let usable = view.books.account(card.id).is_some_and(|account| account.gate.takes_debits());
    if !usable {
        return Err(Declined::CardAccountUnusable);
    }
    issuer.at(Declined::CardAccountUnusable)?;
    if card.is_expired(now) {
        return Err(Declined::CardExpired);
    }
    match card.state {
        PayerCardState::Inactive => return Err(Declined::CardInactive),
        PayerCardState::Restricted => return Err(Declined::CardRestricted),
        PayerCardState::NotPermitted => return Err(Declined::CardNotPermitted),
        PayerCardState::Active => {}
    }
    issuer.at(Declined::CardNotPermitted)?;
    if card.is_locked() { Err(Declined::CardLocked) } else { Ok(Arc::clone(card)) }
}

/// Codes 90 and 91.
pub(super) fn issuer(answer: IssuerAnswer) -> Result<(), Declined> {
    answer.at(Declined::DayClose)?;
    answer.at(Declined::IssuerDown)
}

/// Names the accounts of a loaded card.
pub(super) fn card_account(view: &View, named: Option<&NamedPayer>, keys: &mut Keys) {
    let card = named.and_then(|named| view.payer_cards.get(&named.number));
    keys.accounts.extend(card.map(|card| card.id));
}

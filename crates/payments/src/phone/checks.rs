//! What a request for a password and a payment have in common: whether terminal, order and card let it go on.

use std::sync::Arc;

use ledger::Rial;

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
    issuer.at(Declined::CardUnknown)?;
    let card = named.and_then(|named| view.payer_cards.get(&named.number)).ok_or(Declined::CardUnknown)?;
    let usable = view.books.account(card.id).is_some_and(|account| account.gate.takes_debits());
    for (why, declines) in [
        (Declined::CardAccountUnusable, !usable),
        (Declined::CardExpired, card.is_expired(now)),
        (Declined::CardInactive, card.state == PayerCardState::Inactive),
        (Declined::CardRestricted, card.state == PayerCardState::Restricted),
        (Declined::CardNotPermitted, card.state == PayerCardState::NotPermitted),
        (Declined::CardLocked, card.is_locked()),
    ] {
        if declines || issuer.declines(why) {
            return Err(why);
        }
    }
    Ok(Arc::clone(card))
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

//! Paying by card and one-time password: the steps that payments by telephone and on the gateway's pages share.
//!
//! Order of the checks: card, number of passwords sent, banks and issuer, password, ceilings, money. Wrong passwords are counted in
//! `wrong_passwords`.

use std::sync::Arc;

use ledger::{Refusal as LedgerRefusal, Rial};

use super::checks::Checks;
use crate::ops::message::write_code;
use crate::view::{Keys, View};
use crate::{
    BusinessDay, Declined, Digest, MessageId, Now, OTP_LIFE_MS, Otp, OtpKey, OtpLimit, PayerCard, PayerCardState, Text,
};

/// A card as a request names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedPayer {
    /// Keyed hash of the card's number.
    pub number: Digest,
    /// First six and last four digits.
    pub mask: Text,
}

/// Names the account of a loaded card.
pub(crate) fn account_key(view: &View, card: Option<&Digest>, keys: &mut Keys) {
    keys.accounts.extend(card.and_then(|number| view.payer_cards.get(number)).map(|card| card.id));
}

/// The card, if it may pay.
pub(crate) fn usable(
    view: &View,
    number: Option<&Digest>,
    checks: Checks,
    now: &Now,
) -> Result<Arc<PayerCard>, Declined> {
    let card = checks.found(Declined::CardUnknown, number.and_then(|number| view.payer_cards.get(number)))?;
    let takes_debits = view.books.account(card.id).is_some_and(|account| account.status.takes_debits());
    checks.require(Declined::CardAccountUnusable, takes_debits)?;
    checks.require(Declined::CardExpired, !card.is_expired(now))?;
    checks.require(Declined::CardInactive, card.state != PayerCardState::Inactive)?;
    checks.require(Declined::CardRestricted, card.state != PayerCardState::Restricted)?;
    checks.require(Declined::CardNotPermitted, card.state != PayerCardState::NotPermitted)?;
    checks.require(Declined::CardLocked, !card.is_locked())?;
    Ok(Arc::clone(card))
}

/// Checks that the banks are open and the card's issuer can be reached.
pub(crate) fn issuer_operates(day: BusinessDay, checks: Checks) -> Result<(), Declined> {
    checks.require(Declined::DayClose, day == BusinessDay::Open)?;
    checks.reach(Declined::IssuerDown)
}

/// Checks that the card may be sent one more password.
pub(crate) fn takes_otp(
    card: &PayerCard,
    limit: Option<OtpLimit>,
    day: BusinessDay,
    checks: Checks,
    now: &Now,
) -> Result<(), Declined> {
    let has_room = limit.is_none_or(|limit| card.sent.has_room(limit, now.at_ms));
    checks.require(Declined::TooManyOtps, has_room)?;
    issuer_operates(day, checks)
}

/// Writes a password, which replaces the one before, and the message that carries it; `about`: the order or invoice that it pays. Returns the message and when the password expires.
pub(crate) fn write_otp(
    view: &mut View,
    card: &PayerCard,
    (key, hash): (OtpKey, Digest),
    amount: Rial,
    limit: Option<OtpLimit>,
    about: i64,
    now: &Now,
) -> (MessageId, i64) {
    let (ends_at_ms, mobile) = (now.at_ms.saturating_add(OTP_LIFE_MS), Text::clone(&card.mobile));
    view.otps.put(key.clone(), Otp { key, hash, amount, ends_at_ms, mobile });
    if limit.is_some() {
        let sent = card.sent.with_one(now.at_ms);
        view.payer_cards.put(card.number, PayerCard { sent, ..card.clone() });
    }
    (write_code(view, &card.mobile, Some(about), now), ends_at_ms)
}

/// Why the ledger refuses a posting although the checks have passed.
pub(crate) fn declined_by(refusal: LedgerRefusal) -> Declined {
    match refusal {
        LedgerRefusal::ExceedsCredits => Declined::InsufficientFunds,
        _ => Declined::SystemError,
    }
}

impl PayerCard {
    /// The card's row after a payment that the card [covers](Self::covers).
    pub(crate) fn with_payment(&self, amount: Rial, view: &mut View, now: &Now) -> Self {
        let paid_sum = view.sound(self.paid_today(now).checked_add(amount), "payer_card: the day's sum does not fit");
        Self { wrong_tries: 0, paid_day: now.date.long(), paid_sum, ..self.clone() }
    }
}

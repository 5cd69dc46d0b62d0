//! Paying by card and one-time password: the steps that payments by telephone and on the gateway's pages share.
//!
//! Order of the checks: card, number of passwords sent, banks and issuer, password, ceilings, money. Wrong tries are counted in the decision, on the
//! card's row, so concurrent guesses get no more tries than sequential ones.

use std::sync::Arc;

use ledger::{AccountId, Refusal as LedgerRefusal, Rial};

use super::checks::Checks;
use super::row::OF_CARD;
use crate::ops::message::write_code;
use crate::view::{Keys, View};
use crate::wrong_tries::WrongTries;
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
    let takes_debits = view.books.account(card.id).is_some_and(|account| account.gate.takes_debits());
    checks.require(Declined::CardAccountUnusable, takes_debits)?;
    checks.require(Declined::CardExpired, !card.is_expired(now))?;
    checks.require(Declined::CardInactive, card.state != PayerCardState::Inactive)?;
    checks.require(Declined::CardRestricted, card.state != PayerCardState::Restricted)?;
    checks.require(Declined::CardNotPermitted, card.state != PayerCardState::NotPermitted)?;
    checks.require(Declined::CardLocked, !card.is_locked())?;
    Ok(Arc::clone(card))
}

/// Counts a wrong try at what only the card's holder knows. Returns whether it has locked the card.
pub(crate) fn count_wrong(view: &mut View, card: &PayerCard, now: &Now) -> bool {
    let tries = WrongTries::counted(card.wrong_tries).and_one(OF_CARD, now);
    view.payer_cards.put(card.number, PayerCard { wrong_tries: tries.count, ..card.clone() });
    tries.is_locked(OF_CARD, now)
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

/// Writes a password, which replaces the one before, and the message that carries it. Returns the message and when the password expires.
pub(crate) fn write_otp(
    view: &mut View,
    card: &PayerCard,
    (key, hash): (OtpKey, Digest),
    amount: Rial,
    limit: Option<OtpLimit>,
    now: &Now,
) -> (MessageId, i64) {
    let (ends_at_ms, mobile) = (now.at_ms.saturating_add(OTP_LIFE_MS), Text::clone(&card.mobile));
    view.otps.put(key.clone(), Otp { key, hash, amount, ends_at_ms, mobile });
    if limit.is_some() {
        let sent = card.sent.with_one(now.at_ms);
        view.payer_cards.put(card.number, PayerCard { sent, ..card.clone() });
    }
    (write_code(view, &card.mobile, now), ends_at_ms)
}

/// The password of a payment, if it has not expired.
pub(crate) fn living_otp(view: &View, key: &OtpKey, now: &Now) -> Option<Arc<Otp>> {
    view.otps.get(key).filter(|otp| now.at_ms < otp.ends_at_ms).map(Arc::clone)
}

/// Compares a password with the input for it: a keyed hash, and the amount. A wrong hash is a try, which `count` counts. Returns the password's key.
pub(crate) fn compare_otp(
    view: &mut View,
    living: Option<Arc<Otp>>,
    (hash, amount): (Option<Digest>, Rial),
    checks: Checks,
    count: impl FnOnce(&mut View) -> bool,
) -> Result<OtpKey, Declined> {
    let otp = checks.found(Declined::OtpGone, living)?;
    checks.require(Declined::AmountDiffers, otp.amount == amount)?;
    // Input that cannot be a password is not counted as a try (second-edition.md 1.7).
    checks.password(hash == Some(otp.hash), || hash.is_some() && count(view))?;
    Ok(otp.key.clone())
}

/// Compares a password and uses it up, then checks that the card covers the amount.
pub(crate) fn spend_otp(
    view: &mut View,
    card: &PayerCard,
    living: Option<Arc<Otp>>,
    (hash, amount): (Option<Digest>, Rial),
    checks: Checks,
    now: &Now,
) -> Result<(), Declined> {
    // A password that was sent to another mobile number than the card's present one is not valid.
    let living = living.filter(|otp| otp.mobile == card.mobile);
    let used = compare_otp(view, living, (hash, amount), checks, |view| count_wrong(view, card, now))?;
    // The password is used up, even if a later check fails.
    view.otps.remove(used);
    checks.require(Declined::CeilingReached, card.covers(amount, now))?;
    checks.require(Declined::InsufficientFunds, available(view, card.id) >= amount)?;
    checks.reach(Declined::SystemError)
}

fn available(view: &View, account: AccountId) -> Rial {
    view.books.account(account).map_or(Rial::ZERO, ledger::Account::available)
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

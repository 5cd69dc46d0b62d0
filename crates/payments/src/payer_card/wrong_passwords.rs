//! The one-time password of a payment: comparing it, counting wrong ones, and locking the card.
//!
//! Shape: [`spend_otp`] compares the input with the password and uses it up. A wrong password is counted on the card's row ([`count_wrong`]), and the
//! last permitted try locks the card until an operator unlocks it. The decision counts, so concurrent guesses get no more tries than sequential ones.

use std::sync::Arc;

use ledger::{AccountId, Rial};

use super::checks::Checks;
use super::row::{MAX_CARD_TRIES, OF_CARD};
use crate::view::View;
use crate::wrong_tries::WrongTries;
use crate::{Declined, Digest, Now, Otp, OtpKey, PayerCard};

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

/// Wrong tries that are left before a card is locked.
pub(crate) fn tries_left(view: &View, number: &Digest) -> i64 {
    let tries = view.payer_cards.get(number).map_or(MAX_CARD_TRIES, |card| card.wrong_tries);
    (MAX_CARD_TRIES - tries).max(0)
}

/// Counts a wrong try at what only the card's holder knows. Returns whether it has locked the card.
pub(crate) fn count_wrong(view: &mut View, card: &PayerCard, now: &Now) -> bool {
    let tries = WrongTries::counted(card.wrong_tries).and_one(OF_CARD, now);
    view.payer_cards.put(card.number, PayerCard { wrong_tries: tries.count, ..card.clone() });
    tries.is_locked(OF_CARD, now)
}

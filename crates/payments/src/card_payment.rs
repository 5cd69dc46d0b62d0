//! Paying by card and one-time password: what a payment by telephone and one on the gateway's pages have in common.
//!
//! Order of the checks: card, issuer, password, ceilings, money. Wrong tries are counted in the decision, on the card's row: many guesses at
//! once have no more of them than one after another.

use std::sync::Arc;

use ledger::{AccountId, Refusal as LedgerRefusal, Rial};

use crate::issuer::CARD_TRIES;
use crate::outgoing::write_code;
use crate::view::{Keys, View};
use crate::{Digest, IssuerAnswer, MessageId, Now, OtpLimit, PayerCard, PayerCardState, PhoneOrderKey, Text};
use schema::{codes, table};

/// How long a one-time password lives, in milliseconds (paystar.md 2).
pub const OTP_LIFE_MS: i64 = 120_000;

/// Why a card payment, or a one-time password for one, is declined: in the order in which they are checked. The dialects have a code
/// for each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Declined {
    /// No terminal has that id.
    TerminalUnknown,
    /// The terminal takes no payments any more.
    TerminalDisabled,
    /// No request for a one-time password has that invoice id.
    RequestUnknown,
    /// The amount is none, or more than the platform takes.
    AmountInvalid,
    /// The order is paid already.
    OrderPaid,
    /// No card has that number.
    CardUnknown,
    /// The card has no account that takes debits.
    CardAccountUnusable,
    /// The card's last month is over.
    CardExpired,
    /// The card is not active.
    CardInactive,
    /// The issuer has restricted the card.
    CardRestricted,
    /// The card may not pay by telephone or on pages.
    CardNotPermitted,
    /// The card is locked: too many wrong passwords.
    CardLocked,
    /// The card was sent too many passwords.
    TooManyOtps,
    /// The banks are closing their day.
    DayClose,
    /// The issuer cannot be reached.
    IssuerDown,
    /// There is no living password for this payment.
    OtpGone,
    /// The password was for another amount.
    AmountDiffers,
    /// The password is wrong.
    OtpWrong,
    /// The password is wrong, and with that the card is locked.
    OtpWrongAndLocked,
    /// A ceiling of the card is reached.
    CeilingReached,
    /// The card does not have the money.
    InsufficientFunds,
    /// The machine failed, and nothing was posted.
    SystemError,
}

impl Declined {
    /// Every reason, in the order in which they are checked.
    pub const ALL: [Self; 22] = [
        Self::TerminalUnknown,
        Self::TerminalDisabled,
        Self::RequestUnknown,
        Self::AmountInvalid,
        Self::OrderPaid,
        Self::CardUnknown,
        Self::CardAccountUnusable,
        Self::CardExpired,
        Self::CardInactive,
        Self::CardRestricted,
        Self::CardNotPermitted,
        Self::CardLocked,
        Self::TooManyOtps,
        Self::DayClose,
        Self::IssuerDown,
        Self::OtpGone,
        Self::AmountDiffers,
        Self::OtpWrong,
        Self::OtpWrongAndLocked,
        Self::CeilingReached,
        Self::InsufficientFunds,
        Self::SystemError,
    ];
}

/// A card as a call names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedPayer {
    /// Keyed hash of its number.
    pub number: Digest,
    /// First six and last four digits.
    pub mask: Text,
}

/// What a one-time password is for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OtpKey {
    /// Keyed hash of the card's number.
    pub card: Digest,
    /// The order; of a session of the gateway see [`OtpKey::of_session`].
    pub order: PhoneOrderKey,
}

impl OtpKey {
    /// What pays in a session of the gateway. No terminal has an empty id.
    pub fn of_session(card: Digest, session: &Digest) -> Self {
        let order: String = session.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { card, order: PhoneOrderKey { terminal: Text::from(""), order: Text::from(order) } }
    }
}

/// A living one-time password. A new one takes the place of the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Otp {
    /// What it is for.
    pub key: OtpKey,
    /// Keyed hash of it, with the card's number.
    pub hash: Digest,
    /// The amount that it is for.
    pub amount: Rial,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// The mobile number that it was sent to.
    pub mobile: Text,
}

/// Names the account of a loaded card.
pub(crate) fn account_key(view: &View, card: Option<&Digest>, keys: &mut Keys) {
    keys.accounts.extend(card.and_then(|number| view.payer_cards.get(number)).map(|card| card.id));
}

/// The card, if it may pay.
pub(crate) fn usable(
    view: &View,
    number: Option<&Digest>,
    issuer: IssuerAnswer,
    now: &Now,
) -> Result<Arc<PayerCard>, Declined> {
    issuer.at(Declined::CardUnknown)?;
    let card = number.and_then(|number| view.payer_cards.get(number)).ok_or(Declined::CardUnknown)?;
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

/// Counts a wrong guess of what only the card's holder knows; whether that locks the card.
pub(crate) fn count_wrong(view: &mut View, card: &PayerCard) -> Locked {
    let wrong_tries = card.wrong_tries + 1;
    view.payer_cards.put(card.number, PayerCard { wrong_tries, ..card.clone() });
    if wrong_tries < CARD_TRIES { Locked::No } else { Locked::Yes }
}

/// Whether a card is locked by a wrong guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Locked {
    No,
    Yes,
}

/// Whether the issuer is there.
pub(crate) fn issuer_there(answer: IssuerAnswer) -> Result<(), Declined> {
    answer.at(Declined::DayClose)?;
    answer.at(Declined::IssuerDown)
}

/// Whether the card may be sent one more password.
pub(crate) fn takes_otp(
    card: &PayerCard,
    limit: Option<OtpLimit>,
    issuer: IssuerAnswer,
    now: &Now,
) -> Result<(), Declined> {
    issuer.at(Declined::TooManyOtps)?;
    if limit.is_none_or(|limit| card.sent.has_room(limit, now.at_ms)) {
        issuer_there(issuer)
    } else {
        Err(Declined::TooManyOtps)
    }
}

/// Writes a password in the place of the one before, and the message that carries it; returns that one and when the password ends.
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

/// Compares a password and uses it up; then whether the card covers the amount. A wrong one is counted.
pub(crate) fn spend_otp(
    view: &mut View,
    card: &PayerCard,
    (key, hash): (OtpKey, Option<Digest>),
    amount: Rial,
    issuer: IssuerAnswer,
    now: &Now,
) -> Result<(), Declined> {
    // One that was sent to another mobile number than the card has now is as dead as one whose time is over.
    let living = |otp: &&Arc<Otp>| now.at_ms < otp.ends_at_ms && otp.mobile == card.mobile;
    let otp = view.otps.get(&key).filter(living).map(Arc::clone).ok_or(Declined::OtpGone)?;
    if otp.amount != amount {
        return Err(Declined::AmountDiffers);
    }
    // What cannot be a password is no try (second-edition.md 1.7).
    let Some(hash) = hash else { return Err(Declined::OtpWrong) };
    if otp.hash != hash {
        return Err(match count_wrong(view, card) {
            Locked::No => Declined::OtpWrong,
            Locked::Yes => Declined::OtpWrongAndLocked,
        });
    }
    // Whatever follows, this password has been used.
    view.otps.remove(key);
    issuer.at(Declined::CeilingReached)?;
    if !card.covers(amount, now) {
        return Err(Declined::CeilingReached);
    }
    issuer.at(Declined::InsufficientFunds)?;
    if available(view, card.id) < amount {
        return Err(Declined::InsufficientFunds);
    }
    issuer.at(Declined::SystemError)
}

fn available(view: &View, account: AccountId) -> Rial {
    view.books.account(account).map_or(Rial::ZERO, ledger::Account::available)
}

/// Why a posting that was looked at before is refused all the same.
pub(crate) fn declined_by(refusal: LedgerRefusal) -> Declined {
    match refusal {
        LedgerRefusal::ExceedsCredits => Declined::InsufficientFunds,
        _ => Declined::SystemError,
    }
}

codes!(Declined = "phone_order" {
    1 => Declined::TerminalUnknown, 2 => Declined::TerminalDisabled, 3 => Declined::RequestUnknown,
    4 => Declined::AmountInvalid, 5 => Declined::OrderPaid, 6 => Declined::CardUnknown,
    7 => Declined::CardAccountUnusable, 8 => Declined::CardExpired, 9 => Declined::CardInactive,
    10 => Declined::CardRestricted, 11 => Declined::CardNotPermitted, 12 => Declined::CardLocked,
    13 => Declined::TooManyOtps, 14 => Declined::DayClose, 15 => Declined::IssuerDown, 16 => Declined::OtpGone,
    17 => Declined::AmountDiffers, 18 => Declined::OtpWrong, 19 => Declined::OtpWrongAndLocked,
    20 => Declined::CeilingReached, 21 => Declined::InsufficientFunds, 22 => Declined::SystemError,
});

table! {
    Otp = "otp",
    key |k: OtpKey| { card: k.card, terminal: k.order.terminal, order_id: k.order.order },
    of |r| r.key.clone(),
    row |r| {
        card: r.key.card, terminal: r.key.order.terminal, order_id: r.key.order.order, hash: r.hash, amount: r.amount,
        ends_at_ms: r.ends_at_ms, mobile: r.mobile,
    },
    make Otp {
        key: OtpKey { card, order: PhoneOrderKey { terminal, order: order_id } }, hash, amount, ends_at_ms, mobile,
    }
}

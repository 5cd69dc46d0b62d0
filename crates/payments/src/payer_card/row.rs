//! The row of a card that pays, and the terms that operators can change.

use ledger::{AccountId, Rial};
use schema::{codes, table};

use crate::wrong_tries::TryLimit;
use crate::{Digest, Now, SentOtps, Text};

/// Wrong tries in a row that lock a card (paystar.md 2).
pub const MAX_CARD_TRIES: i64 = 3;
/// [`MAX_CARD_TRIES`] as a limit without an end: only an operator unlocks the card.
pub(super) const OF_CARD: TryLimit = TryLimit::while_counted(MAX_CARD_TRIES);

/// What the issuer permits a card to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PayerCardState {
    /// It may pay.
    Active,
    /// It may not pay: it was not activated, or was handed in.
    Inactive,
    /// It may not pay: the issuer has restricted it.
    Restricted,
    /// It may not pay by telephone or on pages.
    NotPermitted,
}

/// A card that pays by telephone and on pages. The row has its number twice, hashed and encrypted, like that of a [`crate::Card`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerCard {
    /// Keyed hash of the card's number.
    pub number: Digest,
    /// The card's number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// The ledger account.
    pub id: AccountId,
    /// The holder's mobile number: `09` and nine digits.
    pub mobile: Text,
    /// The last month in which the card is valid: Jalali `YYYYMM`.
    pub expires: i64,
    /// What the issuer permits.
    pub state: PayerCardState,
    /// The most of one payment; zero: no limit.
    pub per_transaction: Rial,
    /// The most of one day in Tehran; zero: no limit.
    pub daily: Rial,
    /// Wrong tries since the last payment or unlocking: wrong one-time passwords and wrongly typed card data; [`MAX_CARD_TRIES`] lock the card.
    pub wrong_tries: i64,
    /// The one-time passwords sent recently; recorded only if there is a limit of them.
    pub sent: SentOtps,
    /// The day of the last payment: Jalali `YYYYMMDD`.
    pub paid_day: i64,
    /// The sum of the payments of that day.
    pub paid_sum: Rial,
}

impl PayerCard {
    /// Whether the card is locked, so that an operator must unlock it.
    pub fn is_locked(&self) -> bool {
        OF_CARD.is_reached(self.wrong_tries)
    }

    /// Whether the card's last month is over.
    pub fn is_expired(&self, now: &Now) -> bool {
        now.date.year_month() > self.expires
    }

    /// The sum of today's payments.
    pub fn paid_today(&self, now: &Now) -> Rial {
        if self.paid_day == now.date.long() { self.paid_sum } else { Rial::ZERO }
    }

    /// Whether a payment is within the limit of one payment and the limit of a day.
    pub(crate) fn covers(&self, amount: Rial, now: &Now) -> bool {
        let within = |ceiling: Rial, sum: Option<Rial>| !ceiling.is_positive() || sum.is_some_and(|sum| sum <= ceiling);
        within(self.per_transaction, Some(amount)) && within(self.daily, self.paid_today(now).checked_add(amount))
    }
}

/// The terms of a card, which an operator may change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerCardTerms {
    /// See [`PayerCard::mobile`].
    pub mobile: Text,
    /// See [`PayerCard::expires`].
    pub expires: i64,
    /// See [`PayerCard::state`].
    pub state: PayerCardState,
    /// See [`PayerCard::per_transaction`].
    pub per_transaction: Rial,
    /// See [`PayerCard::daily`].
    pub daily: Rial,
}

codes!(PayerCardState = "payer_card" {
    1 => PayerCardState::Active, 2 => PayerCardState::Inactive, 3 => PayerCardState::Restricted,
    4 => PayerCardState::NotPermitted,
});

table! {
    PayerCard = "payer_card",
    key |k: Digest| { number: *k },
    of |r| r.number,
    row |r| {
        number: r.number, sealed: r.sealed, mask: r.mask, id: r.id, mobile: r.mobile, expires: r.expires,
        state: r.state, per_transaction: r.per_transaction, daily: r.daily, wrong_tries: r.wrong_tries,
        sent_otps: r.sent, paid_day: r.paid_day, paid_sum: r.paid_sum,
    },
    make PayerCard {
        number, sealed, mask, id, mobile, expires, state, per_transaction, daily, wrong_tries,
        sent: sent_otps, paid_day, paid_sum,
    }
}

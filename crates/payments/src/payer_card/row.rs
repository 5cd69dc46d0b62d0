//! The row of a card that pays, and what operators agree on of it.

use ledger::{AccountId, Rial};
use schema::{codes, table};

use crate::wrong_tries::TryLimit;
use crate::{Digest, Now, SentOtps, Text};

/// Wrong one-time passwords in a row that lock a card (paystar.md 2).
pub const CARD_TRIES: i64 = 3;
/// The same as a limit: an operator unlocks.
pub(super) const OF_CARD: TryLimit = TryLimit::while_counted(CARD_TRIES);

/// What the issuer says a card may do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PayerCardState {
    /// Pay.
    Active,
    /// Nothing: it was not activated, or was given back.
    Inactive,
    /// Nothing: the issuer has restricted it.
    Restricted,
    /// Nothing by telephone or on pages.
    NotPermitted,
}

/// A card that pays by telephone and on pages. Its number is here twice, hashed and sealed, as a [`crate::Card`]'s.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerCard {
    /// Keyed hash of its number.
    pub number: Digest,
    /// Its number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// Its ledger account.
    pub id: AccountId,
    /// Its holder's mobile number: `09` and nine digits.
    pub mobile: Text,
    /// The last month it pays in: Jalali `YYYYMM`.
    pub expires: i64,
    /// What it may do.
    pub state: PayerCardState,
    /// Most of one payment; zero: no limit.
    pub per_transaction: Rial,
    /// Most of a day of Tehran; zero: no limit.
    pub daily: Rial,
    /// Wrong one-time passwords since the last right payment; [`CARD_TRIES`] lock it.
    pub wrong_tries: i64,
    /// The one-time passwords that it was sent of late; where it has a limit of them.
    pub sent: SentOtps,
    /// The day of its last payment: Jalali `YYYYMMDD`.
    pub paid_day: i64,
    /// What it has paid on that day.
    pub paid_sum: Rial,
}

impl PayerCard {
    /// Whether only the operator can make it pay again.
    pub fn is_locked(&self) -> bool {
        OF_CARD.is_reached(self.wrong_tries)
    }

    /// Whether its last month is over.
    pub fn is_expired(&self, now: &Now) -> bool {
        now.date.year_month() > self.expires
    }

    /// What it has paid today.
    pub fn paid_today(&self, now: &Now) -> Rial {
        if self.paid_day == now.date.long() { self.paid_sum } else { Rial::ZERO }
    }

    /// Whether a payment is within both ceilings.
    pub(crate) fn covers(&self, amount: Rial, now: &Now) -> bool {
        let within = |ceiling: Rial, sum: Option<Rial>| !ceiling.is_positive() || sum.is_some_and(|sum| sum <= ceiling);
        within(self.per_transaction, Some(amount)) && within(self.daily, self.paid_today(now).checked_add(amount))
    }
}

/// What an operator may change of a card: everything but its number and what it has done.
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

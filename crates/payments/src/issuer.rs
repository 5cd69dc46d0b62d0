//! Cards that pay, and the port to whoever has issued them.
//!
//! An issuer is asked before the decision, outside of any transaction, and its answer comes with the command. The decision uses it
//! only if the payment gets to the place of that answer among the checks: a payment that is declined before never was at the issuer.

use std::fmt::Debug;

use ledger::{Account, AccountId, AccountKind, Gate, Rial, Step};
use schema::{codes, table};

use super::audit::rials;
use super::booking::{apply, ensure};
use crate::deposit::set_gate;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Bank, BookingRefusal, Command, Declined, Digest, GateRefusal, Now, OperatorCommand, OrderId,
    SecurityCheck, SentOtps, Text, Versioned, nostro,
};

/// Wrong one-time passwords in a row that lock a card (paystar.md 2).
pub const CARD_TRIES: i64 = 3;

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
        self.wrong_tries >= CARD_TRIES
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

    /// With a payment made that it [covers](Self::covers).
    pub(crate) fn with_payment(&self, amount: Rial, view: &mut View, now: &Now) -> Self {
        let paid_sum = view.sound(self.paid_today(now).checked_add(amount), "payer_card: the day's sum does not fit");
        Self { wrong_tries: 0, paid_day: now.date.long(), paid_sum, ..self.clone() }
    }
}

/// What a payment asks of an issuer.
#[derive(Clone, Copy, Debug)]
pub struct Authorization<'a> {
    /// Keyed hash of the card's number.
    pub card: &'a Digest,
    /// How much, in rials; `None`: not known yet.
    pub amount: Option<Rial>,
}

/// What an issuer says: the reasons for which it declines, none of them if it approves. Of several, the one that is checked first is the
/// call's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct IssuerAnswer(u32);

impl IssuerAnswer {
    /// It lets the payment go on.
    pub const APPROVES: Self = Self(0);

    /// It declines for this reason, too.
    #[must_use]
    pub fn and(self, why: Declined) -> Self {
        Self(self.0 | 1 << why as u32)
    }

    /// Whether it declines for this reason.
    pub fn declines(self, why: Declined) -> bool {
        self.0 & 1 << why as u32 != 0
    }

    /// Declines if this is the place of one of its reasons among the checks.
    pub(crate) fn at(self, place: Declined) -> Result<(), Declined> {
        if self.declines(place) { Err(place) } else { Ok(()) }
    }
}

/// A card as its payer shows it. It is in memory only.
#[derive(Clone, Copy)]
pub struct ShownCard<'a> {
    /// Its number.
    pub number: &'a str,
    /// Its last month: Jalali `YYYYMM`.
    pub expires: i64,
    /// Its security code, as it was typed.
    pub security_code: &'a str,
}

impl Debug for ShownCard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownCard")
    }
}

/// Whoever has issued the cards.
pub trait Issuer: Send + Sync + Debug {
    /// Asks about a payment.
    fn authorize(&self, request: &Authorization<'_>) -> IssuerAnswer;

    /// Whether a card's security code is right for its number and last month.
    fn check(&self, card: &ShownCard<'_>) -> SecurityCheck;

    /// The security code to be printed on a card that is issued here, by its number and last month (Jalali `YYYYMM`); `None`: others print it.
    fn security_code(&self, number: &str, expires: i64) -> Option<String>;
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

/// Why a card that pays is not issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayerCardRefusal {
    /// A card of that number exists.
    CardExists,
    /// What is on it from the start cannot be booked.
    NotBooked(BookingRefusal),
}

/// Issues a card that pays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuePayerCard {
    /// Keyed hash of its number.
    pub number: Digest,
    /// Its number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// What is agreed.
    pub terms: PayerCardTerms,
    /// What is on it from the start: zero or more, out of bank 062's nostro.
    pub balance: Rial,
    /// When that was, in milliseconds of Unix time; `None`: now.
    pub opened_at_ms: Option<i64>,
}

impl Command for IssuePayerCard {
    type Done = AccountId;
    type Refusal = PayerCardRefusal;
    const NAME: &'static str = "IssuePayerCard";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.payer_cards.push(self.number);
        keys.cards.push(self.number);
        keys.accounts.push(nostro(Bank::AYANDEH));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<AccountId, Denial<PayerCardRefusal>> {
        if view.payer_cards.get(&self.number).is_some() || view.cards.get(&self.number).is_some() {
            return Err(PayerCardRefusal::CardExists.into());
        }
        let id = AccountId(view.ids.take());
        let from = nostro(Bank::AYANDEH);
        ensure(view, from, AccountKind::Nostro);
        view.books.open_account(Account::open(id, AccountKind::PayerCard));
        if self.balance.is_positive() {
            let step = Step::Post { debit: from, credit: id, amount: self.balance };
            let at = self.opened_at_ms.and_then(Now::at).unwrap_or(*now);
            apply(view, &[step], &at, OrderId(0)).map_err(|why| PayerCardRefusal::NotBooked(why.into()))?;
        }
        let PayerCardTerms { mobile, expires, state, per_transaction, daily } = self.terms.clone();
        let card = PayerCard {
            number: self.number,
            sealed: self.sealed.clone(),
            mask: Text::clone(&self.mask),
            id,
            mobile,
            expires,
            state,
            per_transaction,
            daily,
            wrong_tries: 0,
            sent: SentOtps::default(),
            paid_day: 0,
            paid_sum: Rial::ZERO,
        };
        view.payer_cards.put(self.number, card);
        Ok(id)
    }
}

impl OperatorCommand for IssuePayerCard {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("payer card", &self.mask, &rials(self.balance))
    }

    fn creates(&self) -> Rial {
        self.balance
    }
}

/// What an operator does to a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardChange {
    /// Agrees on other terms.
    Terms(PayerCardTerms),
    /// Lets it pay again after too many wrong passwords.
    Unlock,
    /// Closes its account, or opens it again; it is closed only when nothing is on it.
    Gate(Gate),
}

/// Why a card that pays is not changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardChangeRefusal {
    /// There is no such card.
    CardUnknown,
    /// Its account still has a balance or pending transfers.
    AccountNotEmpty,
}

/// Changes a card that pays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangePayerCard {
    /// Keyed hash of its number.
    pub number: Digest,
    /// First six and last four digits, for the audit.
    pub mask: Text,
    /// What is done.
    pub change: CardChange,
}

impl Command for ChangePayerCard {
    type Done = ();
    type Refusal = CardChangeRefusal;
    const NAME: &'static str = "ChangePayerCard";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.payer_cards.push(self.number);
    }

    fn more_keys(&self, view: &View, _at: At<'_>, keys: &mut Keys) {
        keys.accounts.extend(view.payer_cards.get(&self.number).map(|card| card.id));
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<CardChangeRefusal>> {
        let card = view
            .payer_cards
            .get(&self.number)
            .map(|card| PayerCard::clone(card))
            .ok_or(CardChangeRefusal::CardUnknown)?;
        let id = card.id;
        match &self.change {
            CardChange::Terms(PayerCardTerms { mobile, expires, state, per_transaction, daily }) => {
                // Another number has been sent none.
                let sent = if card.mobile == *mobile { card.sent.clone() } else { SentOtps::default() };
                let (mobile, expires, state) = (Text::clone(mobile), *expires, *state);
                let (per_transaction, daily) = (*per_transaction, *daily);
                let changed = PayerCard { mobile, expires, state, per_transaction, daily, sent, ..card };
                view.payer_cards.put(self.number, changed);
            }
            CardChange::Unlock => view.payer_cards.put(self.number, PayerCard { wrong_tries: 0, ..card }),
            CardChange::Gate(gate) => {
                set_gate(view, id, *gate).map_err(|why| match why {
                    GateRefusal::DepositUnknown => CardChangeRefusal::CardUnknown,
                    GateRefusal::AccountNotEmpty => CardChangeRefusal::AccountNotEmpty,
                })?;
            }
        }
        Ok(())
    }
}

impl OperatorCommand for ChangePayerCard {
    fn entry(&self) -> AuditEntry {
        let change = match &self.change {
            CardChange::Terms(PayerCardTerms { mobile, expires, state, per_transaction, daily }) => format!(
                "terms: mobile {mobile}, expires {}/{:02}, state {state:?}, perTransaction {}, daily {}",
                expires / 100,
                expires % 100,
                rials(*per_transaction),
                rials(*daily)
            ),
            CardChange::Unlock => "unlock".to_owned(),
            CardChange::Gate(gate) => format!("gate {gate:?}"),
        };
        AuditEntry::new("payer card", &self.mask, &change)
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let card = view.payer_cards.get(&self.number)?;
        Some(Versioned::PayerCard(card, view.books.account(card.id)?.gate))
    }
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

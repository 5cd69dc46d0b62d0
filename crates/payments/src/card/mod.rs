//! Cards: bon cards that are charged, and the float cards that they are charged from.

mod charge;
mod code;
pub(super) mod totals;

use ledger::{Account, AccountId, AccountKind, Rial, Step};

use crate::audit::{AuditEntry, OperatorCommand};
use crate::booking::{BookingRefusal, apply, ensure, nostro};
use crate::view::{Denial, Keys, View};
use crate::{At, Bank, ClientId, Command, Digest, Now, OrderId, Text, Versioned};
use schema::{codes, table};

pub use charge::{ChargeCard, ChargeRefusals, NamedCard};
pub use code::{ChargeClass, ChargeCode};
pub use totals::{ChargeLimits, ChargeTotal, ChargeTotalKey};

/// Why a charge's money came back.
pub(crate) const CHARGE_FAILED: &str = "شارژ کارت ناموفق بود";

/// What a card is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CardKind {
    /// A client's own, from which it charges others.
    Float,
    /// A holder's, to be charged.
    Bon,
}

/// A card. Its number is here twice, and neither can be read without the server's key: hashed for look-ups, sealed for the replies
/// that must print it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// Keyed hash of its number.
    pub number: Digest,
    /// Its number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// Its ledger account.
    pub id: AccountId,
    /// What it is for.
    pub kind: CardKind,
    /// The clients that may charge it and look at it.
    pub approved_for: Vec<ClientId>,
    /// Inactive ones cannot be charged.
    pub active: bool,
    /// The card that has taken its place.
    pub replaced_by: Option<Digest>,
}

impl Card {
    /// Whether the client may use it.
    pub fn is_approved_for(&self, client: &ClientId) -> bool {
        self.approved_for.contains(client)
    }
}

/// Why a card's record is not written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardRefusal {
    /// A client that may use it does not exist.
    ClientUnknown(ClientId),
    /// The card that takes its place does not exist.
    SuccessorUnknown,
    /// A card of that number exists.
    CardExists,
    /// There is none.
    CardUnknown,
    /// What is on it from the start cannot be booked.
    NotBooked(BookingRefusal),
}

/// Makes a card, or replaces its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterCard {
    /// The record; its `id` is given when it is made.
    pub card: Card,
    /// Whether a card of that number must, or must not, exist.
    pub replace: bool,
    /// Of a float card: whose.
    pub float_of: Option<ClientId>,
    /// What is on a new card from the start: zero or more, out of bank 062's nostro.
    pub balance: Rial,
    /// When that was, in milliseconds of Unix time; `None`: now.
    pub opened_at_ms: Option<i64>,
}

impl RegisterCard {
    fn open(&self, view: &mut View, now: &Now) -> Result<AccountId, BookingRefusal> {
        let id = AccountId(view.ids.take());
        let kind = match self.card.kind {
            CardKind::Float => AccountKind::FloatCard,
            CardKind::Bon => AccountKind::BonCard,
        };
        let from = nostro(Bank::AYANDEH);
        ensure(view, from, AccountKind::Nostro);
        view.books.open_account(Account::open(id, kind));
        if self.balance.is_positive() {
            let step = Step::Post { debit: from, credit: id, amount: self.balance };
            let at = self.opened_at_ms.and_then(Now::at).unwrap_or(*now);
            apply(view, &[step], &at, OrderId(0))?;
        }
        Ok(id)
    }
}

impl Command for RegisterCard {
    type Done = AccountId;
    type Refusal = CardRefusal;
    const NAME: &'static str = "RegisterCard";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.cards.push(self.card.number);
        keys.payer_cards.push(self.card.number);
        keys.cards.extend(self.card.replaced_by);
        keys.clients.extend(self.card.approved_for.iter().chain(&self.float_of).cloned());
        keys.accounts.push(nostro(Bank::AYANDEH));
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<AccountId, Denial<CardRefusal>> {
        let mut named = self.card.approved_for.iter().chain(&self.float_of);
        if let Some(client) = named.find(|client| view.clients.get(client).is_none()) {
            return Err(CardRefusal::ClientUnknown(client.clone()).into());
        }
        if self.card.replaced_by.is_some_and(|by| view.cards.get(&by).is_none()) {
            return Err(CardRefusal::SuccessorUnknown.into());
        }
        if view.payer_cards.get(&self.card.number).is_some() {
            return Err(CardRefusal::CardExists.into());
        }
        let known = view.cards.get(&self.card.number).map(|card| Card::clone(card));
        let card = match (known, self.replace) {
            (Some(_), false) => return Err(CardRefusal::CardExists.into()),
            (None, true) => return Err(CardRefusal::CardUnknown.into()),
            // Its number may have been sealed anew since the record was read.
            (Some(Card { id, sealed, .. }), true) => Card { id, sealed, ..self.card.clone() },
            (None, false) => Card { id: self.open(view, now).map_err(CardRefusal::NotBooked)?, ..self.card.clone() },
        };
        let id = card.id;
        view.cards.put(self.card.number, card);
        if let Some(client) = self.float_of.as_ref().and_then(|client| view.clients.get(client)) {
            let client = crate::Client { float: Some(id), ..crate::Client::clone(client) };
            view.clients.put(client.id.clone(), client);
        }
        Ok(id)
    }
}

impl OperatorCommand for RegisterCard {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("card", &self.card.mask, if self.card.active { "active" } else { "inactive" })
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        view.cards.get(&self.card.number).map(|row| Versioned::Card(row))
    }

    fn creates(&self) -> Rial {
        self.balance
    }
}

codes!(CardKind = "card" { 1 => CardKind::Float, 2 => CardKind::Bon, });

table! {
    Card = "card",
    key |k: Digest| { number: *k },
    of |r| r.number,
    row |r| {
        number: r.number, sealed: r.sealed, mask: r.mask, id: r.id, kind: r.kind, approved_for: r.approved_for,
        active: r.active, replaced_by: r.replaced_by,
    },
    make Card { number, sealed, mask, id, kind, approved_for, active, replaced_by }
}

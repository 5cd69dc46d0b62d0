//! Creating a card, or replacing its record.

use ledger::{Account, AccountId, AccountKind, Rial, Step};

use crate::booking::{apply, ensure};
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Bank, BookingRefusal, Card, CardKind, ClientId, Command, Now, OperatorCommand, OrderId, Versioned,
    nostro,
};

/// Why a card's record is not written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardRefusal {
    /// A client of `approved_for` or `float_of` does not exist.
    ClientUnknown(ClientId),
    /// The card of `replaced_by` does not exist.
    SuccessorUnknown,
    /// A card of that number exists.
    CardExists,
    /// There is no such card.
    CardUnknown,
    /// The ledger refuses the opening balance.
    NotBooked(BookingRefusal),
}

/// Creates a card, or replaces its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterCard {
    /// The record. A new card gets its `id` here; a known card keeps `id` and `sealed`.
    pub card: Card,
    /// Whether the card must exist already, or must not.
    pub replace: bool,
    /// For a float card: the client that it belongs to.
    pub float_of: Option<ClientId>,
    /// The opening balance of a new card: zero or more, debited from the nostro of bank 062.
    pub balance: Rial,
    /// The time of the opening balance's transfer, in milliseconds of Unix time; `None`: now.
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
            // The number may have been sealed with a new key since the record was read.
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

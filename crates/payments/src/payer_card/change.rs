//! Operators' changes of a card that pays.

use ledger::AccountStatus;

use crate::deposit::set_account_status;
use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{
    AccountStatusRefusal, At, AuditEntry, Command, Digest, OperatorCommand, PayerCard, PayerCardTerms, SentOtps, Text,
    Versioned,
};

/// A change of a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardChange {
    /// Replaces the terms.
    Terms(PayerCardTerms),
    /// Unlocks the card after too many wrong tries.
    Unlock,
    /// Changes which movements its account accepts. An account with a balance or pending transfers cannot be closed.
    AccountStatus(AccountStatus),
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
    /// Keyed hash of the card's number.
    pub number: Digest,
    /// First six and last four digits, for the audit.
    pub mask: Text,
    /// The change.
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
                // The limit of passwords counts per mobile number: a new number starts at zero.
                let sent = if card.mobile == *mobile { card.sent.clone() } else { SentOtps::default() };
                let (mobile, expires, state) = (Text::clone(mobile), *expires, *state);
                let (per_transaction, daily) = (*per_transaction, *daily);
                let changed = PayerCard { mobile, expires, state, per_transaction, daily, sent, ..card };
                view.payer_cards.put(self.number, changed);
            }
            CardChange::Unlock => view.payer_cards.put(self.number, PayerCard { wrong_tries: 0, ..card }),
            CardChange::AccountStatus(status) => {
                set_account_status(view, id, *status).map_err(|why| match why {
                    AccountStatusRefusal::DepositUnknown => CardChangeRefusal::CardUnknown,
                    AccountStatusRefusal::AccountNotEmpty => CardChangeRefusal::AccountNotEmpty,
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
            CardChange::AccountStatus(status) => format!("gate {status:?}"),
        };
        AuditEntry::new("payer card", &self.mask, &change)
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        let card = view.payer_cards.get(&self.number)?;
        Some(Versioned::PayerCard(card, view.books.account(card.id)?.status))
    }
}

//! Issuing a card that pays.

use ledger::{Account, AccountId, AccountKind, Rial, Step};

use crate::booking::{apply, ensure};
use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Bank, BookingRefusal, Command, Digest, Now, OperatorCommand, OrderId, PayerCard, PayerCardTerms,
    SentOtps, Text, nostro,
};

/// Why a card that pays is not issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayerCardRefusal {
    /// A card of that number exists.
    CardExists,
    /// The ledger refuses the opening balance.
    NotBooked(BookingRefusal),
}

/// Issues a card that pays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuePayerCard {
    /// Keyed hash of the card's number.
    pub number: Digest,
    /// The card's number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// The terms that operators can change.
    pub terms: PayerCardTerms,
    /// The opening balance: zero or more, debited from the nostro of bank 062.
    pub balance: Rial,
    /// The time of the opening balance's transfer, in milliseconds of Unix time; `None`: now.
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

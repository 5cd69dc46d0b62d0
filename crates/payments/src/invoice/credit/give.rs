//! Giving a party credit from another party's wallet.

use ledger::Rial;

use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, Credit, CreditBook, CreditId, OperatorCommand, PartyId, Text};

/// Most credits of a holder: all of them are in one row.
const CREDITS: usize = 1_000;

/// Why credit is not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CreditRefusal {
    /// This party does not exist.
    PartyUnknown(PartyId),
    /// The holder already has a credit with that name.
    CreditExists,
    /// The holder has the largest number of credits.
    TooManyCredits,
}

/// Lets a party spend money of another party, up to a limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GiveCredit {
    /// The party whose money is spent.
    pub delegator: PartyId,
    /// The party that may spend it.
    pub holder: PartyId,
    /// The credit's name in calls, unique among those of its holder.
    pub hash: Text,
    /// The limit, in rials.
    pub limit: Rial,
}

impl Command for GiveCredit {
    type Done = ();
    type Refusal = CreditRefusal;
    const NAME: &'static str = "GiveCredit";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.extend([self.delegator, self.holder]);
        keys.credit_books.push(self.holder);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<CreditRefusal>> {
        for party in [self.delegator, self.holder] {
            view.parties.get(&party).ok_or(CreditRefusal::PartyUnknown(party))?;
        }
        let mut credits = view.credit_books.get(&self.holder).map_or_else(Vec::new, |book| book.credits.clone());
        if credits.iter().any(|credit| credit.hash == self.hash) {
            return Err(CreditRefusal::CreditExists.into());
        }
        if credits.len() >= CREDITS {
            return Err(CreditRefusal::TooManyCredits.into());
        }
        // Numbers are unique within the holder's row only, and begin with 1.
        let id = CreditId(credits.last().map_or(1, |credit| credit.id.0 + 1));
        let (delegator, holder, hash, left) = (self.delegator, self.holder, Text::clone(&self.hash), self.limit);
        credits.push(Credit { id, delegator, holder, hash, left });
        view.credit_books.put(self.holder, CreditBook { holder: self.holder, credits });
        Ok(())
    }
}

impl OperatorCommand for GiveCredit {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("credit", &self.holder.0.to_string(), &format!("{} {}", self.hash, rials(self.limit)))
    }
}

//! Filling a party's wallet.

use ledger::{Rial, Step};

use crate::booking::apply;
use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, BookingRefusal, CARD_NOSTRO, Command, Now, OperatorCommand, OrderId, PartyId, wallet};

/// Why a wallet is not filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WalletRefusal {
    /// There is no such party.
    PartyUnknown,
    /// The ledger refuses the step.
    NotBooked(BookingRefusal),
}

/// Fills a party's wallet from the operator's bank account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FillWallet {
    /// The party.
    pub party: PartyId,
    /// The amount.
    pub amount: Rial,
    /// The time of the transfer, in milliseconds of Unix time; `None`: now.
    pub at_ms: Option<i64>,
}

impl Command for FillWallet {
    type Done = ();
    type Refusal = WalletRefusal;
    const NAME: &'static str = "FillWallet";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.party);
        keys.accounts.extend([CARD_NOSTRO, wallet(self.party)]);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<(), Denial<WalletRefusal>> {
        view.parties.get(&self.party).ok_or(WalletRefusal::PartyUnknown)?;
        let step = Step::Post { debit: CARD_NOSTRO, credit: wallet(self.party), amount: self.amount };
        let at = self.at_ms.and_then(Now::at);
        apply(view, &[step], at.as_ref().unwrap_or(now), OrderId(0))
            .map_err(|why| WalletRefusal::NotBooked(why.into()))?;
        Ok(())
    }
}

impl OperatorCommand for FillWallet {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("wallet", &self.party.0.to_string(), &rials(self.amount))
    }

    fn creates(&self) -> Rial {
        self.amount
    }
}

//! Accounts and their balances.

use crate::{AccountKind, Limit, Rial, Side};

/// An account's number inside the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountId(pub i64);

/// Which new movements an account takes. Resolving a pending transfer passes every gate: it was let in before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Gate {
    /// Debits and credits.
    Open,
    /// Credits only.
    NoDebits,
    /// Debits only.
    NoCredits,
    /// Neither.
    Closed,
}

impl Gate {
    /// Whether it lets new debits in.
    pub const fn takes_debits(self) -> bool {
        self.takes(Side::Debit)
    }

    /// Whether it lets new credits in.
    pub const fn takes_credits(self) -> bool {
        self.takes(Side::Credit)
    }

    pub(crate) const fn takes(self, side: Side) -> bool {
        match side {
            Side::Debit => matches!(self, Self::Open | Self::NoCredits),
            Side::Credit => matches!(self, Self::Open | Self::NoDebits),
        }
    }
}

/// The four sums of an account and the number of its entries: one a transfer, posted or not. All sums are ≥ 0 and only pending ones shrink.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Balances {
    /// Sum of posted debits.
    pub debits_posted: Rial,
    /// Sum of posted credits.
    pub credits_posted: Rial,
    /// Sum of debits that wait to be posted or voided.
    pub debits_pending: Rial,
    /// Sum of credits that wait to be posted or voided.
    pub credits_pending: Rial,
    /// How many entries the account has; the last one bears this number.
    pub entries: i64,
}

impl Balances {
    /// Posted balance, positive on `normal`'s side. Sums are ≥ 0, so the difference always fits.
    pub const fn posted(&self, normal: Side) -> Rial {
        let net = self.credits_posted.get() - self.debits_posted.get();
        Rial::new(match normal {
            Side::Credit => net,
            Side::Debit => -net,
        })
    }

    /// The posted balance less what pending transfers may still take from it.
    ///
    /// On a limited account this is ≥ 0 always; elsewhere it saturates instead of overflowing.
    pub const fn available(&self, normal: Side) -> Rial {
        let held = match normal {
            Side::Credit => self.debits_pending.get(),
            Side::Debit => self.credits_pending.get(),
        };
        Rial::new(self.posted(normal).get().saturating_sub(held))
    }

    pub(crate) fn keep(&self, limit: Limit) -> bool {
        let within = |own: Rial, pending: Rial, other: Rial| own.checked_add(pending).is_some_and(|sum| sum <= other);
        match limit {
            Limit::None => true,
            Limit::DebitsMustNotExceedCredits => within(self.debits_posted, self.debits_pending, self.credits_posted),
            Limit::CreditsMustNotExceedDebits => within(self.credits_posted, self.credits_pending, self.debits_posted),
        }
    }
}

/// One account: what it is, what it takes, and what is on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// What it is for; decides its normal side.
    pub kind: AccountKind,
    /// The flag that keeps it from being overdrawn; its kind's, unless it was opened otherwise.
    pub limit: Limit,
    /// What it takes now.
    pub gate: Gate,
    /// What is on it.
    pub balances: Balances,
}

impl Account {
    /// An open account with nothing on it.
    pub fn open(id: AccountId, kind: AccountKind) -> Self {
        Self { id, kind, limit: kind.limit(), gate: Gate::Open, balances: Balances::default() }
    }

    /// Posted balance, positive on the normal side.
    pub const fn posted(&self) -> Rial {
        self.balances.posted(self.kind.normal_side())
    }

    /// What can still be taken from it.
    pub const fn available(&self) -> Rial {
        self.balances.available(self.kind.normal_side())
    }
}

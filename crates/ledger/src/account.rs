//! Accounts and their balances.

use crate::{AccountKind, Limit, Rial, Side};

/// An account's number inside the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountId(pub i64);

/// Which new movements an account accepts. Resolving a pending transfer does not check the status: its hold passed it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountStatus {
    /// Debits and credits.
    Open,
    /// Credits only.
    NoDebits,
    /// Debits only.
    NoCredits,
    /// Neither.
    Closed,
}

impl AccountStatus {
    /// Whether it accepts new debits.
    pub const fn takes_debits(self) -> bool {
        self.takes(Side::Debit)
    }

    /// Whether it accepts new credits.
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

/// The four sums of an account and its number of entries. Every transfer, posted or not, adds one entry. Sums are ≥ 0; only pending sums shrink.
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
    /// How many entries the account has; the last entry has this number.
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

    /// The posted balance less what pending transfers can still take from it.
    ///
    /// It is never negative on an account whose limit is on its normal side; elsewhere it saturates instead of overflowing.
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

/// An account: its kind, its limit, its status and its balances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// What it is for; decides its normal side.
    pub kind: AccountKind,
    /// The limit that prevents an overdraft: that of its kind, unless the account was opened with another one.
    pub limit: Limit,
    /// Which new movements it accepts now.
    pub status: AccountStatus,
    /// Its sums and its number of entries.
    pub balances: Balances,
}

impl Account {
    /// An open account of a kind, with that kind's limit and zero balances.
    pub fn open(id: AccountId, kind: AccountKind) -> Self {
        Self { id, kind, limit: kind.limit(), status: AccountStatus::Open, balances: Balances::default() }
    }

    /// Posted balance, positive on the normal side.
    pub const fn posted(&self) -> Rial {
        self.balances.posted(self.kind.normal_side())
    }

    /// The available balance: what can still be taken from it.
    pub const fn available(&self) -> Rial {
        self.balances.available(self.kind.normal_side())
    }
}

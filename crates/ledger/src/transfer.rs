//! Transfers: one debit and one credit of the same amount.

use crate::{AccountId, Balances, Rial};

/// A transfer's number. What came first on an account is told by its entries' numbers, not by this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransferId(pub i64);

/// What a transfer does to its two accounts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TransferKind {
    /// Moves the amount.
    Posted,
    /// Holds the amount on both accounts.
    Pending,
    /// Ends a pending transfer: moves its amount, or the part named here, and frees the rest.
    PostPending(TransferId),
    /// Ends a pending transfer: frees all of it.
    VoidPending(TransferId),
    /// Ends a pending transfer whose time has run out: frees all of it.
    ExpirePending(TransferId),
}

impl TransferKind {
    /// Whether it moves money, rather than holding or freeing it.
    pub const fn posts(self) -> bool {
        matches!(self, Self::Posted | Self::PostPending(_))
    }
}

/// A transfer that happened, never edited. Its two entries are `debit_after` and `credit_after`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// Its number.
    pub id: TransferId,
    /// What it did.
    pub kind: TransferKind,
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// How much was moved, held or freed; more than zero.
    pub amount: Rial,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The caller's number of the fact that caused it; 0 for none.
    pub cause: i64,
    /// For a pending transfer: when it may be expired.
    pub expires_at_ms: Option<i64>,
    /// The debited account's balances after it.
    pub debit_after: Balances,
    /// The credited account's balances after it.
    pub credit_after: Balances,
}

/// Where a pending transfer stands.
///
/// ```text
/// Open ──► Posted
///      ├─► Voided
///      └─► Expired
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PendingState {
    /// Holds its amount.
    Open,
    /// Was posted, whole or in part.
    Posted,
    /// Was voided.
    Voided,
    /// Ran out.
    Expired,
}

/// The live row of a pending transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The transfer that made it.
    pub id: TransferId,
    /// The account that will be debited.
    pub debit: AccountId,
    /// The account that will be credited.
    pub credit: AccountId,
    /// How much is held.
    pub amount: Rial,
    /// When it may be expired, in milliseconds of Unix time; `None`: never.
    pub expires_at_ms: Option<i64>,
    /// Where it stands.
    pub state: PendingState,
}

//! Transfers: one debit and one credit of the same amount.

use crate::{AccountId, Balances, Rial};

/// A transfer's number. It does not give the order of an account's transfers: the entry numbers do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransferId(pub i64);

/// What a transfer does to its two accounts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TransferKind {
    /// Moves the amount.
    Posted,
    /// Holds the amount on both accounts.
    Pending,
    /// Ends a pending transfer: moves the transfer's own amount, which is at most the held one, and frees the rest.
    PostPending(TransferId),
    /// Ends a pending transfer and frees all of it.
    VoidPending(TransferId),
    /// Ends a pending transfer that is past its expiry, and frees all of it.
    ExpirePending(TransferId),
}

impl TransferKind {
    /// Whether it moves money, rather than holding or freeing it.
    pub const fn posts(self) -> bool {
        matches!(self, Self::Posted | Self::PostPending(_))
    }
}

/// A transfer that was applied; it is never changed. Its two entries are `debit_after` and `credit_after`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// Its number.
    pub id: TransferId,
    /// What it does.
    pub kind: TransferKind,
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// How much was moved, held or freed; more than zero.
    pub amount: Rial,
    /// Its instant, in Unix milliseconds.
    pub at_ms: i64,
    /// The caller's number of the row that caused it; 0 for none.
    pub cause: i64,
    /// For a pending transfer: when it can be expired, in Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// The debited account's balances after it.
    pub debit_after: Balances,
    /// The credited account's balances after it.
    pub credit_after: Balances,
}

/// The state of a pending transfer.
///
/// ```text
/// Open ──► Posted
///      ├─► Voided
///      └─► Expired
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PendingState {
    /// It holds its amount.
    Open,
    /// It was posted, whole or in part.
    Posted,
    /// It was voided.
    Voided,
    /// It was expired.
    Expired,
}

/// The row of a pending transfer with its present state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The number of the transfer that made it.
    pub id: TransferId,
    /// The account that will be debited.
    pub debit: AccountId,
    /// The account that will be credited.
    pub credit: AccountId,
    /// How much is held.
    pub amount: Rial,
    /// When it can be expired, in Unix milliseconds; `None`: never.
    pub expires_at_ms: Option<i64>,
    /// Its present state.
    pub state: PendingState,
}

//! The row of money that was given out of suspense; and the release, as commands and proposals carry it.

use ledger::{AccountId, Rial, TransferId};
use schema::table;

/// Gives money in suspense to whose it is. Each entry once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseSuspense {
    /// The transfer that put it there.
    pub transfer: TransferId,
    /// How much that was.
    pub amount: Rial,
    /// Whose it is.
    pub account: AccountId,
}

/// Money that was given out of suspense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Released {
    /// The transfer that had put it there.
    pub transfer: TransferId,
    /// The transfer that gave it.
    pub by: TransferId,
}

table! {
    Released = "suspense_release",
    key |k: TransferId| { transfer: *k },
    of |r| r.transfer,
    row |r| { transfer: r.transfer, given_by: r.by },
    make Released { transfer, by: given_by }
}

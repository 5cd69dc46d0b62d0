//! The row of a release from suspense, and the release as commands and proposals have it.

use ledger::{AccountId, Rial, TransferId};
use schema::table;

/// Releases money from suspense to an account. Each entry can be released once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseSuspense {
    /// The transfer that credited suspense.
    pub transfer: TransferId,
    /// The amount of that transfer.
    pub amount: Rial,
    /// The account to credit.
    pub account: AccountId,
}

/// A release of money from suspense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Released {
    /// The transfer that credited suspense.
    pub transfer: TransferId,
    /// The transfer of the release.
    pub by: TransferId,
}

table! {
    Released = "suspense_release",
    key |k: TransferId| { transfer: *k },
    of |r| r.transfer,
    row |r| { transfer: r.transfer, given_by: r.by },
    make Released { transfer, by: given_by }
}

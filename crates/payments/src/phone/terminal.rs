//! The row of a merchant's telephone gateway.

use ledger::AccountId;
use schema::table;

use crate::Text;

/// A merchant's telephone gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Its id, which names it in calls: `sequence`.
    pub sequence: Text,
    /// What payers are told whom they pay.
    pub merchant: Text,
    /// The merchant's account in the ledger.
    pub account: AccountId,
    /// Whether it takes payments no more.
    pub disabled: bool,
}

table! {
    Terminal = "terminal",
    key |k: Text| { sequence: *k },
    of |r| Text::clone(&r.sequence),
    row |r| { sequence: r.sequence, merchant: r.merchant, account: r.account, disabled: r.disabled },
    make Terminal { sequence, merchant, account, disabled }
}

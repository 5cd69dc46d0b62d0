//! The row of a merchant's telephone gateway.

use ledger::AccountId;
use schema::table;

use crate::Text;

/// A merchant's telephone gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Its id in requests: `sequence`.
    pub sequence: Text,
    /// The merchant's name, as payers are told it.
    pub merchant: Text,
    /// The merchant's account in the ledger.
    pub account: AccountId,
    /// Whether the terminal is disabled and refuses payments.
    pub disabled: bool,
}

table! {
    Terminal = "terminal",
    key |k: Text| { sequence: *k },
    of |r| Text::clone(&r.sequence),
    row |r| { sequence: r.sequence, merchant: r.merchant, account: r.account, disabled: r.disabled },
    make Terminal { sequence, merchant, account, disabled }
}

//! The row of a sum of charges, which limits are checked against.

use ledger::{AccountId, Rial};
use schema::table;

use crate::ClientId;

/// The key of a sum.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChargeTotalKey {
    /// The client of the charges.
    pub client: ClientId,
    /// The card charged, or the source deposit.
    pub account: AccountId,
    /// The period: a Jalali day `YYYYMMDD` or month `YYYYMM`; 0: all time.
    pub period: i64,
}

/// The sum of a client's charges of an account in a period, in rials. Charges that are done or undecided count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChargeTotal {
    /// Client, account and period.
    pub key: ChargeTotalKey,
    /// The sum.
    pub sum: Rial,
}

table! {
    ChargeTotal = "charge_total",
    key |k: ChargeTotalKey| { client: k.client, account: k.account, period: k.period },
    of |r| r.key.clone(),
    row |r| { client: r.key.client, account: r.key.account, period: r.key.period, sum: r.sum },
    make ChargeTotal { key: ChargeTotalKey { client, account, period }, sum }
}

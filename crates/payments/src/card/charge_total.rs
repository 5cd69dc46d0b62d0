//! The row of a sum of charges.

use ledger::{AccountId, Rial};
use schema::table;

use crate::ClientId;

/// A sum's key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChargeTotalKey {
    /// Whose charges.
    pub client: ClientId,
    /// Of this card, or from this deposit.
    pub account: AccountId,
    /// Jalali `YYYYMMDD` or `YYYYMM`; 0: all time.
    pub period: i64,
}

/// The charges done and unknown of a client, an account and a period, in rials.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChargeTotal {
    /// Of what.
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

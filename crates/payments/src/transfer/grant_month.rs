//! The row that counts a grant's orders of one month.

use schema::table;

use crate::GrantId;

/// A grant and a Jalali month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantMonthKey {
    /// The grant.
    pub grant: GrantId,
    /// Jalali `YYYYMM`.
    pub month: i64,
}

/// The number of a grant's accepted orders in a month; refused orders do not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GrantMonth {
    /// The grant and the month.
    pub key: GrantMonthKey,
    /// The number of orders.
    pub orders: i64,
}

table! {
    GrantMonth = "grant_month",
    key |k: GrantMonthKey| { grant_id: k.grant, month: k.month },
    of |r| r.key,
    row |r| { grant_id: r.key.grant, month: r.key.month, orders: r.orders },
    make GrantMonth { key: GrantMonthKey { grant: grant_id, month }, orders }
}

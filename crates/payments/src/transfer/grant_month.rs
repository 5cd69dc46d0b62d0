//! How many orders a grant has had in a month.

use schema::table;

use crate::GrantId;

/// A grant's Jalali month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantMonthKey {
    /// The grant.
    pub grant: GrantId,
    /// Jalali `YYYYMM`.
    pub month: i64,
}

/// How many orders of a grant were accepted in a month; refused ones do not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GrantMonth {
    /// Of what.
    pub key: GrantMonthKey,
    /// The count.
    pub orders: i64,
}

table! {
    GrantMonth = "grant_month",
    key |k: GrantMonthKey| { grant_id: k.grant, month: k.month },
    of |r| r.key,
    row |r| { grant_id: r.key.grant, month: r.key.month, orders: r.orders },
    make GrantMonth { key: GrantMonthKey { grant: grant_id, month }, orders }
}

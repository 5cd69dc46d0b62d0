//! The row of a one-time token that was used.

use schema::table;

/// A one-time token that was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UsedOtt {
    /// The token.
    pub value: i64,
    /// When the token expires, in milliseconds of Unix time: after that the row is not needed.
    pub ends_at_ms: i64,
}

table! {
    UsedOtt = "used_ott",
    key |k: i64| { value: *k },
    of |r| r.value,
    row |r| { value: r.value, ends_at_ms: r.ends_at_ms },
    make UsedOtt { value, ends_at_ms }
}

//! The row of a bank's user.

use schema::table;

use crate::Digest;

/// A bank's user, who can log in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BankUser {
    /// National id.
    pub nid: String,
    /// Hash of the password, in the form that says how it was made.
    pub password: String,
    /// Wrong passwords since the last right one.
    pub failures: i64,
    /// Locked until then, in milliseconds of Unix time.
    pub locked_until_ms: i64,
    /// Keyed hash of the mobile number that the bank has of it; `None`: the user is not asked by SMS.
    pub mobile: Option<Digest>,
}

table! {
    BankUser = "bank_user",
    key |k: String| { nid: *k },
    of |r| r.nid.clone(),
    row |r| {
        nid: r.nid, password: r.password, failures: r.failures, locked_until_ms: r.locked_until_ms, mobile: r.mobile,
    },
    make BankUser { nid, password, failures, locked_until_ms, mobile }
}

//! The row of a bank user.

use schema::table;

use crate::Digest;

/// A user of a bank, who can log in on the consent page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BankUser {
    /// National id.
    pub nid: String,
    /// Password hash, in the form that names its algorithm and parameters.
    pub password: String,
    /// Wrong passwords since the last right one, or the last lock.
    pub failures: i64,
    /// End of the lock, in milliseconds of Unix time.
    pub locked_until_ms: i64,
    /// Keyed hash of the mobile number that the bank knows; `None`: the user cannot consent by SMS.
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

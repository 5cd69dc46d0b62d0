//! The row of an address from which an operator has signed in.

use schema::table;

use crate::Digest;

/// How long an address stays known after a sign-in, in milliseconds: 30 days.
pub const ADDRESS_KNOWN_MS: i64 = 30 * 86_400_000;

/// An address from which an operator has signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownAddress {
    /// Keyed hash of the name and the address.
    pub hash: Digest,
    /// When the address is forgotten, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

table! {
    KnownAddress = "known_address",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| { hash: r.hash, ends_at_ms: r.ends_at_ms },
    make KnownAddress { hash, ends_at_ms }
}

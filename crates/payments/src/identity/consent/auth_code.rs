//! The row of a code that a consent has become.

use schema::table;

use crate::{Digest, Grant, GrantId};

/// A code, to be exchanged once. One that comes again ends the grant that it became: one of the two was not its client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthCode {
    /// Keyed hash of the code.
    pub hash: Digest,
    /// The grant that it becomes; `id` is given then.
    pub grant: Grant,
    /// Must be named again.
    pub redirect_uri: String,
    /// The grant that it has become.
    pub used_by: Option<GrantId>,
    /// When it ends, in milliseconds of Unix time; one that was used is kept as long as the first token that came of it.
    pub ends_at_ms: i64,
}

table! {
    AuthCode = "auth_code",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, client: r.grant.client, kind: r.grant.kind, user_nid: r.grant.user, bank: r.grant.bank,
        scopes: r.grant.scopes, deposits: r.grant.deposits, deposit_numbers: r.grant.deposit_numbers,
        max_amount: r.grant.max_amount, monthly_count: r.grant.monthly_count, life_ms: r.grant.life_ms,
        redirect_uri: r.redirect_uri, used_by: r.used_by.map(|grant| grant.0), ends_at_ms: r.ends_at_ms,
    },
    make AuthCode {
        hash,
        grant: Grant {
            id: GrantId(0), client, kind, user: user_nid, bank, scopes, deposits, deposit_numbers, max_amount,
            monthly_count, life_ms, ended_at_ms: None, forgotten_at_ms: None,
        },
        redirect_uri, used_by: Option::map(used_by, GrantId), ends_at_ms,
    }
}

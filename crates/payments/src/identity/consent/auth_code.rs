//! The row of a code that a request for consent has become.

use schema::table;

use crate::{Digest, Grant, GrantId};

/// A code, to be exchanged once. A second exchange ends the grant that the first one made: one of the two callers was not the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthCode {
    /// Keyed hash of the code.
    pub hash: Digest,
    /// The grant that the exchange makes; its `id` is assigned then.
    pub grant: Grant,
    /// The exchange must name the same address.
    pub redirect_uri: String,
    /// The grant that the exchange has made; `None`: the code was not exchanged.
    pub used_by: Option<GrantId>,
    /// When the code expires, in milliseconds of Unix time; the row of a used code is kept as long as its first access token lives.
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

//! The row of a grant.

use ledger::{AccountId, Rial};
use schema::{codes, table};

use crate::{Bank, ClientId, Now};

/// How long tokens, and grants that cannot be renewed, are remembered, in milliseconds: longer than any access token lives.
pub const TOKENS_REMEMBERED_MS: i64 = 30 * 86_400_000;

/// A grant's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantId(pub i64);

/// How a grant came about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GrantKind {
    /// The client for itself.
    ClientCredential,
    /// A bank user for the client, on the consent page.
    Code,
    /// A bank user for the client, by a code in an SMS.
    Sms,
}

/// What a token may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its number.
    pub id: GrantId,
    /// Whose.
    pub client: ClientId,
    /// How it came about.
    pub kind: GrantKind,
    /// National id of the bank user, or of the caller.
    pub user: String,
    /// The bank of its deposits.
    pub bank: Option<Bank>,
    /// What services it opens.
    pub scopes: Vec<String>,
    /// The accounts it may use.
    pub deposits: Vec<AccountId>,
    /// Their numbers, in the same order.
    pub deposit_numbers: Vec<String>,
    /// Most of one transaction; zero: no limit.
    pub max_amount: Rial,
    /// Most orders in a Jalali month; zero: no limit.
    pub monthly_count: i64,
    /// How long each of its access tokens lives, in milliseconds.
    pub life_ms: i64,
    /// When all of its tokens were ended, in milliseconds of Unix time: a refresh token was used again.
    pub ended_at_ms: Option<i64>,
    /// When it can go, in milliseconds of Unix time; `None`: it can still be renewed. Those that orders of before rest on never go.
    pub forgotten_at_ms: Option<i64>,
}

impl Grant {
    /// The same when none of its tokens can be renewed any more.
    pub(super) fn without_renewal(&self, now: &Now) -> Self {
        let forgotten_at_ms = now.at_ms.saturating_add(TOKENS_REMEMBERED_MS);
        Self { forgotten_at_ms: Some(self.forgotten_at_ms.unwrap_or(forgotten_at_ms)), ..self.clone() }
    }
}

codes!(GrantKind = "oauth_grant" { 1 => GrantKind::ClientCredential, 2 => GrantKind::Code, 3 => GrantKind::Sms, });

table! {
    Grant = "oauth_grant",
    key |k: GrantId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.client, kind: r.kind, user_nid: r.user, bank: r.bank, scopes: r.scopes,
        deposits: r.deposits, deposit_numbers: r.deposit_numbers, max_amount: r.max_amount,
        monthly_count: r.monthly_count, life_ms: r.life_ms, ended_at_ms: r.ended_at_ms,
        forgotten_at_ms: r.forgotten_at_ms,
    },
    make Grant {
        id, client, kind, user: user_nid, bank, scopes, deposits, deposit_numbers, max_amount, monthly_count, life_ms,
        ended_at_ms, forgotten_at_ms,
    }
}

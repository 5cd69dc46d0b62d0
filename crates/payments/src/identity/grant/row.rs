//! The row of a grant.

use ledger::{AccountId, Rial};
use schema::{codes, table};

use crate::{Bank, ClientId, Now};

/// How long tokens, and grants that cannot be renewed, are kept, in milliseconds: longer than any access token lives.
pub const TOKENS_REMEMBERED_MS: i64 = 30 * 86_400_000;

/// Number of a grant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantId(pub i64);

/// How a grant was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GrantKind {
    /// By the client, for itself.
    ClientCredential,
    /// By a bank user on the consent page, for the client.
    Code,
    /// By a bank user with a code in an SMS, for the client.
    Sms,
}

/// The rights of an issuance of tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The grant's number.
    pub id: GrantId,
    /// The client that holds it.
    pub client: ClientId,
    /// How it was made.
    pub kind: GrantKind,
    /// National id of the bank user, or of the caller.
    pub user: String,
    /// The bank of its deposits.
    pub bank: Option<Bank>,
    /// The scopes: services that the tokens may call.
    pub scopes: Vec<String>,
    /// The accounts that the tokens may use.
    pub deposits: Vec<AccountId>,
    /// The numbers of these deposits, in the same order.
    pub deposit_numbers: Vec<String>,
    /// Largest amount of one transaction, in rials; zero: no limit.
    pub max_amount: Rial,
    /// Largest number of orders in a Jalali month; zero: no limit.
    pub monthly_count: i64,
    /// How long each of its access tokens lives, in milliseconds.
    pub life_ms: i64,
    /// When all tokens of the grant were ended, in milliseconds of Unix time: a used refresh token, or the used code, came again.
    pub ended_at_ms: Option<i64>,
    /// When the row may be removed, in milliseconds of Unix time; `None`: the grant can still be renewed. `i64::MAX`: never, as for grants from
    /// before this column, to which older orders refer.
    pub forgotten_at_ms: Option<i64>,
}

impl Grant {
    /// The same grant after its last refresh token was used up or revoked.
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

//! The row of a request for consent.

use ledger::{AccountId, Rial};
use schema::table;

use crate::{Bank, ClientId, Digest, GrantKind, Now};

/// How long a page's request and its code live, in milliseconds.
pub const PAGE_LIFE_MS: i64 = 600_000;
/// How long an SMS and its code live, in milliseconds.
pub const SMS_LIFE_MS: i64 = 180_000;
/// How long it is remembered that they have run out, in milliseconds: callers that come late are told so.
pub const CONSENT_REMEMBERED_MS: i64 = 3_600_000;

/// A request for consent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// Keyed hash of its public id.
    pub id: Digest,
    /// Who asks.
    pub client: ClientId,
    /// How: [`GrantKind::Code`] on a page, [`GrantKind::Sms`] by SMS.
    pub kind: GrantKind,
    /// Where the code goes.
    pub redirect_uri: String,
    /// What for.
    pub scopes: Vec<String>,
    /// The deposits' bank.
    pub bank: Option<Bank>,
    /// Most of one transaction; zero: no limit.
    pub max_amount: Rial,
    /// Most orders in a month; zero: no limit.
    pub monthly_count: i64,
    /// Echoed to the client.
    pub state: String,
    /// When it ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// Guesses so far.
    pub tries: i64,
    /// Who has logged in, or whom the SMS is for; empty: not known yet.
    pub user: String,
    /// Keyed hash of what the user's browser has shown since.
    pub login: Option<Digest>,
    /// Keyed hash of the SMS's code.
    pub otp: Option<Digest>,
    /// Keyed hash of the mobile number.
    pub mobile: Option<Digest>,
    /// The deposit that an SMS is about.
    pub deposit: Option<AccountId>,
    /// Its number.
    pub deposit_number: String,
}

/// Whether it is still said of what has ended at an instant that it has run out. Its row is removed some time later, which is no part of a decision.
pub(super) fn is_remembered(ends_at_ms: i64, now: &Now) -> bool {
    now.at_ms < ends_at_ms.saturating_add(CONSENT_REMEMBERED_MS)
}

table! {
    Consent = "consent",
    key |k: Digest| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, client: r.client, kind: r.kind, redirect_uri: r.redirect_uri, scopes: r.scopes, bank: r.bank,
        max_amount: r.max_amount, monthly_count: r.monthly_count, state: r.state, ends_at_ms: r.ends_at_ms,
        tries: r.tries, user_nid: r.user, login: r.login, otp: r.otp, mobile: r.mobile, deposit: r.deposit,
        deposit_number: r.deposit_number,
    },
    make Consent {
        id, client, kind, redirect_uri, scopes, bank, max_amount, monthly_count, state, ends_at_ms, tries,
        user: user_nid, login, otp, mobile, deposit, deposit_number,
    }
}

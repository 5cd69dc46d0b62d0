//! The row of a request for consent.

use ledger::{AccountId, Rial};
use schema::table;

use crate::{Bank, ClientId, Digest, GrantKind, Now};

/// Lifetime of a request on a page, and of its code, in milliseconds.
pub const PAGE_LIFE_MS: i64 = 600_000;
/// Lifetime of a request by SMS, and of its code, in milliseconds.
pub const SMS_LIFE_MS: i64 = 180_000;
/// How long expired requests and codes are kept, in milliseconds: a late SMS code is refused as expired, not as wrong.
pub const CONSENT_REMEMBERED_MS: i64 = 3_600_000;

/// A request for consent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// Keyed hash of the request's public id.
    pub id: Digest,
    /// The client that asks.
    pub client: ClientId,
    /// [`GrantKind::Code`] for a request on a page, [`GrantKind::Sms`] for one by SMS.
    pub kind: GrantKind,
    /// The address that the browser returns to with the code.
    pub redirect_uri: String,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// The bank of the deposits.
    pub bank: Option<Bank>,
    /// Largest amount of one transaction, in rials; zero: no limit.
    pub max_amount: Rial,
    /// Largest number of orders in a month; zero: no limit.
    pub monthly_count: i64,
    /// Returned to the client unchanged.
    pub state: String,
    /// When the request expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
    /// Guesses so far, of the password or of the SMS code.
    pub tries: i64,
    /// National id of the user who has logged in, or whom the SMS is for; empty: not known yet.
    pub user: String,
    /// Keyed hash of the log-in cookie of the user's browser; `None`: not logged in.
    pub login: Option<Digest>,
    /// Keyed hash of the code in the SMS.
    pub otp: Option<Digest>,
    /// Keyed hash of the mobile number that the SMS goes to.
    pub mobile: Option<Digest>,
    /// Account of the deposit that a request by SMS names.
    pub deposit: Option<AccountId>,
    /// Number of that deposit.
    pub deposit_number: String,
}

/// Whether a request or code that expired at `ends_at_ms` is still refused as expired. The sweep removes its row some time later.
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

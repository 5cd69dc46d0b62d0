//! Ends that users notice and that no job brings about: a row's own time is over.

use payments::PAY_CODE_LIFE_MS;
use schema::{Coded, codes};

use crate::Error;
use crate::sweep::ACCESS_TOKENS_KEPT_MS;

codes! {
    /// What ends.
    pub enum EndingKind = "ending" {
        1 => AccessToken, 2 => ApiToken, 3 => Consent, 4 => GatewaySession, 5 => PayCode, 6 => PayLink,
    }
}

/// The end of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// When, by the service's clock, in milliseconds of Unix time.
    pub at_ms: i64,
    /// What ends.
    pub kind: EndingKind,
    /// Of which grant, party or invoice it is; 0 for a request for consent.
    pub subject: i64,
}

impl Ending {
    /// The end of a row of [`endings`].
    pub(crate) fn of((at_ms, kind, subject): (i64, i64, i64)) -> Result<Self, Error> {
        Ok(Self { at_ms, kind: EndingKind::of_code(kind)?, subject })
    }
}

/// The statement that selects instant, kind and subject of the ends after `$1`, the first `$2`: the same text for both engines.
pub(crate) fn endings() -> String {
    let of = |kind: EndingKind, at: &str, subject: &str, from: &str, condition: &str| {
        let code = kind.code();
        format!("SELECT {at} AS at_ms, {code} AS kind, {subject} AS subject FROM {from} WHERE {at} > $1{condition}")
    };
    let life = |column: &str, life_ms: i64| format!("{column} + {life_ms}");
    let token = life("created_at_ms", ACCESS_TOKENS_KEPT_MS);
    let all = [
        of(EndingKind::AccessToken, &token, "grant_id", "access_token", " AND revoked_at_ms IS NULL"),
        of(EndingKind::ApiToken, "ends_at_ms", "party", "api_token", ""),
        of(EndingKind::Consent, "ends_at_ms", "0", "consent", ""),
        of(EndingKind::GatewaySession, "ends_at_ms", "invoice", "gateway_session", ""),
        of(EndingKind::PayCode, &life("at_ms", PAY_CODE_LIFE_MS), "invoice", "pay_code", ""),
        of(EndingKind::PayLink, "ends_at_ms", "invoice", "pay_link", ""),
    ];
    format!(
        "SELECT at_ms, CAST(kind AS BIGINT), CAST(subject AS BIGINT) FROM ({}) AS ending ORDER BY at_ms, kind, subject LIMIT $2",
        all.join(" UNION ALL ")
    )
}

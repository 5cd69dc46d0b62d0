//! Rows that nobody needs any more: the same statements for both engines.
//!
//! Decisions look at a row's own time and pay no heed to rows whose time is over; removing them only frees the place. Each statement
//! says the whole condition once more outside: a row that another process changes meanwhile is judged as it then is.

use payments::{CONSENT_REMEMBERED_MS, PAY_CODE_LIFE_MS};

/// Rows of a table that one sweep removes at most: a commit that others hardly feel.
const ROWS: usize = 10_000;
/// How long messages are kept, in milliseconds: thirty days, which is longer than anybody asks for one.
const MESSAGES_KEPT_MS: i64 = 30 * 86_400_000;

/// What a sweep removes at an instant, in milliseconds of Unix time.
pub(crate) fn statements(now_ms: i64) -> [String; 16] {
    let old_ms = now_ms.saturating_sub(MESSAGES_KEPT_MS);
    let ended_ms = now_ms.saturating_sub(CONSENT_REMEMBERED_MS);
    let dead_ms = now_ms.saturating_sub(PAY_CODE_LIFE_MS);
    let forgotten =
        format!("SELECT id FROM phone_order WHERE forgotten_at_ms <= {now_ms} ORDER BY forgotten_at_ms LIMIT {ROWS}");
    [
        format!("DELETE FROM otp WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM consent WHERE ends_at_ms <= {ended_ms}"),
        format!("DELETE FROM auth_code WHERE ends_at_ms <= {ended_ms}"),
        format!("DELETE FROM used_ott WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM pay_link WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM api_token WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM pay_code WHERE at_ms <= {dead_ms}"),
        format!("DELETE FROM gateway_session WHERE forgotten_at_ms <= {now_ms}"),
        format!("DELETE FROM browser_session WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM log_in_tries WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM log_in_code WHERE forgotten_at_ms <= {now_ms}"),
        format!("DELETE FROM sso_code WHERE ends_at_ms <= {now_ms}"),
        format!("DELETE FROM sso_refresh WHERE ends_at_ms <= {now_ms}"),
        // The newest number stays, so that none is given twice.
        format!(
            "DELETE FROM otp_request WHERE phone_order IN ({forgotten}) AND id < (SELECT max(id) FROM otp_request)"
        ),
        format!("DELETE FROM phone_order WHERE forgotten_at_ms <= {now_ms} AND id IN ({forgotten})"),
        format!(
            "DELETE FROM message WHERE at_ms <= {old_ms} AND id IN (SELECT id FROM message ORDER BY id LIMIT {ROWS})"
        ),
    ]
}

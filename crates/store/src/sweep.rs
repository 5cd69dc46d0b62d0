//! Rows that nobody needs any more: the same statements for both engines but for how rows are locked.
//!
//! Decisions look at a row's own time and pay no heed to rows whose time is over; removing them only frees the place. Each statement
//! removes [`ROWS`] rows at most, so that no sweep holds up what waits for the writer, however much has piled up; who sweeps goes on
//! with the next statement until so many rows are gone, and says whether there is more.

use payments::{CONSENT_REMEMBERED_MS, PAY_CODE_LIFE_MS};

use crate::postgres::same;

/// Rows that one statement, and one sweep, removes at most: a commit that others hardly feel.
pub(crate) const ROWS: u64 = 500;
/// How long messages are kept, in milliseconds: thirty days, which is longer than anybody asks for one.
const MESSAGES_KEPT_MS: i64 = 30 * 86_400_000;
/// The longest life of an access token, in milliseconds (finnotech.md 2.5): an older one is none, whatever its grant says.
const ACCESS_TOKENS_KEPT_MS: i64 = 10 * 86_400_000;
/// How long a refresh token that was used or revoked is remembered, in milliseconds.
const DEAD_TOKENS_KEPT_MS: i64 = 30 * 86_400_000;

/// Whether a sweep has left rows that could go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swept {
    /// All are gone.
    All,
    /// There may be more.
    Some,
}

/// Where the next sweep begins: no table waits for ever behind another.
#[derive(Debug, Default)]
pub(crate) struct Rotation(usize);

impl Rotation {
    /// The statements, from where the last sweep ended.
    pub(crate) fn statements(&self, now_ms: i64, engine: Engine) -> Vec<String> {
        let mut all = statements(now_ms, engine);
        let begin = self.0 % all.len();
        all.rotate_left(begin);
        all
    }

    /// One statement was run. `true`: enough rows are gone for one sweep.
    pub(crate) fn ran(&mut self, rows: u64, swept: &mut u64) -> bool {
        self.0 += 1;
        *swept += rows;
        *swept >= ROWS
    }
}

/// Whose dialect a statement is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// One process: nothing is locked.
    Sqlite,
    /// Several: rows that another one is at are left to it. What is looked up must leave the planner no choice.
    Postgres,
}

impl Engine {
    /// That a key is among those that a statement selects.
    fn among(self, keys: &[&str], selected: &str) -> String {
        match (self, keys) {
            (Self::Postgres, [key]) => format!("{key} = ANY (ARRAY({selected}))"),
            (Self::Sqlite | Self::Postgres, several) => format!("({}) IN ({selected})", several.join(", ")),
        }
    }

    /// How rows that are chosen are locked, so that they are still what they were when they are removed.
    fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Removes rows of a table whose time `at` is no later than `by_ms`.
    fn ended(self, table: &str, keys: &[&str], at: &str, by_ms: i64) -> String {
        let (columns, lock) = (keys.join(", "), self.lock());
        let selected = format!("SELECT {columns} FROM {table} WHERE {at} <= {by_ms} ORDER BY {at} LIMIT {ROWS}{lock}");
        match (self, keys) {
            (Self::Postgres, [_, _, ..]) => {
                format!("DELETE FROM {table} AS kept USING ({selected}) AS given WHERE {}", same(keys, "given"))
            }
            _ => format!("DELETE FROM {table} WHERE {}", self.among(keys, &selected)),
        }
    }
}

/// What a sweep removes at an instant, in milliseconds of Unix time.
fn statements(now_ms: i64, engine: Engine) -> Vec<String> {
    let before = |kept_ms: i64| now_ms.saturating_sub(kept_ms);
    let ended = |table: &str, keys: &[&str], at: &str, by_ms: i64| engine.ended(table, keys, at, by_ms);
    let forgotten =
        format!("SELECT id FROM phone_order WHERE forgotten_at_ms <= {now_ms} ORDER BY forgotten_at_ms LIMIT {ROWS}");
    let theirs =
        format!("SELECT id FROM otp_request WHERE {} LIMIT {ROWS}", engine.among(&["phone_order"], &forgotten));
    let oldest = format!("SELECT id FROM message ORDER BY id LIMIT {ROWS}");
    let has_requests = match engine {
        Engine::Sqlite => "otp_request.phone_order = phone_order.id",
        Engine::Postgres => "otp_request.phone_order = ANY (ARRAY[phone_order.id])",
    };
    vec![
        ended("otp", &["card", "terminal", "order_id"], "ends_at_ms", now_ms),
        ended("consent", &["id"], "ends_at_ms", before(CONSENT_REMEMBERED_MS)),
        ended("auth_code", &["hash"], "ends_at_ms", before(CONSENT_REMEMBERED_MS)),
        ended("used_ott", &["value"], "ends_at_ms", now_ms),
        ended("pay_link", &["hash"], "ends_at_ms", now_ms),
        ended("api_token", &["hash"], "ends_at_ms", now_ms),
        ended("pay_code", &["invoice"], "at_ms", before(PAY_CODE_LIFE_MS)),
        ended("code_count", &["kind", "id"], "ends_at_ms", now_ms),
        ended("gateway_session", &["hash"], "forgotten_at_ms", now_ms),
        ended("browser_session", &["hash"], "ends_at_ms", now_ms),
        ended("log_in_tries", &["id_hash"], "ends_at_ms", now_ms),
        ended("log_in_code", &["mobile"], "forgotten_at_ms", now_ms),
        ended("sso_code", &["hash"], "ends_at_ms", now_ms),
        ended("sso_refresh", &["hash"], "ends_at_ms", now_ms),
        ended("sso_family", &["id"], "ends_at_ms", now_ms),
        ended("access_token", &["hash"], "created_at_ms", before(ACCESS_TOKENS_KEPT_MS)),
        ended("refresh_token", &["hash"], "dead_at_ms", before(DEAD_TOKENS_KEPT_MS)),
        format!("DELETE FROM otp_request WHERE {}", engine.among(&["id"], &theirs)),
        format!(
            "DELETE FROM phone_order WHERE {} AND NOT EXISTS (SELECT 1 FROM otp_request WHERE {has_requests})",
            engine.among(&["id"], &format!("{forgotten}{}", engine.lock()))
        ),
        format!(
            "DELETE FROM message WHERE {} AND at_ms <= {}",
            engine.among(&["id"], &oldest),
            before(MESSAGES_KEPT_MS)
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_goes_on_where_the_last_one_ended() {
        let mut rotation = Rotation::default();
        let all = rotation.statements(0, Engine::Sqlite);
        let (mut swept, mut ran) = (0, Vec::new());
        for text in rotation.statements(0, Engine::Sqlite) {
            let enough = rotation.ran(200, &mut swept);
            ran.push(text);
            if enough {
                break;
            }
        }
        assert_eq!((ran.len(), swept), (3, 600));
        assert_eq!(ran, all[..3]);
        assert_eq!(rotation.statements(0, Engine::Sqlite)[0], all[3]);
    }
}

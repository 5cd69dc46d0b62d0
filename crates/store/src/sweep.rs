//! Rows that nobody needs any more: the same statements for both engines but for how rows are locked.
//!
//! Decisions look at a row's own time and pay no heed to rows whose time is over; removing them only frees the place. Each statement
//! removes [`ROWS`] rows at most, so that no sweep holds up what waits for the writer, however much has piled up; who sweeps goes on
//! with the next statement until so many rows are gone, and says whether there is more.

use payments::{CONSENT_REMEMBERED_MS, Now, PAY_CODE_LIFE_MS, Service, TOKENS_REMEMBERED_MS};
use schema::Coded;

use crate::postgres::same;
use crate::report::undecided;

/// Rows that one statement, and one sweep, removes at most: a commit that others hardly feel.
pub(crate) const ROWS: u64 = 500;
/// How long messages are kept, in milliseconds: thirty days, which is longer than anybody asks for one.
const MESSAGES_KEPT_MS: i64 = 30 * 86_400_000;
/// The longest life of an access token, in milliseconds (finnotech.md 2.5): an older one is none, whatever its grant says.
const ACCESS_TOKENS_KEPT_MS: i64 = 10 * 86_400_000;
/// How long sums of days and months are kept, in milliseconds: two months, which is longer than limits look back.
const SUMS_KEPT_MS: i64 = 62 * 86_400_000;
/// How long proposals that were decided are kept, in milliseconds: the audit log says for ever what was proposed and decided.
const PROPOSALS_KEPT_MS: i64 = 90 * 86_400_000;

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

    /// Whether there is a row that refers to one of another table.
    fn refers(self, column: &str, to: &str, more: &str) -> String {
        let (table, _) = column.split_once('.').unwrap_or_default();
        match self {
            Self::Sqlite => format!("EXISTS (SELECT 1 FROM {table} WHERE {column} = {to}{more})"),
            // With an offset it stays a look-up for each row, and does not become a join that reads all of the other table.
            Self::Postgres => format!("EXISTS (SELECT 1 FROM {table} WHERE {column} = {to}{more} OFFSET 0)"),
        }
    }

    /// Removes rows of a table whose time `at` is no later than `by_ms`.
    fn ended(self, table: &str, keys: &[&str], at: &str, by_ms: i64) -> String {
        self.over(table, keys, at, &format!("{at} <= {by_ms}"))
    }

    /// Removes rows of a table for which a condition on `at` holds.
    fn over(self, table: &str, keys: &[&str], at: &str, condition: &str) -> String {
        let (columns, lock) = (keys.join(", "), self.lock());
        let selected = format!("SELECT {columns} FROM {table} WHERE {condition} ORDER BY {at} LIMIT {ROWS}{lock}");
        match (self, keys) {
            (Self::Postgres, [_, _, ..]) => {
                format!("DELETE FROM {table} AS kept USING ({selected}) AS given WHERE {}", same(keys, "given"))
            }
            _ => format!("DELETE FROM {table} WHERE {}", self.among(keys, &selected)),
        }
    }
}

/// That a charge of a card is not decided, as the indexes of such charges have it.
pub(crate) fn undecided_charge() -> String {
    format!("service = {} AND {}", Service::ChargeCard.code(), undecided())
}

/// What is over at an instant, where a row does not say so itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Over {
    /// The instant, in milliseconds of Unix time.
    pub(crate) now_ms: i64,
    /// The last day that is kept no more: Jalali `YYYYMMDD`.
    pub(crate) last_day: i64,
    /// The last month that is kept no more: Jalali `YYYYMM`.
    pub(crate) last_month: i64,
    /// Messages up to this instant, in milliseconds of Unix time.
    pub(crate) messages_by_ms: i64,
}

/// The least number that is a day, and not a month.
const FIRST_DAY: i64 = 10_000_000;

impl Over {
    pub(crate) fn at(now_ms: i64) -> Self {
        let before = |kept_ms: i64| now_ms.saturating_sub(kept_ms);
        // The days and months that were over by then.
        let kept_from = Now::at(before(SUMS_KEPT_MS));
        let (last_day, last_month) = kept_from.map_or((0, 0), |at| (at.date.long() - 1, at.date.year_month() - 1));
        Self { now_ms, last_day, last_month, messages_by_ms: before(MESSAGES_KEPT_MS) }
    }

    /// Whether a period is kept no more. A month has six digits, a day eight, all time none.
    pub(crate) fn has_ended(&self, period: i64) -> bool {
        (FIRST_DAY..=self.last_day).contains(&period) || (1..=self.last_month).contains(&period)
    }
}

/// A table whose rows say themselves when they are over: its name, its key, the column that says when, and up to which instant they go.
pub(crate) type Ended = (&'static str, &'static [&'static str], &'static str, i64);

/// The tables whose rows say themselves when they are over, at an instant.
pub(crate) fn ended(now_ms: i64) -> [Ended; 19] {
    let before = |kept_ms: i64| now_ms.saturating_sub(kept_ms);
    [
        ("otp", &["card", "terminal", "order_id"], "ends_at_ms", now_ms),
        ("consent", &["id"], "ends_at_ms", before(CONSENT_REMEMBERED_MS)),
        ("auth_code", &["hash"], "ends_at_ms", before(CONSENT_REMEMBERED_MS)),
        ("used_ott", &["value"], "ends_at_ms", now_ms),
        ("pay_link", &["hash"], "ends_at_ms", now_ms),
        ("api_token", &["hash"], "ends_at_ms", now_ms),
        ("pay_code", &["invoice"], "at_ms", before(PAY_CODE_LIFE_MS)),
        ("code_count", &["kind", "id"], "ends_at_ms", now_ms),
        ("gateway_session", &["hash"], "forgotten_at_ms", now_ms),
        ("browser_session", &["hash"], "ends_at_ms", now_ms),
        ("log_in_tries", &["id_hash"], "ends_at_ms", now_ms),
        ("known_address", &["hash"], "ends_at_ms", now_ms),
        ("log_in_code", &["mobile"], "forgotten_at_ms", now_ms),
        ("sso_code", &["hash"], "ends_at_ms", now_ms),
        ("sso_refresh", &["hash"], "ends_at_ms", now_ms),
        ("sso_family", &["id"], "ends_at_ms", now_ms),
        ("access_token", &["hash"], "created_at_ms", before(ACCESS_TOKENS_KEPT_MS)),
        ("refresh_token", &["hash"], "dead_at_ms", before(TOKENS_REMEMBERED_MS)),
        ("proposal", &["id"], "ended_at_ms", before(PROPOSALS_KEPT_MS)),
    ]
}

/// What a sweep removes at an instant, in milliseconds of Unix time.
fn statements(now_ms: i64, engine: Engine) -> Vec<String> {
    let Over { last_day, last_month, messages_by_ms, .. } = Over::at(now_ms);
    let forgotten =
        format!("SELECT id FROM phone_order WHERE forgotten_at_ms <= {now_ms} ORDER BY forgotten_at_ms LIMIT {ROWS}");
    let theirs =
        format!("SELECT id FROM otp_request WHERE {} LIMIT {ROWS}", engine.among(&["phone_order"], &forgotten));
    let oldest = format!("SELECT id FROM message ORDER BY id LIMIT {ROWS}");
    let has_requests = engine.refers("otp_request.phone_order", "phone_order.id", "");
    // Orders are undecided for hours, a few for longer: what they keep is passed over by each sweep.
    let has_refresh = engine.refers("refresh_token.grant_id", "oauth_grant.id", "");
    let forgotten_grants = format!(
        "SELECT id FROM oauth_grant WHERE forgotten_at_ms <= {now_ms} AND {has_refresh} ORDER BY forgotten_at_ms LIMIT {ROWS}"
    );
    let of_forgotten =
        format!("SELECT hash FROM refresh_token WHERE {} LIMIT {ROWS}", engine.among(&["grant_id"], &forgotten_grants));
    let has_access = engine.refers("access_token.grant_id", "oauth_grant.id", "");
    let and = |condition: &str| format!(" AND {condition}");
    let is_awaited = |grant: &str| engine.refers("transfer_order.grant_id", grant, &and(&undecided()));
    let unreferred = format!(
        "forgotten_at_ms <= {now_ms} AND NOT {has_refresh} AND NOT {has_access} AND NOT {}",
        is_awaited("oauth_grant.id")
    );
    let days_over = format!("(period + 0) BETWEEN {FIRST_DAY} AND {last_day}");
    let months_over = format!("(period + 0) BETWEEN 1 AND {last_month}");
    let months_counted = format!("(month + 0) <= {last_month} AND NOT {}", is_awaited("grant_month.grant_id"));
    let charges = |column| engine.refers(column, "charge_total.account", &and(&undecided_charge()));
    let no_charge =
        format!(" AND NOT {} AND NOT {}", charges("transfer_order.source"), charges("transfer_order.destination"));
    let by_themselves = ended(now_ms).into_iter().map(|(table, keys, at, by_ms)| engine.ended(table, keys, at, by_ms));
    let sums = ["client", "account", "period"];
    let rest = [
        // An ended grant has one that was never used.
        format!("DELETE FROM refresh_token WHERE {}", engine.among(&["hash"], &of_forgotten)),
        engine.over("oauth_grant", &["id"], "forgotten_at_ms", &unreferred),
        engine.over("grant_month", &["grant_id", "month"], "(month + 0)", &months_counted),
        engine.over("charge_total", &sums, "(period + 0)", &format!("{days_over}{no_charge}")),
        engine.over("charge_total", &sums, "(period + 0)", &format!("{months_over}{no_charge}")),
        engine.ended("bank_day", &["bank", "day"], "(day + 0)", last_day),
        format!("DELETE FROM otp_request WHERE {}", engine.among(&["id"], &theirs)),
        format!(
            "DELETE FROM phone_order WHERE {} AND NOT {has_requests}",
            engine.among(&["id"], &format!("{forgotten}{}", engine.lock()))
        ),
        format!("DELETE FROM message WHERE {} AND at_ms <= {messages_by_ms}", engine.among(&["id"], &oldest)),
    ];
    by_themselves.chain(rest).collect()
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

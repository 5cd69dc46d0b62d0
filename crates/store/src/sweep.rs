//! Removal of expired rows: the same statements for both engines, except for how rows are locked.
//!
//! Decisions check a row's own time and ignore expired rows, so removal only frees space. Each statement removes at most [`ROWS`] rows, so that no
//! sweep delays the writer's queue, however many rows have accumulated. A sweep runs statements until that many rows are removed, and reports
//! whether there may be more; the next sweep goes on with the next statement.

use payments::{CONSENT_REMEMBERED_MS, Now, PAY_CODE_LIFE_MS, Service, TOKENS_REMEMBERED_MS};
use schema::Coded;

use crate::postgres::same;
use crate::report::undecided;

/// How many rows one statement removes at most, and after how many a sweep ends: a commit that does not delay others noticeably.
pub(crate) const ROWS: u64 = 500;
/// How long messages are kept, in milliseconds: thirty days, longer than they are inquired for.
const MESSAGES_KEPT_MS: i64 = 30 * 86_400_000;
/// The longest life of an access token, in milliseconds (finnotech.md 2.5): an older one is invalid, whatever its grant says.
pub(crate) const ACCESS_TOKENS_KEPT_MS: i64 = 10 * 86_400_000;
/// How long sums of days and months are kept, in milliseconds: two months, longer than limits look back.
const SUMS_KEPT_MS: i64 = 62 * 86_400_000;
/// How long decided proposals are kept, in milliseconds: the audit log keeps what was proposed and decided.
const PROPOSALS_KEPT_MS: i64 = 90 * 86_400_000;

/// The instants of a sweep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SweepAt {
    /// By the service's clock, in Unix milliseconds.
    pub now_ms: i64,
    /// By the machine's, by which operators' sessions and the limits of their sign-in end.
    pub machine_ms: i64,
}

impl SweepAt {
    /// Both clocks show this instant, in Unix milliseconds.
    pub fn instant(now_ms: i64) -> Self {
        Self { now_ms, machine_ms: now_ms }
    }

    /// The instant up to which rows have ended, by whichever clock they end.
    fn by_any_clock_ms(self) -> i64 {
        self.now_ms.min(self.machine_ms)
    }
}

/// Whether a sweep has left expired rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swept {
    /// No expired row is left.
    All,
    /// There may be more.
    Some,
}

/// The statement with which the next sweep begins, so that no table waits for ever behind another.
#[derive(Debug, Default)]
pub(crate) struct Rotation(usize);

impl Rotation {
    /// The statements, beginning after the last one that was run.
    pub(crate) fn statements(&self, at: SweepAt, engine: Engine) -> Vec<String> {
        let mut all = statements(at, engine);
        let begin = self.0 % all.len();
        all.rotate_left(begin);
        all
    }

    /// Counts a statement that was run; `true`: enough rows are removed for one sweep.
    pub(crate) fn ran(&mut self, rows: u64, swept: &mut u64) -> bool {
        self.0 += 1;
        *swept += rows;
        *swept >= ROWS
    }
}

/// The engine for which a statement is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// One process, so rows need no locks.
    Sqlite,
    /// Several processes: rows that another one has locked are skipped. Look-ups are written so that the planner cannot choose another plan.
    Postgres,
}

impl Engine {
    /// The condition that a key is among selected ones.
    fn among(self, keys: &[&str], selected: &str) -> String {
        match (self, keys) {
            (Self::Postgres, [key]) => format!("{key} = ANY (ARRAY({selected}))"),
            (Self::Sqlite | Self::Postgres, several) => format!("({}) IN ({selected})", several.join(", ")),
        }
    }

    /// The locking clause for selected rows: they must not change before they are removed.
    fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The condition that a row of another table refers to this one.
    fn refers(self, column: &str, to: &str, more: &str) -> String {
        let (table, _) = column.split_once('.').unwrap_or_default();
        match self {
            Self::Sqlite => format!("EXISTS (SELECT 1 FROM {table} WHERE {column} = {to}{more})"),
            // `OFFSET 0` keeps it a look-up for each row; otherwise it would become a join that reads the whole other table.
            Self::Postgres => format!("EXISTS (SELECT 1 FROM {table} WHERE {column} = {to}{more} OFFSET 0)"),
        }
    }

    /// Removes rows of a table whose time `at` is not after `by_ms`.
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

/// The condition that a charge of a card is not decided, in the form that the partial indexes of such charges have.
pub(crate) fn undecided_charge() -> String {
    format!("service = {} AND {}", Service::ChargeCard.code(), undecided())
}

/// What has expired at an instant, for rows without an expiry of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Over {
    /// The instant, in Unix milliseconds.
    pub(crate) now_ms: i64,
    /// The last day whose sums are removed: Jalali `YYYYMMDD`.
    pub(crate) last_day: i64,
    /// The last month whose sums are removed: Jalali `YYYYMM`.
    pub(crate) last_month: i64,
    /// The instant up to which messages are removed, in Unix milliseconds.
    pub(crate) messages_by_ms: i64,
}

/// The least number of a period that is a day and not a month.
const FIRST_DAY: i64 = 10_000_000;

impl Over {
    pub(crate) fn at(now_ms: i64) -> Self {
        let before = |kept_ms: i64| now_ms.saturating_sub(kept_ms);
        // The days and months that had ended by then.
        let kept_from = Now::at(before(SUMS_KEPT_MS));
        let (last_day, last_month) = kept_from.map_or((0, 0), |at| (at.date.long() - 1, at.date.year_month() - 1));
        Self { now_ms, last_day, last_month, messages_by_ms: before(MESSAGES_KEPT_MS) }
    }

    /// Whether the sums of a period are removed. A month has six digits, a day eight; zero stands for all time.
    pub(crate) fn has_ended(&self, period: i64) -> bool {
        (FIRST_DAY..=self.last_day).contains(&period) || (1..=self.last_month).contains(&period)
    }
}

/// A table whose rows have an expiry: its name, its key, the column of the expiry, and the instant up to which rows are removed.
pub(crate) type Ended = (&'static str, &'static [&'static str], &'static str, i64);

/// The tables whose rows have an expiry, with the instants for a sweep.
pub(crate) fn ended(at: SweepAt) -> [Ended; 20] {
    // Rows of users end by the service's clock, those of operators by the machine's. A row that is kept longer only takes up space.
    let (now_ms, any_ms) = (at.now_ms, at.by_any_clock_ms());
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
        ("browser_session", &["hash"], "ends_at_ms", any_ms),
        ("log_in_tries", &["id_hash"], "ends_at_ms", any_ms),
        ("known_address", &["hash"], "ends_at_ms", any_ms),
        ("log_in_code", &["mobile"], "forgotten_at_ms", now_ms),
        ("sso_code", &["hash"], "ends_at_ms", now_ms),
        ("sso_refresh", &["hash"], "ends_at_ms", now_ms),
        ("sso_family", &["id"], "ends_at_ms", now_ms),
        ("access_token", &["hash"], "created_at_ms", before(ACCESS_TOKENS_KEPT_MS)),
        ("refresh_token", &["hash"], "dead_at_ms", before(TOKENS_REMEMBERED_MS)),
        ("proposal", &["id"], "ended_at_ms", before(PROPOSALS_KEPT_MS)),
        ("callback_attempt", &["message"], "written_at_ms", before(MESSAGES_KEPT_MS)),
    ]
}

/// The statements of a sweep.
fn statements(at: SweepAt, engine: Engine) -> Vec<String> {
    let now_ms = at.now_ms;
    let Over { last_day, last_month, messages_by_ms, .. } = Over::at(now_ms);
    let forgotten =
        format!("SELECT id FROM phone_order WHERE forgotten_at_ms <= {now_ms} ORDER BY forgotten_at_ms LIMIT {ROWS}");
    let theirs =
        format!("SELECT id FROM otp_request WHERE {} LIMIT {ROWS}", engine.among(&["phone_order"], &forgotten));
    let oldest = format!("SELECT id FROM message ORDER BY id LIMIT {ROWS}");
    let has_requests = engine.refers("otp_request.phone_order", "phone_order.id", "");
    // Orders are undecided for hours, few of them longer: each sweep skips the rows that they need.
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
    let by_themselves = ended(at).into_iter().map(|(table, keys, at, by_ms)| engine.ended(table, keys, at, by_ms));
    let sums = ["client", "account", "period"];
    let rest = [
        // An ended grant still has one refresh token that was not used.
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
        let at = SweepAt::instant(0);
        let all = rotation.statements(at, Engine::Sqlite);
        let (mut swept, mut ran) = (0, Vec::new());
        for text in rotation.statements(at, Engine::Sqlite) {
            let enough = rotation.ran(200, &mut swept);
            ran.push(text);
            if enough {
                break;
            }
        }
        assert_eq!((ran.len(), swept), (3, 600));
        assert_eq!(ran, all[..3]);
        assert_eq!(rotation.statements(at, Engine::Sqlite)[0], all[3]);
    }
}

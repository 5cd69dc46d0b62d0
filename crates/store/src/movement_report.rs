//! Reports on movements of money: what is asked, the statements, and how their rows are read. The statements are the same for both engines, with `$n`
//! for parameters, whose first occurrences are in ascending order.
//!
//! Stored totals are a look-up that follows from the transfers, as far as `report_fold` says. A caller adds the movements after that mark, so that a
//! report is never behind the ledger.
//! Balances at an instant are those after the last transfer before it: each account's entries have the numbers of ascending transfers, so an account is
//! found by bisection, and no entry is added up. Transfers may be out of the order of time, see [`last_transfer_before`].

use ledger::{AccountId, AccountKind, Rial, TransferId};
use payments::{
    Bank, CycleId, FoldMark, Movement, MovementCause, MovementKind, PartyId, PaymentMeans, ReportDialect, Route, Span,
    Terminal, TotalKey, TotalSums, day_begin_ms, next_day_ms,
};
use schema::{Coded, Table};

use crate::Error;
use crate::error::{corrupt, expect};
use crate::report::posts;

/// By what totals are grouped; all of them also by platform and meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TotalsBy {
    /// By nothing else.
    Nothing,
    /// By half hours.
    HalfHour,
    /// By days in Tehran.
    Day,
    /// By days in Tehran and means of payment.
    DayAndMeans,
    /// By businesses and merchants.
    Shop,
    /// By source banks.
    Bank,
    /// By source banks and cycles.
    Cycle,
    /// By means of payment.
    Means,
    /// By days and everything that a total has.
    Everything,
}

impl TotalsBy {
    /// Every grouping, for tests.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 9] = [
        Self::Nothing,
        Self::HalfHour,
        Self::Day,
        Self::DayAndMeans,
        Self::Shop,
        Self::Bank,
        Self::Cycle,
        Self::Means,
        Self::Everything,
    ];
}

/// Which totals, and how they are grouped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TotalsQuery {
    /// The first instant, in milliseconds of Unix time: the beginning of a half hour.
    pub from_ms: i64,
    /// The first instant that is too late: the beginning of a half hour.
    pub to_ms: i64,
    /// How they are grouped.
    pub by: TotalsBy,
    /// Only movements of this platform.
    pub dialect: Option<ReportDialect>,
    /// Only movements of this business, or of the merchant with this account.
    pub payee: Option<i64>,
    /// Only movements of this bank's orders.
    pub bank: Option<Bank>,
}

/// The parameters of [`totals`].
pub(crate) const PARAMETERS: usize = 11;
/// The columns of its rows: those of the mark, and those of a total.
pub(crate) const COLUMNS: usize = 15;
/// Stands for any business, bank or platform.
const ANY: i64 = -1;
/// Stands for the beginning of each half hour itself.
const OWN: i64 = -1;

impl TotalsQuery {
    /// The group to which the total of a half hour belongs; `None`: it is not selected.
    pub fn group(&self, key: &TotalKey) -> Option<TotalKey> {
        let is_selected = (self.from_ms..self.to_ms).contains(&key.begins_ms)
            && self.dialect.is_none_or(|dialect| dialect == key.dialect)
            && self.payee.is_none_or(|payee| payee == key.payee)
            && self.bank.is_none_or(|bank| i64::from(bank.number()) == key.bank);
        let all = TotalKey { begins_ms: 0, bank: 0, payee: 0, cycle: 0, means: PaymentMeans::None, ..*key };
        is_selected.then(|| match self.by {
            TotalsBy::Nothing => all,
            TotalsBy::HalfHour => TotalKey { begins_ms: key.begins_ms, ..all },
            TotalsBy::Day => TotalKey { begins_ms: day_begin_ms(key.begins_ms), ..all },
            TotalsBy::DayAndMeans => TotalKey { begins_ms: day_begin_ms(key.begins_ms), means: key.means, ..all },
            TotalsBy::Shop => TotalKey { payee: key.payee, ..all },
            TotalsBy::Bank => TotalKey { bank: key.bank, ..all },
            TotalsBy::Cycle => TotalKey { bank: key.bank, cycle: key.cycle, ..all },
            TotalsBy::Means => TotalKey { means: key.means, ..all },
            TotalsBy::Everything => TotalKey { begins_ms: day_begin_ms(key.begins_ms), ..*key },
        })
    }

    /// Whole days, the half hours before them, and those after them. All half hours before are of one day, and so are those after.
    fn spans(&self) -> [(i64, i64); 3] {
        let Self { from_ms, to_ms, by, .. } = *self;
        if by == TotalsBy::HalfHour {
            return [(to_ms, to_ms), (from_ms, to_ms), (to_ms, to_ms)];
        }
        let first_ms = if day_begin_ms(from_ms) == from_ms { from_ms } else { next_day_ms(from_ms) };
        let last_ms = day_begin_ms(to_ms);
        if first_ms <= last_ms {
            [(first_ms, last_ms), (from_ms, first_ms), (last_ms, to_ms)]
        } else {
            [(to_ms, to_ms), (from_ms, to_ms), (to_ms, to_ms)]
        }
    }

    pub(crate) fn parameters(&self) -> [i64; PARAMETERS] {
        let [days, before, after] = self.spans();
        let label = |at_ms| if self.by == TotalsBy::HalfHour { OWN } else { day_begin_ms(at_ms) };
        let bank = self.bank.map_or(ANY, |bank| i64::from(bank.number()));
        let dialect = self.dialect.map_or(ANY, |dialect| dialect.code());
        let (before_label, after_label) = (label(before.0), label(after.0));
        [
            days.0,
            days.1,
            before_label,
            before.0,
            before.1,
            after_label,
            after.0,
            after.1,
            self.payee.unwrap_or(ANY),
            bank,
            dialect,
        ]
    }
}

/// The table of stored totals.
pub(crate) const TOTALS: &str = "report_total";

/// The columns of the key, in their order.
const KEY: [&str; 8] = ["span", "begins_ms", "dialect", "bank", "payee", "cycle", "means", "kind"];
/// The columns that are added up.
const SUMS: [&str; 3] = ["count", "millions", "rest"];

/// The mark up to which totals are stored.
pub(crate) const MARK: &str = "SELECT world, up_to, last_cause, last_kind, last_at_ms FROM report_fold WHERE id = 1";
/// Forgets that totals were stored, and that movements were read for more of them: their world is replaced. It locks the mark, which other processes
/// lock before they add totals: after it, the stored totals are removed.
pub(crate) const FORGET_TOTALS: &str =
    "UPDATE report_fold SET world = world + 1, up_to = 0, last_cause = 0, last_kind = 0, last_at_ms = 0 WHERE id = 1";
/// Moves the mark of the world `$5` from `$6` to the transfer `$1`, with the last cause `$2`, kind `$3` and instant `$4`.
pub(crate) const MOVE_MARK: &str = "UPDATE report_fold SET up_to = $1, last_cause = $2, last_kind = $3, last_at_ms = $4
    WHERE id = 1 AND world = $5 AND up_to = $6";

/// What is done with a total that is stored already.
fn on_conflict() -> String {
    let added: Vec<String> = SUMS.iter().map(|sum| format!("{sum} = report_total.{sum} + excluded.{sum}")).collect();
    format!("ON CONFLICT ({}) DO UPDATE SET {}", KEY.join(", "), added.join(", "))
}

/// Adds one total: its columns are the parameters.
pub(crate) fn add_total() -> String {
    let columns = [&KEY[..], &SUMS].concat();
    let places: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
    let (columns, places) = (columns.join(", "), places.join(", "));
    format!("INSERT INTO report_total ({columns}) VALUES ({places}) {}", on_conflict())
}

/// Moves the mark as [`MOVE_MARK`] does, and with it adds totals, whose columns are the arrays from `$7` on; selects whether the mark has moved.
pub(crate) fn add_totals() -> String {
    let columns = [&KEY[..], &SUMS].concat();
    let arrays: Vec<String> = (0..columns.len()).map(|at| format!("${}::int8[]", at + 7)).collect();
    let (columns, arrays) = (columns.join(", "), arrays.join(", "));
    format!(
        "WITH moved AS ({MOVE_MARK} RETURNING 1 AS moved), added AS (INSERT INTO report_total ({columns})
        SELECT given.* FROM unnest({arrays}) AS given ({columns}) CROSS JOIN moved {} RETURNING 1)
        SELECT count(*) FROM moved",
        on_conflict()
    )
}

/// The mark, and the totals of a query, whose parameters are [`TotalsQuery::parameters`]; without totals, the mark alone.
pub(crate) fn totals(by: TotalsBy) -> String {
    let grouped: &[&str] = match by {
        TotalsBy::Nothing => &["dialect", "kind"],
        TotalsBy::HalfHour | TotalsBy::Day => &["begins_ms", "dialect", "kind"],
        TotalsBy::DayAndMeans => &["begins_ms", "dialect", "means", "kind"],
        TotalsBy::Shop => &["dialect", "payee", "kind"],
        TotalsBy::Bank => &["dialect", "bank", "kind"],
        TotalsBy::Cycle => &["dialect", "bank", "cycle", "kind"],
        TotalsBy::Means => &["dialect", "means", "kind"],
        TotalsBy::Everything => &KEY[1..],
    };
    let shown = |column: &&str| match grouped.contains(column) {
        true => format!("found.{column} AS {column}"),
        false => format!("CAST(0 AS BIGINT) AS {column}"),
    };
    let shown: Vec<String> = KEY[1..].iter().map(shown).collect();
    let summed: Vec<String> = SUMS.iter().map(|sum| format!("CAST(sum(found.{sum}) AS BIGINT) AS {sum}")).collect();
    let by: Vec<String> = grouped.iter().map(|column| format!("found.{column}")).collect();
    let of = |columns: &[&str]| columns.iter().map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ");
    let rest = [&KEY[2..], &SUMS].concat().join(", ");
    let part = |label: &str, span: Span, (from, to): (usize, usize)| {
        format!(
            "SELECT {label} AS begins_ms, {rest} FROM report_total
            WHERE span = {} AND report_total.begins_ms >= ${from} AND report_total.begins_ms < ${to}",
            span.code()
        )
    };
    let label = |at: usize| {
        format!("CASE WHEN CAST(${at} AS BIGINT) < 0 THEN report_total.begins_ms ELSE CAST(${at} AS BIGINT) END")
    };
    let any =
        |column: &str, at: usize| format!("(CAST(${at} AS BIGINT) < 0 OR found.{column} = CAST(${at} AS BIGINT))");
    format!(
        "SELECT f.world, f.up_to, f.last_cause, f.last_kind, f.last_at_ms, {}, {} FROM report_fold AS f LEFT JOIN (
            SELECT {}, {} FROM ({} UNION ALL {} UNION ALL {}) AS found WHERE {} AND {} AND {} GROUP BY {}
        ) AS t ON 1 = 1 WHERE f.id = 1",
        of(&KEY[1..]),
        of(&SUMS),
        shown.join(", "),
        summed.join(", "),
        part("report_total.begins_ms", Span::Day, (1, 2)),
        part(&label(3), Span::HalfHour, (4, 5)),
        part(&label(6), Span::HalfHour, (7, 8)),
        any("payee", 9),
        any("bank", 10),
        any("dialect", 11),
        by.join(", "),
    )
}

/// The mark of a row, and its total, if it has one.
pub(crate) fn total_of(row: [Option<i64>; COLUMNS]) -> Result<(FoldMark, Option<(TotalKey, TotalSums)>), Error> {
    let number = |at: usize| expect(row.get(at).copied().flatten(), "report_total", "a number is missing");
    let mark = FoldMark {
        world: number(0)?,
        up_to: number(1)?,
        last_cause: number(2)?,
        last_kind: number(3)?,
        last_at_ms: number(4)?,
    };
    if row[COLUMNS - 1].is_none() {
        return Ok((mark, None));
    }
    let key = TotalKey {
        begins_ms: number(5)?,
        dialect: ReportDialect::of_code(number(6)?)?,
        bank: number(7)?,
        payee: number(8)?,
        cycle: number(9)?,
        means: PaymentMeans::of_code(number(10)?)?,
        kind: MovementKind::of_code(number(11)?)?,
    };
    Ok((mark, Some((key, TotalSums::of_parts(number(12)?, number(13)?, number(14)?)))))
}

/// How many transfers have numbers above `$1`; at most `$2` are counted.
pub(crate) const TRANSFERS_AFTER: &str =
    "SELECT count(*) FROM (SELECT id FROM transfer WHERE id > $1 ORDER BY id LIMIT $2) AS newer";

/// A count that a statement selects.
pub(crate) fn count(selected: i64) -> usize {
    usize::try_from(selected).unwrap_or_default()
}

/// Transfers that moved money, with numbers above `$1`, `$2` of them, each with its accounts' kinds and facts of the row that caused it. Each is looked
/// up by its key, whatever the planner knows: in a small table another index with the column `id` costs as little, but does not have its order.
pub(crate) fn movements() -> String {
    let kind = |account: &str| format!("(SELECT kind FROM account WHERE account.id = t.{account})");
    format!(
        "SELECT t.id, t.at_ms, t.debit, {}, t.credit, {}, t.amount, t.cause,
            (SELECT bank || ':' || route || ':' || source || ':' || coalesce(cycle, 0) FROM transfer_order
                WHERE transfer_order.id = t.cause),
            (SELECT issuer FROM invoice WHERE invoice.id >= t.cause AND invoice.id <= t.cause ORDER BY invoice.id LIMIT 1)
        FROM transfer AS t WHERE t.id > $1 AND t.{} ORDER BY t.id LIMIT $2",
        kind("debit"),
        kind("credit"),
        posts()
    )
}

/// A row of [`movements`].
pub(crate) struct MovementRow {
    pub(crate) transfer: i64,
    pub(crate) at_ms: i64,
    pub(crate) debit: i64,
    pub(crate) debit_kind: Option<i64>,
    pub(crate) credit: i64,
    pub(crate) credit_kind: Option<i64>,
    pub(crate) amount: i64,
    pub(crate) cause: i64,
    pub(crate) order: Option<String>,
    pub(crate) issuer: Option<i64>,
}

impl MovementRow {
    pub(crate) fn movement(self) -> Result<Movement, Error> {
        let kind =
            |code| AccountKind::of_code(expect(code, "transfer", "its account is not there")?).map_err(Error::from);
        let cause = match (self.order, self.issuer) {
            (Some(facts), _) => order_facts(&facts)?,
            (None, Some(issuer)) => MovementCause::Invoice(PartyId(issuer)),
            (None, None) => MovementCause::Other,
        };
        Ok(Movement {
            transfer: TransferId(self.transfer),
            at_ms: self.at_ms,
            debit: (AccountId(self.debit), kind(self.debit_kind)?),
            credit: (AccountId(self.credit), kind(self.credit_kind)?),
            amount: Rial::new(self.amount),
            cause_id: self.cause,
            cause,
        })
    }
}

/// The facts of an order: bank, route, source and cycle, with colons between.
fn order_facts(facts: &str) -> Result<MovementCause, Error> {
    let broken = || corrupt("transfer_order", format!("{facts} is no bank, route, source and cycle"));
    let numbers: Result<Vec<i64>, _> = facts.split(':').map(str::parse).collect();
    let Ok([bank, route, source, cycle]) = numbers.as_deref() else { return Err(broken()) };
    let bank = u16::try_from(*bank).ok().and_then(Bank::from_number).ok_or_else(broken)?;
    let cycle = (*cycle != 0).then_some(CycleId(*cycle));
    Ok(MovementCause::Order { bank, route: Route::of_code(*route)?, source: AccountId(*source), cycle })
}

/// How many numbers are searched for the last transfer before an instant, below the one that is bisected: a quarter of a second. Only a clock that was
/// wrong for hours leaves more transfers out of the order of time.
const SEARCHED_NUMBERS: i64 = 1_000_000;

/// How far transfers are out of the order of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disorder {
    /// By how much on this engine, in milliseconds.
    pub(crate) own_ms: i64,
    /// The last instant before the clock was set back, in Unix milliseconds; 0: it never was.
    pub(crate) last_ms: i64,
    /// By how much it was set back at most, in milliseconds.
    pub(crate) step_ms: i64,
}

impl Disorder {
    /// An instant before which all transfers were booked whose numbers are not above that of the last transfer before `at_ms`.
    pub(crate) fn booked_by_ms(self, at_ms: i64) -> i64 {
        // No transfer before a step is later than the last instant before it.
        let step_ms = if at_ms > self.last_ms.saturating_add(self.own_ms) { 0 } else { self.step_ms };
        at_ms.saturating_add(self.own_ms).saturating_add(step_ms)
    }
}

/// A bisection of the numbers from 0 to `high`, as a recursive table. One of its rows has `low = high`: the number of a transfer that was booked before
/// `instant` while the next one was not. Transfers that no row has caused may have been dated back, and are passed over.
fn bisection(name: &str, (high, from): (&str, &str), instant: &str) -> String {
    let middle = format!("{name}.low + ({name}.high - {name}.low + 1) / 2");
    let is_before = format!(
        "coalesce((SELECT at_ms FROM transfer WHERE id >= {middle} AND cause <> 0 ORDER BY id LIMIT 1) < {instant}, 1 = 0)"
    );
    format!(
        "{name} (low, high) AS (
            SELECT CAST(0 AS BIGINT), CAST({high} AS BIGINT){from}
            UNION ALL
            SELECT CASE WHEN {is_before} THEN {middle} ELSE {name}.low END,
                CASE WHEN {is_before} THEN {name}.high ELSE {middle} - 1 END
            FROM {name} WHERE {name}.low < {name}.high
        )"
    )
}

/// The number of the last transfer that was booked before the instant `$2`; 0 for none. `$1`: see [`Disorder::booked_by_ms`].
///
/// It is that of the last transfer in the order of numbers that a row has caused and that is before the instant: every later one is at the instant or
/// after it. If the clock was set back, transfers with later instants that were booked before the step are counted, too, because a ledger is cut at one
/// place. Transfers that no row has caused, such as opening balances, may have been dated back, and count where they were booked.
///
/// A bisection with `$1` finds a number that is not below the wanted one. From there, [`SEARCHED_NUMBERS`] are searched downwards. Below these, the
/// instant itself is bisected, which is exact where transfers are in the order of time.
pub(crate) fn last_transfer_before() -> String {
    let (booked_by, instant) = ("CAST($1 AS BIGINT)", "CAST($2 AS BIGINT)");
    let all = bisection("probe", ("(SELECT coalesce(max(id), 0) FROM transfer)", ""), booked_by);
    let lower = format!("CASE WHEN ended.low > {SEARCHED_NUMBERS} THEN ended.low - {SEARCHED_NUMBERS} ELSE 0 END");
    let not_found = " FROM ended WHERE NOT EXISTS (SELECT 1 FROM searched)";
    let behind = bisection("behind", (&lower, not_found), instant);
    format!(
        "WITH RECURSIVE {all},
        ended (low) AS (SELECT low FROM probe WHERE low = high),
        searched (id) AS (SELECT id FROM transfer WHERE id <= (SELECT low FROM ended)
            AND id > (SELECT low FROM ended) - {SEARCHED_NUMBERS} AND cause <> 0 AND at_ms < {instant} ORDER BY id DESC LIMIT 1),
        {behind},
        found (id) AS (SELECT id FROM searched UNION ALL SELECT low FROM behind WHERE low = high)
        SELECT coalesce(
            (SELECT id FROM transfer WHERE id > (SELECT id FROM found) AND at_ms >= {instant} ORDER BY id LIMIT 1) - 1,
            (SELECT max(id) FROM transfer), 0)"
    )
}

/// PostgreSQL: accounts with numbers above `$1`, `$2` of them, each with its balances after its last entry up to the transfer `$3`, or without any.
pub(crate) fn accounts_at() -> String {
    let account = ["id", "kind", "limited", "gate"].map(|column| format!("a.{column}")).join(", ");
    let transfer = |of: &str| {
        let found = |side: &str| format!("SELECT id FROM transfer WHERE {side} = {of}.account AND {side}_seq = ");
        [found("debit"), found("credit")]
    };
    let at = |of: &str, seq: &str| {
        let [debit, credit] = transfer(of);
        format!("{debit}{seq} UNION ALL {credit}{seq}")
    };
    let entry = |side: &str| {
        let columns = ["dp", "cp", "dq", "cq", "seq"].map(|column| format!("{side}_{column}")).join(", ");
        format!("SELECT {columns} FROM transfer WHERE {side} = probe.account AND {side}_seq = probe.low")
    };
    format!(
        "WITH RECURSIVE listed (account, entries) AS (SELECT id, entries FROM account WHERE id > $1 ORDER BY id LIMIT $2),
        probe (account, low, high) AS (
            SELECT account, CASE WHEN coalesce((SELECT max(id) FROM ({}) AS newest) <= $3, 1 = 0) THEN entries ELSE 0 END, entries
            FROM listed
            UNION ALL
            SELECT probe.account, CASE WHEN found.id <= $3 THEN middle.seq ELSE probe.low END,
                CASE WHEN found.id <= $3 THEN probe.high ELSE middle.seq - 1 END
            FROM probe CROSS JOIN LATERAL (SELECT probe.low + (probe.high - probe.low + 1) / 2 AS seq) AS middle
            CROSS JOIN LATERAL ({}) AS found
            WHERE probe.low < probe.high
        )
        SELECT {account}, e.* FROM (SELECT * FROM probe WHERE low = high OFFSET 0) AS probe
        CROSS JOIN LATERAL (SELECT * FROM account WHERE id = probe.account) AS a
        LEFT JOIN LATERAL ({} UNION ALL {}) AS e ON true
        ORDER BY a.id",
        at("listed", "listed.entries"),
        at("probe", "middle.seq"),
        entry("debit"),
        entry("credit"),
    )
}

/// The terminal whose merchant has the account `$1`.
pub(crate) fn terminal_of() -> String {
    format!("SELECT {} FROM terminal WHERE account = $1", Terminal::COLUMNS)
}

#[cfg(test)]
mod tests {
    use payments::HALF_HOUR_MS;

    use super::*;

    /// 30 Aban 1405, midnight in Tehran.
    const MIDNIGHT_MS: i64 = 1_795_246_200_000 - 11 * 3_600_000;
    const DAY_MS: i64 = 86_400_000;

    fn query(from_ms: i64, to_ms: i64, by: TotalsBy) -> TotalsQuery {
        TotalsQuery { from_ms, to_ms, by, dialect: None, payee: None, bank: None }
    }

    #[test]
    fn a_range_is_whole_days_and_the_half_hours_around_them() {
        let at = |half_hours: i64| MIDNIGHT_MS + half_hours * HALF_HOUR_MS;
        for (from, to, days, before, after) in [
            (0, 48, (0, 48), (0, 0), (48, 48)),
            (0, 49, (0, 48), (0, 0), (48, 49)),
            (-1, 48, (0, 48), (-1, 0), (48, 48)),
            (-3, 97, (0, 96), (-3, 0), (96, 97)),
            // Two half days, and no whole one.
            (-24, 24, (0, 0), (-24, 0), (0, 24)),
            // Inside of one day.
            (3, 9, (9, 9), (3, 9), (9, 9)),
        ] {
            let found = query(at(from), at(to), TotalsBy::Day).spans();
            let wanted = [days, before, after].map(|(from, to)| (at(from), at(to)));
            assert_eq!(found, wanted, "{from} {to}");
            for (from_ms, to_ms) in [found[1], found[2]].into_iter().filter(|(from_ms, to_ms)| from_ms < to_ms) {
                assert_eq!(day_begin_ms(from_ms), day_begin_ms(to_ms - 1), "of one day");
            }
        }
        let half_hours = query(at(0), at(96), TotalsBy::HalfHour).spans();
        assert_eq!(half_hours[1], (at(0), at(96)), "days have no half hours");
    }

    #[test]
    fn transfers_are_searched_as_far_as_they_may_be_out_of_the_order_of_time() {
        let (never, back) = (
            Disorder { own_ms: 0, last_ms: 0, step_ms: 0 },
            Disorder { own_ms: 20, last_ms: MIDNIGHT_MS, step_ms: 3_000 },
        );
        for (disorder, at_ms, wanted_ms) in [
            (never, MIDNIGHT_MS, MIDNIGHT_MS),
            (never, i64::MAX, i64::MAX),
            (back, MIDNIGHT_MS, MIDNIGHT_MS + 3_020),
            (back, MIDNIGHT_MS + 20, MIDNIGHT_MS + 3_040),
            // Everything before the step is before this instant.
            (back, MIDNIGHT_MS + 21, MIDNIGHT_MS + 41),
            (back, i64::MAX, i64::MAX),
        ] {
            assert_eq!(disorder.booked_by_ms(at_ms), wanted_ms, "{disorder:?} {at_ms}");
        }
    }

    #[test]
    fn a_total_of_a_half_hour_is_in_the_group_of_its_query() {
        let key = TotalKey {
            begins_ms: MIDNIGHT_MS + DAY_MS + HALF_HOUR_MS,
            dialect: ReportDialect::Pod,
            bank: 62,
            payee: 201,
            cycle: 7,
            means: PaymentMeans::Wallet,
            kind: MovementKind::Payment,
        };
        let all = query(MIDNIGHT_MS, MIDNIGHT_MS + 2 * DAY_MS, TotalsBy::Everything);
        let day = TotalKey { begins_ms: MIDNIGHT_MS + DAY_MS, ..key };
        assert_eq!(all.group(&key), Some(day));
        let none = TotalKey { begins_ms: 0, bank: 0, payee: 0, cycle: 0, means: PaymentMeans::None, ..key };
        for (by, wanted) in [
            (TotalsBy::Nothing, none),
            (TotalsBy::HalfHour, TotalKey { begins_ms: key.begins_ms, ..none }),
            (TotalsBy::Day, TotalKey { begins_ms: day.begins_ms, ..none }),
            (TotalsBy::DayAndMeans, TotalKey { means: key.means, begins_ms: day.begins_ms, ..none }),
            (TotalsBy::Shop, TotalKey { payee: 201, ..none }),
            (TotalsBy::Bank, TotalKey { bank: 62, ..none }),
            (TotalsBy::Cycle, TotalKey { bank: 62, cycle: 7, ..none }),
            (TotalsBy::Means, TotalKey { means: PaymentMeans::Wallet, ..none }),
        ] {
            assert_eq!(TotalsQuery { by, ..all }.group(&key), Some(wanted), "{by:?}");
        }
        for other in [
            TotalsQuery { to_ms: key.begins_ms, ..all },
            TotalsQuery { from_ms: key.begins_ms + 1, ..all },
            TotalsQuery { dialect: Some(ReportDialect::House), ..all },
            TotalsQuery { payee: Some(202), ..all },
            TotalsQuery { bank: Some(Bank::SEPAH), ..all },
        ] {
            assert_eq!(other.group(&key), None, "{other:?}");
        }
    }
}

//! The day report: what was paid, refunded and settled in a range of time, by days, shops, banks, cycles or means.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use futures_util::future::join_all;
use ledger::AccountId;
use payments::{Bank, MovementKind, Now, PartyId, ReportDialect, TotalKey, TotalSums};
use serde::{Deserialize, Serialize};
use store::{TotalsBy, TotalsQuery};
use utoipa::{IntoParams, ToSchema};

use super::period::Period;
use super::sums::{OtherSums, Sums, dialect_name, means_name, rials};
use super::totals::{NoTotals, Totals};
use crate::App;
use crate::accounts::instant;
use crate::reply::{PageLimit, Params, Problem, unread};

/// By what lines are grouped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportBy {
    /// By days in Tehran.
    #[default]
    Day,
    /// By businesses, and by merchants of payments by telephone.
    Shop,
    /// By source banks.
    Bank,
    /// By source banks and cycles of paya.
    Cycle,
    /// By means of payment.
    Means,
}

impl ReportBy {
    /// Every grouping, with its name.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Day, "day"),
        (Self::Shop, "shop"),
        (Self::Bank, "bank"),
        (Self::Cycle, "cycle"),
        (Self::Means, "means"),
    ];

    fn totals(self) -> TotalsBy {
        match self {
            Self::Day => TotalsBy::Day,
            Self::Shop => TotalsBy::Shop,
            Self::Bank => TotalsBy::Bank,
            Self::Cycle => TotalsBy::Cycle,
            Self::Means => TotalsBy::Means,
        }
    }
}

/// What a day report is about.
#[derive(Clone, Copy, Debug)]
pub struct DaysQuery {
    /// The range of time.
    pub period: Period,
    /// How lines are grouped.
    pub by: ReportBy,
    /// Only this business, or the merchant with this account.
    pub shop: Option<i64>,
    /// Only orders of this source bank.
    pub bank: Option<Bank>,
}

impl DaysQuery {
    pub(super) fn totals(&self, by: TotalsBy) -> TotalsQuery {
        let Period { from_ms, to_ms } = self.period;
        TotalsQuery { from_ms, to_ms, by, dialect: None, payee: self.shop, bank: self.bank }
    }
}

/// A line: what its movements have in common, and their sums.
#[derive(Clone, Debug)]
pub struct DayLine {
    /// What the movements have in common; the kind has no meaning here.
    pub key: TotalKey,
    /// Their sums.
    pub sums: Sums,
}

impl DayLine {
    /// The name of the line among the lines of a report.
    pub fn name(&self) -> String {
        let TotalKey { begins_ms, dialect, bank, payee, cycle, means, kind: _ } = self.key;
        let day = Now::at(begins_ms).filter(|_| begins_ms != 0).map_or(0, |now| now.date.long());
        let means = means_name(means).unwrap_or_default();
        let parts = [day, bank, payee, cycle].into_iter().filter(|part| *part != 0).map(|part| part.to_string());
        let parts = std::iter::once(dialect_name(dialect).to_owned()).chain(parts);
        let parts: Vec<String> = parts.chain((!means.is_empty()).then(|| means.to_owned())).collect();
        parts.join("-")
    }
}

/// The lines of a day report, and the sums of all of them.
#[derive(Clone, Debug, Default)]
pub struct DayReport {
    /// The lines, in the order of what they are about.
    pub lines: Vec<DayLine>,
    /// The sums of all lines.
    pub total: Sums,
    /// The sums of all other movements of the range.
    pub other: OtherSums,
    /// The sum of all movements: what the debits of all accounts grew by.
    pub moved: i64,
}

/// The report that these totals make.
pub(super) fn of_totals(totals: &BTreeMap<TotalKey, TotalSums>) -> DayReport {
    let mut lines: BTreeMap<TotalKey, Sums> = BTreeMap::new();
    let mut report = DayReport::default();
    let mut moved = 0;
    for (key, sums) in totals {
        moved += sums.amount;
        report.total.add(key.kind, *sums);
        report.other.add(key.kind, *sums);
        lines.entry(TotalKey { kind: MovementKind::Payment, ..*key }).or_default().add(key.kind, *sums);
    }
    report.moved = rials(moved);
    report.lines =
        lines.into_iter().filter(|(_, sums)| !sums.is_empty()).map(|(key, sums)| DayLine { key, sums }).collect();
    report
}

/// The day report of a query.
///
/// # Errors
/// See [`NoTotals`].
pub async fn day_report(app: &App, query: &DaysQuery) -> Result<DayReport, NoTotals> {
    Ok(of_totals(&Totals::default().of(app, query.totals(query.by.totals())).await?))
}

/// The same by half hours, for a drawing of a day.
///
/// # Errors
/// See [`NoTotals`].
pub async fn half_hours(app: &App, query: &DaysQuery) -> Result<DayReport, NoTotals> {
    Ok(of_totals(&Totals::default().of(app, query.totals(TotalsBy::HalfHour)).await?))
}

/// The name of a line's shop; `None`: it has no shop, or an unknown one.
pub async fn shop_name(app: &App, key: &TotalKey) -> Result<Option<String>, store::Error> {
    let reader = app.engine.reader();
    match key.dialect {
        _ if key.payee == 0 => Ok(None),
        ReportDialect::Pod => Ok(reader.party(PartyId(key.payee)).await?.map(|party| party.name.to_string())),
        ReportDialect::Paystar => {
            let terminal = reader.terminal_of(AccountId(key.payee)).await?;
            Ok(terminal.map(|terminal| terminal.merchant.to_string()))
        }
        ReportDialect::Finnotech | ReportDialect::House => Ok(None),
    }
}

/// The bank of a line's movements.
pub(super) fn bank_of(key: &TotalKey) -> Option<Bank> {
    u16::try_from(key.bank).ok().and_then(Bank::from_number)
}

/// A line of the report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayRow {
    /// The line's name: the next page begins after it.
    key: String,
    /// `finnotech`, `paystar`, `pod`, or `house` for movements of no payment.
    dialect: &'static str,
    /// Jalali, `YYYYMMDD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<i64>,
    /// The number of a business, or the account of a merchant of payments by telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    shop: Option<i64>,
    /// The name of the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The source bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<String>,
    /// The cycle of paya.
    #[serde(skip_serializing_if = "Option::is_none")]
    cycle: Option<i64>,
    /// `internal`, `paya`, `satna`, `bonCard`, `wallet`, `hostedCard`, `otherCard`, `reserved`, or `suspense` for refunds without a known payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<&'static str>,
    sums: Sums,
}

impl DayRow {
    fn of(line: &DayLine, name: Option<String>) -> Self {
        let key = &line.key;
        let number = |number: i64| (number != 0).then_some(number);
        Self {
            key: line.name(),
            dialect: dialect_name(key.dialect),
            day: number(key.begins_ms).and_then(Now::at).map(|now| now.date.long()),
            shop: number(key.payee),
            name,
            bank: bank_of(key).map(|bank| bank.to_string()),
            cycle: number(key.cycle),
            means: means_name(key.means),
            sums: line.sums,
        }
    }
}

/// What was paid, refunded and settled in a range of time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DaysBody {
    /// The first instant, RFC 3339.
    from: String,
    /// The first instant that is too late, RFC 3339.
    to: String,
    by: ReportBy,
    rows: Vec<DayRow>,
    /// The key of the last row, if there are more: `after` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Sums over all pages.
    total: Sums,
    other: OtherSums,
    /// The sum of all movements: what the debits of all accounts have grown by.
    moved: i64,
}

/// What a day report is about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DaysParams {
    /// The beginning: an instant (RFC 3339), or a day or time in Tehran (`1405/08/30`); the beginning of a half hour. Without it, today.
    from: Option<String>,
    /// The end, in the same forms: an instant is excluded, a day is included. Without it, the end of today.
    to: Option<String>,
    /// By what rows are grouped: `day`, `shop`, `bank`, `cycle` or `means`.
    #[serde(default)]
    #[param(inline, required = false)]
    by: ReportBy,
    /// Only this business, by its number, or the merchant with this account.
    shop: Option<i64>,
    /// Only orders of this source bank, by its code.
    bank: Option<String>,
    /// Only rows after the one with this key.
    after: Option<String>,
    /// The maximum number of rows: 1 to 100.
    #[serde(default)]
    #[param(inline, required = false)]
    rows: PageLimit,
}

/// The bank of a code.
pub(super) fn bank_named(code: Option<&str>) -> Result<Option<Bank>, Problem> {
    let bank = |code| Bank::from_code(code).ok_or_else(|| Problem::invalid("bank", "the code of a bank, like `062`"));
    code.map(bank).transpose()
}

/// What was paid, refunded and settled in a range of time. Each movement of the ledger is in exactly one sum, so that all sums together are what the
/// ledger has moved. Net is gross less refunds; fees are paid in addition. A payment with several means counts once, at its first means.
#[utoipa::path(get, path = "/admin/v1/reports/days", params(DaysParams), responses((status = 200, body = DaysBody), (status = 400, body = Problem), (status = 503, body = Problem)))]
pub async fn days(State(app): State<App>, Params(params): Params<DaysParams>) -> Result<Json<DaysBody>, Response> {
    let refused = |problem: Problem| problem.response();
    let now_ms = app.engine.clock().now_ms();
    let period = Period::of(params.from.as_deref(), params.to.as_deref(), now_ms).map_err(refused)?;
    let bank = bank_named(params.bank.as_deref()).map_err(refused)?;
    let limit = params.rows.rows().map_err(|problem| refused(problem.into_invalid("rows")))?;
    let query = DaysQuery { period, by: params.by, shop: params.shop, bank };
    let report = day_report(&app, &query).await.map_err(NoTotals::response)?;
    let page = page(&report.lines, params.after.as_deref(), limit).map_err(refused)?;
    let names = join_all(page.lines.iter().map(|line| shop_name(&app, &line.key))).await;
    let names = names.into_iter().collect::<Result<Vec<_>, _>>().map_err(unread)?;
    Ok(Json(DaysBody {
        from: instant(period.from_ms),
        to: instant(period.to_ms),
        by: params.by,
        rows: page.lines.iter().zip(names).map(|(line, name)| DayRow::of(line, name)).collect(),
        next: page.next,
        total: report.total,
        other: report.other,
        moved: report.moved,
    }))
}

/// A page of lines.
pub struct LinePage<'a> {
    /// The lines.
    pub lines: &'a [DayLine],
    /// The name of the last line, if there are more.
    pub next: Option<String>,
}

/// The lines after one.
///
/// # Errors
/// There is no such line.
pub fn page<'a>(lines: &'a [DayLine], after: Option<&str>, limit: usize) -> Result<LinePage<'a>, Problem> {
    let first = match after {
        None => 0,
        Some(name) => {
            let place = lines.iter().position(|line| line.name() == name);
            place.ok_or_else(|| Problem::invalid("after", "the key of a row of this report"))? + 1
        }
    };
    let lines = lines.get(first..).unwrap_or_default();
    let shown = lines.get(..limit).unwrap_or(lines);
    let next = (shown.len() < lines.len()).then(|| shown.last().map(DayLine::name)).flatten();
    Ok(LinePage { lines: shown, next })
}

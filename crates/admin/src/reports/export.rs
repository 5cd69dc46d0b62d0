//! Whole reports as files: `/admin/v1/reports/{report}/csv` and `/ndjson`, and the same on the console.
//!
//! The file of days has a line for each day and everything that its movements have in common. It is made day by day, so that memory holds one day.

use axum::extract::{Path, State};
use axum::response::Response;
use ledger::AccountId;
use payments::{Now, ReportDialect};
use serde::Deserialize;
use store::TotalsBy;
use utoipa::{IntoParams, ToSchema};

use super::ageing::{AgeingRow, ageing};
use super::days::{DayLine, DaysQuery, ReportBy, bank_named, bank_of, of_totals, shop_name};
use super::file::{Broken, Field, FileFormat, FileWriter, sent};
use super::period::Period;
use super::settlements::{CardDay, Returns, cards, cycle_lines, shop_line, shop_report};
use super::success::{OutcomeLine, outcomes};
use super::sums::{Sums, dialect_name, means_name, rials};
use super::totals::{NoTotals, Totals};
use super::trial_balance::{account_lines, held, instant_at};
use crate::App;
use crate::accounts::{instant, kind};
use crate::reply::{NOT_FOUND, Params, Problem, unread};

/// Cycles and accounts that are read at a time.
const ROWS: usize = 1_000;
/// How many names of shops are kept while a file is written.
const NAMES: usize = 10_000;

/// The reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportName {
    /// What was paid, refunded and settled.
    Days,
    /// The cycles of paya.
    Settlements,
    /// How payments ended.
    Success,
    /// What waits, and how long.
    Ageing,
    /// What all accounts had.
    TrialBalance,
}

impl ReportName {
    /// Every report, with its name in addresses.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Days, "days"),
        (Self::Settlements, "settlements"),
        (Self::Success, "success"),
        (Self::Ageing, "ageing"),
        (Self::TrialBalance, "trial-balance"),
    ];

    /// The report of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(report, _)| report)
    }

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(report, _)| *report == self).map_or("", |(_, name)| name)
    }
}

/// Which table of the settlement report a file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettlementsPart {
    /// The cycles of paya.
    #[default]
    Cycles,
    /// Shops and merchants.
    Shops,
    /// Days of payments by other banks' cards.
    Cards,
}

impl SettlementsPart {
    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cycles => "cycles",
            Self::Shops => "shops",
            Self::Cards => "cards",
        }
    }
}

/// What a file is about.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportParams {
    /// The beginning of the range of days, settlements and success: as in these reports.
    pub from: Option<String>,
    /// Its end.
    pub to: Option<String>,
    /// The instant of a trial balance.
    pub at: Option<String>,
    /// Days, and the settlements of shops and of other banks' cards: only this business, or the merchant with this account.
    pub shop: Option<i64>,
    /// Settlements: the table, `cycles`, `shops` or `cards`.
    #[serde(default)]
    #[param(inline, required = false)]
    pub part: SettlementsPart,
    /// Days: only orders of this source bank, by its code.
    pub bank: Option<String>,
}

const DAYS: &[&str] = &[
    "day", "from", "dialect", "bank", "shop", "name", "cycle", "means", "payments", "gross", "fees", "refunds",
    "refunded", "net", "settled",
];
const CYCLES: &[&str] =
    &["cycle", "bank", "day", "number", "state", "due", "came", "left", "waits", "settled", "returned"];
const SHOPS: &[&str] = &[
    "dialect", "shop", "name", "payments", "gross", "fees", "refunds", "refunded", "net", "settled", "waitsNow",
    "freeNow",
];
const CARDS: &[&str] = &["day", "paid", "due", "settled"];
const SUCCESS: &[&str] = &["dialect", "outcome", "code", "reason", "count", "amount"];
const AGEING: &[&str] = &["what", "state", "bank", "age", "count", "amount", "oldest"];
const ACCOUNTS: &[&str] = &["account", "kind", "debits", "credits", "balance", "held"];

/// A whole report as a file.
///
/// # Errors
/// A parameter cannot be read, or the store.
pub async fn exported(
    app: &App,
    report: ReportName,
    params: ExportParams,
    format: FileFormat,
) -> Result<Response, Response> {
    let refused = |problem: Problem| problem.response();
    let now_ms = app.engine.clock().now_ms();
    let period = || Period::of(params.from.as_deref(), params.to.as_deref(), now_ms).map_err(refused);
    let (app, name) = (app.clone(), report.name());
    match report {
        ReportName::Days => {
            let bank = bank_named(params.bank.as_deref()).map_err(refused)?;
            let query = DaysQuery { period: period()?, by: ReportBy::Day, shop: params.shop, bank };
            let totals = Totals::caught_up(&app).await.map_err(NoTotals::response)?;
            Ok(sent(format, name, DAYS, move |to| days(app, query, totals, to)))
        }
        ReportName::Settlements => {
            let period = period()?;
            let query = DaysQuery { period, by: ReportBy::Shop, shop: params.shop, bank: None };
            match params.part {
                SettlementsPart::Cycles => {
                    let returns = Returns::since(&app, period.from_ms).await.map_err(NoTotals::response)?;
                    Ok(sent(format, name, CYCLES, move |to| cycles(app, period, returns, to)))
                }
                SettlementsPart::Shops => {
                    let report = shop_report(&app, &query).await.map_err(NoTotals::response)?;
                    Ok(sent(format, "settlements-shops", SHOPS, move |to| shops(app, report.lines, to)))
                }
                SettlementsPart::Cards => {
                    let days = cards(&app, &query).await.map_err(NoTotals::response)?;
                    Ok(sent(format, "settlements-cards", CARDS, move |to| card_days(days, to)))
                }
            }
        }
        ReportName::Success => {
            let outcomes = outcomes(&app, period()?).await.map_err(NoTotals::response)?;
            Ok(sent(format, name, SUCCESS, move |to| success(outcomes.lines, to)))
        }
        ReportName::Ageing => {
            let ageing = ageing(&app).await.map_err(unread)?;
            Ok(sent(format, name, AGEING, move |to| ages(ageing.rows, to)))
        }
        ReportName::TrialBalance => {
            let at_ms = instant_at(params.at.as_deref(), now_ms).map_err(refused)?;
            Ok(sent(format, name, ACCOUNTS, move |to| accounts(app, at_ms, to)))
        }
    }
}

/// The names of shops, as far as they were read.
#[derive(Default)]
struct Names(std::collections::HashMap<(ReportDialect, i64), Option<String>>);

impl Names {
    async fn of(&mut self, app: &App, line: &DayLine) -> Result<Option<String>, store::Error> {
        let key = (line.key.dialect, line.key.payee);
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let name = shop_name(app, &line.key).await?;
        if self.0.len() >= NAMES {
            self.0.clear();
        }
        self.0.insert(key, name.clone());
        Ok(name)
    }
}

async fn days(app: App, query: DaysQuery, mut totals: Totals, mut to: FileWriter) -> Result<FileWriter, Broken> {
    let mut names = Names::default();
    let mut from_ms = query.period.from_ms;
    while from_ms < query.period.to_ms {
        let to_ms = payments::next_day_ms(from_ms).min(query.period.to_ms);
        let day = DaysQuery { period: Period { from_ms, to_ms }, ..query };
        let of_day = totals.of(&app, day.totals(TotalsBy::Everything)).await?;
        let date = Now::at(from_ms).map_or(0, |now| now.date.long());
        for line in of_totals(&of_day).lines {
            let (key, Sums { payments, gross, fees, refunds, refunded, net, settled }) = (&line.key, line.sums);
            let name = names.of(&app, &line).await?;
            let bank = bank_of(key).map_or(Field::Empty, |bank| Field::Text(bank.to_string()));
            let row = [
                Field::Number(date),
                Field::Text(instant(from_ms)),
                Field::text(dialect_name(key.dialect)),
                bank,
                Field::number(key.payee),
                name.map_or(Field::Empty, Field::Text),
                Field::number(key.cycle),
                means_name(key.means).map_or(Field::Empty, Field::text),
                Field::Number(payments),
                Field::Number(gross),
                Field::Number(fees),
                Field::Number(refunds),
                Field::Number(refunded),
                Field::Number(net),
                Field::Number(settled),
            ];
            to.row(&row).await?;
        }
        from_ms = to_ms;
    }
    Ok(to)
}

async fn shops(app: App, lines: Vec<DayLine>, mut to: FileWriter) -> Result<FileWriter, Broken> {
    for line in &lines {
        let shop = shop_line(&app, line).await?;
        let Sums { payments, gross, fees, refunds, refunded, net, settled } = line.sums;
        let row = [
            Field::text(dialect_name(line.key.dialect)),
            Field::Number(line.key.payee),
            shop.name.map_or(Field::Empty, Field::Text),
            Field::Number(payments),
            Field::Number(gross),
            Field::Number(fees),
            Field::Number(refunds),
            Field::Number(refunded),
            Field::Number(net),
            Field::Number(settled),
            Field::Number(shop.waits.get()),
            Field::Number(shop.free.get()),
        ];
        to.row(&row).await?;
    }
    Ok(to)
}

async fn card_days(days: Vec<CardDay>, mut to: FileWriter) -> Result<FileWriter, Broken> {
    for day in &days {
        let date = Now::at(day.begins_ms).map_or(0, |now| now.date.long());
        let due = Field::Text(instant(day.due_ms));
        to.row(&[Field::Number(date), Field::Number(day.paid), due, Field::Number(day.settled)]).await?;
    }
    Ok(to)
}

async fn cycles(app: App, period: Period, returns: Returns, mut to: FileWriter) -> Result<FileWriter, Broken> {
    let mut after = None;
    loop {
        let page = cycle_lines(&app, period, after, ROWS, &returns).await?;
        for line in &page {
            let (id, settle_ms) = (line.cycle.id, line.cycle.settle_ms);
            let bank = id.bank().map_or(Field::Empty, |bank| Field::Text(bank.to_string()));
            let [came, left, waits] = [line.came, line.left, line.waits()].map(|sum| Field::Number(sum.get()));
            let row = [
                Field::Number(id.0),
                bank,
                Field::Number(id.day()),
                Field::Number(id.number()),
                Field::text(line.state()),
                Field::Text(instant(settle_ms)),
                came,
                left,
                waits,
                Field::Number(line.settled()),
                Field::Number(line.returned()),
            ];
            to.row(&row).await?;
            after = Some((settle_ms, id));
        }
        if page.len() < ROWS {
            return Ok(to);
        }
    }
}

async fn success(lines: Vec<OutcomeLine>, mut to: FileWriter) -> Result<FileWriter, Broken> {
    for line in &lines {
        let words = |text: &str| if text.is_empty() { Field::Empty } else { Field::text(text) };
        let row = [
            Field::text(dialect_name(line.dialect)),
            Field::text(line.outcome.name()),
            words(&line.code),
            words(&line.reason),
            Field::Number(line.sums.count),
            Field::Number(rials(line.sums.amount)),
        ];
        to.row(&row).await?;
    }
    Ok(to)
}

async fn ages(rows: Vec<AgeingRow>, mut to: FileWriter) -> Result<FileWriter, Broken> {
    for row in rows {
        let [what, state, age] = [row.what, row.state, row.age].map(Field::text);
        let bank = row.bank.map_or(Field::Empty, Field::Text);
        let [count, amount] = [row.count, row.amount].map(Field::Number);
        to.row(&[what, state, bank, age, count, amount, Field::Text(row.oldest)]).await?;
    }
    Ok(to)
}

async fn accounts(app: App, at_ms: i64, mut to: FileWriter) -> Result<FileWriter, Broken> {
    let last = app.engine.reader().last_transfer_before(at_ms).await?;
    let mut after = AccountId(i64::MIN);
    loop {
        let page = account_lines(&app, after, last, ROWS).await?;
        for account in &page {
            let balances = account.balances;
            let row = [
                Field::Number(account.id.0),
                Field::text(kind(account.kind)),
                Field::Number(balances.debits_posted.get()),
                Field::Number(balances.credits_posted.get()),
                Field::Number(account.posted().get()),
                Field::Number(held(account)),
            ];
            to.row(&row).await?;
            after = account.id;
        }
        if page.len() < ROWS {
            return Ok(to);
        }
    }
}

/// A whole report as CSV, in UTF-8 with a byte order mark: `days`, `settlements`, `success`, `ageing` or `trial-balance`. The file of days has a line for
/// each day and each combination of platform, bank, shop, cycle and means. The settlements have a file for each of their tables (`part`).
#[utoipa::path(get, path = "/admin/v1/reports/{report}/csv", params(("report" = String, Path), ExportParams), responses((status = 200, body = String, content_type = "text/csv"), (status = 400, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub async fn csv(
    State(app): State<App>,
    Path(report): Path<String>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Response> {
    let report = ReportName::named(&report).ok_or_else(|| NOT_FOUND.response())?;
    exported(&app, report, params, FileFormat::Csv).await
}

/// The same as NDJSON: a JSON object in each line.
#[utoipa::path(get, path = "/admin/v1/reports/{report}/ndjson", params(("report" = String, Path), ExportParams), responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = 400, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub async fn ndjson(
    State(app): State<App>,
    Path(report): Path<String>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Response> {
    let report = ReportName::named(&report).ok_or_else(|| NOT_FOUND.response())?;
    exported(&app, report, params, FileFormat::Ndjson).await
}

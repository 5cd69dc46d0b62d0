//! `/console/reports/ageing`: undecided payments and work that was given up, by age.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Bank, Role};

use super::files::{self, number};
use crate::view::{Cell, Chart, Part, Tone};
use crate::visit::Visit;
use admin::App;
use admin::reports::{AGES, AgeingRow, ReportName, ageing};
use web::{Lang, Words};

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let report = ageing(visit.app()).await.map_err(|error| visit.unread(error))?;
    let row = |row: &AgeingRow| {
        let bank = row.bank.as_deref().and_then(Bank::from_code);
        let oldest = row.oldest.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
        vec![
            what(row.what, w),
            Cell::code(row.state),
            Cell::text(bank.map_or("—", |bank| lang.bank(bank))),
            Cell::Badge(age(row.age, w).to_owned(), tone(row.age)),
            number(lang, row.count),
            number(lang, row.amount),
            Cell::code(lang.instant(oldest)),
        ]
    };
    let heads = [w.kind, w.state, w.bank, w.report_age, w.report_count, w.report_amount, w.report_oldest];
    let table = Part::Table {
        title: w.report_ageing.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: report.rows.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let parts =
        vec![Part::Charts(vec![chart(&report.rows, w, lang)]), table, files::links(&visit, ReportName::Ageing, &[])];
    Ok(visit.page(w.report_ageing, parts))
}

/// What waits, with a link to the list of it.
fn what(what: &str, w: &Words) -> Cell {
    match what {
        "order" => Cell::link(w.report_order, "/console/orders?which=undecided"),
        "job" => Cell::link(w.report_job, "/console/jobs"),
        _ => Cell::text(w.card_attempt),
    }
}

fn age(age: &str, w: &Words) -> &'static str {
    let names = [w.report_age_5m, w.report_age_1h, w.report_age_1d, w.report_age_3d, w.report_age_older];
    AGES.iter().position(|known| *known == age).and_then(|at| names.get(at).copied()).unwrap_or(w.report_age_older)
}

/// What waits longer than an hour needs an operator.
fn tone(age: &str) -> Tone {
    match AGES.iter().position(|known| *known == age) {
        Some(0) => Tone::Plain,
        Some(1) => Tone::Hint,
        Some(_) | None => Tone::Bad,
    }
}

/// How much waits of each age; what is older than an hour is drawn apart.
fn chart(rows: &[AgeingRow], w: &Words, lang: Lang) -> Chart {
    let counts = AGES.map(|of| (of, rows.iter().filter(|row| row.age == of).map(|row| row.count).sum::<i64>()));
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let bar = |(of, count): (&'static str, i64)| {
        let height = u32::try_from(count.saturating_mul(100) / most).unwrap_or(100);
        let title = format!("{}: {}", age(of, w), lang.digits(count));
        if tone(of) == Tone::Bad { (0, height, title) } else { (height, 0, title) }
    };
    let all: i64 = counts.iter().map(|(_, count)| count).sum();
    Chart { title: w.report_waiting.to_owned(), summary: lang.number(all), bars: counts.into_iter().map(bar).collect() }
}

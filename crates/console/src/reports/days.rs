//! `/console/reports`: the day report, by days, shops, banks, cycles or means, with a drawing by half hours or days.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Bank, CycleId, Now, Role};

use super::files::{self, number};
use crate::view::{Cell, Chart, Field, Part, Tile, Tone};
use crate::visit::Visit;
use admin::App;
use admin::reports::{
    DayLine, DayReport, DaysQuery, ReportBy, ReportName, Sums, day_report, half_hours, page, shop_name,
};
use web::{Lang, Words};

/// Rows per page.
const ROWS: usize = 50;
/// Bars of the drawing at most.
const BARS: usize = 100;

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let unread = |error| visit.unread(error);
    let no_totals = |why| files::no_totals(&visit, ReportName::Days, why);
    let (period, notice) = files::period(&visit);
    let chosen = visit.query.get("by").unwrap_or_default();
    let by = ReportBy::ALL.into_iter().find(|(_, name)| *name == chosen).map_or(ReportBy::Day, |(by, _)| by);
    let shop = visit.query.get("shop").and_then(|text| text.parse().ok());
    let bank = visit.query.get("bank").and_then(Bank::from_code);
    let query = DaysQuery { period, by, shop, bank };
    let report = day_report(app, &query).await.map_err(no_totals)?;
    let drawn = match period.is_day() {
        true => half_hours(app, &query).await.map_err(no_totals)?,
        false if by == ReportBy::Day => report.clone(),
        false => day_report(app, &DaysQuery { by: ReportBy::Day, ..query }).await.map_err(no_totals)?,
    };
    let after = visit.query.get("after");
    // An address with a line that is gone shows the first page.
    let shown = page(&report.lines, after, ROWS).or_else(|_| page(&report.lines, None, ROWS));
    let shown = shown.map_err(|problem| problem.response())?;
    let mut rows = Vec::new();
    for line in shown.lines {
        let name = shop_name(app, &line.key).await.map_err(unread)?;
        rows.push(row(line, by, name, w, lang));
    }
    let mut pairs = files::range(&visit);
    pairs.push(("shop", visit.query.get("shop").unwrap_or_default().to_owned()));
    pairs.push(("bank", visit.query.get("bank").unwrap_or_default().to_owned()));
    let table =
        Part::Table { title: title_of(by, w).to_owned(), heads: heads(by, w), rows, empty: w.nothing.to_owned() };
    let mut parts: Vec<Part> = notice.into_iter().collect();
    let by_name = ReportBy::ALL.into_iter().find(|(known, _)| *known == by).map_or("", |(_, name)| name);
    let others = [pairs.get(2..).unwrap_or_default(), &[("by", by_name.to_owned())]].concat();
    parts.push(files::form(&visit, ReportName::Days, vec![grouping(by, w)]));
    parts.extend(files::quick(&visit, ReportName::Days, &others));
    parts.extend([
        files::range_text(&visit, period),
        tiles(&report.total, w, lang),
        Part::Charts(vec![chart(&drawn, w, lang)]),
        table,
    ]);
    if let Some(next) = shown.next {
        pairs.push(("by", by_name.to_owned()));
        pairs.push(("after", next));
        parts.push(Part::Links(vec![(w.next.to_owned(), files::address("/console/reports", &pairs))]));
        pairs.truncate(4);
    }
    parts.extend([other(&report, w, lang), files::links(&visit, ReportName::Days, &pairs)]);
    Ok(visit.page(w.report_pages, parts))
}

/// The choice of a grouping.
fn grouping(by: ReportBy, w: &Words) -> Field {
    let choices = ReportBy::ALL.map(|(by, name)| (name.to_owned(), title_of(by, w).to_owned())).into();
    let chosen = ReportBy::ALL.into_iter().find(|(known, _)| *known == by).map_or("day", |(_, name)| name);
    Field::Choice("by", w.report_by.to_owned(), choices, chosen.to_owned())
}

fn title_of(by: ReportBy, w: &Words) -> &'static str {
    match by {
        ReportBy::Day => w.report_day,
        ReportBy::Shop => w.report_shop,
        ReportBy::Bank => w.bank,
        ReportBy::Cycle => w.cycle,
        ReportBy::Means => w.report_means,
    }
}

fn heads(by: ReportBy, w: &Words) -> Vec<String> {
    let sums = [
        w.report_payments,
        w.report_gross,
        w.report_fees,
        w.report_refunds,
        w.report_refunded,
        w.report_net,
        w.report_settled,
    ];
    [w.dialect, title_of(by, w)].into_iter().chain(sums).map(str::to_owned).collect()
}

fn row(line: &DayLine, by: ReportBy, name: Option<String>, w: &Words, lang: Lang) -> Vec<Cell> {
    let key = &line.key;
    let bank = || u16::try_from(key.bank).ok().and_then(Bank::from_number).map_or("—", |bank| lang.bank(bank));
    let what = match by {
        ReportBy::Day => Cell::code(files::day(lang, key.begins_ms)),
        ReportBy::Shop if key.payee == 0 => Cell::text("—"),
        ReportBy::Shop => Cell::text(name.unwrap_or_else(|| lang.digits(key.payee))),
        ReportBy::Bank => Cell::text(bank()),
        ReportBy::Cycle => match CycleId::numbered(key.cycle) {
            Some(cycle) => Cell::link(lang.digits(cycle.0), format!("/console/cycles/{}", cycle.0)),
            None => Cell::text(bank()),
        },
        ReportBy::Means => Cell::text(files::means(key.means, w)),
    };
    let Sums { payments, gross, fees, refunds, refunded, net, settled } = line.sums;
    let sums = [payments, gross, fees, refunds, refunded, net, settled].map(|sum| number(lang, sum));
    [Cell::text(files::platform(key.dialect, w)), what].into_iter().chain(sums).collect()
}

fn tiles(total: &Sums, w: &Words, lang: Lang) -> Part {
    let tile = |label: &str, value: i64| Tile {
        label: label.to_owned(),
        value: lang.number(value),
        hint: String::new(),
        tone: Tone::Plain,
        link: None,
        seconds: None,
    };
    Part::Tiles(vec![
        tile(w.report_payments, total.payments),
        tile(w.report_gross, total.gross),
        tile(w.report_fees, total.fees),
        tile(w.report_refunded, total.refunded),
        tile(w.report_net, total.net),
        tile(w.report_settled, total.settled),
    ])
}

/// The movements that belong to no line, and all together.
fn other(report: &DayReport, w: &Words, lang: Lang) -> Part {
    let other = &report.other;
    let rows = [
        (w.report_card_settled, other.card_settled),
        (w.report_suspended, other.suspended),
        (w.report_released, other.released),
        (w.report_funded, other.funded),
        (w.report_paid_out, other.paid_out),
        (w.report_internal, other.internal),
        (w.report_moved, report.moved),
    ];
    let row = |(name, sum): (&str, i64)| vec![Cell::text(name), number(lang, sum)];
    Part::Table {
        title: w.report_other.to_owned(),
        heads: vec![w.kind.to_owned(), w.report_amount.to_owned()],
        rows: rows.into_iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}

/// Gross, of which the refunded part is drawn apart, for each half hour or day.
fn chart(report: &DayReport, w: &Words, lang: Lang) -> Chart {
    let mut spans: Vec<(i64, i64, i64)> = Vec::new();
    for DayLine { key, sums } in &report.lines {
        match spans.last_mut().filter(|(begins_ms, ..)| *begins_ms == key.begins_ms) {
            Some((_, gross, refunded)) => {
                (*gross, *refunded) = (gross.saturating_add(sums.gross), refunded.saturating_add(sums.refunded));
            }
            None => spans.push((key.begins_ms, sums.gross, sums.refunded)),
        }
    }
    let first = spans.len().saturating_sub(BARS);
    let spans = spans.get(first..).unwrap_or_default();
    let most = spans.iter().map(|(_, gross, refunded)| gross.saturating_add(*refunded)).max().unwrap_or(0).max(1);
    let height = |sum: i64| u32::try_from(i128::from(sum) * 100 / i128::from(most)).unwrap_or(0).min(100);
    let bar = |(begins_ms, gross, refunded): &(i64, i64, i64)| {
        let title = format!("{}: {} · {}", span(lang, *begins_ms), lang.number(*gross), lang.number(*refunded));
        (height(*gross), height(*refunded), title)
    };
    let (gross, refunded) = (report.total.gross, report.total.refunded);
    Chart {
        title: w.report_chart.to_owned(),
        summary: format!("{} · {} {}", lang.number(gross), lang.number(refunded), w.rial),
        bars: spans.iter().map(bar).collect(),
    }
}

/// A day, or a half hour by its time of day.
fn span(lang: Lang, begins_ms: i64) -> String {
    match Now::at(begins_ms) {
        Some(now) if now.second_of_day != 0 => {
            lang.digits(format!("{:02}:{:02}", now.second_of_day / 3_600, now.second_of_day / 60 % 60))
        }
        Some(_) | None => files::day(lang, begins_ms),
    }
}

#[cfg(test)]
mod tests {
    use admin::reports::Sums;
    use payments::{MovementKind, PaymentMeans, ReportDialect, TotalKey};

    use super::*;

    #[test]
    fn bars_of_one_day_are_one_and_the_highest_fills_the_drawing() {
        let line = |begins_ms, dialect, gross, refunded| DayLine {
            key: TotalKey {
                begins_ms,
                dialect,
                bank: 0,
                payee: 0,
                cycle: 0,
                means: PaymentMeans::None,
                kind: MovementKind::Payment,
            },
            sums: Sums { gross, refunded, ..Sums::default() },
        };
        let midnight_ms = 1_795_246_200_000 - 11 * 3_600_000;
        let report = DayReport {
            lines: vec![
                line(midnight_ms, ReportDialect::Finnotech, 60, 0),
                line(midnight_ms, ReportDialect::Pod, 30, 10),
                line(midnight_ms + 86_400_000, ReportDialect::Pod, 25, 0),
            ],
            ..DayReport::default()
        };
        let bars = chart(&report, Lang::En.words(), Lang::En).bars;
        let heights: Vec<(u32, u32)> = bars.iter().map(|(good, bad, _)| (*good, *bad)).collect();
        assert_eq!(heights, [(90, 10), (25, 0)]);
        assert_eq!(bars[0].2, "1405/08/30: 90 · 10");
        assert_eq!(span(Lang::En, midnight_ms + 1_800_000), "00:30");
        assert_eq!(chart(&DayReport::default(), Lang::Fa.words(), Lang::Fa).bars.len(), 0);
    }
}

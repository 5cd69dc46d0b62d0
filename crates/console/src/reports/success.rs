//! `/console/reports/success`: how payments ended, by platform and reason.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{ReportDialect, Role};

use super::files::{self, number};
use crate::view::{Cell, Chart, Part, Tile, Tone};
use crate::visit::Visit;
use admin::App;
use admin::reports::{Outcome, OutcomeLine, PLATFORMS, ReportName, declines_since_ms, outcomes};
use web::{Lang, Words};

/// Bars of the drawing at most.
const BARS: usize = 40;

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let (period, notice) = files::period(&visit);
    let outcomes = outcomes(app, period).await.map_err(|why| files::no_totals(&visit, ReportName::Success, why))?;
    let lines = &outcomes.lines;
    let is_cut = outcomes.phone_since_ms != period.from_ms;
    let tile = |dialect: ReportDialect| {
        let share = outcomes.permille(dialect);
        // Declines by telephone are forgotten: the share is that of a later range.
        let hint = match dialect {
            ReportDialect::Paystar if is_cut => {
                format!("{} {}", w.report_rate_since, lang.instant(outcomes.phone_since_ms))
            }
            ReportDialect::Paystar | ReportDialect::Finnotech | ReportDialect::Pod | ReportDialect::House => {
                w.report_rate.to_owned()
            }
        };
        Tile {
            label: files::platform(dialect, w).to_owned(),
            value: share.map_or("—".to_owned(), |share| percent(share, w, lang)),
            hint,
            tone: Tone::Plain,
            link: None,
            seconds: None,
        }
    };
    let row = |line: &OutcomeLine| {
        vec![
            Cell::text(files::platform(line.dialect, w)),
            badge(line.outcome, w),
            Cell::code(&line.code),
            Cell::text(reason(line, w, lang)),
            number(lang, line.sums.count),
            number(lang, i64::try_from(line.sums.amount).unwrap_or(i64::MAX)),
        ]
    };
    let heads = [w.dialect, w.report_outcome, w.report_code, w.reason, w.report_count, w.report_amount];
    let table = Part::Table {
        title: w.report_success.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: lines.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let since_ms = declines_since_ms(period, app.engine.clock().now_ms());
    let mut parts: Vec<Part> = notice.into_iter().collect();
    parts.push(files::form(&visit, ReportName::Success, Vec::new()));
    parts.extend(files::quick(&visit, ReportName::Success, &[]));
    parts.extend([
        files::range_text(&visit, period),
        Part::Tiles(PLATFORMS.into_iter().map(tile).collect()),
        Part::Charts(vec![chart(lines, w, lang)]),
        table,
        Part::Text(format!("{} {}", w.report_declines_since, lang.instant(since_ms))),
        files::links(&visit, ReportName::Success, &files::range(&visit)),
    ]);
    Ok(visit.page(w.report_success, parts))
}

/// A share in thousandths as a percentage.
fn percent(permille: i64, w: &Words, lang: Lang) -> String {
    lang.digits(format!("{}.{}{}", permille / 10, permille % 10, w.percent))
}

/// The reason of a line in the reader's language; empty: it has none, or none but its code.
fn reason(line: &OutcomeLine, w: &Words, lang: Lang) -> String {
    match (line.declined.as_slice(), line.code.as_str()) {
        ([], "destinationNotUsable") => w.reason_destination.to_owned(),
        ([], "insufficientFunds") => w.reason_no_money.to_owned(),
        ([], "amountDoesNotFit") => w.reason_does_not_fit.to_owned(),
        ([], "belowMinimum") => w.reason_too_small.to_owned(),
        ([], "aboveMaximum") => w.reason_too_large.to_owned(),
        ([], "network") => w.reason_network.to_owned(),
        ([], _) => line.reason.clone(),
        (_, _) if lang == Lang::Fa => line.reason.clone(),
        (declined, _) => {
            let mut texts: Vec<&str> = declined.iter().map(|why| web::declined::reason(lang, *why)).collect();
            texts.dedup();
            texts.join(" / ")
        }
    }
}

fn badge(outcome: Outcome, w: &Words) -> Cell {
    let (text, tone) = match outcome {
        Outcome::Done => (w.status_done, Tone::Good),
        Outcome::Failed => (w.status_failed, Tone::Bad),
        Outcome::Returned => (w.report_returned, Tone::Hint),
        Outcome::Undecided => (w.status_unknown, Tone::Hint),
    };
    Cell::Badge(text.to_owned(), tone)
}

/// How many payments ended in each way and for each reason.
fn chart(lines: &[OutcomeLine], w: &Words, lang: Lang) -> Chart {
    let most = lines.iter().map(|line| line.sums.count).max().unwrap_or(0).max(1);
    let bar = |line: &OutcomeLine| {
        let height = u32::try_from(line.sums.count.saturating_mul(100) / most).unwrap_or(100);
        let title = format!("{} {}: {}", files::platform(line.dialect, w), line.code, lang.digits(line.sums.count));
        if line.outcome == Outcome::Done { (height, 0, title) } else { (0, height, title) }
    };
    let all: i64 = lines.iter().map(|line| line.sums.count).sum();
    Chart {
        title: w.report_success.to_owned(),
        summary: format!("{} {}", lang.number(all), w.payments),
        bars: lines.iter().take(BARS).map(bar).collect(),
    }
}

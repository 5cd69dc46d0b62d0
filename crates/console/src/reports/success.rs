//! `/console/reports/success`: how payments ended, by platform and reason.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{ReportDialect, Role};

use super::files::{self, number};
use crate::view::{Cell, Chart, Part, Tile, Tone};
use crate::visit::Visit;
use admin::App;
use admin::reports::{Outcome, OutcomeLine, PLATFORMS, ReportName, declines_since_ms, outcomes, permille};
use web::{Lang, Words};

/// Bars of the drawing at most.
const BARS: usize = 40;

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let (period, notice) = files::period(&visit);
    let lines = outcomes(app, period).await.map_err(|error| visit.unread(error))?;
    let tile = |dialect: ReportDialect| {
        let share = permille(&lines, dialect);
        Tile {
            label: files::platform(dialect, w).to_owned(),
            value: share.map_or("—".to_owned(), |share| percent(share, w, lang)),
            hint: w.report_rate.to_owned(),
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
            Cell::text(&line.reason),
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
    parts.extend([
        files::form(&visit, ReportName::Success, Vec::new()),
        files::range_text(&visit, period),
        Part::Tiles(PLATFORMS.into_iter().map(tile).collect()),
        Part::Charts(vec![chart(&lines, w, lang)]),
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
    let all: i64 = lines.iter().filter(|line| line.outcome != Outcome::Returned).map(|line| line.sums.count).sum();
    Chart {
        title: w.report_success.to_owned(),
        summary: format!("{} {}", lang.number(all), w.payments),
        bars: lines.iter().take(BARS).map(bar).collect(),
    }
}

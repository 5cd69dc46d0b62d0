//! `/console/reports/settlements`: cycles of paya, shops, and other banks' cards: what has reached its payees, and what is due when.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{CycleId, ReportDialect, Role};

use super::files::{self, number};
use crate::view::{Cell, Part, Tile, Tone};
use crate::visit::Visit;
use admin::App;
use admin::cycles::behind;
use admin::reports::{
    CardDay, CycleLine, DaysQuery, ReportBy, ReportName, ShopLine, cards, cycle_lines, held_lines, shop_lines,
};
use web::Words;

/// Rows of each table.
const ROWS: usize = 50;

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let unread = |error| visit.unread(error);
    let (period, notice) = files::period(&visit);
    let query = DaysQuery { period, by: ReportBy::Shop, shop: None, bank: None };
    let after = visit.query.get("before").and_then(|text| text.parse().ok()).and_then(CycleId::numbered);
    let after = match after {
        Some(cycle) => behind(app, cycle).await.map_err(unread)?,
        None => None,
    };
    let cycles = cycle_lines(app, period, after, ROWS).await.map_err(unread)?;
    let (shops, next_shop) = shop_lines(app, &query, visit.query.get("after"), ROWS).await?;
    let cards = cards(app, &query).await.map_err(unread)?;
    let held = held_lines(app).await.map_err(unread)?;
    let tile = |(bank, held): &(payments::Bank, payments::Rial)| Tile {
        label: format!("{} · {}", w.report_held, lang.bank(*bank)),
        value: lang.rial(*held),
        hint: w.rial.to_owned(),
        tone: Tone::Hint,
        link: None,
        seconds: None,
    };
    let mut parts: Vec<Part> = notice.into_iter().collect();
    parts.extend([files::form(&visit, ReportName::Settlements, Vec::new()), files::range_text(&visit, period)]);
    if !held.is_empty() {
        parts.push(Part::Tiles(held.iter().map(tile).collect()));
    }
    let pairs = files::range(&visit);
    let page = |name: &'static str, value: String| {
        let mut pairs = pairs.clone();
        pairs.push((name, value));
        files::address("/console/reports/settlements", &pairs)
    };
    parts.push(cycle_table(&visit, &cycles));
    if let Some(last) = cycles.last().filter(|_| cycles.len() == ROWS) {
        parts.push(Part::Links(vec![(w.older.to_owned(), page("before", last.cycle.id.0.to_string()))]));
    }
    parts.push(shop_table(&visit, &shops));
    if let Some(next) = next_shop {
        parts.push(Part::Links(vec![(w.next.to_owned(), page("after", next))]));
    }
    parts.extend([card_table(&visit, &cards), files::links(&visit, ReportName::Settlements, &pairs)]);
    Ok(visit.page(w.report_settlements, parts))
}

fn state(line: &CycleLine, w: &Words) -> Cell {
    let (text, tone) = match (line.cycle.closed_at_ms, line.cycle.settled_at_ms) {
        (_, Some(_)) => (w.settled, Tone::Good),
        (Some(_), None) if line.cycle.is_begun() => (w.settling, Tone::Hint),
        (Some(_), None) => (w.gathered, Tone::Hint),
        (None, None) => (w.gathering, Tone::Plain),
    };
    Cell::Badge(text.to_owned(), tone)
}

fn cycle_table(visit: &Visit, lines: &[CycleLine]) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |line: &CycleLine| {
        let id = line.cycle.id;
        vec![
            Cell::link(lang.digits(id.0), format!("/console/cycles/{}", id.0)),
            Cell::text(id.bank().map_or("", |bank| lang.bank(bank))),
            state(line, w),
            Cell::code(lang.instant(line.cycle.settle_ms)),
            number(lang, line.came.get()),
            number(lang, line.left.get()),
            number(lang, line.waits().get()),
            number(lang, line.cycle.settled),
            number(lang, line.cycle.returned),
        ]
    };
    let heads = [
        w.cycle,
        w.bank,
        w.state,
        w.report_due,
        w.report_came,
        w.report_left,
        w.report_waits,
        w.report_orders_settled,
        w.report_orders_returned,
    ];
    Part::Table {
        title: w.report_cycles.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: lines.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}

fn shop_table(visit: &Visit, shops: &[ShopLine]) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |shop: &ShopLine| {
        let (key, sums) = (&shop.line.key, &shop.line.sums);
        let name = shop.name.clone().unwrap_or_else(|| lang.digits(key.payee));
        // The account of a merchant has a page; a business has an account in each guild.
        let name = match key.dialect {
            ReportDialect::Paystar => Cell::link(name, format!("/console/accounts/{}", key.payee)),
            ReportDialect::Finnotech | ReportDialect::Pod | ReportDialect::House => Cell::text(name),
        };
        vec![
            Cell::text(files::platform(key.dialect, w)),
            name,
            number(lang, sums.gross),
            number(lang, sums.refunded),
            number(lang, sums.net),
            number(lang, sums.settled),
            number(lang, shop.waits.get()),
            number(lang, shop.free.get()),
        ]
    };
    let heads = [
        w.dialect,
        w.report_shop,
        w.report_gross,
        w.report_refunded,
        w.report_net,
        w.report_settled,
        w.report_waits,
        w.report_free,
    ];
    Part::Table {
        title: w.report_shops.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: shops.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}

fn card_table(visit: &Visit, days: &[CardDay]) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |day: &CardDay| {
        vec![
            Cell::code(files::day(lang, day.begins_ms)),
            number(lang, day.paid),
            Cell::code(lang.instant(day.due_ms)),
            number(lang, day.settled),
        ]
    };
    Part::Table {
        title: w.report_cards.to_owned(),
        heads: [w.report_day, w.report_paid, w.report_due, w.report_settled].map(str::to_owned).into(),
        rows: days.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    }
}

//! `/console/reports/settlements`: cycles of paya, shops, and other banks' cards: what has reached its payees, and what is due when.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{CycleId, ReportDialect, Role, Text};

use super::files::{self, number};
use crate::view::{Cell, Field, Part, Tile, Tone};
use crate::visit::Visit;
use admin::App;
use admin::cycles::behind;
use admin::reports::{
    CardDay, CycleLine, DaysQuery, ReportBy, ReportName, Returns, SettlementsPart, ShopLine, cards, cycle_lines,
    held_lines, shop_lines,
};
use web::Words;

/// Rows of each table.
const ROWS: usize = 50;
/// The number of a shop that does not exist.
const NO_SHOP: i64 = i64::MIN;

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let unread = |error| visit.unread(error);
    let (period, notice) = files::period(&visit);
    let no_totals = |why| files::no_totals(&visit, ReportName::Settlements, why);
    let typed = visit.query.get("shop").unwrap_or_default();
    let shop = shop_of(&visit, typed).await.map_err(unread)?;
    let is_unknown = shop == Some(NO_SHOP);
    let query = DaysQuery { period, by: ReportBy::Shop, shop, bank: None };
    let after = visit.query.get("before").and_then(|text| text.parse().ok()).and_then(CycleId::numbered);
    let after = match after {
        Some(cycle) => behind(app, cycle).await.map_err(unread)?,
        None => None,
    };
    let returns = Returns::since(app, period.from_ms).await.map_err(no_totals)?;
    let cycles = cycle_lines(app, period, after, ROWS, &returns).await.map_err(unread)?;
    let cards = cards(app, &query).await.map_err(no_totals)?;
    let (shops, next_shop) = shop_lines(app, &query, visit.query.get("after"), ROWS).await?;
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
    if is_unknown {
        parts.push(Part::Notice(w.report_shop_unknown.to_owned(), Tone::Bad));
    }
    let of_shop = [("shop", typed.to_owned())];
    let field = Field::Text("shop", w.report_shop.to_owned(), typed.to_owned(), w.report_shop_hint.to_owned());
    parts.push(files::form(&visit, ReportName::Settlements, vec![field]));
    parts.extend(files::quick(&visit, ReportName::Settlements, &of_shop));
    parts.push(files::range_text(&visit, period));
    if !held.is_empty() && shop.is_none() {
        parts.push(Part::Tiles(held.iter().map(tile).collect()));
    }
    let pairs = [files::range(&visit).as_slice(), &of_shop].concat();
    let page = |name: &'static str, value: String| {
        let mut pairs = pairs.clone();
        pairs.push((name, value));
        files::address("/console/reports/settlements", &pairs)
    };
    // Files take the shop by its number. Cycles have orders of all payers, and none of a shop.
    let number = shop.map(|shop| shop.to_string()).unwrap_or_default();
    let of_file = [files::range(&visit).as_slice(), &[("shop", number)]].concat();
    if shop.is_none() {
        parts.push(cycle_table(&visit, &cycles));
        if let Some(last) = cycles.last().filter(|_| cycles.len() == ROWS) {
            parts.push(Part::Links(vec![(w.older.to_owned(), page("before", last.cycle.id.0.to_string()))]));
        }
        parts.push(files::of_part(&visit, SettlementsPart::Cycles, &of_file));
    }
    parts.push(shop_table(&visit, &shops));
    if let Some(next) = next_shop {
        parts.push(Part::Links(vec![(w.next.to_owned(), page("after", next))]));
    }
    parts.extend([
        files::of_part(&visit, SettlementsPart::Shops, &of_file),
        card_table(&visit, &cards),
        files::of_part(&visit, SettlementsPart::Cards, &of_file),
        files::links(&visit, ReportName::Settlements, &pairs),
    ]);
    Ok(visit.page(w.report_settlements, parts))
}

/// The shop of a number or of the name of a business; `None`: nothing was typed.
async fn shop_of(visit: &Visit, typed: &str) -> Result<Option<i64>, store::Error> {
    match typed.parse::<i64>() {
        _ if typed.is_empty() => Ok(None),
        Ok(number) => Ok(Some(number)),
        Err(_) => {
            let handle = visit.app().engine.reader().handle(Text::from(typed)).await?;
            Ok(Some(handle.map_or(NO_SHOP, |handle| handle.party.0)))
        }
    }
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
            number(lang, line.settled()),
            number(lang, line.returned()),
        ]
    };
    let heads = [
        w.cycle,
        w.bank,
        w.state,
        w.report_due,
        w.report_came,
        w.report_left,
        w.report_waits_now,
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
        w.report_waits_now,
        w.report_free_now,
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

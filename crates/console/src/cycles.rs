//! `/console/cycles`: the paya network's cycles, their orders and their group files.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::AccountId;
use payments::{Bank, Cycle, CycleId, OrderId, Role};
use store::InCycle;

use super::view::{Cell, Part, Tile, Tone};
use super::visit::Visit;
use admin::App;
use admin::cycles::{self as api, FileParams};
use admin::reply::{Id, Params};
use admin::reports::{NoTotals, Returns};
use web::{Segment, Words};

/// Rows per page.
const ROWS: usize = 50;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let time = visit.app().engine.clock().now();
    let tile = |bank: Bank| {
        let next = visit.app().rules.paya_cycle(bank, &time)?;
        Some(Tile {
            label: lang.bank(bank).to_owned(),
            value: lang.digits(next.number),
            hint: format!("{} {}", w.cutoff, lang.instant(next.cutoff_ms)),
            tone: Tone::Plain,
            link: None,
            seconds: Some(next.cutoff_ms.saturating_sub(time.at_ms) / 1_000),
        })
    };
    let tiles = Bank::HOSTED.into_iter().filter_map(tile).collect();
    let unread = |error| visit.unread(error);
    let behind = match CycleId::numbered(visit.before()) {
        Some(id) => api::behind(visit.app(), id).await.map_err(unread)?,
        None => None,
    };
    let found = visit.app().engine.reader().cycles(behind.unwrap_or(api::LAST), ROWS).await.map_err(unread)?;
    let row = |cycle: &Cycle| {
        vec![
            Cell::link(lang.digits(cycle.id.0), format!("/console/cycles/{}", cycle.id.0)),
            Cell::text(cycle.id.bank().map_or("", |bank| lang.bank(bank))),
            Cell::code(lang.digits(cycle.id.number())),
            Cell::at(lang.instant(cycle.cutoff_ms)),
            Cell::at(lang.instant(cycle.settle_ms)),
            badge(cycle, time.at_ms, w),
        ]
    };
    let table = Part::Table {
        title: w.cycles.to_owned(),
        heads: [w.number, w.bank, w.cycle, w.cutoff, w.settles, w.state].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.next_cycles.to_owned()), Part::Tiles(tiles), table];
    parts.extend(visit.older(found.last().filter(|_| found.len() == ROWS).map(|last| last.id.0)));
    Ok(visit.page(w.cycles, parts))
}

fn badge(cycle: &Cycle, now_ms: i64, w: &Words) -> Cell {
    let (text, tone) = match (cycle.closed_at_ms, cycle.settled_at_ms) {
        (_, Some(_)) => (w.settled, Tone::Good),
        (Some(_), None) if cycle.is_begun() => (w.settling, Tone::Hint),
        (None, None) if now_ms < cycle.cutoff_ms => (w.gathering, Tone::Plain),
        (_, None) => (w.gathered, Tone::Hint),
    };
    Cell::Badge(text.to_owned(), tone)
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let named = CycleId::numbered(id).ok_or_else(|| visit.missing())?;
    let found = reader.cycle(named).await.map_err(|error| visit.unread(error))?;
    let cycle = found.ok_or_else(|| visit.missing())?;
    let first = (AccountId(i64::MIN), OrderId(i64::MIN));
    let orders = reader.cycle_orders(cycle.id, InCycle::All, first, ROWS).await.map_err(|error| visit.unread(error))?;
    let returns = match Returns::since(visit.app(), cycle.settle_ms).await {
        Ok(returns) => returns,
        Err(NoTotals::Store(error)) => return Err(visit.unread(error)),
        // Until totals can be had, the page shows what came back in the settlement itself.
        Err(NoTotals::Behind { .. } | NoTotals::Busy) => Returns::default(),
    };
    let later = returns.after(&cycle);
    let (settled, returned) = (cycle.settled.saturating_sub(later), cycle.returned.saturating_add(later));
    let clearing = cycle.id.clearing().0;
    let facts = vec![
        (w.bank.to_owned(), Cell::text(cycle.id.bank().map_or("", |bank| lang.bank(bank)))),
        (w.cycle.to_owned(), Cell::code(lang.digits(cycle.id.number()))),
        (w.state.to_owned(), badge(&cycle, visit.app().engine.clock().now_ms(), w)),
        (w.cutoff.to_owned(), Cell::at(lang.instant(cycle.cutoff_ms))),
        (w.settles.to_owned(), Cell::at(lang.instant(cycle.settle_ms))),
        (w.settled.to_owned(), Cell::code(lang.digits(settled))),
        (w.returned.to_owned(), Cell::code(lang.digits(returned))),
        (w.clearing.to_owned(), Cell::link(lang.digits(clearing), format!("/console/accounts/{clearing}"))),
    ];
    let mut parts = vec![Part::Facts(facts)];
    if !cycle.is_gathering() {
        let file = format!("/console/cycles/{id}/file");
        parts.push(Part::Links(vec![
            (w.file.to_owned(), file.clone()),
            (w.file_leaving.to_owned(), format!("{file}?orders=leaving")),
        ]));
    } else {
        parts.push(Part::Text(w.file_later.to_owned()));
    }
    parts.push(super::orders::table(&visit, w.orders, &orders));
    Ok(visit.page(format!("{} {}", w.cycle, lang.digits(id)), parts))
}

pub async fn file(
    State(app): State<App>,
    id: Id,
    params: Params<FileParams>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    Visit::open(app.clone(), &parts, Role::Viewer).await?;
    api::file(State(app), id, params).await
}

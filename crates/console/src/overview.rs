//! GET `/console`: the current state; GET `/console/live`: the same repeatedly, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::Minute;
use futures_util::stream;
use payments::{Bank, MessageState, Role};
use store::{By, MessagePage, OrderFilter, Page, Proposals};

use super::chart;
use super::decisions::{Standing, standing};
use super::view::{Cell, Part, Parts, Tile, Tone};
use super::visit::Visit;
use admin::App;

/// Interval between events.
const EVERY: Duration = Duration::from_secs(2);
/// Events per connection; then the page connects again. A browser that has gone away is noticed by then.
const TIMES: u32 = 30;
/// Rows of short lists.
const FEW: usize = 5;
/// The lists of messages that were given up.
const DEAD_SMS: &str = "/console/messages?state=dead";
const DEAD_CALLS: &str = "/console/messages?which=calls&state=dead";
/// Maximum of a count.
const COUNTED: usize = 100;

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let inner = now(&visit).await?;
    let html = Parts { parts: &inner }.render();
    let html = html.map_err(|error| visit.failed(&engine::Error::Unavailable(error.to_string())))?;
    Ok(visit.page(visit.w().overview, vec![Part::Live("/console/live".to_owned(), html)]))
}

pub async fn live(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    // Scripts call this: a visitor who is not an operator gets a 401, not a redirect to the log-in page.
    Visit::open(app.clone(), &parts, Role::Viewer).await.map_err(|_| StatusCode::UNAUTHORIZED.into_response())?;
    // Each event checks anew that the visitor is still an operator.
    let events = stream::unfold(0, move |times| {
        let (app, parts) = (app.clone(), parts.clone());
        async move {
            if times >= TIMES {
                return None;
            }
            if times > 0 {
                tokio::time::sleep(EVERY).await;
            }
            let visit = Visit::open(app, &parts, Role::Viewer).await.ok()?;
            let inner = now(&visit).await.ok()?;
            let html = Parts { parts: &inner }.render().ok()?;
            Some((Ok::<_, Infallible>(Event::default().data(html.replace(['\n', '\r'], " "))), times + 1))
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// A count, with `+` at its maximum.
fn counted(visit: &Visit, count: usize) -> String {
    let text = visit.lang().digits(count.min(COUNTED));
    if count >= COUNTED { format!("{text}+") } else { text }
}

async fn now(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, app) = (visit.w(), visit.lang(), visit.app());
    let (reader, unread) = (app.engine.reader(), |error| visit.unread(error));
    let minutes = app.engine.throughput().last_hour();
    let sum = |of: fn(&Minute) -> u64| minutes.iter().map(of).sum::<u64>();
    let (done, all) = (sum(|minute| minute.done), sum(Minute::payments));
    // Payments whose outcome is known.
    let ended = done + sum(|minute| minute.declined);
    let rials = minutes.iter().fold(0i64, |sum, minute| sum.saturating_add(minute.rials));
    let permille = (done * 1_000).checked_div(ended);
    let success =
        permille.map_or("—".to_owned(), |share| lang.digits(format!("{}.{}{}", share / 10, share % 10, w.percent)));
    let mean =
        sum(|minute| minute.micros).checked_div(all).map_or("—".to_owned(), |m| chart::millis(m, lang) + " ms");
    let page = Page { after: i64::MAX, limit: COUNTED };
    let undecided = reader.all_orders(OrderFilter::Undecided, page).await.map_err(unread)?.len();
    let mut open = 0;
    for proposal in reader.proposals(Proposals::Open, page).await.map_err(unread)? {
        open += usize::from(standing(visit, &proposal).await.map_err(unread)? == Standing::Open);
    }
    let dead = |by| MessagePage {
        by,
        before: i64::MAX,
        after: 0,
        to: None,
        business: None,
        state: Some(MessageState::Dead),
        limit: COUNTED,
    };
    let dead_sms = reader.messages(dead(By::Sms)).await.map_err(unread)?.len();
    let dead_calls = reader.messages(dead(By::Call)).await.map_err(unread)?.len();
    let dead_jobs = reader.dead_jobs(Page { after: 0, limit: COUNTED }).await.map_err(unread)?.len();
    let queued = app.engine.queued();
    let time = app.engine.clock().now();
    let cycles = Bank::HOSTED.into_iter().filter_map(|bank| app.rules.paya_cycle(bank, &time));
    let next = cycles.min_by_key(|cycle| cycle.cutoff_ms);
    let alarm = |count: usize, tone| if count > 0 { tone } else { Tone::Good };
    let tile = |label: &str, value: String, hint: String, tone, link: Option<&str>| Tile {
        label: label.to_owned(),
        value,
        hint,
        tone,
        link: link.map(str::to_owned),
        seconds: None,
    };
    let hour = || w.last_hour.to_owned();
    let mut tiles = vec![
        tile(w.volume, lang.number(rials), format!("{} · {}", w.rial, w.last_hour), Tone::Plain, None),
        tile(w.payments, lang.number(i64::try_from(all).unwrap_or(i64::MAX)), hour(), Tone::Plain, None),
        tile(w.success, success, hour(), Tone::Plain, None),
        tile(w.latency, mean, hour(), Tone::Plain, None),
        tile(w.queue, lang.digits(queued), w.queue_help.to_owned(), alarm(queued / 1_000, Tone::Hint), None),
        tile(
            w.undecided,
            counted(visit, undecided),
            w.undecided_help.to_owned(),
            alarm(undecided, Tone::Bad),
            Some("/console/orders?which=undecided"),
        ),
        tile(
            w.decisions,
            counted(visit, open),
            w.decisions_help.to_owned(),
            alarm(open, Tone::Hint),
            Some("/console/decisions"),
        ),
        tile(
            w.dead_messages,
            counted(visit, dead_sms + dead_calls),
            w.dead_messages_help.to_owned(),
            alarm(dead_sms + dead_calls, Tone::Hint),
            Some(if dead_sms == 0 && dead_calls > 0 { DEAD_CALLS } else { DEAD_SMS }),
        ),
        tile(
            w.dead_jobs,
            counted(visit, dead_jobs),
            w.dead_jobs_tile.to_owned(),
            alarm(dead_jobs, Tone::Bad),
            Some("/console/jobs"),
        ),
    ];
    if let Some(next) = next {
        let seconds = next.cutoff_ms.saturating_sub(time.at_ms) / 1_000;
        let at = lang.instant(next.cutoff_ms);
        let base = tile(w.next_cycle, lang.digits(next.number), at, Tone::Plain, Some("/console/cycles"));
        tiles.push(Tile { seconds: Some(seconds), ..base });
    }
    let charts = Part::Charts(vec![chart::payments(&minutes, w, lang), chart::latency(&minutes, w, lang)]);
    let newest = reader.all_orders(OrderFilter::All, Page { after: i64::MAX, limit: FEW }).await.map_err(unread)?;
    let orders = super::orders::table(visit, w.newest_orders, &newest);
    let invoices = reader.invoice_page(Page { after: i64::MAX, limit: FEW }).await.map_err(unread)?;
    let invoices = super::invoices::table(visit, w.newest_invoices, &invoices).await?;
    let mut parts = super::alerts::open(visit).await?;
    parts.extend([
        Part::Tiles(tiles),
        charts,
        orders,
        invoices,
        Part::Facts(vec![(w.clock.to_owned(), Cell::code(lang.instant(time.at_ms)))]),
    ]);
    Ok(parts)
}

//! `/console/phone`: payments by telephone, and single payments with their entries.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{PhoneEnd, PhoneOrder, PhoneOrderId, Role};

use super::view::{Cell, Moment, Part, Tone};
use super::visit::Visit;
use super::{actions, decided, history, lists, timeline};
use ::codes::paystar::code_of;
use admin::App;
use admin::lists::PHONE_ORDERS;
use edge::request_log::RequestFilter;
use web::{Lang, Segment};

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let mut shown = lists::shown(&visit, &PHONE_ORDERS).await?;
    let (w, rows) = (visit.w(), std::mem::take(&mut shown.rows));
    let empty = match visit.query.get("state") {
        Some("declined") => w.phone_declines_kept.to_owned(),
        _ => shown.empty.clone(),
    };
    let table = table_or(&visit, w.phone_orders, &rows, empty);
    let is_of_all = shown.is_filtered && visit.query.get("state").is_none();
    // A total of all states has the amounts of payments that moved nothing, too.
    let note = is_of_all.then(|| Part::Text(w.list_sum_of_all.to_owned()));
    Ok(visit.page(w.phone_orders, shown.around(note.into_iter().chain([table]))))
}

/// The state of an order as a badge.
fn badge(order: &PhoneOrder, visit: &Visit) -> Cell {
    let w = visit.w();
    match (order.payment(), order.declined()) {
        (Some(payment), _) if !payment.left().is_positive() => Cell::Badge(w.refunded_whole.to_owned(), Tone::Hint),
        (Some(_), _) => Cell::Badge(w.status_done.to_owned(), Tone::Good),
        (None, Some(why)) => {
            let number = visit.lang().digits(code_of(why).number);
            Cell::Badge(format!("{} ({number})", w.status_failed), Tone::Plain)
        }
        (None, None) => Cell::Badge(w.otp_asked.to_owned(), Tone::Hint),
    }
}

/// A table of orders.
pub fn table(visit: &Visit, title: &str, orders: &[PhoneOrder]) -> Part {
    table_or(visit, title, orders, visit.w().nothing.to_owned())
}

/// The same, with what it says if it is empty.
fn table_or(visit: &Visit, title: &str, orders: &[PhoneOrder], empty: String) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |order: &PhoneOrder| {
        let tried = order.tried.as_ref();
        let amount = tried.and_then(|tried| tried.amount).or_else(|| order.asked.map(|asked| asked.amount));
        vec![
            Cell::link(lang.digits(order.id.0), format!("/console/phone/{}", order.id.0)),
            Cell::at(lang.instant(order.at_ms)),
            Cell::code(&order.key.terminal),
            Cell::Long(order.sent.to_string()),
            Cell::code(tried.map_or("—", |tried| &*tried.mask)),
            Cell::number(amount.map_or_else(|| "—".to_owned(), |amount| lang.rial(amount))),
            badge(order, visit),
        ]
    };
    let heads = [w.number, w.at, w.terminal, "order_id", w.card, w.list_amount_rial, w.state];
    Part::Table {
        title: title.to_owned(),
        heads: heads.map(str::to_owned).into(),
        rows: orders.iter().map(row).collect(),
        empty,
    }
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let order = find(&visit, id).await?;
    let parts = parts_of(&visit, &order).await?;
    Ok(visit.page(title(&visit, &order), parts))
}

/// The title of the page of an order.
pub fn title(visit: &Visit, order: &PhoneOrder) -> String {
    format!("{} {}", visit.w().phone_order, visit.lang().digits(order.id.0))
}

/// The order with a number.
///
/// # Errors
/// The page for one that does not exist.
pub async fn find(visit: &Visit, id: i64) -> Result<PhoneOrder, Response> {
    let found = visit.app().engine.reader().phone_order_numbered(PhoneOrderId(id)).await;
    found.map_err(|error| visit.unread(error))?.ok_or_else(|| visit.missing())
}

/// The page of an order.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn parts_of(visit: &Visit, order: &PhoneOrder) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let terminal = reader.terminal(order.key.terminal.clone()).await.map_err(|error| visit.unread(error))?;
    let mut facts = vec![
        (w.state.to_owned(), badge(order, visit)),
        ("order_id".to_owned(), Cell::code(&order.sent)),
        match terminal {
            Some(terminal) => {
                let to = format!("/console/accounts/{}", terminal.account.0);
                (w.terminal.to_owned(), Cell::link(&order.key.terminal, to))
            }
            None => (w.terminal.to_owned(), Cell::code(&order.key.terminal)),
        },
    ];
    let mut moments = Vec::new();
    let rials = |amount| format!("{} {}", lang.rial(amount), w.rial);
    if let Some(asked) = order.asked {
        let cells = vec![Cell::text(rials(asked.amount))];
        moments.push(Moment { cells, ..Moment::plain(asked.at_ms, w.otp_asked) });
    }
    if let Some(tried) = &order.tried {
        facts.extend([
            (w.amount.to_owned(), Cell::text(tried.amount.map_or_else(|| "—".to_owned(), rials))),
            (w.card.to_owned(), Cell::code(&tried.mask)),
            (w.mobile.to_owned(), Cell::code(&tried.payer)),
        ]);
        if let PhoneEnd::Declined(why) = tried.end {
            let code = code_of(why);
            let text = if lang == Lang::Fa { code.text.to_owned() } else { format!("{why:?}") };
            facts.push((w.refused_with.to_owned(), Cell::text(format!("{} {text}", lang.digits(code.number)))));
            moments.push(Moment { tone: Tone::Bad, ..Moment::plain(tried.at_ms, w.status_failed) });
        }
    }
    if let Some(payment) = order.payment() {
        facts.push(("refID".to_owned(), Cell::code(order.ref_id())));
        facts.extend(actions::refund_facts(visit, payment.refunded, Some(payment.left())));
    }
    let calls = history::calls(visit, calls_about(order));
    moments.extend(history::call_moments(visit, &calls));
    moments.extend(history::messages(visit, order.id.0).await?);
    moments.extend(decided::decisions(visit, &[order.id.0.to_string()]).await?);
    let timeline = timeline::part_of(visit, order.id.0, moments, &[]).await?;
    let mut parts = vec![Part::Facts(facts), timeline];
    parts.extend(actions::of_phone(visit, order));
    parts.extend(history::first_call(visit, &calls));
    Ok(parts)
}

/// The calls about an order.
fn calls_about(order: &PhoneOrder) -> RequestFilter {
    RequestFilter {
        client: Some(order.key.terminal.to_string()),
        order_id: Some(order.sent.to_string()),
        ..RequestFilter::default()
    }
}

//! `/console/orders`: transfers and charges, single orders with their entries, and proposals to resolve undecided orders.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{
    FirstAnswer, Job, JobKind, Order, OrderId, OrderRef, OrderState, OrderStateCode, ProposedAction, ResolveOrder,
    Role, Route, Status, full_name,
};

use super::view::{Cell, Moment, Part, Tone};
use super::visit::Visit;
use super::{actions, decided, history, lists, resolution, timeline};
use ::codes::finnotech::order_refused;
use admin::App;
use admin::lists::ORDERS;
use edge::request_log::RequestFilter;
use web::{Segment, Words};

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let mut shown = lists::shown(&visit, &ORDERS).await?;
    let (w, rows) = (visit.w(), std::mem::take(&mut shown.rows));
    let table = table_or(&visit, w.orders, &rows, shown.empty.clone());
    let is_of_all = shown.is_filtered && ["state", "which"].iter().all(|name| visit.query.get(name).is_none());
    // A total of all states has the amounts of payments that moved nothing, too.
    let note = is_of_all.then(|| Part::Text(w.list_sum_of_all.to_owned()));
    Ok(visit.page(w.orders, shown.around(note.into_iter().chain([table]))))
}

/// The status of an order as a badge. To callers, a returned order is a failed one; operators see that its money moved and came back.
pub fn badge(order: &Order, w: &Words) -> Cell {
    if order.state.code() == OrderStateCode::Returned {
        return Cell::Badge(w.list_state_returned.to_owned(), Tone::Hint);
    }
    let (text, tone) = match order.state.status() {
        Status::Done => (w.status_done, Tone::Good),
        Status::Pending => (w.status_pending, Tone::Hint),
        Status::Unknown => (w.status_unknown, Tone::Bad),
        Status::Failed => (w.status_failed, Tone::Plain),
    };
    Cell::Badge(text.to_owned(), tone)
}

fn route(route: Route, w: &Words) -> &'static str {
    match route {
        Route::Internal => w.route_internal,
        Route::Paya => w.route_paya,
        Route::Satna => w.route_satna,
        Route::Card => w.route_card,
    }
}

/// Why an order was refused: the code and message that callers got.
fn refusal(order: &Order) -> Option<String> {
    match &order.first {
        FirstAnswer::Refused(why) => {
            let refusal = order_refused(*why);
            Some(format!("{} · {}", refusal.code, refusal.message))
        }
        FirstAnswer::Charge(code) => Some(format!("{code:?}")),
        FirstAnswer::Done | FirstAnswer::Pending | FirstAnswer::Unknown => None,
    }
}

/// A table of orders.
pub fn table(visit: &Visit, title: &str, orders: &[Order]) -> Part {
    table_or(visit, title, orders, visit.w().nothing.to_owned())
}

/// The same, with what it says if it is empty.
fn table_or(visit: &Visit, title: &str, orders: &[Order], empty: String) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let row = |order: &Order| {
        vec![
            Cell::link(lang.digits(order.id.0), format!("/console/orders/{}", order.id.0)),
            Cell::at(lang.instant(order.at_ms)),
            Cell::text(&order.key.client.0),
            Cell::Long(order.key.track_id.to_string()),
            Cell::text(route(order.route, w)),
            Cell::number(lang.rial(order.amount)),
            badge(order, w),
        ]
    };
    let heads = [w.number, w.at, w.client, "trackId", w.route, w.list_amount_rial, w.state];
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
pub fn title(visit: &Visit, order: &Order) -> String {
    format!("{} {}", visit.w().order, visit.lang().digits(order.id.0))
}

/// The order with a number.
///
/// # Errors
/// The page for one that does not exist.
pub async fn find(visit: &Visit, id: i64) -> Result<Order, Response> {
    let found = visit.app().engine.reader().order_numbered(OrderId(id)).await;
    found.map_err(|error| visit.unread(error))?.ok_or_else(|| visit.missing())
}

/// The page of an order.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn parts_of(visit: &Visit, order: &Order) -> Result<Vec<Part>, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let mut facts = vec![
        (w.state.to_owned(), badge(order, w)),
        (w.client.to_owned(), Cell::text(&order.key.client.0)),
        ("trackId".to_owned(), Cell::code(&order.key.track_id)),
        ("refCode".to_owned(), Cell::code(format!("{:016}", order.ref_code))),
        (w.route.to_owned(), Cell::text(route(order.route, w))),
        (w.amount.to_owned(), Cell::text(format!("{} {}", lang.rial(order.amount), w.rial))),
        (w.fee.to_owned(), Cell::code(lang.rial(order.fee))),
        (w.source.to_owned(), Cell::link(&order.source_number, format!("/console/accounts/{}", order.source.0))),
        (w.destination.to_owned(), Cell::code(&order.destination_number)),
        (
            w.destination_name.to_owned(),
            Cell::text(full_name(&order.destination_first_name, &order.destination_last_name)),
        ),
        (w.description.to_owned(), Cell::text(&order.description)),
    ];
    if let Some(why) = refusal(order) {
        facts.push((w.refused_with.to_owned(), Cell::text(why)));
    }
    if let Some(cycle) = order.cycle {
        facts.push((w.cycle.to_owned(), Cell::link(lang.digits(cycle.0), format!("/console/cycles/{}", cycle.0))));
    }
    if let OrderState::Returned(back) = &order.state {
        facts.push((w.returned.to_owned(), Cell::text(&back.reason)));
    }
    let (undecided, jobs) = (is_undecided(order), timeline::jobs(visit, order.id.0).await?);
    let mut parts = Vec::new();
    if undecided {
        let inquire = (w.inquire.to_owned(), format!("/console/orders/{}?inquired=1", order.id.0));
        if visit.query.get("inquired").is_some() {
            parts.push(Part::Notice(inquired(visit, &jobs), Tone::Hint));
        }
        parts.push(Part::Links(vec![inquire]));
    }
    let calls = history::calls(visit, calls_about(order));
    let mut known = vec![Moment::plain(order.at_ms, w.accepted)];
    known.extend(history::call_moments(visit, &calls));
    known.extend(history::submission(visit, order.id).await?);
    known.extend(history::messages(visit, order.id.0).await?);
    let names = [OrderRef::Number(order.id), OrderRef::Key(order.key.clone())].map(|name| name.to_string());
    known.extend(decided::decisions(visit, &names).await?);
    parts.extend([Part::Facts(facts), timeline::part_of(visit, order.id.0, known, &jobs).await?]);
    parts.extend(history::first_call(visit, &calls));
    if undecided && visit.may_work() {
        parts.extend(resolution::parts(visit, &format!("/console/orders/{}/resolve", order.id.0)));
    }
    parts.extend(actions::of_order(visit, order));
    parts.extend(actions::of_jobs(visit, &jobs));
    Ok(parts)
}

/// The calls about an order.
fn calls_about(order: &Order) -> RequestFilter {
    RequestFilter {
        client: Some(order.key.client.0.to_string()),
        track_id: Some(order.key.track_id.to_string()),
        ..RequestFilter::default()
    }
}

/// Whether the outcome of an order is not known yet.
pub fn is_undecided(order: &Order) -> bool {
    matches!(order.state.status(), Status::Pending | Status::Unknown)
}

/// The answer to an inquiry about an undecided order: when the network is asked again, if it is.
fn inquired(visit: &Visit, jobs: &[Job]) -> String {
    let (w, lang) = (visit.w(), visit.lang());
    let answer = jobs.iter().find(|job| matches!(job.kind, JobKind::InquireOrder(_)) && job.dead_at_ms.is_none());
    answer.map_or_else(
        || w.no_answer_comes.to_owned(),
        |job| format!("{} {}", w.answer_comes_at, lang.instant(job.due_at_ms)),
    )
}

/// Proposes the outcome of an undecided order, which another operator has to approve.
pub async fn resolve(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let order = find(&visit, id).await?;
    let resolution = resolution::of_form(&visit, &form)?;
    let action = ProposedAction::Resolve(ResolveOrder { order: OrderRef::Number(order.id), resolution });
    let proposed = match is_undecided(&order) {
        true => resolution::propose(&visit, action, &form).await?,
        false => Err(visit.w().already_decided.to_owned()),
    };
    match proposed {
        Ok(response) => Ok(response),
        Err(why) => Ok(visit.refused(title(&visit, &order), why, parts_of(&visit, &order).await?)),
    }
}

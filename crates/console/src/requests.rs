//! `/console/requests`: the last requests, each with a command that sends it again. A sandbox shows requests to the platforms as they were sent.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use payments::Role;

use super::chart::millis;
use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::Visit;
use admin::App;
use admin::requests::first_struck;
use edge::Mode;
use edge::form::Query;
use edge::request_log::{Logged, RequestFilter, StatusFilter, Window};
use edge::struck::StruckBy;
use web::Segment;

/// Rows per page.
const ROWS: usize = 100;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let before = visit.query.get("before").and_then(|id| id.parse().ok());
    let found = visit.app().requests.newest(&filter_of(&visit.query), Window { since: None, before }, ROWS);
    let row = |logged: &Arc<Logged>| {
        let tone = match logged.status {
            0..400 => Tone::Good,
            400..500 => Tone::Hint,
            _ => Tone::Bad,
        };
        let target = logged.target().unwrap_or_else(|| logged.route().to_owned());
        vec![
            Cell::link(logged.id.to_string(), format!("/console/requests/{}", logged.id)),
            Cell::code(lang.instant(logged.at_ms)),
            Cell::code(logged.method.as_str()),
            Cell::Long(target.chars().take(90).collect::<String>()),
            Cell::Badge(lang.digits(logged.status), tone),
            Cell::code(first_struck(logged).map(|struck| struck.name.to_string()).unwrap_or_default()),
            Cell::code(format!("{} ms", millis(logged.micros, lang))),
        ]
    };
    let table = Part::Table {
        title: w.requests.to_owned(),
        heads: [w.number, w.at, w.method, w.path, w.state, w.struck, w.latency].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let filter = Form {
        action: "/console/requests".to_owned(),
        fields: fields(&visit),
        button: w.search.to_owned(),
        tone: Tone::Plain,
        // A filter changes nothing, and its address can be visited again: it needs no token.
        csrf: String::new(),
    };
    let help = match visit.app().mode {
        Mode::Sandbox => w.requests_help,
        Mode::Production => w.requests_help_production,
    };
    let mut parts = vec![Part::Text(help.to_owned()), Part::Forms(w.search.to_owned(), vec![filter]), table];
    if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
        let older = visit.query.with("/console/requests", "before", &last.id.to_string());
        parts.push(Part::Links(vec![(w.older.to_owned(), older)]));
    }
    Ok(visit.page(w.requests, parts))
}

/// The filter that a query asks for. A status that is none is not asked for.
fn filter_of(query: &Query) -> RequestFilter {
    let text = |name: &str| query.get(name).map(str::to_owned);
    RequestFilter {
        dialect: text("dialect"),
        service: text("service"),
        route: text("route"),
        client: text("client"),
        track_id: text("trackId"),
        order_id: text("orderId"),
        invoice: text("invoice"),
        status: query.get("status").and_then(StatusFilter::of),
        fault: text("fault"),
    }
}

/// The fields of the filter. Production records nothing that the others could look for.
fn fields(visit: &Visit) -> Vec<Field> {
    let w = visit.w();
    let mut all = vec![("route", w.route_part, "transferTo"), ("status", w.state, "4xx")];
    if visit.app().mode == Mode::Sandbox {
        all.extend([
            ("dialect", w.dialect, "finnotech"),
            ("client", w.client, "drops"),
            ("trackId", "trackId", ""),
            ("orderId", "order_id", ""),
            ("invoice", w.invoice, ""),
            ("fault", w.struck, "rail_timeout"),
        ]);
    }
    let field = |(name, label, hint): (&'static str, &str, &str)| {
        let value = visit.query.get(name).unwrap_or_default();
        Field::Text(name, label.to_owned(), value.to_owned(), hint.to_owned())
    };
    all.into_iter().map(field).collect()
}

pub async fn show(
    State(app): State<App>,
    Segment(id): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let number = id.parse().map_err(|_| visit.missing())?;
    let logged = visit.app().requests.find(number).ok_or_else(|| visit.missing())?;
    let mut facts = vec![
        ("x-request-id".to_owned(), Cell::code(format!("{:x}", logged.id))),
        (w.at.to_owned(), Cell::code(lang.instant(logged.at_ms))),
        (w.method.to_owned(), Cell::code(logged.method.as_str())),
        (w.path.to_owned(), Cell::code(logged.target().unwrap_or_default())),
        (w.route.to_owned(), Cell::code(logged.route())),
        (w.state.to_owned(), Cell::code(lang.digits(logged.status))),
        (w.latency.to_owned(), Cell::code(format!("{} ms", millis(logged.micros, lang)))),
    ];
    facts.extend(logged.struck.iter().map(|struck| {
        let label = match struck.by {
            StruckBy::Strict => w.strict_rule,
            StruckBy::Fault | StruckBy::Magic => w.struck,
        };
        (label.to_owned(), Cell::code(&*struck.name))
    }));
    let mut parts = vec![Part::Facts(facts)];
    let headers: Vec<String> = logged.headers().iter().map(|(name, value)| format!("{name}: {value}")).collect();
    for (title, text) in [
        (w.replay, logged.curl(visit.app().base_of(&logged)).unwrap_or_default()),
        (w.headers, headers.join("\n")),
        (w.body, logged.body()),
        (w.answer, logged.answer()),
    ] {
        if !text.is_empty() {
            parts.push(Part::Code(title.to_owned(), text));
        }
    }
    Ok(visit.page(format!("{} {id}", w.request), parts))
}

//! `/console/requests`: the last requests, without secrets, each with a command that sends it again.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use payments::Role;

use super::chart::millis;
use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::Visit;
use admin::App;
use edge::request_log::Logged;
use web::Segment;

/// Rows per page.
const ROWS: usize = 100;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let wanted = visit.query.get("route").unwrap_or_default();
    let newest = visit.app().requests.newest();
    let fits = |logged: &&Arc<Logged>| wanted.is_empty() || logged.route().contains(wanted);
    let before = visit.query.get("before").and_then(|id| u64::from_str_radix(id, 16).ok()).unwrap_or(u64::MAX);
    let found: Vec<_> = newest.iter().filter(fits).filter(|logged| logged.id < before).take(ROWS).collect();
    let row = |logged: &Arc<Logged>| {
        let tone = match logged.status {
            0..400 => Tone::Good,
            400..500 => Tone::Hint,
            _ => Tone::Bad,
        };
        let target = logged.target().unwrap_or_else(|| logged.route().to_owned());
        vec![
            Cell::link(format!("{:x}", logged.id), format!("/console/requests/{:x}", logged.id)),
            Cell::code(lang.instant(logged.at_ms)),
            Cell::code(logged.method.as_str()),
            Cell::Long(target.chars().take(90).collect::<String>()),
            Cell::Badge(lang.digits(logged.status), tone),
            Cell::code(format!("{} ms", millis(logged.micros, lang))),
        ]
    };
    let table = Part::Table {
        title: w.requests.to_owned(),
        heads: [w.number, w.at, w.method, w.path, w.state, w.latency].map(str::to_owned).into(),
        rows: found.iter().map(|logged| row(logged)).collect(),
        empty: w.nothing.to_owned(),
    };
    let filter = Form {
        action: "/console/requests".to_owned(),
        fields: vec![Field::Text("route", w.route_part.to_owned(), wanted.to_owned(), "transferTo".to_owned())],
        button: w.search.to_owned(),
        tone: Tone::Plain,
        // A filter changes nothing, and its address can be visited again: it needs no token.
        csrf: String::new(),
    };
    let mut parts = vec![Part::Text(w.requests_help.to_owned()), Part::Forms(w.search.to_owned(), vec![filter]), table];
    if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
        let older = visit.query.with("/console/requests", "before", &format!("{:x}", last.id));
        parts.push(Part::Links(vec![(w.older.to_owned(), older)]));
    }
    Ok(visit.page(w.requests, parts))
}

pub async fn show(
    State(app): State<App>,
    Segment(id): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let number = u64::from_str_radix(&id, 16).map_err(|_| visit.missing())?;
    let logged = visit.app().requests.find(number).ok_or_else(|| visit.missing())?;
    let mut facts = vec![
        (w.at.to_owned(), Cell::code(lang.instant(logged.at_ms))),
        (w.method.to_owned(), Cell::code(logged.method.as_str())),
        (w.path.to_owned(), Cell::code(logged.target().unwrap_or_default())),
        (w.route.to_owned(), Cell::code(logged.route())),
        (w.state.to_owned(), Cell::code(lang.digits(logged.status))),
        (w.latency.to_owned(), Cell::code(format!("{} ms", millis(logged.micros, lang)))),
    ];
    if let Some(rule) = logged.rule {
        facts.push((w.strict_rule.to_owned(), Cell::code(rule.name())));
    }
    let mut parts = vec![Part::Facts(facts)];
    let headers: Vec<String> = logged.headers().iter().map(|(name, value)| format!("{name}: {value}")).collect();
    for (title, text) in [
        (w.replay, logged.curl(&visit.app().public_base).unwrap_or_default()),
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

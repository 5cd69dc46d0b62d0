//! `/console/operators`: who may come here; `/console/audit`: what everybody did.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::{AuditLine, Operator, Role};
use store::Page;

use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::{Visit, role_name};
use crate::App;
use crate::admin::operators::{OperatorForm, RoleName, put as register};
use crate::pages::go_to;

/// Rows of a page.
const ROWS: usize = 100;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Admin).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().operators, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let found = visit.app().engine.reader().operators().await.map_err(|error| visit.unread(error))?;
    let row = |operator: &Operator| {
        let (state, tone) = if operator.disabled { (w.disabled, Tone::Bad) } else { (w.enabled, Tone::Good) };
        vec![
            Cell::text(&operator.name),
            Cell::text(role_name(operator.role, w)),
            Cell::Badge(state.to_owned(), tone),
            Cell::code(lang.instant(operator.since_ms)),
        ]
    };
    let table = Part::Table {
        title: w.operators.to_owned(),
        heads: [w.user_name, w.role, w.state, w.since].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let text = |name, label: &str| Field::Text(name, label.to_owned(), String::new(), String::new());
    let roles = [("viewer", w.role_viewer), ("operator", w.role_operator), ("admin", w.role_admin)];
    let roles = roles.map(|(value, name)| (value.to_owned(), name.to_owned())).into();
    let states = [("", w.enabled), ("1", w.disabled)].map(|(value, name)| (value.to_owned(), name.to_owned())).into();
    let form = |kind: &str, button: &str, states| Form {
        action: "/console/operators".to_owned(),
        fields: vec![
            Field::Hidden("kind", kind.to_owned()),
            text("name", w.user_name),
            Field::Password("password", w.password.to_owned()),
            Field::Choice("role", w.role.to_owned(), Vec::clone(&roles), "viewer".to_owned()),
            Field::Choice("disabled", w.state.to_owned(), states, String::new()),
        ],
        button: button.to_owned(),
        tone: Tone::Plain,
        csrf: visit.csrf(),
    };
    let new = vec![(String::new(), w.enabled.to_owned())];
    let forms = vec![form("new", w.operator_new, new), form("change", w.operator_change, states)];
    Ok(vec![table, Part::Forms(w.operator_forms.to_owned(), forms)])
}

pub async fn put(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let role = match form.get("role") {
        Some("operator") => RoleName::Operator,
        Some("admin") => RoleName::Admin,
        _ => RoleName::Viewer,
    };
    let wanted = OperatorForm {
        name: form.get("name").unwrap_or_default().to_owned(),
        password: form.raw("password").filter(|password| !password.is_empty()).map(str::to_owned),
        role,
        disabled: form.get("disabled") == Some("1"),
    };
    let status = if form.get("kind") == Some("new") { StatusCode::CREATED } else { StatusCode::OK };
    match register(&visit.desk, wanted, status).await {
        Ok(_) => Ok(go_to("/console/operators?done=1")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(_) => {
            let w = visit.w();
            Ok(visit.refused(w.operators, w.operator_refused.to_owned(), parts_of(&visit).await?))
        }
    }
}

pub async fn audit(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let before = visit.query.get("before").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
    let found = visit.app().engine.reader().audit_lines(Page { after: before, limit: ROWS }).await;
    let found = found.map_err(|error| visit.unread(error))?;
    let row = |line: &AuditLine| {
        vec![
            Cell::code(lang.instant(line.at_ms)),
            Cell::text(&line.by),
            Cell::code(&line.action),
            Cell::code(&line.subject),
            Cell::text(&line.detail),
        ]
    };
    let table = Part::Table {
        title: w.audit.to_owned(),
        heads: [w.at, w.by, w.what, w.subject, w.note].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![table];
    if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
        parts.push(Part::Links(vec![(w.older.to_owned(), format!("/console/audit?before={}", last.id.0))]));
    }
    Ok(visit.page(w.audit, parts))
}

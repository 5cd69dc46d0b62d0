//! `/console/setup/terminals`: PayStar's telephone gateways. An id of a terminal stands in no address: its holder can take payments.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use payments::{Role, Terminal, Text, Version, Versioned};
use serde_json::json;

use super::fields::{Kind, Purpose, Spec, field, flag, json_of, labelled};
use super::kit;
use crate::view::{Cell, Field, Part, Tone};
use crate::visit::Visit;
use admin::{App, terminals as api};
use web::go_to;

pub const PATH: &str = "/console/setup/terminals";

/// Pages that can be turned to, and rows per page.
const PAGES: usize = 1_000;
const ROWS: usize = 50;

const NEW: [Spec; 2] = [field("merchant", Kind::Text, "Kanoon"), labelled("sequence", Kind::Text, |w| w.sequence_new)];
const CHANGE: [Spec; 2] = [field("merchant", Kind::Text, ""), labelled("disabled", Kind::Flag, |w| w.disabled)];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().terminals, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    // Pages are counted: an id would stand in the address of the next one.
    let skipped = visit.query.get("page").and_then(|text| text.parse().ok()).unwrap_or(0_usize).min(PAGES);
    let rows = skipped.saturating_add(1).saturating_mul(ROWS);
    let found = reader.terminals(Text::from(""), rows).await.map_err(|error| visit.unread(error))?;
    let shown = found.get(skipped.saturating_mul(ROWS)..).unwrap_or_default();
    let row = |terminal: &Terminal| {
        let (text, tone) = if terminal.disabled { (w.disabled, Tone::Bad) } else { (w.enabled, Tone::Good) };
        let mut cells = vec![
            Cell::Long(terminal.sequence.to_string()),
            Cell::text(&terminal.merchant),
            Cell::link(lang.digits(terminal.account.0), format!("/console/accounts/{}", terminal.account.0)),
            Cell::Badge(text.to_owned(), tone),
        ];
        if visit.may_work() {
            let version = Version::of(&Versioned::Terminal(terminal)).as_str().to_owned();
            let values = [("merchant", terminal.merchant.to_string()), ("disabled", flag(terminal.disabled))];
            let mut form = kit::change_form(visit, format!("{PATH}/change"), version, (&CHANGE, &values));
            form.fields.push(Field::Hidden("sequence", terminal.sequence.to_string()));
            cells.push(Cell::Form(form));
        }
        cells
    };
    let heads = [w.terminal, w.kind_merchant, w.account, w.state].into_iter().chain(visit.may_work().then_some(""));
    let table = Part::Table {
        title: w.terminals.to_owned(),
        heads: heads.map(str::to_owned).collect(),
        rows: shown.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_terminals.to_owned()), table];
    if found.len() == rows {
        parts.push(Part::Links(vec![(w.next_page.to_owned(), format!("{PATH}?page={}", skipped.saturating_add(1)))]));
    }
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

/// Makes a terminal. One without a chosen id gets a random one.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (w, random) = (visit.w(), kit::new_secret(&visit)?);
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            object.entry("merchant").or_insert_with(|| json!(""));
            object.entry("sequence").or_insert_with(|| json!(random));
            kit::replied(&visit, api::register(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(_) => Ok(go_to(&format!("{PATH}?done=1"))),
        Err(why) => Ok(visit.refused(w.terminals, why, list_parts(&visit).await?)),
    }
}

/// Renames a terminal's merchant, disables a terminal, or enables it again.
pub async fn change(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let read =
        kit::because(&visit, &form).and_then(|context| Ok((context, json_of(&CHANGE, &form, Purpose::Change, w)?)));
    let changed = match read {
        Ok((context, object)) => {
            let sequence = Path(form.get("sequence").unwrap_or_default().to_owned());
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, sequence, request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}?done=1"))),
        Err(why) => Ok(visit.refused(w.terminals, why, list_parts(&visit).await?)),
    }
}

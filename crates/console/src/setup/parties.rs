//! `/console/setup/parties`: POD's users and businesses. One of them is on a page of its own (`shop.rs`).

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Party, Role};
use serde_json::json;
use store::Page;

use super::fields::{Kind, Purpose, Spec, field, json_of};
use super::kit;
use crate::once::{self, Secrets};
use crate::view::{Cell, Part, Tone};
use crate::visit::Visit;
use admin::{App, parties as api};
use web::go_to;

pub const PATH: &str = "/console/setup/parties";

/// Rows per page.
const ROWS: usize = 50;

const KINDS: Kind = Kind::Choice(&[("business", |w| w.business), ("user", |w| w.user)]);
const NEW: [Spec; 6] = [
    field("kind", KINDS, ""),
    field("name", Kind::Text, ""),
    field("mobile", Kind::Text, "09121234567"),
    field("password", Kind::Password, ""),
    field("guilds", Kind::List, "API_GUILD"),
    field("sheba", Kind::Text, ""),
];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().parties, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let after = visit.query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let found = reader.parties(Page { after, limit: ROWS }).await.map_err(|error| visit.unread(error))?;
    let row = |party: &Party| {
        vec![
            Cell::link(lang.digits(party.id.0), format!("{PATH}/{}", party.id.0)),
            Cell::text(&party.name),
            Cell::text(if party.business().is_some() { w.business } else { w.user }),
            Cell::code(lang.digits(&party.mobile)),
            state(party.disabled, visit),
        ]
    };
    let table = Part::Table {
        title: w.parties.to_owned(),
        heads: [w.number, w.user_name, w.kind, w.mobile, w.state].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_parties.to_owned()), table];
    if let Some(last) = found.last().filter(|_| found.len() == ROWS) {
        parts.push(Part::Links(vec![(w.next_page.to_owned(), format!("{PATH}?after={}", last.id.0))]));
    }
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

/// Whether a party is disabled, as a badge.
pub fn state(disabled: bool, visit: &Visit) -> Cell {
    let w = visit.w();
    let (text, tone) = if disabled { (w.disabled, Tone::Bad) } else { (w.enabled, Tone::Good) };
    Cell::Badge(text.to_owned(), tone)
}

/// Makes a user or a business. A business gets a secret that signs calls to it, which is shown once.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (w, secret) = (visit.w(), kit::new_secret(&visit)?);
    let is_business = form.get("kind") == Some("business");
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            if is_business {
                object.insert("webhookSecret".to_owned(), json!(secret));
            }
            kit::replied(&visit, api::register(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(body) => {
            let back = format!("{PATH}/{}", body["id"].as_i64().unwrap_or_default());
            if !is_business {
                return Ok(go_to(&format!("{back}?done=1")));
            }
            let title = format!("{} {}", w.business, body["name"].as_str().unwrap_or_default());
            once::go_and_show(&visit, &Secrets { title, values: vec![(w.webhook_secret.to_owned(), secret)], back })
        }
        Err(why) => Ok(visit.refused(w.parties, why, list_parts(&visit).await?)),
    }
}

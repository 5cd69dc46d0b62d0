//! `/console/setup/cards`: the cards of Finnotech's clients: their float cards, and bon cards that they charge. Whole numbers are typed, and shown
//! nowhere.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::Account;
use payments::{Card, CardKind, ClientId, Role, Version, Versioned};
use serde_json::json;
use store::Page;

use super::fields::{Kind, Purpose, Spec, field, flag, json_of, labelled, list as texts};
use super::kit;
use crate::view::{Cell, Field, Part, Tone};
use crate::visit::Visit;
use admin::reply::Id;
use admin::{App, cards as api};
use web::go_to;

pub const PATH: &str = "/console/setup/cards";

/// Rows per page.
const ROWS: usize = 50;

const KINDS: Kind = Kind::Choice(&[("bon", |w| w.kind_bon), ("float", |w| w.kind_float)]);
const NEW: [Spec; 5] = [
    field("number", Kind::Text, "6362144000000017"),
    field("kind", KINDS, ""),
    field("floatOf", Kind::Text, ""),
    field("approvedFor", Kind::List, "drops"),
    field("balance", Kind::Number, "0"),
];
const CHANGE: [Spec; 2] = [field("approvedFor", Kind::List, ""), labelled("active", Kind::Flag, |w| w.enabled)];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().client_cards, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let after = visit.query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let found = reader.cards(Page { after, limit: ROWS }).await.map_err(|error| visit.unread(error))?;
    let row = |(card, account): &(Card, Account)| {
        let (state, tone) = match (card.active, card.replaced_by) {
            (_, Some(_)) => (w.card_replaced, Tone::Plain),
            (true, None) => (w.enabled, Tone::Good),
            (false, None) => (w.disabled, Tone::Bad),
        };
        let mut cells = vec![
            Cell::code(&card.mask),
            Cell::text(match card.kind {
                CardKind::Float => w.kind_float,
                CardKind::Bon => w.kind_bon,
            }),
            Cell::code(texts(card.approved_for.iter().map(ClientId::to_string))),
            Cell::link(lang.rial(account.posted()), format!("/console/accounts/{}", card.id.0)),
            Cell::Badge(state.to_owned(), tone),
        ];
        if visit.may_work() {
            let version = Version::of(&Versioned::Card(card)).as_str().to_owned();
            let approved = texts(card.approved_for.iter().map(ClientId::to_string));
            let values = [("approvedFor", approved), ("active", flag(card.active))];
            // A card that another one has replaced stays so: the operator API does not tell by which.
            if card.replaced_by.is_none() {
                let mut form = kit::change_form(visit, format!("{PATH}/change"), version, (&CHANGE, &values));
                form.fields.push(Field::Hidden("id", card.id.0.to_string()));
                cells.push(Cell::Form(form));
            } else {
                cells.push(Cell::text(""));
            }
        }
        cells
    };
    let heads =
        [w.card, w.kind, w.approved_for, w.report_balance, w.state].into_iter().chain(visit.may_work().then_some(""));
    let table = Part::Table {
        title: w.client_cards.to_owned(),
        heads: heads.map(str::to_owned).collect(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_client_cards.to_owned()), table];
    if let Some((last, _)) = found.last().filter(|_| found.len() == ROWS) {
        parts.push(Part::Links(vec![(w.next_page.to_owned(), format!("{PATH}?after={}", last.id.0))]));
    }
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

/// Registers a card.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            object.entry("number").or_insert_with(|| json!(""));
            kit::replied(&visit, api::register(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(_) => Ok(go_to(&format!("{PATH}?done=1"))),
        Err(why) => Ok(visit.refused(w.client_cards, why, list_parts(&visit).await?)),
    }
}

/// Changes who may charge a card, and whether it is active.
pub async fn change(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let id = form.get("id").and_then(|text| text.parse().ok()).ok_or_else(|| visit.missing())?;
    let read =
        kit::because(&visit, &form).and_then(|context| Ok((context, json_of(&CHANGE, &form, Purpose::Change, w)?)));
    let changed = match read {
        Ok((context, object)) => {
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, Id(id), request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}?done=1"))),
        Err(why) => Ok(visit.refused(w.client_cards, why, list_parts(&visit).await?)),
    }
}

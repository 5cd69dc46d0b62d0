//! `/console/setup/payer-cards`: cards that pay by telephone and on pages. Whole numbers are typed, and shown nowhere.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::{Account, AccountId};
use payments::{PayerCard, PayerCardState, Rial, Role, Version, Versioned};
use serde_json::{Value, json};
use store::Page;

use super::fields::{Kind, Purpose, Spec, field, json_of};
use super::gate::{GATE, gate_form};
use super::kit;
use crate::accounts::account_status_name;
use crate::once::{self, Secrets};
use crate::view::{Cell, Part, Tone};
use crate::visit::Visit;
use admin::reply::{EmptyBody, Id};
use admin::{App, payer_cards as api};
use web::{Segment, Words, go_to};

pub const PATH: &str = "/console/setup/payer-cards";

/// Rows per page.
const ROWS: usize = 50;

const STATES: Kind = Kind::Choice(&[
    ("active", |w| w.card_active),
    ("inactive", |w| w.card_inactive),
    ("restricted", |w| w.card_restricted),
    ("notPermitted", |w| w.card_not_permitted),
]);
const NEW: [Spec; 6] = [
    field("number", Kind::Text, "5022000000000008"),
    field("mobile", Kind::Text, "09121234567"),
    field("expires", Kind::Text, "1408/12"),
    field("perTransaction", Kind::Number, "0"),
    field("daily", Kind::Number, "0"),
    field("balance", Kind::Number, "0"),
];
const CHANGE: [Spec; 5] = [
    field("mobile", Kind::Text, ""),
    field("expires", Kind::Text, ""),
    Spec { name: "state", kind: STATES, label: Some(|w| w.state), example: "" },
    field("perTransaction", Kind::Number, "0"),
    field("daily", Kind::Number, "0"),
];
pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().payer_cards, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let after = visit.query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let found = reader.payer_cards(Page { after, limit: ROWS }).await.map_err(|error| visit.unread(error))?;
    let row = |(card, account): &(PayerCard, Account)| {
        vec![
            Cell::link(&card.mask, format!("{PATH}/{}", card.id.0)),
            Cell::code(lang.digits(&card.mobile)),
            Cell::code(lang.digits(month(card.expires))),
            Cell::code(lang.rial(account.posted())),
            state(card, w),
        ]
    };
    let table = Part::Table {
        title: w.payer_cards.to_owned(),
        heads: [w.card, w.mobile, w.expires, w.report_balance, w.state].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_payer_cards.to_owned()), table];
    if let Some((last, _)) = found.last().filter(|_| found.len() == ROWS) {
        parts.push(Part::Links(vec![(w.next_page.to_owned(), format!("{PATH}?after={}", last.id.0))]));
    }
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

fn month(expires: i64) -> String {
    format!("{:04}/{:02}", expires / 100, expires % 100)
}

/// The state of a card as a badge: locked, or what its issuer says.
fn state(card: &PayerCard, w: &Words) -> Cell {
    let (text, tone) = match card.state {
        _ if card.is_locked() => (w.card_locked, Tone::Bad),
        PayerCardState::Active => (w.card_active, Tone::Good),
        PayerCardState::Inactive => (w.card_inactive, Tone::Plain),
        PayerCardState::Restricted => (w.card_restricted, Tone::Bad),
        PayerCardState::NotPermitted => (w.card_not_permitted, Tone::Plain),
    };
    Cell::Badge(text.to_owned(), tone)
}

/// Issues a card. Its security code is shown once.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            for name in ["number", "mobile", "expires"] {
                object.entry(name).or_insert_with(|| json!(""));
            }
            kit::replied(&visit, api::issue(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(body) => shown(&visit, &body),
        Err(why) => Ok(visit.refused(w.payer_cards, why, list_parts(&visit).await?)),
    }
}

/// Goes on to a card, past the page that shows its security code where there is a new one.
fn shown(visit: &Visit, body: &Value) -> Result<Response, Response> {
    let (w, id) = (visit.w(), body["id"].as_i64().unwrap_or_default());
    match body["cvv2"].as_str() {
        None => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Some(cvv2) => {
            let title = format!("{} {}", w.card, body["number"].as_str().unwrap_or_default());
            let values = vec![(w.cvv2.to_owned(), cvv2.to_owned())];
            once::go_and_show(visit, &Secrets { title, values, back: format!("{PATH}/{id}") })
        }
    }
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let found = find(&visit, id).await?;
    Ok(visit.page(title(&visit, &found.0), parts_of(&visit, &found)))
}

fn title(visit: &Visit, card: &PayerCard) -> String {
    format!("{} {}", visit.w().card, card.mask)
}

async fn find(visit: &Visit, id: i64) -> Result<(PayerCard, Account), Response> {
    let page = Page { after: id.saturating_sub(1), limit: 1 };
    let found = visit.app().engine.reader().payer_cards(page).await.map_err(|error| visit.unread(error))?.pop();
    found.filter(|(card, _)| card.id == AccountId(id)).ok_or_else(|| visit.missing())
}

fn parts_of(visit: &Visit, (card, account): &(PayerCard, Account)) -> Vec<Part> {
    let (w, lang, id) = (visit.w(), visit.lang(), card.id.0);
    let limit = |amount: Rial| match amount.is_positive() {
        true => format!("{} {}", lang.rial(amount), w.rial),
        false => w.no_limit.to_owned(),
    };
    let mut parts = vec![Part::Facts(vec![
        (w.state.to_owned(), state(card, w)),
        (w.wrong_tries.to_owned(), Cell::code(lang.digits(card.wrong_tries))),
        (w.mobile.to_owned(), Cell::code(lang.digits(&card.mobile))),
        (w.expires.to_owned(), Cell::code(lang.digits(month(card.expires)))),
        (w.per_transaction.to_owned(), Cell::text(limit(card.per_transaction))),
        (w.daily.to_owned(), Cell::text(limit(card.daily))),
        (w.balance.to_owned(), Cell::text(format!("{} {}", lang.rial(account.posted()), w.rial))),
        (w.gate.to_owned(), Cell::text(account_status_name(account.status, w))),
        (w.account.to_owned(), Cell::link(lang.digits(id), format!("/console/accounts/{id}"))),
    ])];
    if !visit.may_work() {
        return parts;
    }
    let version = Version::of(&Versioned::PayerCard(card, account.status)).as_str().to_owned();
    if card.wrong_tries > 0 {
        let unlock = kit::act_form(visit, format!("{PATH}/{id}/unlock"), Vec::new(), (w.unlock, Tone::Good));
        parts.extend([Part::Text(w.unlock_help.to_owned()), Part::Forms(w.unlock.to_owned(), vec![unlock])]);
    }
    let state = match card.state {
        PayerCardState::Active => "active",
        PayerCardState::Inactive => "inactive",
        PayerCardState::Restricted => "restricted",
        PayerCardState::NotPermitted => "notPermitted",
    };
    let values = [
        ("mobile", card.mobile.to_string()),
        ("expires", month(card.expires)),
        ("state", state.to_owned()),
        ("perTransaction", card.per_transaction.to_string()),
        ("daily", card.daily.to_string()),
    ];
    let change = kit::change_form(visit, format!("{PATH}/{id}"), version.clone(), (&CHANGE, &values));
    let gate = gate_form(visit, format!("{PATH}/{id}/gate"), version, account);
    parts.extend([Part::Forms(w.change.to_owned(), vec![change]), Part::Forms(w.gate.to_owned(), vec![gate])]);
    parts
}

/// Changes the terms of a card.
pub async fn change(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let read = kit::because(&visit, &form)
        .and_then(|context| Ok((context, json_of(&CHANGE, &form, Purpose::Change, visit.w())?)));
    let changed = match read {
        Ok((context, object)) => {
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, Id(id), request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(body) => shown(&visit, &body),
        Err(why) => refused(&visit, id, why).await,
    }
}

async fn refused(visit: &Visit, id: i64, why: String) -> Result<Response, Response> {
    let found = find(visit, id).await?;
    Ok(visit.refused(title(visit, &found.0), why, parts_of(visit, &found)))
}

/// Unlocks a card after too many wrong passwords.
pub async fn unlock(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let unlocked = match kit::because(&visit, &form) {
        Ok(context) => kit::replied(&visit, api::unlock(context, Id(id), EmptyBody)).await?,
        Err(why) => Err(why),
    };
    match unlocked {
        Ok(_) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => refused(&visit, id, why).await,
    }
}

/// Changes what the account of a card takes.
pub async fn gate(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let read = kit::because(&visit, &form)
        .and_then(|context| Ok((context, json_of(&GATE, &form, Purpose::Change, visit.w())?)));
    let changed = match read {
        Ok((context, object)) => {
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::set_gate(context, Id(id), request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => refused(&visit, id, why).await,
    }
}

//! `/console/setup/deposits`: deposits at the hosted banks.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::{Account, AccountId};
use payments::{ClientId, Deposit, Iban, Role, Version, Versioned, full_name};
use serde_json::json;
use store::Page;

use super::fields::{Kind, Purpose, Spec, field, json_of, list as texts};
use super::gate::{GATE, gate_form};
use super::kit;
use crate::accounts::account_status_name;
use crate::view::{Cell, Part};
use crate::visit::Visit;
use admin::reply::Id;
use admin::{App, deposits as api};
use web::{Segment, go_to};

pub const PATH: &str = "/console/setup/deposits";

/// Rows per page.
const ROWS: usize = 50;

const NEW: [Spec; 7] = [
    field("bank", Kind::Text, "062"),
    field("number", Kind::Text, "0302876214008"),
    field("owner", Kind::Text, "1111111111"),
    field("firstName", Kind::Text, ""),
    field("lastName", Kind::Text, ""),
    field("approvedFor", Kind::List, "drops"),
    field("balance", Kind::Number, "0"),
];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().deposits, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let after = visit.query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let found = reader.deposits(Page { after, limit: ROWS }).await.map_err(|error| visit.unread(error))?;
    let row = |(deposit, account): &(Deposit, Account)| {
        vec![
            Cell::link(&deposit.number, format!("{PATH}/{}", deposit.id.0)),
            Cell::text(lang.bank(deposit.key.bank)),
            Cell::text(full_name(&deposit.first_name, &deposit.last_name)),
            Cell::code(lang.rial(account.posted())),
            Cell::text(account_status_name(account.status, w)),
        ]
    };
    let table = Part::Table {
        title: w.deposits.to_owned(),
        heads: [w.number, w.bank, w.holder, w.report_balance, w.gate].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_deposits.to_owned()), table];
    if let Some((last, _)) = found.last().filter(|_| found.len() == ROWS) {
        parts.push(Part::Links(vec![(w.next_page.to_owned(), format!("{PATH}?after={}", last.id.0))]));
    }
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

/// Opens a deposit.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            for name in ["bank", "number", "owner", "firstName"] {
                object.entry(name).or_insert_with(|| json!(""));
            }
            kit::replied(&visit, api::open(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(body) => Ok(go_to(&format!("{PATH}/{}?done=1", body["id"].as_i64().unwrap_or_default()))),
        Err(why) => Ok(visit.refused(w.deposits, why, list_parts(&visit).await?)),
    }
}

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let found = find(&visit, id).await?;
    Ok(visit.page(title(&visit, &found.0), parts_of(&visit, &found)))
}

fn title(visit: &Visit, deposit: &Deposit) -> String {
    format!("{} {}", visit.w().kind_deposit, deposit.number)
}

async fn find(visit: &Visit, id: i64) -> Result<(Deposit, Account), Response> {
    let reader = visit.app().engine.reader();
    let deposit = reader.deposit_of(AccountId(id)).await.map_err(|error| visit.unread(error))?;
    let account = reader.account(AccountId(id)).await.map_err(|error| visit.unread(error))?;
    deposit.zip(account).ok_or_else(|| visit.missing())
}

fn parts_of(visit: &Visit, (deposit, account): &(Deposit, Account)) -> Vec<Part> {
    let (w, lang, id) = (visit.w(), visit.lang(), deposit.id.0);
    let rials = |amount| format!("{} {}", lang.rial(amount), w.rial);
    let iban = Iban::of(deposit.key.bank, &deposit.key.digits).to_string();
    let mut parts = vec![Part::Facts(vec![
        (w.holder.to_owned(), Cell::text(full_name(&deposit.first_name, &deposit.last_name))),
        (w.national_id.to_owned(), Cell::code(lang.digits(&deposit.owner))),
        (w.bank.to_owned(), Cell::text(lang.bank(deposit.key.bank))),
        ("IBAN".to_owned(), Cell::code(iban)),
        (w.approved_for.to_owned(), Cell::code(texts(deposit.approved_for.iter().map(ClientId::to_string)))),
        (w.balance.to_owned(), Cell::text(rials(account.posted()))),
        (w.available.to_owned(), Cell::text(rials(account.available()))),
        (w.gate.to_owned(), Cell::text(account_status_name(account.status, w))),
        (w.account.to_owned(), Cell::link(lang.digits(id), format!("/console/accounts/{id}"))),
    ])];
    if visit.may_work() {
        let version = Version::of(&Versioned::Deposit(account.status)).as_str().to_owned();
        let gate = gate_form(visit, format!("{PATH}/{id}/gate"), version, account);
        parts.extend([Part::Text(w.gate_help.to_owned()), Part::Forms(w.gate.to_owned(), vec![gate])]);
    }
    parts
}

/// Changes what a deposit takes.
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
        Err(why) => {
            let found = find(&visit, id).await?;
            Ok(visit.refused(title(&visit, &found.0), why, parts_of(&visit, &found)))
        }
    }
}

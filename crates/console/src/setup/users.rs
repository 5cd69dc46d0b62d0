//! `/console/setup/users`: users of the banks, who log in on the consent page. A national id stands in no address.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use payments::{BankUser, Role, Version, Versioned};

use super::fields::{Kind, Purpose, Spec, field, json_of, labelled};
use super::kit;
use crate::view::{Cell, Field, Part, Tone};
use crate::visit::Visit;
use admin::{App, users as api};
use web::go_to;

pub const PATH: &str = "/console/setup/users";

/// Pages that can be turned to, and rows per page.
const PAGES: usize = 1_000;
const ROWS: usize = 50;

const NEW: [Spec; 3] = [
    field("nid", Kind::Text, "1111111111"),
    field("password", Kind::Password, ""),
    field("mobile", Kind::Text, "09121234567"),
];
const CHANGE: [Spec; 1] = [labelled("password", Kind::Password, |w| w.password_new)];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().bank_users, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    // Pages are counted: a national id would stand in the address of the next one.
    let skipped = visit.query.get("page").and_then(|text| text.parse().ok()).unwrap_or(0_usize).min(PAGES);
    let rows = skipped.saturating_add(1).saturating_mul(ROWS);
    let found = reader.bank_users(String::new(), rows).await.map_err(|error| visit.unread(error))?;
    let shown = found.get(skipped.saturating_mul(ROWS)..).unwrap_or_default();
    let now_ms = visit.app().engine.clock().now_ms();
    let row = |user: &BankUser| {
        let (text, tone) = match now_ms < user.locked_until_ms {
            true => (format!("{} {}", w.locked_until, lang.instant(user.locked_until_ms)), Tone::Bad),
            false => (w.enabled.to_owned(), Tone::Good),
        };
        let mut cells = vec![
            Cell::code(lang.digits(&user.nid)),
            Cell::text(if user.mobile.is_some() { w.yes } else { w.no }),
            Cell::Badge(text, tone),
        ];
        if visit.may_work() {
            let version = Version::of(&Versioned::BankUser(user)).as_str().to_owned();
            let mut form = kit::change_form(visit, format!("{PATH}/password"), version, (&CHANGE, &[]));
            form.fields.push(Field::Hidden("nid", user.nid.clone()));
            cells.push(Cell::Form(form));
        }
        cells
    };
    let heads = [w.national_id, w.mobile_known, w.state].into_iter().chain(visit.may_work().then_some(""));
    let table = Part::Table {
        title: w.bank_users.to_owned(),
        heads: heads.map(str::to_owned).collect(),
        rows: shown.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_bank_users.to_owned()), table];
    if found.len() == rows {
        parts.push(Part::Links(vec![(w.next_page.to_owned(), format!("{PATH}?page={}", skipped.saturating_add(1)))]));
    }
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

/// Makes a user.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            object.entry("password").or_insert_with(|| "".into());
            kit::replied(&visit, api::register(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(_) => Ok(go_to(&format!("{PATH}?done=1"))),
        Err(why) => Ok(visit.refused(w.bank_users, why, list_parts(&visit).await?)),
    }
}

/// Gives a user another password, and ends its lock.
pub async fn password(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let w = visit.w();
    let read =
        kit::because(&visit, &form).and_then(|context| Ok((context, json_of(&CHANGE, &form, Purpose::Change, w)?)));
    let changed = match read {
        Ok((context, mut object)) => {
            object.entry("password").or_insert_with(|| "".into());
            let nid = Path(form.get("nid").unwrap_or_default().to_owned());
            kit::replied(&visit, api::replace(context, nid, kit::request(kit::with_version(object, &form)))).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}?done=1"))),
        Err(why) => Ok(visit.refused(w.bank_users, why, list_parts(&visit).await?)),
    }
}

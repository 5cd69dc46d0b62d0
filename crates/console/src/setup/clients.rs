//! `/console/setup/clients`: programs that call Finnotech's services.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use payments::{Client, ClientId, Role, Version, Versioned};
use serde_json::{Map, Value, json};

use super::fields::{Kind, Purpose, Spec, field, flag, json_of, labelled, list as texts};
use super::kit;
use crate::once::{self, Secrets};
use crate::view::{Cell, Field, Part, Tone};
use crate::visit::Visit;
use admin::{App, clients as api};
use web::{Segment, go_to};

pub const PATH: &str = "/console/setup/clients";

const NEW: [Spec; 6] = [
    labelled("id", Kind::Text, |w| w.client_id),
    field("nids", Kind::List, "0499370899"),
    field("redirectOrigin", Kind::Text, "https://shop.example"),
    field("scopes", Kind::List, ""),
    field("maxAmount", Kind::Number, "0"),
    field("maxCount", Kind::Number, "0"),
];
const CHANGE: [Spec; 13] = [
    field("nids", Kind::List, ""),
    field("redirectOrigin", Kind::Text, ""),
    field("scopes", Kind::List, ""),
    field("maxAmount", Kind::Number, "0"),
    field("maxCount", Kind::Number, "0"),
    labelled("chargeLimits.perCard", Kind::Number, |w| w.charge_per_card),
    labelled("chargeLimits.perTransaction", Kind::Number, |w| w.charge_per_transaction),
    labelled("chargeLimits.daily", Kind::Number, |w| w.charge_daily),
    labelled("chargeLimits.monthly", Kind::Number, |w| w.charge_monthly),
    labelled("chargeLimits.account", Kind::Number, |w| w.charge_account),
    labelled("chargeLimits.accountDaily", Kind::Number, |w| w.charge_account_daily),
    labelled("chargeLimits.accountMonthly", Kind::Number, |w| w.charge_account_monthly),
    labelled("disabled", Kind::Flag, |w| w.disabled),
];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = list_parts(&visit).await?;
    Ok(visit.page(visit.w().clients, parts))
}

async fn list_parts(visit: &Visit) -> Result<Vec<Part>, Response> {
    let w = visit.w();
    let mut found = visit.app().engine.reader().clients().await.map_err(|error| visit.unread(error))?;
    found.sort_unstable_by(|one, other| one.id.0.cmp(&other.id.0));
    let row = |client: &Client| {
        vec![
            Cell::link(&client.id, format!("{PATH}/{}", client.id)),
            Cell::code(&client.redirect_origin),
            Cell::code(visit.lang().digits(client.scopes.len())),
            state(visit, client),
        ]
    };
    let table = Part::Table {
        title: w.clients.to_owned(),
        heads: [w.client_id, w.redirect_origin, w.scopes, w.state].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let mut parts = vec![Part::Text(w.setup_clients.to_owned()), table];
    if visit.may_work() {
        parts.push(kit::new_form(visit, PATH, &NEW));
    }
    Ok(parts)
}

fn state(visit: &Visit, client: &Client) -> Cell {
    let w = visit.w();
    let (text, tone) = if client.disabled { (w.disabled, Tone::Bad) } else { (w.enabled, Tone::Good) };
    Cell::Badge(text.to_owned(), tone)
}

/// Makes a client with a new secret, which is shown once.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (w, secret) = (visit.w(), kit::new_secret(&visit)?);
    let made = match json_of(&NEW, &form, Purpose::New, w) {
        Ok(mut object) => {
            object.insert("secret".to_owned(), json!(secret));
            kit::replied(&visit, api::register(visit.context.clone(), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match made {
        Ok(body) => shown(&visit, body["id"].as_str().unwrap_or_default(), secret),
        Err(why) => Ok(visit.refused(w.clients, why, list_parts(&visit).await?)),
    }
}

fn shown(visit: &Visit, id: &str, secret: String) -> Result<Response, Response> {
    let w = visit.w();
    let values = vec![(w.client_id.to_owned(), id.to_owned()), (w.client_secret.to_owned(), secret)];
    once::go_and_show(visit, &Secrets { title: format!("{} {id}", w.client), values, back: format!("{PATH}/{id}") })
}

pub async fn show(
    State(app): State<App>,
    Segment(id): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let client = find(&visit, &id).await?;
    Ok(visit.page(title(&visit, &client), parts_of(&visit, &client)))
}

fn title(visit: &Visit, client: &Client) -> String {
    format!("{} {}", visit.w().client, client.id)
}

async fn find(visit: &Visit, id: &str) -> Result<Client, Response> {
    let found = visit.app().engine.reader().client(ClientId::from(id)).await;
    found.map_err(|error| visit.unread(error))?.ok_or_else(|| visit.missing())
}

fn parts_of(visit: &Visit, client: &Client) -> Vec<Part> {
    let (w, lang) = (visit.w(), visit.lang());
    let mut facts = vec![
        (w.state.to_owned(), state(visit, client)),
        (w.national_id.to_owned(), Cell::code(client.caller_nids.join(" "))),
        (w.redirect_origin.to_owned(), Cell::code(&client.redirect_origin)),
        (w.scopes.to_owned(), Cell::Long(client.scopes.join(" "))),
    ];
    if let Some(float) = client.float {
        facts.push((
            w.kind_float.to_owned(),
            Cell::link(lang.digits(float.0), format!("/console/accounts/{}", float.0)),
        ));
    }
    let mut parts = vec![Part::Facts(facts)];
    if visit.may_work() {
        let version = Version::of(&Versioned::Client(client)).as_str().to_owned();
        let path = format!("{PATH}/{}", client.id);
        let hidden = vec![Field::Hidden("version", version.clone())];
        let rotate = kit::act_form(visit, format!("{path}/secret"), hidden, (w.new_secret, Tone::Bad));
        let change = kit::change_form(visit, path, version, (&CHANGE, &values(client)));
        parts.push(Part::Forms(w.change.to_owned(), vec![change]));
        parts.push(Part::Text(w.new_secret_help.to_owned()));
        parts.push(Part::Forms(w.client_secret.to_owned(), vec![rotate]));
    }
    parts
}

/// The present values of the fields of a change.
fn values(client: &Client) -> Vec<(&'static str, String)> {
    let limits = &client.charge_limits;
    vec![
        ("nids", texts(&client.caller_nids)),
        ("redirectOrigin", client.redirect_origin.clone()),
        ("scopes", texts(&client.scopes)),
        ("maxAmount", client.max_amount.to_string()),
        ("maxCount", client.max_count.to_string()),
        ("chargeLimits.perCard", limits.per_card.to_string()),
        ("chargeLimits.perTransaction", limits.per_transaction.to_string()),
        ("chargeLimits.daily", limits.daily.to_string()),
        ("chargeLimits.monthly", limits.monthly.to_string()),
        ("chargeLimits.account", limits.account.to_string()),
        ("chargeLimits.accountDaily", limits.account_daily.to_string()),
        ("chargeLimits.accountMonthly", limits.account_monthly.to_string()),
        ("disabled", flag(client.disabled)),
    ]
}

/// The whole record as the operator API replaces it.
fn record(client: &Client) -> Map<String, Value> {
    let limits = &client.charge_limits;
    let mut object = Map::new();
    for (name, value) in [
        ("nids", json!(client.caller_nids)),
        ("redirectOrigin", json!(client.redirect_origin)),
        ("scopes", json!(client.scopes)),
        ("maxAmount", json!(client.max_amount.get())),
        ("maxCount", json!(client.max_count)),
        ("disabled", json!(client.disabled)),
        (
            "chargeLimits",
            json!({
                "perCard": limits.per_card.get(), "perTransaction": limits.per_transaction.get(),
                "daily": limits.daily.get(), "monthly": limits.monthly.get(), "account": limits.account.get(),
                "accountDaily": limits.account_daily.get(), "accountMonthly": limits.account_monthly.get(),
            }),
        ),
    ] {
        object.insert(name.to_owned(), value);
    }
    object
}

/// Changes a client, or disables it. Its secret stays.
pub async fn change(
    State(app): State<App>,
    Segment(id): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let client = find(&visit, &id).await?;
    let read = kit::because(&visit, &form)
        .and_then(|context| Ok((context, json_of(&CHANGE, &form, Purpose::Change, visit.w())?)));
    let changed = match read {
        Ok((context, object)) => {
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, Path(id.clone()), request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => Ok(visit.refused(title(&visit, &client), why, parts_of(&visit, &client))),
    }
}

/// Gives a client a new secret, which is shown once. The one before is good for nothing from then on.
pub async fn rotate(
    State(app): State<App>,
    Segment(id): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (client, secret) = (find(&visit, &id).await?, kit::new_secret(&visit)?);
    let rotated = match kit::because(&visit, &form) {
        Ok(context) => {
            let mut object = kit::with_version(record(&client), &form);
            object.insert("secret".to_owned(), json!(secret));
            kit::replied(&visit, api::replace(context, Path(id.clone()), kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match rotated {
        Ok(_) => shown(&visit, &id, secret),
        Err(why) => Ok(visit.refused(title(&visit, &client), why, parts_of(&visit, &client))),
    }
}

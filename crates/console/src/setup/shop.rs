//! `/console/setup/parties/{id}`: a user or a business: its balances, its newest invoices, the health of the calls to it, its keys and tokens, and the
//! forms that change it.

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::AccountId;
use payments::{
    ApiToken, Business, Guild, Message, MessageState, Party, PartyId, Precondition, Role, Text, Version, Versioned,
    blocked, guild_free, guild_open, wallet,
};
use serde_json::{Map, json};
use store::{By, InvoiceFilter, InvoicePage, InvoicePageStart, InvoiceSide, MessagePage};

use super::fields::{Kind, Purpose, Spec, field, fields, flag, json_of, labelled, list as texts, number};
use super::kit;
use super::parties::{PATH, state};
use crate::invoices;
use crate::once::{self, Secrets};
use crate::refusals::explained;
use crate::view::{Cell, Field, Form, Part, Tone};
use crate::visit::Visit;
use admin::reply::Named;
use admin::{App, parties as api};
use web::{Segment, go_to};

/// Invoices, and calls, that the page looks at.
const INVOICES: usize = 10;
const CALLS: usize = 100;
/// Maximum bytes of the texts of the invoices.
const TEXTS: usize = 1 << 20;
const DAY_S: i64 = 86_400;
/// The life of a new token that its form has at first, in days.
const DAYS: &str = "90";

const USER: [Spec; 3] = [
    field("mobile", Kind::Text, "09121234567"),
    labelled("mobileVerified", Kind::Flag, |w| w.mobile_verified),
    labelled("disabled", Kind::Flag, |w| w.disabled),
];
const BUSINESS: [Spec; 8] = [
    field("mobile", Kind::Text, "09121234567"),
    labelled("mobileVerified", Kind::Flag, |w| w.mobile_verified),
    labelled("disabled", Kind::Flag, |w| w.disabled),
    field("guilds", Kind::List, "API_GUILD"),
    field("sheba", Kind::Text, ""),
    field("redirectUris", Kind::List, "https://shop.example"),
    field("frameOrigins", Kind::List, "https://shop.example"),
    labelled("returnsWhenTaken", Kind::Flag, |w| w.returns_when_taken),
];
const POS: [Spec; 2] = [
    labelled("terminalNumber", Kind::Text, |w| w.pos_number),
    labelled("merchantCode", Kind::Text, |w| w.pos_merchant_code),
];
const PASSWORD: [Spec; 1] = [labelled("password", Kind::Password, |w| w.password_new)];

/// The secrets that a page makes anew, by their names in the operator API.
const WEBHOOK: &str = "webhookSecret";
const LOG_IN: &str = "clientSecret";

pub async fn show(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let party = find(&visit, id).await?;
    let parts = parts_of(&visit, &party).await?;
    Ok(visit.page(title(&visit, &party), parts))
}

fn title(visit: &Visit, party: &Party) -> String {
    let w = visit.w();
    format!("{} {}", if party.business().is_some() { w.business } else { w.user }, party.name)
}

async fn find(visit: &Visit, id: i64) -> Result<Party, Response> {
    let id = PartyId::numbered(id).ok_or_else(|| visit.missing())?;
    let found = visit.app().engine.reader().party(id).await;
    found.map_err(|error| visit.unread(error))?.ok_or_else(|| visit.missing())
}

async fn parts_of(visit: &Visit, party: &Party) -> Result<Vec<Part>, Response> {
    let w = visit.w();
    let mut parts = vec![Part::Facts(facts(visit, party)), balances(visit, party).await?];
    if let Some(business) = party.business() {
        parts.push(newest_invoices(visit, party.id).await?);
        parts.push(Part::Facts(calls(visit, party.id).await?));
        parts.push(Part::Links(vec![(w.dead_messages.to_owned(), "/console/messages?state=dead".to_owned())]));
        parts.push(keys(visit, business));
    }
    parts.push(tokens(visit, party.id).await?);
    if visit.may_work() {
        parts.extend(forms(visit, party));
    }
    Ok(parts)
}

fn facts(visit: &Visit, party: &Party) -> Vec<(String, Cell)> {
    let (w, lang) = (visit.w(), visit.lang());
    let yes = |holds: bool| Cell::text(if holds { w.yes } else { w.no });
    let mut facts = vec![
        (w.number.to_owned(), Cell::code(lang.digits(party.id.0))),
        (w.state.to_owned(), state(party.disabled, visit)),
        (w.mobile.to_owned(), Cell::code(lang.digits(&party.mobile))),
        (w.mobile_verified.to_owned(), yes(party.mobile_verified)),
        (w.password.to_owned(), yes(!party.password.is_empty())),
        (w.since.to_owned(), Cell::code(lang.instant(party.joined_at_ms))),
    ];
    if let Some(business) = party.business() {
        let guilds = business.guilds.iter().filter_map(|id| Guild::numbered(*id)).map(|guild| guild.code);
        facts.extend([
            (w.guilds.to_owned(), Cell::code(texts(guilds))),
            (w.sheba.to_owned(), Cell::code(&business.sheba)),
            (w.redirect_uris.to_owned(), Cell::Long(texts(&business.redirect_uris))),
            (w.frame_origins.to_owned(), Cell::Long(texts(&business.frame_origins))),
            (w.returns_when_taken.to_owned(), yes(business.returns_when_taken)),
        ]);
    }
    facts
}

/// The balances of the accounts of a party.
async fn balances(visit: &Visit, party: &Party) -> Result<Part, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let mut accounts: Vec<(String, AccountId)> =
        vec![(w.by_wallet_short.to_owned(), wallet(party.id)), (w.kind_blocked.to_owned(), blocked(party.id))];
    for id in party.business().iter().flat_map(|business| &business.guilds) {
        let code = Guild::numbered(*id).map_or("", |guild| guild.code);
        accounts.push((format!("{} · {code}", w.kind_guild_open), guild_open(party.id, *id)));
        accounts.push((format!("{} · {code}", w.kind_guild_free), guild_free(party.id, *id)));
    }
    let mut rows = Vec::new();
    for (name, id) in accounts {
        let found = visit.app().engine.reader().account(id).await.map_err(|error| visit.unread(error))?;
        let Some(account) = found else { continue };
        rows.push(vec![
            Cell::text(name),
            Cell::link(lang.digits(id.0), format!("/console/accounts/{}", id.0)),
            Cell::code(lang.rial(account.posted())),
            Cell::code(lang.rial(account.available())),
        ]);
    }
    Ok(Part::Table {
        title: w.balances.to_owned(),
        heads: [w.kind, w.account, w.report_balance, w.available_rial].map(str::to_owned).into(),
        rows,
        empty: w.nothing.to_owned(),
    })
}

async fn newest_invoices(visit: &Visit, of: PartyId) -> Result<Part, Response> {
    let page = InvoicePage {
        of,
        side: InvoiceSide::Issued,
        filter: InvoiceFilter::default(),
        start: InvoicePageStart::Offset(0),
        limit: INVOICES,
        bytes: TEXTS,
    };
    let found = visit.app().engine.reader().invoices(page).await.map_err(|error| visit.unread(error))?;
    invoices::table(visit, visit.w().newest_invoices, &found.rows).await
}

/// The health of the last calls to a business: how they ended, and why the last one of those that were given up failed.
async fn calls(visit: &Visit, business: PartyId) -> Result<Vec<(String, Cell)>, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let page = MessagePage {
        by: By::Call,
        before: i64::MAX,
        after: 0,
        to: None,
        business: Some(business),
        state: None,
        limit: CALLS,
    };
    let found = visit.app().engine.reader().messages(page).await.map_err(|error| visit.unread(error))?;
    let count = |state: MessageState| found.iter().filter(|call| call.state == state).count();
    let badge = |state: MessageState, tone: Tone| {
        let count = count(state);
        Cell::Badge(lang.digits(count), if count == 0 { Tone::Plain } else { tone })
    };
    let mut facts = vec![
        (format!("{}: {}", w.calls, w.message_sent), badge(MessageState::Sent, Tone::Good)),
        (format!("{}: {}", w.calls, w.message_queued), badge(MessageState::Queued, Tone::Hint)),
        (format!("{}: {}", w.calls, w.message_dead), badge(MessageState::Dead, Tone::Bad)),
    ];
    let failed = |call: &&Message| !call.error.is_empty();
    if let Some(call) = found.iter().find(failed) {
        let text = format!("{} · {}", lang.digits(call.id.0), call.error);
        facts.push((w.last_failure.to_owned(), Cell::link(text, format!("/console/messages/{}", call.id.0))));
    }
    Ok(facts)
}

/// Which secrets and keys a business has. Their values are not stored.
fn keys(visit: &Visit, business: &Business) -> Part {
    let (w, lang) = (visit.w(), visit.lang());
    let there = |holds: bool| Cell::text(if holds { w.present } else { w.absent });
    let mut facts = vec![
        (w.webhook_secret.to_owned(), there(!business.webhook_secret.is_empty())),
        (w.log_in_secret.to_owned(), there(business.client_secret.is_some())),
        (w.api_keys.to_owned(), Cell::code(texts(business.api_keys.iter().map(|(service, _)| service)))),
    ];
    if let Some(old) = &business.old_webhook_secret {
        facts.push((w.old_secret_until.to_owned(), Cell::code(lang.instant(old.until_ms))));
    }
    Part::Facts(facts)
}

async fn tokens(visit: &Visit, party: PartyId) -> Result<Part, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let found = visit.app().engine.reader().api_tokens_of(party).await.map_err(|error| visit.unread(error))?;
    let now_ms = visit.app().engine.clock().now_ms();
    let row = |token: &ApiToken| {
        let (text, tone) = if token.is_alive(now_ms) { (w.enabled, Tone::Good) } else { (w.token_ended, Tone::Plain) };
        let mut cells = vec![
            Cell::code(format!("{}…", token.hash.shown())),
            Cell::code(lang.instant(token.created_at_ms)),
            Cell::code(token.ends_at_ms.map_or_else(|| "—".to_owned(), |ends| lang.instant(ends))),
            Cell::Badge(text.to_owned(), tone),
        ];
        if visit.may_work() {
            let hidden = vec![Field::Hidden("token", api::token_id(token))];
            let path = format!("{PATH}/{}/tokens/revoke", party.0);
            cells.push(Cell::Form(kit::act_form(visit, path, hidden, (w.token_revoke, Tone::Bad))));
        }
        cells
    };
    let heads = [w.number, w.since, w.token_ends, w.state].into_iter().chain(visit.may_work().then_some(""));
    Ok(Part::Table {
        title: w.party_tokens.to_owned(),
        heads: heads.map(str::to_owned).collect(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    })
}

fn forms(visit: &Visit, party: &Party) -> Vec<Part> {
    let w = visit.w();
    let path = format!("{PATH}/{}", party.id.0);
    let version = Version::of(&Versioned::Party(party)).as_str().to_owned();
    let specs: &[Spec] = if party.business().is_some() { &BUSINESS } else { &USER };
    let change = kit::change_form(visit, path.clone(), version.clone(), (specs, &values(party)));
    let password = kit::change_form(visit, format!("{path}/password"), version.clone(), (&PASSWORD, &[]));
    let rotate = |which: &str, label: &str| -> Form {
        let hidden = vec![Field::Hidden("which", which.to_owned()), Field::Hidden("version", version.clone())];
        kit::act_form(visit, format!("{path}/secret"), hidden, (label, Tone::Bad))
    };
    let days = Field::Text("days", w.token_days_or_none.to_owned(), DAYS.to_owned(), DAYS.to_owned());
    let token = kit::act_form(visit, format!("{path}/tokens"), vec![days], (w.token_new, Tone::Plain));
    let mut parts = vec![
        Part::Forms(w.change.to_owned(), vec![change]),
        Part::Forms(w.party_tokens.to_owned(), vec![token]),
        Part::Forms(w.password.to_owned(), vec![password]),
    ];
    if party.business().is_some() {
        let secrets = vec![rotate(WEBHOOK, w.new_webhook_secret), rotate(LOG_IN, w.new_log_in_secret)];
        parts.extend([Part::Text(w.rotate_help.to_owned()), Part::Forms(w.new_secret.to_owned(), secrets)]);
        let pos = kit::act_form(visit, format!("{path}/pos"), fields(&POS, &[], w), (w.pos_register, Tone::Plain));
        parts.extend([Part::Text(w.pos_help.to_owned()), Part::Forms(w.pos_terminals.to_owned(), vec![pos])]);
    }
    parts
}

/// The present values of the fields of a change.
fn values(party: &Party) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("mobile", party.mobile.to_string()),
        ("mobileVerified", flag(party.mobile_verified)),
        ("disabled", flag(party.disabled)),
    ];
    if let Some(business) = party.business() {
        let guilds = business.guilds.iter().filter_map(|id| Guild::numbered(*id)).map(|guild| guild.code);
        values.extend([
            ("guilds", texts(guilds)),
            ("sheba", business.sheba.to_string()),
            ("redirectUris", texts(&business.redirect_uris)),
            ("frameOrigins", texts(&business.frame_origins)),
            ("returnsWhenTaken", flag(business.returns_when_taken)),
        ]);
    }
    values
}

async fn refused(visit: &Visit, id: i64, why: String) -> Result<Response, Response> {
    let party = find(visit, id).await?;
    Ok(visit.refused(title(visit, &party), why, parts_of(visit, &party).await?))
}

/// Changes a party, disables it, or enables it again.
pub async fn change(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let party = find(&visit, id).await?;
    let specs: &[Spec] = if party.business().is_some() { &BUSINESS } else { &USER };
    let read = kit::because(&visit, &form)
        .and_then(|context| Ok((context, json_of(specs, &form, Purpose::Change, visit.w())?)));
    let changed = match read {
        Ok((context, mut object)) => {
            // The form shows whether the present number is verified, and says nothing of another one.
            if object.get("mobile").is_some_and(|mobile| mobile.as_str() != Some(&*party.mobile)) {
                object.remove("mobileVerified");
            }
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, Named(party.id), request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => refused(&visit, id, why).await,
    }
}

/// Gives a business a new secret, which is shown once.
pub async fn rotate(State(app): State<App>, Segment(id): Segment<i64>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (w, party, secret) = (visit.w(), find(&visit, id).await?, kit::new_secret(&visit)?);
    let (name, label) = match form.get("which") {
        Some(WEBHOOK) => (WEBHOOK, w.webhook_secret),
        Some(LOG_IN) => (LOG_IN, w.log_in_secret),
        _ => return Err(visit.missing()),
    };
    let rotated = match kit::because(&visit, &form) {
        Ok(context) => {
            let object = Map::from_iter([(name.to_owned(), json!(secret))]);
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, Named(party.id), request)).await?
        }
        Err(why) => Err(why),
    };
    match rotated {
        Ok(_) => {
            let values = vec![(label.to_owned(), secret)];
            once::go_and_show(&visit, &Secrets { title: title(&visit, &party), values, back: format!("{PATH}/{id}") })
        }
        Err(why) => refused(&visit, id, why).await,
    }
}

/// Registers a terminal of a business (POS), or changes its merchant code. A terminal of another business stays there.
pub async fn register_pos(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (w, party) = (visit.w(), find(&visit, id).await?);
    let number = form.get("terminalNumber").unwrap_or_default();
    let known =
        visit.app().engine.reader().pos_terminal(Text::from(number)).await.map_err(|error| visit.unread(error))?;
    let precondition = match &known {
        None => Ok(Precondition::NoRow),
        Some(known) if known.business == party.id => {
            Ok(Precondition::Version(Version::of(&Versioned::PosTerminal(Some(known)))))
        }
        Some(_) => Err(format!("{}: {}", w.pos_number, w.pos_taken)),
    };
    let read = kit::because(&visit, &form)
        .and_then(|context| Ok((context.expecting(precondition?), json_of(&POS, &form, Purpose::Change, w)?)));
    let registered = match read {
        Ok((context, mut object)) => {
            object.insert("terminalNumber".to_owned(), json!(number));
            object.insert("business".to_owned(), json!(party.id.0));
            kit::replied(&visit, api::put_terminal(context, kit::request(object))).await?
        }
        Err(why) => Err(why),
    };
    match registered {
        Ok(_) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => refused(&visit, id, why).await,
    }
}

/// Gives a party another password.
pub async fn password(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let party = find(&visit, id).await?;
    let read = kit::because(&visit, &form)
        .and_then(|context| Ok((context, json_of(&PASSWORD, &form, Purpose::Change, visit.w())?)));
    let changed = match read {
        Ok((context, mut object)) => {
            object.entry("password").or_insert_with(|| json!(""));
            let request = kit::request(kit::with_version(object, &form));
            kit::replied(&visit, api::replace(context, Named(party.id), request)).await?
        }
        Err(why) => Err(why),
    };
    match changed {
        Ok(_) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => refused(&visit, id, why).await,
    }
}

/// Gives a party a token, which is shown once.
pub async fn new_token(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let (w, party) = (visit.w(), find(&visit, id).await?);
    let days = form.get("days").and_then(number).filter(|days| *days >= 0);
    let days = days.ok_or_else(|| format!("{}: {}", w.token_days_or_none, w.number_wrong));
    let read = kit::because(&visit, &form).and_then(|context| Ok((context, days?)));
    let given = match read {
        Ok((context, days)) => {
            // Zero days: until it is revoked.
            let life = (days != 0).then(|| ("lifeSeconds".to_owned(), json!(days.saturating_mul(DAY_S))));
            let request = kit::request(Map::from_iter(life));
            kit::replied(&visit, api::issue_token(context, Named(party.id), request)).await?
        }
        Err(why) => Err(why),
    };
    match given {
        Ok(body) => {
            let token = body["token"].as_str().unwrap_or_default().to_owned();
            let values = vec![(w.api_token.to_owned(), token)];
            once::go_and_show(&visit, &Secrets { title: title(&visit, &party), values, back: format!("{PATH}/{id}") })
        }
        Err(why) => refused(&visit, id, why).await,
    }
}

/// Ends a token of a party.
pub async fn revoke_token(
    State(app): State<App>,
    Segment(id): Segment<i64>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let party = find(&visit, id).await?;
    let token = form.get("token").unwrap_or_default();
    let ended = match kit::because(&visit, &form) {
        Ok(context) => match api::end_token(&context, party.id, token).await {
            Ok(()) => Ok(()),
            Err(response) if response.status().is_server_error() => return Err(response),
            Err(response) => Err(explained(&response, visit.w())),
        },
        Err(why) => Err(why),
    };
    match ended {
        Ok(()) => Ok(go_to(&format!("{PATH}/{id}?done=1"))),
        Err(why) => refused(&visit, id, why).await,
    }
}

//! `/console/sandbox`: clock, snapshots, faults, scenarios, magic values and reset. Only in a sandbox.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use payments::{ClockMode, Declined, Role};
use serde_json::{Map, Value};

use super::api_refusal;
use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::Visit;
use admin::App;
use admin::DemoObject;
use admin::accounts::instant;
use admin::reply::EmptyBody;
use admin::{
    clock as clock_api, faults as faults_api, lists as lists_api, reset as reset_api, scenarios as scenarios_api,
    snapshots as snapshots_api,
};
use edge::form::Query;
use edge::secrets::masked;
use engine::SnapshotInfo;
use sandbox::{MAGIC, Rule, SCENARIOS, Scenario, Times, declined_descriptions};
use web::declined;
use web::{Lang, go_to};

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let parts = parts_of(&visit);
    Ok(visit.page(visit.w().sandbox, parts))
}

fn form(visit: &Visit, action: &str, fields: Vec<Field>, button: &str, tone: Tone) -> Form {
    Form { action: format!("/console/sandbox/{action}"), fields, button: button.to_owned(), tone, csrf: visit.csrf() }
}

fn parts_of(visit: &Visit) -> Vec<Part> {
    let (w, lang) = (visit.w(), visit.lang());
    let clock = visit.app().engine.clock();
    let mode = match clock.mode() {
        ClockMode::System => w.clock_system,
        ClockMode::Frozen(_) => w.clock_frozen,
        ClockMode::Ahead(_) => w.clock_running,
    };
    let mut parts = vec![Part::Facts(vec![
        (w.clock.to_owned(), Cell::code(lang.instant(clock.now_ms()))),
        (w.clock_mode.to_owned(), Cell::text(mode)),
    ])];
    let text = |name, label: &str, hint: &str| Field::Text(name, label.to_owned(), String::new(), hint.to_owned());
    if visit.may_work() {
        let set = form(visit, "clock", vec![text("set", w.clock_set, "1405/08/30 11:00")], w.clock_set, Tone::Plain);
        let steps = [
            ("PT1M", w.one_minute),
            ("PT20M", w.twenty_minutes),
            ("PT1H", w.one_hour),
            ("P1D", w.one_day),
            ("P30D", w.thirty_days),
        ];
        let steps = steps.map(|(step, name)| (step.to_owned(), name.to_owned())).into();
        let advance = Field::Choice("advance", w.clock_advance.to_owned(), steps, "PT1H".to_owned());
        let advance = form(visit, "clock", vec![advance], w.clock_advance, Tone::Plain);
        let run = form(visit, "clock", vec![Field::Hidden("run", "system".to_owned())], w.clock_run, Tone::Plain);
        let hidden = |name, value: &str| vec![Field::Hidden(name, value.to_owned())];
        let freeze = form(visit, "clock", hidden("freeze", "now"), w.clock_freeze, Tone::Plain);
        let idle = form(visit, "clock", hidden("run", "idle"), w.clock_idle, Tone::Plain);
        parts.push(Part::Forms(w.clock.to_owned(), vec![set, advance, freeze, run, idle]));
        let names = SCENARIOS.iter().map(|known| (known.name.to_owned(), known.name.to_owned())).collect();
        let first = SCENARIOS[0].name.to_owned();
        let choice = Field::Choice("scenario", w.scenario.to_owned(), names, first);
        let fields = vec![choice, text("trackId", "trackId", "")];
        let scenario = form(visit, "scenarios", fields, w.fault_arm, Tone::Plain);
        let fields = vec![
            text("fault", w.fault, "rail_timeout"),
            text("operation", w.operation, "transferTo"),
            text("trackId", "trackId", ""),
            text("amount", w.amount, ""),
        ];
        let arm = form(visit, "faults", fields, w.fault_arm, Tone::Plain);
        let clear = form(visit, "faults/clear", Vec::new(), w.fault_clear, Tone::Plain);
        parts.push(Part::Forms(w.faults.to_owned(), vec![arm, clear]));
        parts.push(Part::Forms(w.scenarios.to_owned(), vec![scenario]));
    }
    let armed = visit.app().faults.as_ref().map(|faults| faults.list()).unwrap_or_default();
    let row = |rule: &Rule| vec![Cell::code(rule.id), Cell::code(&rule.name), Cell::Long(conditions(rule))];
    parts.push(Part::Table {
        title: w.faults_armed.to_owned(),
        heads: [w.number, w.fault, w.note].map(str::to_owned).into(),
        rows: armed.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    });
    let row = |known: &Scenario| vec![Cell::code(known.name), Cell::code(known.dialect), Cell::text(known.outcome)];
    parts.push(Part::Table {
        title: w.scenarios.to_owned(),
        heads: [w.scenario, w.operation, w.what].map(str::to_owned).into(),
        rows: SCENARIOS.iter().map(row).collect(),
        empty: String::new(),
    });
    let magic = |(prefix, english, persian): &(&str, &str, &str)| {
        vec![Cell::code(prefix), Cell::text(if lang == Lang::En { english } else { persian })]
    };
    parts.push(Part::Table {
        title: w.magic.to_owned(),
        heads: ["trackId", w.what].map(str::to_owned).into(),
        rows: MAGIC.iter().map(magic).collect(),
        empty: String::new(),
    });
    let described = |(value, why): (String, Declined)| vec![Cell::code(value), Cell::text(declined(lang, why))];
    parts.push(Part::Table {
        title: w.magic_descriptions.to_owned(),
        heads: ["description", w.what].map(str::to_owned).into(),
        rows: declined_descriptions().map(described).collect(),
        empty: String::new(),
    });
    parts.push(Part::Table {
        title: w.card_endings.to_owned(),
        heads: [w.value, w.what].map(str::to_owned).into(),
        rows: visit
            .app()
            .engine
            .card_network()
            .endings()
            .iter()
            .map(|(ending, why)| described(((*ending).to_owned(), *why)))
            .collect(),
        empty: String::new(),
    });
    let value =
        |object: &DemoObject| vec![Cell::code(object.kind), Cell::code(&object.value), Cell::text(&object.purpose)];
    parts.push(Part::Table {
        title: w.demo_values.to_owned(),
        heads: ["", w.value, w.what].map(str::to_owned).into(),
        rows: visit.app().demo.iter().map(value).collect(),
        empty: String::new(),
    });
    if visit.role == Role::Admin {
        parts.extend(snapshots(visit));
        let confirm = text("confirm", w.reset_confirm, "reset");
        let reset = form(visit, "reset", vec![confirm], w.reset, Tone::Bad);
        parts.push(Part::Text(w.reset_help.to_owned()));
        parts.push(Part::Forms(w.reset.to_owned(), vec![reset]));
    }
    parts
}

/// The saved worlds, and the forms that save, load and drop one.
fn snapshots(visit: &Visit) -> Vec<Part> {
    let (w, lang) = (visit.w(), visit.lang());
    let saved = visit.app().engine.snapshots();
    let row =
        |info: &SnapshotInfo| vec![Cell::code(&info.name), Cell::code(lang.instant(info.at_ms)), Cell::code(info.rows)];
    let table = Part::Table {
        title: w.snapshots.to_owned(),
        heads: [w.snapshot, w.clock, w.number].map(str::to_owned).into(),
        rows: saved.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let name = Field::Text("name", w.snapshot.to_owned(), String::new(), "before-payment".to_owned());
    let mut forms = vec![form(visit, "snapshots", vec![name], w.snapshot_save, Tone::Plain)];
    if let Some(first) = saved.first() {
        let names: Vec<_> = saved.iter().map(|info| (info.name.clone(), info.name.clone())).collect();
        let choice = || vec![Field::Choice("name", w.snapshot.to_owned(), names.clone(), first.name.clone())];
        forms.push(form(visit, "snapshots/load", choice(), w.snapshot_load, Tone::Bad));
        forms.push(form(visit, "snapshots/drop", choice(), w.snapshot_drop, Tone::Plain));
    }
    vec![table, Part::Text(w.snapshot_help.to_owned()), Part::Forms(w.snapshots.to_owned(), forms)]
}

/// The calls that a rule applies to.
fn conditions(rule: &Rule) -> String {
    let wanted = &rule.matches;
    let times = match rule.times {
        Times::Nth(nth) => format!("nth={nth}"),
        Times::From(nth) => format!("nth={nth}…"),
    };
    let parts = [
        ("operation", wanted.operation.clone()),
        ("client", wanted.client.clone()),
        ("trackId", wanted.track_id.clone()),
        ("amount", wanted.amount.map(|amount| amount.to_string())),
        ("card", wanted.card.as_deref().map(masked)),
        ("destination", wanted.destination.clone()),
        ("then", rule.then.clone()),
        ("after", rule.after.clone()),
    ];
    let parts = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    parts.chain([times]).collect::<Vec<_>>().join(" ")
}

/// The fields of a form as a request of the operators' API.
fn as_json(form: &Query, names: &[&str]) -> Request {
    object(fields(form, names))
}

fn fields(form: &Query, names: &[&str]) -> Map<String, Value> {
    let mut fields = Map::new();
    for name in names {
        if let Some(value) = form.get(name) {
            let number = (*name == "amount").then(|| value.parse::<i64>().ok()).flatten();
            fields.insert((*name).to_owned(), number.map_or_else(|| Value::from(value), Value::from));
        }
    }
    fields
}

fn object(fields: Map<String, Value>) -> Request {
    Request::new(Body::from(Value::Object(fields).to_string()))
}

/// The page with the message of a refused API call.
fn refused_by_api(visit: &Visit, answer: Response) -> Result<Response, Response> {
    if answer.status().is_server_error() {
        return Err(answer);
    }
    let why = api_refusal::message(&answer, visit.w());
    Ok(visit.refused(visit.w().sandbox, why, parts_of(visit)))
}

const DONE: &str = "/console/sandbox?done=1";

pub async fn clock(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let mut fields = fields(&form, &["set", "advance", "run", "freeze"]);
    // People write dates as in lists; programs write RFC 3339.
    if let Some(at_ms) = form.get("set").and_then(lists_api::instant_of) {
        fields.insert("set".to_owned(), instant(at_ms).into());
    }
    match clock_api::set(visit.context.clone(), object(fields)).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

pub async fn fault(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    let body = as_json(&form, &["fault", "operation", "trackId", "amount"]);
    match faults_api::arm(visit.context.clone(), body).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

pub async fn scenario(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Operator).await?;
    match scenarios_api::arm(visit.context.clone(), as_json(&form, &["scenario", "trackId"])).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

pub async fn save(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    match snapshots_api::save(visit.context.clone(), as_json(&form, &["name"])).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

/// Loads a snapshot. Its operators may be others, so the author may have to sign in again.
pub async fn load(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let name = form.get("name").unwrap_or_default().to_owned();
    match snapshots_api::load(visit.context.clone(), Path(name), EmptyBody).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

pub async fn forget(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let name = form.get("name").unwrap_or_default().to_owned();
    match snapshots_api::remove(visit.context.clone(), Path(name), EmptyBody).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

pub async fn clear(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, request, Role::Operator).await?;
    match faults_api::clear(visit.context.clone(), EmptyBody).await {
        Ok(_) => Ok(go_to(DONE)),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

/// Resets the sandbox. Its operators are made anew, so the author has to sign in again.
pub async fn reset(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    if form.get("confirm") != Some("reset") {
        let w = visit.w();
        return Ok(visit.refused(w.sandbox, w.reset_unconfirmed.to_owned(), parts_of(&visit)));
    }
    match reset_api::reset(visit.context.clone(), EmptyBody).await {
        Ok(_) => Ok(go_to("/console/login")),
        Err(answer) => refused_by_api(&visit, answer),
    }
}

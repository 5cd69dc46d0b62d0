//! `/console/operators`: the operators of the console.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{Operator, Precondition, Role, Version, Versioned};

use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::{Visit, role_name};
use admin::App;
use admin::operators::{self, OperatorForm, Put, put as register};
use admin::reply::Problem;
use admin::roles::RoleName;
use web::go_to;

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Admin).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().operators, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let found = visit.app().engine.reader().operators().await.map_err(|error| visit.unread(error))?;
    let factors = visit.app().engine.reader().second_factors().await.map_err(|error| visit.unread(error))?;
    let second = visit.context.needs_second(&found);
    let now_ms = visit.app().engine.clock().now_ms();
    let confirm = |operator: &Operator| -> Vec<Form> {
        let depends_on = operator.depends_on(now_ms);
        let form = |on: &str| Form {
            action: "/console/operators/confirm".to_owned(),
            fields: vec![Field::Hidden("name", operator.name.to_string()), Field::Hidden("on", on.to_owned())],
            button: format!("{} {on}", w.confirm_apart),
            tone: Tone::Plain,
            csrf: visit.csrf(),
        };
        depends_on.map(|known| form(&known.on)).collect()
    };
    let has_factor = |operator: &Operator| factors.iter().any(|factor| factor.operator == operator.name);
    let reset = |operator: &Operator| {
        let mut fields = vec![Field::Hidden("name", operator.name.to_string())];
        if second {
            fields.push(Field::Text("reason", w.reason.to_owned(), String::new(), w.operator_reason.to_owned()));
        }
        let (action, button) = ("/console/operators/factor".to_owned(), w.factor_reset.to_owned());
        has_factor(operator).then(|| Form { action, fields, button, tone: Tone::Bad, csrf: visit.csrf() })
    };
    let form = |operator: Option<&Operator>| {
        let role = operator.map_or(Role::Viewer, |operator| operator.role);
        let disabled = operator.is_some_and(|operator| operator.disabled);
        let choices = ROLES.map(|(role, value)| (value.to_owned(), role_name(role, w).to_owned())).into();
        let chosen = ROLES.iter().find(|(known, _)| *known == role).map_or("", |(_, value)| value);
        let role = Field::Choice("role", w.role.to_owned(), choices, chosen.to_owned());
        let states = [("no", w.enabled), ("yes", w.disabled)];
        let states = states.map(|(value, name)| (value.to_owned(), name.to_owned())).into();
        let is_disabled = if disabled { "yes" } else { "no" };
        let password = if operator.is_some() { w.password_kept } else { w.password };
        let mut fields = match operator {
            Some(operator) => vec![
                Field::Hidden("kind", "change".to_owned()),
                Field::Hidden("name", operator.name.to_string()),
                Field::Hidden("version", Version::of(&Versioned::Operator(operator)).as_str().to_owned()),
                Field::Choice("disabled", w.state.to_owned(), states, is_disabled.to_owned()),
            ],
            None => vec![
                Field::Hidden("kind", "new".to_owned()),
                Field::Hidden("disabled", "no".to_owned()),
                Field::Text("name", w.user_name.to_owned(), String::new(), String::new()),
            ],
        };
        fields.extend([role, Field::Password("password", password.to_owned())]);
        if second {
            fields.push(Field::Text("reason", w.reason.to_owned(), String::new(), w.operator_reason.to_owned()));
        }
        let button = if operator.is_some() { w.operator_change } else { w.operator_new };
        let (action, csrf) = ("/console/operators".to_owned(), visit.csrf());
        Form { action, fields, button: button.to_owned(), tone: Tone::Plain, csrf }
    };
    let row = |operator: &Operator| {
        let (state, tone) = if operator.disabled { (w.disabled, Tone::Bad) } else { (w.enabled, Tone::Good) };
        vec![
            Cell::text(&operator.name),
            Cell::text(role_name(operator.role, w)),
            Cell::Badge(state.to_owned(), tone),
            Cell::at(lang.instant(operator.since_ms)),
            Cell::text(if has_factor(operator) { w.factor_on } else { w.factor_off }),
            Cell::Forms(
                std::iter::once(form(Some(operator))).chain(reset(operator)).chain(confirm(operator)).collect(),
            ),
        ]
    };
    let table = Part::Table {
        title: w.operators.to_owned(),
        heads: [w.user_name, w.role, w.state, w.since, w.second_factor, ""].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let text = Part::Text(if second { w.operator_second } else { w.operator_alone }.to_owned());
    Ok(vec![text, table, Part::Forms(w.operator_forms.to_owned(), vec![form(None)])])
}

/// The roles that a form offers.
pub const ROLES: [(Role, &str); 4] =
    [(Role::Viewer, "viewer"), (Role::Operator, "operator"), (Role::Admin, "admin"), (Role::Acquirer, "acquirer")];

/// The role with this name.
pub fn role_of(name: Option<&str>) -> Option<RoleName> {
    match name {
        Some("acquirer") => Some(RoleName::Acquirer),
        Some("viewer") => Some(RoleName::Viewer),
        Some("operator") => Some(RoleName::Operator),
        Some("admin") => Some(RoleName::Admin),
        _ => None,
    }
}

pub async fn put(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let w = visit.w();
    let refused = async |why: &str| Ok(visit.refused(w.operators, why.to_owned(), parts_of(&visit).await?));
    let Some(role) = role_of(form.get("role")) else { return refused(w.operator_refused).await };
    let disabled = match form.get("disabled") {
        Some("no") => false,
        Some("yes") => true,
        _ => return refused(w.operator_refused).await,
    };
    let name = form.get("name").unwrap_or_default().to_owned();
    if *name == **visit.context.by() && (disabled || !matches!(role, RoleName::Admin)) {
        return refused(w.not_oneself).await;
    }
    let password = form.raw("password").filter(|password| !password.is_empty()).map(str::to_owned);
    let reason = form.sent("reason").unwrap_or_default().to_owned();
    let wanted = OperatorForm { name, password, role, disabled, reason };
    // A change applies only to the version of the record that the page has shown.
    let shown = Precondition::Version(Version::sent(form.get("version").unwrap_or_default()));
    let (replace, context) = match form.get("kind") {
        Some("new") => (false, visit.context.clone()),
        Some("change") => (true, visit.context.clone().expecting(shown)),
        _ => return refused(w.operator_refused).await,
    };
    match register(&context, wanted, replace).await {
        Ok(Put::Done(..)) => Ok(go_to("/console/operators?done=1")),
        Ok(Put::Proposed(_)) => Ok(go_to("/console/operators?done=2")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(response) if response.extensions().get().is_some_and(Problem::is_stale) => refused(w.operator_stale).await,
        Err(_) => refused(w.operator_refused).await,
    }
}

/// Confirms that two operators are two persons.
pub async fn confirm(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let (name, on) = (form.get("name").unwrap_or_default(), form.get("on").unwrap_or_default());
    match operators::confirm(&visit.context, name, on).await {
        Ok(_) => Ok(go_to("/console/operators?done=1")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(_) => {
            let w = visit.w();
            Ok(visit.refused(w.operators, w.not_confirmed.to_owned(), parts_of(&visit).await?))
        }
    }
}

/// Removes the second factor of another operator.
pub async fn reset_factor(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let (name, reason) = (form.get("name").unwrap_or_default(), form.sent("reason").unwrap_or_default());
    match operators::reset_factor(&visit.context, name, reason).await {
        Ok(Put::Done(..)) => Ok(go_to("/console/operators?done=1")),
        Ok(Put::Proposed(_)) => Ok(go_to("/console/operators?done=2")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(_) => {
            let w = visit.w();
            Ok(visit.refused(w.operators, w.factor_not_reset.to_owned(), parts_of(&visit).await?))
        }
    }
}

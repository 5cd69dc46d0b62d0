//! `/console/tokens`: named tokens of the operators' API.

use axum::extract::{Request, State};
use axum::response::Response;
use payments::{OperatorToken, Role, Text};

use super::once::{self, Secrets};
use super::operators::{ROLES, role_of};
use super::view::{Cell, Field, Form, Part, Tone};
use super::visit::{Visit, role_name};
use admin::App;
use admin::operator_tokens::{self, TokenForm};
use web::go_to;

/// The lifetimes in days that the form offers.
const DAYS: [&str; 4] = ["30", "90", "180", "366"];

pub async fn list(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Admin).await?;
    let parts = parts_of(&visit).await?;
    Ok(visit.page(visit.w().api_tokens, parts))
}

async fn parts_of(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang, reader) = (visit.w(), visit.lang(), visit.app().engine.reader());
    let found = reader.operator_tokens().await.map_err(|error| visit.unread(error))?;
    let operators = reader.operators().await.map_err(|error| visit.unread(error))?;
    let second = visit.context.needs_second(&operators);
    let now_ms = visit.app().engine.clock().now_ms();
    let revoke = |token: &OperatorToken| Form {
        action: "/console/tokens/revoke".to_owned(),
        fields: vec![Field::Hidden("name", token.name.to_string())],
        button: w.token_revoke.to_owned(),
        tone: Tone::Bad,
        csrf: visit.csrf(),
    };
    let row = |token: &OperatorToken| {
        let (state, tone) = match (token.revoked_at_ms, token.is_alive(now_ms)) {
            (Some(_), _) => (w.token_revoked, Tone::Bad),
            (None, true) => (w.enabled, Tone::Good),
            (None, false) => (w.token_ended, Tone::Plain),
        };
        let forms = if token.is_alive(now_ms) { vec![revoke(token)] } else { Vec::new() };
        vec![
            Cell::text(&token.name),
            Cell::text(role_name(token.role, w)),
            Cell::text(token.operator.as_deref().unwrap_or_default()),
            Cell::text(token.made_by.join(" · ")),
            Cell::at(lang.instant(token.ends_at_ms)),
            Cell::Badge(state.to_owned(), tone),
            Cell::Forms(forms),
        ]
    };
    let table = Part::Table {
        title: w.api_tokens.to_owned(),
        heads: [w.token_name, w.role, w.owner, w.by, w.token_ends, w.state, ""].map(str::to_owned).into(),
        rows: found.iter().map(row).collect(),
        empty: w.nothing.to_owned(),
    };
    let roles = ROLES.map(|(role, value)| (value.to_owned(), role_name(role, w).to_owned())).into();
    let enabled = operators.iter().filter(|operator| !operator.disabled);
    let unowned = (String::new(), w.token_alone.to_owned());
    let owners = std::iter::once(unowned).chain(enabled.map(|known| (known.name.to_string(), known.name.to_string())));
    let days = DAYS.map(|days| (days.to_owned(), lang.digits(days))).into();
    let mut fields = vec![
        Field::Text("name", w.token_name.to_owned(), String::new(), String::new()),
        Field::Choice("role", w.role.to_owned(), roles, "viewer".to_owned()),
        Field::Choice("operator", w.owner.to_owned(), owners.collect(), String::new()),
        Field::Choice("days", w.token_days.to_owned(), days, DAYS[1].to_owned()),
    ];
    if second {
        fields.push(Field::Text("reason", w.reason.to_owned(), String::new(), w.operator_reason.to_owned()));
    }
    let (action, button) = ("/console/tokens".to_owned(), w.operator_new.to_owned());
    let form = Form { action, fields, button, tone: Tone::Plain, csrf: visit.csrf() };
    Ok(vec![Part::Text(w.token_help.to_owned()), table, Part::Forms(w.token_new.to_owned(), vec![form])])
}

/// Makes a token, which is shown once.
pub async fn make(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let w = visit.w();
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let (Some(role), Ok(days)) = (role_of(form.get("role")), text("days").parse()) else {
        return Ok(visit.refused(w.api_tokens, w.token_refused.to_owned(), parts_of(&visit).await?));
    };
    let operator = form.get("operator").map(str::to_owned);
    let wanted = TokenForm { name: text("name"), role, operator, days, reason: text("reason") };
    match operator_tokens::make(&visit.context, wanted).await {
        Ok(made) => {
            let (token, is_proposed) = made.shown();
            let word = if is_proposed { w.token_proposed } else { w.token_made };
            let values = vec![(w.api_token.to_owned(), token.to_owned()), (w.note.to_owned(), word.to_owned())];
            let (title, back) = (w.api_tokens.to_owned(), "/console/tokens".to_owned());
            once::go_and_show(&visit, &Secrets { title, values, back })
        }
        Err(response) if response.status().is_server_error() => Err(response),
        Err(_) => Ok(visit.refused(w.api_tokens, w.token_refused.to_owned(), parts_of(&visit).await?)),
    }
}

/// Ends a token.
pub async fn revoke(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request, Role::Admin).await?;
    let name = Text::from(form.get("name").unwrap_or_default());
    match operator_tokens::end(&visit.context, &name).await {
        Ok(()) => Ok(go_to("/console/tokens?done=1")),
        Err(response) if response.status().is_server_error() => Err(response),
        Err(_) => {
            let w = visit.w();
            Ok(visit.refused(w.api_tokens, w.token_refused.to_owned(), parts_of(&visit).await?))
        }
    }
}

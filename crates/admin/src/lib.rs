//! The operators' API: JSON of Daric's own, described in `/openapi.json`. The sandbox's controls answer 404 in production.

pub mod accounts;
pub mod alerts;
mod app;
pub mod audit;
mod card_attempts;
pub mod cards;
pub mod chains;
mod change;
pub mod clients;
pub mod clock;
pub mod cycles;
mod day_close;
mod demo_object;
pub mod deposits;
mod described;
mod due;
pub mod faults;
mod first_world;
mod health;
mod holds;
pub mod invoices;
pub mod jobs;
pub mod lists;
mod logo;
pub mod looks;
mod names;
mod operator_context;
pub mod operator_tokens;
pub mod operators;
pub mod orders;
pub mod parties;
pub mod payer_cards;
mod phone_orders;
mod pos;
mod problem;
pub mod proposals;
mod provision;
mod public_secrets;
pub mod refunds;
pub mod refusal_lines;
pub mod refusals;
pub mod reply;
pub mod reports;
pub mod requests;
pub mod reset;
pub mod roles;
pub mod scenarios;
pub mod secret;
mod sms;
pub mod snapshots;
pub mod terminals;
pub mod token_uses;
mod tokens;
mod transfers;
pub mod users;
pub mod values;
mod wait;
mod webhooks;
pub mod world;

pub use app::{App, Shared};
pub use demo_object::DemoObject;
pub use first_world::FirstWorld;
pub use health::{OpenApiDocument, document_router, router as health_router};
pub use operator_context::OperatorContext;
pub use provision::Provision;
pub use public_secrets::PublicSecrets;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response as HttpResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use payments::{AuditEntry, Text, WriteAuditLine};

use self::described::Described;
use self::operator_context::{API, Author, By};
use self::refusals::{Proof, RefusalKind};
use self::reply::Problem;
use edge::Mode;
use edge::basic::bearer;
use edge::peer::Peer;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Daric operator API",
        description = "Provisioning, reads, and the controls of the sandbox. Amounts are whole rials; instants are RFC 3339."
    ),
    // Only parameters refer to these, which does not register them.
    components(schemas(cycles::OrdersName, orders::StatusName)),
    security(("operator" = []))
)]
struct Document;

struct OperatorToken;

impl Modify for OperatorToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("operator", scheme);
    }
}

/// The document that describes the routes of a mode, without a server.
pub fn document(mode: Mode) -> utoipa::openapi::OpenApi {
    described_routes(mode).1
}

/// The routes, and the document that describes them.
pub fn router(app: &App) -> (Router<App>, utoipa::openapi::OpenApi) {
    let (routes, document) = described_routes(app.mode);
    let described = Arc::new(Described::of(&document));
    let routes = routes
        .layer(from_fn_with_state(described, read_as_described))
        .layer(from_fn_with_state(app.clone(), operator_only));
    (routes, document)
}

fn described_routes(mode: Mode) -> (Router<App>, utoipa::openapi::OpenApi) {
    let mut api = OpenApiRouter::with_openapi(Document::openapi())
        .merge(accounts::routes())
        .merge(transfers::routes())
        .merge(clients::routes())
        .merge(deposits::routes())
        .merge(cards::routes())
        .merge(payer_cards::routes())
        .merge(terminals::routes())
        .merge(phone_orders::routes())
        .merge(refunds::routes())
        .merge(day_close::routes())
        .merge(sms::routes())
        .merge(jobs::routes())
        .merge(webhooks::routes())
        .merge(parties::routes())
        .merge(looks::routes())
        .merge(pos::routes())
        .merge(invoices::routes())
        .merge(audit::routes())
        .merge(alerts::routes())
        .merge(chains::routes())
        .merge(operators::routes())
        .merge(operator_tokens::routes())
        .merge(proposals::routes())
        .merge(users::routes())
        .merge(orders::routes())
        .merge(card_attempts::routes())
        .merge(lists::routes())
        .merge(cycles::routes())
        .merge(holds::routes())
        .merge(reports::routes());
    if mode == Mode::Sandbox {
        api = api
            .merge(tokens::routes())
            .merge(clock::routes())
            .merge(due::routes())
            .merge(snapshots::routes())
            .merge(scenarios::routes())
            .merge(faults::routes())
            .merge(values::routes())
            .merge(requests::routes())
            .merge(world::routes())
            .merge(reset::routes());
    }
    let (routes, mut document) = api.split_for_parts();
    OperatorToken.modify(&mut document);
    change::Versions.modify(&mut document);
    (routes, document)
}

/// Refuses a query that does not match the document, and passes on the described fields of the body.
async fn read_as_described(
    State(described): State<Arc<Described>>,
    mut request: Request,
    next: Next,
) -> Result<HttpResponse, Problem> {
    let pattern = request.extensions().get::<MatchedPath>().map(|pattern| pattern.as_str().to_owned());
    let pattern = pattern.unwrap_or_default();
    described.query(request.method(), &pattern, request.uri().query().unwrap_or_default())?;
    if let Some(fields) = described.fields(request.method(), &pattern) {
        request.extensions_mut().insert(fields);
    }
    Ok(next.run(request).await)
}

/// Admits the token of the settings, and named tokens whose role permits the call.
async fn operator_only(State(app): State<App>, mut request: Request, next: Next) -> HttpResponse {
    let (token, address) = (bearer(request.headers()), Peer::of(request.extensions()));
    let by = match caller(&app, token).await {
        Ok(Some(by)) => by,
        Ok(None) => {
            let refused = if token.is_some() { unknown_token(&app, address).await } else { Ok(()) };
            return refused.map_or_else(|error| reply::broken(&error), |()| reply::UNAUTHORIZED.response());
        }
        Err(error) => return reply::broken(&error),
    };
    if let Err(error) = token_used(&app, &by, address).await {
        return reply::broken(&error);
    }
    let path = request.uri().path().to_owned();
    if let By(_, Author::NamedToken(role)) = by
        && !operator_tokens::permits(app.mode, role, request.method(), &path)
    {
        let refused = operator_tokens::refuse(&OperatorContext::of_caller(app, by), &path, role).await;
        return refused.unwrap_or_else(|error| reply::broken(&error));
    }
    request.extensions_mut().insert(by);
    next.run(request).await
}

/// Writes an audit line, within a limit, for a token that is not valid. Its text is not written: it may be a secret of something else.
async fn unknown_token(app: &App, address: IpAddr) -> Result<(), engine::Error> {
    let kind = RefusalKind { by: Text::from("-"), action: "refused token", subject: Text::from(address.to_string()) };
    refusal_lines::refuse(app, Proof::None, kind, "").await
}

/// Writes an audit line for the first use of a named token by an address on a day.
async fn token_used(app: &App, By(by, author): &By, address: IpAddr) -> Result<(), engine::Error> {
    let is_named = matches!(author, Author::NamedToken(_));
    if !is_named || !app.token_uses.is_first(by, address, app.engine.clock().system_ms()) {
        return Ok(());
    }
    let (by, entry) = (Text::clone(by), AuditEntry::new("token used", &address.to_string(), "first time today"));
    let Ok(()) = app.engine.run(WriteAuditLine { by, entry }).await?;
    Ok(())
}

/// The caller; `None`: there is no token, or it is not valid.
async fn caller(app: &App, token: Option<&str>) -> Result<Option<By>, engine::Error> {
    match token {
        None => Ok(None),
        Some(token) if app.secrets.is_operator(token) => {
            app.engine.catch_up().await?;
            Ok(Some(By(Text::from(API), Author::SettingsToken)))
        }
        Some(token) => match operator_tokens::caller(app, token).await? {
            None => Ok(None),
            Some(by) => app.engine.catch_up().await.map(|()| Some(by)),
        },
    }
}

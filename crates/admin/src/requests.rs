//! Sandbox: what this server was called with. The reads of this list, of the SMS and of the calls to businesses are not in it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use edge::request_log::{Logged, RequestFilter, StatusFilter, Window};
use edge::struck::{Struck, StruckBy};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::instant;
use super::reply::{Id, NOT_FOUND, PageLimit, Params, Problem, listed};
use super::wait::{Wait, found};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// A request, and what it was answered. Requests to the platforms are shown as they were sent, those to this API without secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestBody {
    /// Its number.
    id: u64,
    /// The same number as the reply's `x-request-id`.
    request_id: String,
    /// When it arrived, by the sandbox's clock: RFC 3339.
    at: String,
    /// `finnotech`, `paystar`, `pod`, `sso`, `pages`, `sms` or `admin`; `other` for paths of none of these.
    dialect: &'static str,
    /// The last part of its path, or the service that a POD call names by its product id.
    service: String,
    method: String,
    /// Path and query.
    target: String,
    /// The pattern of its path, or `unmatched`.
    route: String,
    status: u16,
    duration_ms: f64,
    /// The client, or the terminal of a PayStar call.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    track_id: Option<String>,
    /// The order's id of a PayStar call.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    /// The invoice's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    struck: Option<StruckBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The reply's body, or where it redirects to.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

/// What decided the reply besides the request: the first fault or magic value that struck, or else the first rule of strict mode that refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StruckBody {
    kind: StruckKind,
    name: String,
    /// The number of the armed fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<u64>,
}

/// What kind of thing struck.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum StruckKind {
    /// A fault that was armed.
    Fault,
    /// A magic value.
    Magic,
    /// A rule of strict mode.
    Strict,
}

/// A header as it was sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderBody {
    name: String,
    value: String,
}

/// A request with everything that is kept of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WholeRequestBody {
    #[serde(flatten)]
    request: RequestBody,
    headers: Vec<HeaderBody>,
    /// The same request as a command for a shell. One to this API takes its token from `DARIC_OPERATOR_TOKEN`.
    curl: String,
}

/// The name of a dialect.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DialectName {
    /// Finnotech's services and tokens.
    Finnotech,
    /// PayStar's services.
    Paystar,
    /// POD's services.
    Pod,
    /// POD's log-in service.
    Sso,
    /// Pages for payers and bank users.
    Pages,
    /// SMS that a provider delivers.
    Sms,
    /// This API.
    Admin,
    /// Everything else.
    Other,
}

impl DialectName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Finnotech => "finnotech",
            Self::Paystar => "paystar",
            Self::Pod => "pod",
            Self::Sso => "sso",
            Self::Pages => "pages",
            Self::Sms => "sms",
            Self::Admin => "admin",
            Self::Other => "other",
        }
    }
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct RequestParams {
    /// Only those of this dialect.
    #[param(inline)]
    dialect: Option<DialectName>,
    /// Only calls of this service, as faults name it: `transferTo`, `issueInvoice`.
    service: Option<String>,
    /// Only those of this client, or through this terminal.
    client: Option<String>,
    /// Only those with this trackId, or about the order that has it.
    track_id: Option<String>,
    /// Only those about this order of PayStar.
    order_id: Option<String>,
    /// Only those about the invoice with this number.
    invoice: Option<String>,
    /// Only those with this status (`200`), or with one of a class (`4xx`).
    status: Option<String>,
    /// Only those that this fault, magic value or rule of strict mode has struck, by its name or the part of the name before the colon.
    fault: Option<String>,
    /// Only those that were answered after the request with this number.
    since: Option<i64>,
    /// Only those that were answered before the request with this number.
    before: Option<i64>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
    /// Answers as soon as one request fits, or with an empty list after so many seconds of the machine's time: 1 to 60.
    #[param(inline)]
    wait: Option<Wait>,
}

impl RequestParams {
    fn filter(&self) -> Result<RequestFilter, Problem> {
        let wanted = || Problem::invalid("status", "a status, as 200, or a class, as 4xx");
        let status = self.status.as_deref().map(|text| StatusFilter::of(text).ok_or_else(wanted)).transpose()?;
        Ok(RequestFilter {
            dialect: self.dialect.map(|dialect| dialect.as_str().to_owned()),
            service: self.service.clone(),
            route: None,
            client: self.client.clone(),
            track_id: self.track_id.clone(),
            order_id: self.order_id.clone(),
            invoice: self.invoice.clone(),
            status,
            fault: self.fault.clone(),
        })
    }
}

/// The last requests of this process, newest first. Reads of this list, of SMS and of calls to businesses are not in it.
#[utoipa::path(get, path = "/admin/v1/requests", params(RequestParams), responses((status = 200, body = [RequestBody]), (status = 400, body = Problem)))]
pub async fn list(State(app): State<App>, Params(params): Params<RequestParams>) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let filter = params.filter().map_err(|problem| problem.response())?;
    // A negative number is that of no request.
    let number = |number: Option<i64>| number.map(|number| u64::try_from(number).unwrap_or(0));
    let window = Window { since: number(params.since), before: number(params.before) };
    let look = || std::future::ready(Ok(app.requests.newest(&filter, window, limit)));
    // Each request of this process is announced.
    let found = found(&app, params.wait, (app.requests.changes(), None), look).await?;
    listed(&app, found.iter().map(body).collect()).await
}

/// A request of this process, with its headers and as a command.
#[utoipa::path(get, path = "/admin/v1/requests/{id}", params(("id" = i64, Path)), responses((status = 200, body = WholeRequestBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, Id(id): Id) -> Result<Json<WholeRequestBody>, Response> {
    let logged = u64::try_from(id).ok().and_then(|id| app.requests.find(id)).ok_or_else(|| NOT_FOUND.response())?;
    let header = |(name, value): (&str, String)| HeaderBody { name: name.to_owned(), value };
    Ok(Json(WholeRequestBody {
        headers: logged.headers().into_iter().map(header).collect(),
        curl: logged.curl(app.base_of(&logged)).unwrap_or_default(),
        request: body(&logged),
    }))
}

/// What struck a request: a fault or a magic value rather than a rule of strict mode.
pub fn first_struck(logged: &Logged) -> Option<&Struck> {
    let of_sandbox = logged.struck.iter().find(|struck| struck.by != StruckBy::Strict);
    of_sandbox.or_else(|| logged.struck.first())
}

fn body(logged: &Arc<Logged>) -> RequestBody {
    let facts = logged.facts();
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let struck = first_struck(logged).map(|struck| StruckBody {
        kind: match struck.by {
            StruckBy::Fault => StruckKind::Fault,
            StruckBy::Magic => StruckKind::Magic,
            StruckBy::Strict => StruckKind::Strict,
        },
        name: struck.name.to_string(),
        rule: struck.rule,
    });
    RequestBody {
        id: logged.id,
        request_id: format!("{:x}", logged.id),
        at: instant(logged.at_ms),
        dialect: logged.dialect,
        service: facts.service.clone(),
        method: logged.method.to_string(),
        target: logged.target().unwrap_or_else(|| logged.route().to_owned()),
        route: logged.route().to_owned(),
        status: logged.status,
        duration_ms: logged.micros as f64 / 1_000.0,
        client: facts.client.clone(),
        track_id: facts.track_ids.first().cloned(),
        order_id: facts.order_id.clone(),
        invoice: facts.invoice.clone(),
        struck,
        body: some(logged.body()),
        reply: some(logged.answer()),
    }
}

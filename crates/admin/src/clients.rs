//! Provisioning of Finnotech clients.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use ledger::Rial;
use payments::{
    ChargeLimits, Client, ClientId, ClientRefusal, Digest, Precondition, RegisterClient, Replaced, Version, Versioned,
};
use serde::{Deserialize, Serialize};
use text::number::national_id;
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::finnotech::scopes;

use super::operator_context::OperatorContext;
use super::provision::Provision;
use super::reply::{NOT_FOUND, PageLimit, Params, Problem, done, json, listed, unread, version, versioned};
use super::secret;
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(clients, register)).routes(routes!(replace))
}

/// Maximum length of a client's id.
const ID: usize = 40;

/// A client as the operator writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ClientForm {
    /// Left out on PUT.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,40}$")]
    id: String,
    /// Kept as a keyed hash only; left out on PUT: as it was.
    #[schema(min_length = 12)]
    secret: Option<String>,
    /// National ids that may call for it; the first one is the default.
    nids: Vec<String>,
    /// Scheme and host that consent may redirect to.
    redirect_origin: String,
    /// Scopes that its tokens may have; left out: all.
    scopes: Option<Vec<String>>,
    /// Most of one transaction of its grants, in rials; 0: no limit.
    #[serde(default)]
    max_amount: i64,
    /// Most orders a month of its grants; 0: no limit.
    #[serde(default)]
    max_count: i64,
    /// Limits of its charges of cards.
    #[serde(default)]
    charge_limits: ChargeLimitsBody,
    /// Disabled clients get and use no tokens.
    #[serde(default)]
    disabled: bool,
}

/// Limits of a client's charges, in rials; 0: none. Days and months are Tehran's and the Jalali calendar's.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ChargeLimitsBody {
    /// Of one card, over all time (A111).
    per_card: i64,
    /// Of one charge (A112).
    per_transaction: i64,
    /// Of one card in a day (A113).
    daily: i64,
    /// Of one card in a month (A114).
    monthly: i64,
    /// Of one source account, over all time (A115).
    account: i64,
    /// Of one source account in a day (A116).
    account_daily: i64,
    /// Of one source account in a month (A117).
    account_monthly: i64,
}

impl ChargeLimitsBody {
    fn check(&self) -> Result<ChargeLimits, Problem> {
        let Self { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly } = *self;
        let all = [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly];
        if all.iter().any(|rials| *rials < 0) {
            return Err(Problem::invalid("chargeLimits", "each 0 or more"));
        }
        let [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly] = all.map(Rial::new);
        Ok(ChargeLimits { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly })
    }
}

impl From<ChargeLimits> for ChargeLimitsBody {
    fn from(limits: ChargeLimits) -> Self {
        Self {
            per_card: limits.per_card.get(),
            per_transaction: limits.per_transaction.get(),
            daily: limits.daily.get(),
            monthly: limits.monthly.get(),
            account: limits.account.get(),
            account_daily: limits.account_daily.get(),
            account_monthly: limits.account_monthly.get(),
        }
    }
}

/// A client as it is shown: everything but its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientBody {
    id: String,
    nids: Vec<String>,
    redirect_origin: String,
    scopes: Vec<String>,
    max_amount: i64,
    max_count: i64,
    charge_limits: ChargeLimitsBody,
    /// The account of its float card.
    #[serde(skip_serializing_if = "Option::is_none")]
    float_card: Option<i64>,
    disabled: bool,
    /// The version of this record. A PUT that replaces it repeats it.
    version: String,
}

impl ClientBody {
    fn of(client: Client, written: Option<Version>) -> Self {
        Self {
            version: version(written, &Versioned::Client(&client)),
            id: client.id.to_string(),
            nids: client.caller_nids,
            redirect_origin: client.redirect_origin,
            scopes: client.scopes,
            max_amount: client.max_amount.get(),
            max_count: client.max_count,
            charge_limits: client.charge_limits.into(),
            float_card: client.float.map(|float| float.0),
            disabled: client.disabled,
        }
    }
}

/// Which rows of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClientParams {
    /// Only clients whose ids come after this one.
    #[serde(default)]
    after: String,
    /// The maximum number of rows: 1 to 100; left out: all. No more than fit into one reply (a refusal says how many do).
    #[param(inline)]
    limit: Option<PageLimit>,
}

/// Clients by their ids.
#[utoipa::path(get, path = "/admin/v1/clients", params(ClientParams), responses((status = 200, body = [ClientBody]), (status = 400, body = Problem)))]
pub async fn clients(State(app): State<App>, Params(params): Params<ClientParams>) -> Result<Response, Response> {
    let limit = params.limit.map_or(Ok(usize::MAX), PageLimit::rows).map_err(|problem| problem.response())?;
    let mut clients = app.engine.reader().clients().await.map_err(unread)?;
    clients.sort_unstable_by(|one, other| one.id.0.cmp(&other.id.0));
    let page = clients.into_iter().filter(|client| *client.id.0 > *params.after).take(limit);
    listed(&app, page.map(|client| ClientBody::of(client, None)).collect()).await
}

/// Makes a client.
#[utoipa::path(post, path = "/admin/v1/clients", request_body = ClientForm, responses((status = 201, body = ClientBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: ClientForm = json(request).await?;
    put(&app, form, StatusCode::CREATED).await
}

/// Replaces a client's record; disabling it ends the use of its tokens.
#[utoipa::path(put, path = "/admin/v1/clients/{id}", params(("id" = String, Path)), request_body = ClientForm, responses((status = 200, body = ClientBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replace(app: OperatorContext, Path(id): Path<String>, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<ClientForm>(request).await?;
    if !form.id.is_empty() && form.id != id {
        return Err(Problem::conflict("id", "the path names another client").response());
    }
    let form = ClientForm { id, ..form };
    if form.secret.is_some() {
        return put(&app, form, StatusCode::OK).await;
    }
    let known = app.engine.reader().client(ClientId::from(form.id.as_str())).await.map_err(unread)?;
    let known = known.ok_or_else(|| NOT_FOUND.response())?;
    // The secret is taken from this row, so even `If-Match: *` replaces only this version.
    let app = match app.precondition() {
        Some(Precondition::AnyRow) => app.expecting(Precondition::Version(Version::of(&Versioned::Client(&known)))),
        Some(Precondition::Version(_) | Precondition::NoRow) | None => app,
    };
    let client = client(form, |_| Ok(known.secret)).map_err(|problem| problem.response())?;
    write(&app, client, StatusCode::OK).await
}

async fn put(app: &OperatorContext, form: ClientForm, status: StatusCode) -> Result<Response, Response> {
    let client = check(app.provision(), form).map_err(|problem| problem.response())?;
    write(app, client, status).await
}

async fn write(app: &OperatorContext, client: Client, status: StatusCode) -> Result<Response, Response> {
    let command = RegisterClient { client: client.clone(), replace: status == StatusCode::OK };
    let Replaced { done: (), version: written } = done(app.replace(command).await)?;
    let stored = app.engine.reader().client(client.id.clone()).await.map_err(unread)?;
    let body = ClientBody::of(stored.unwrap_or(client), written);
    Ok(versioned(status, &body, &body.version))
}

impl From<ClientRefusal> for Problem {
    fn from(refusal: ClientRefusal) -> Self {
        match refusal {
            ClientRefusal::ClientExists => Self::conflict("id", "a client of this id exists; use PUT to replace it"),
            ClientRefusal::ClientUnknown => NOT_FOUND,
        }
    }
}

/// Whether a text is an HTTP origin: scheme and host, and nothing else.
fn is_origin(text: &str) -> bool {
    let url = text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| Url::parse(text)).and_then(Result::ok);
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.path() == "/");
    let is_bare = |url: &Url| url.username().is_empty() && url.password().is_none();
    url.filter(is_bare).is_some_and(|url| url.query().is_none() && url.fragment().is_none() && !text.contains('\\'))
}

/// The client of a form with a secret.
pub(super) fn check(provision: Provision<'_>, form: ClientForm) -> Result<Client, Problem> {
    client(form, |secret| {
        let secret = secret.unwrap_or_default();
        secret::check(provision, "secret", secret, &secret::CLIENT_SECRET)?;
        Ok(provision.secrets.hash(secret))
    })
}

/// The client of a form; `hash` is that of its secret.
fn client(form: ClientForm, hash: impl FnOnce(Option<&str>) -> Result<Digest, Problem>) -> Result<Client, Problem> {
    let id_shaped = form.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !(1..=ID).contains(&form.id.len()) || !id_shaped {
        return Err(Problem::invalid("id", "1 to 40 letters, digits, `_` or `-`"));
    }
    let secret = hash(form.secret.as_deref())?;
    let nids: Option<Vec<String>> =
        form.nids.iter().map(|nid| national_id(nid).map(std::borrow::Cow::into_owned)).collect();
    let caller_nids = nids.filter(|nids| !nids.is_empty());
    let caller_nids = caller_nids.ok_or_else(|| Problem::invalid("nids", "at least one national id of 10 digits"))?;
    if !is_origin(&form.redirect_origin) {
        return Err(Problem::invalid("redirectOrigin", "scheme and host, as in https://shop.example"));
    }
    let all = || scopes::ALL.map(str::to_owned).to_vec();
    let mut scopes = form.scopes.unwrap_or_else(all);
    for own in scopes::OF_EVERY_CLIENT {
        if !scopes.iter().any(|scope| scope == own) {
            scopes.push(own.to_owned());
        }
    }
    if let Some(unknown) = scopes.iter().find(|scope| !scopes::ALL.contains(&scope.as_str())) {
        return Err(Problem::invalid("scopes", format!("unknown scope {unknown:?}")));
    }
    if form.max_amount < 0 {
        return Err(Problem::invalid("maxAmount", "0 or more"));
    }
    if form.max_count < 0 {
        return Err(Problem::invalid("maxCount", "0 or more"));
    }
    Ok(Client {
        id: ClientId::from(form.id.as_str()),
        secret,
        caller_nids,
        redirect_origin: form.redirect_origin,
        scopes,
        max_amount: Rial::new(form.max_amount),
        max_count: form.max_count,
        float: None,
        charge_limits: form.charge_limits.check()?,
        disabled: form.disabled,
    })
}

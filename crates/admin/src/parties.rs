//! Provisioning of POD's users and businesses: records, tokens, money, credit, vouchers, terminals.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use payments::{
    AddPosTerminalRefusal, ApiToken, ApiTokenRefusal, ApiTokenUnknown, Business, CreditRefusal, FillWallet, GiveCredit,
    Guild, IssueApiToken, IssueVoucher, OldSecret, Party, PartyId, PartyKind, PartyRefusal, PartyUnknown, PosTerminal,
    Precondition, RegisterParty, RegisterPosTerminal, Replaced, RevokeApiToken, Rial, Text, Version, Versioned,
    Voucher, VoucherKey, VoucherRefusal, VoucherState, WalletRefusal,
};
use serde::{Deserialize, Serialize};
use text::fold;
use text::number::{MAX_AMOUNT, code, compact, mobile};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::pod::returning::REDIRECT;

use super::accounts::instant;
use super::operator_context::OperatorContext;
use super::problem::NO_RANDOMNESS;
use super::provision::Provision;
use super::reply::{
    EmptyBody, NOT_FOUND, Named, PageLimit, Paging, Params, PartyNumber, Problem, broken, done, json, listed, unread,
    version, versioned, whole_list,
};
use super::secret;
use crate::App;
use edge::key_ring::SealContext;
use edge::passwords;
use edge::random::alphanumeric;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(parties, register))
        .routes(routes!(replace))
        .routes(routes!(tokens, issue_token))
        .routes(routes!(revoke_token))
        .routes(routes!(revoke_named_token))
        .routes(routes!(fill))
        .routes(routes!(give_credit))
        .routes(routes!(give_voucher, vouchers))
        .routes(routes!(put_terminal))
        .routes(routes!(terminal))
}

/// Maximum length of a name, and of a credit's name.
const NAME: usize = 40;
/// Length of a generated token.
const TOKEN: usize = 48;
/// Maximum number of service keys of a business.
const API_KEYS: usize = 100;
/// Maximum number of addresses of a business, and maximum length of each.
const ADDRESSES: usize = 20;
const ADDRESS: usize = 1_000;
/// Schemes that do not open an app: browsers themselves run or read such addresses.
const NOT_OF_APPS: [&str; 7] = ["javascript", "vbscript", "data", "file", "filesystem", "blob", "about"];
/// Seconds for which the previous webhook secret signs besides the new one: the default, long enough to hand the new one to a receiver, and the
/// maximum.
const OVERLAP: i64 = 86_400;
const MAX_OVERLAP: i64 = 604_800;
/// Numbers that a caller may choose; generated numbers are larger.
const CHOSEN: std::ops::Range<i64> = 1..payments::FIRST_ID;

/// What a party is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A person with a wallet.
    User,
    /// A party that issues invoices.
    Business,
}

/// A user or a business. What is left out of a change stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PartyForm {
    /// Its number, below 1,000,000; left out: the next free one.
    id: Option<i64>,
    /// Needed for a new one; never changed.
    kind: Option<Kind>,
    /// Its handle: needed for a new one; never changed. At most 40 characters.
    name: Option<String>,
    /// Kept as a slow, salted hash only; left out: it cannot log in.
    password: Option<String>,
    /// `09` and nine digits.
    mobile: Option<String>,
    /// Whether the number is known to be its own.
    mobile_verified: Option<bool>,
    /// Codes of the guilds that a business is paid in. Guilds are added, never taken away.
    guilds: Option<Vec<String>>,
    /// Services that a business calls with a key only; empty: none.
    api_keys: Option<Vec<ApiKey>>,
    /// A business's account elsewhere, without `IR`: 24 digits.
    sheba: Option<String>,
    /// What signs calls to a business: 16 to 128 characters; kept encrypted. The one before signs beside it for a while.
    webhook_secret: Option<String>,
    /// For how long from now the webhook secret before the present one signs, too, in seconds: at most 604800, 0 ends it at once; left out
    /// with a new secret: 86400.
    #[schema(minimum = 0, maximum = 604800)]
    old_webhook_secret_seconds: Option<i64>,
    /// Whether payers come back with `paid=true` as soon as their money is taken, not when that is verified.
    returns_when_taken: Option<bool>,
    /// What a business shows as a client of the log-in service: 16 to 128 characters, kept as a keyed hash only; empty: none, its requests
    /// have to be proved by a verifier.
    client_secret: Option<String>,
    /// Where the log-in service may lead a business's users back to: at most 20 whole addresses, on the web or of an app's own scheme, as
    /// `com.example.app:/back`.
    redirect_uris: Option<Vec<String>>,
    /// Who may show a business's payment pages in a frame: at most 20 origins, as `https://shop.example`.
    frame_origins: Option<Vec<String>>,
    /// Whether its tokens are refused.
    disabled: Option<bool>,
}

/// A key of a service.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The service's number in production.
    service: u32,
    /// Kept as a keyed hash only.
    key: String,
}

/// A user or a business.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartyBody {
    id: i64,
    kind: Kind,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mobile: String,
    mobile_verified: bool,
    /// Whether it can log in.
    password: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guilds: Vec<&'static str>,
    /// Numbers of the services that it calls with a key only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    api_keys: Vec<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    sheba: String,
    /// Until when calls are signed with the webhook secret before the present one, too: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_webhook_secret_until: Option<String>,
    returns_when_taken: bool,
    /// Whether it has a secret as a client of the log-in service.
    client_secret: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frame_origins: Vec<String>,
    disabled: bool,
    /// RFC 3339.
    joined_at: String,
    /// The number of its wallet in the ledger.
    wallet: i64,
    /// The number of the account of what it has promised.
    blocked: i64,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

fn body(party: &Party, written: Option<Version>) -> PartyBody {
    let business = party.business();
    PartyBody {
        id: party.id.0,
        kind: if business.is_some() { Kind::Business } else { Kind::User },
        name: party.name.to_string(),
        mobile: party.mobile.to_string(),
        mobile_verified: party.mobile_verified,
        password: !party.password.is_empty(),
        guilds: business
            .iter()
            .flat_map(|business| &business.guilds)
            .filter_map(|id| Guild::numbered(*id))
            .map(|guild| guild.code)
            .collect(),
        api_keys: business.iter().flat_map(|business| &business.api_keys).map(|(service, _)| *service).collect(),
        sheba: business.map_or_else(String::new, |business| business.sheba.to_string()),
        old_webhook_secret_until: business
            .and_then(|business| business.old_webhook_secret.as_ref())
            .map(|old| instant(old.until_ms)),
        returns_when_taken: business.is_some_and(|business| business.returns_when_taken),
        client_secret: business.is_some_and(|business| business.client_secret.is_some()),
        redirect_uris: business.iter().flat_map(|b| &b.redirect_uris).map(Text::to_string).collect(),
        frame_origins: business.iter().flat_map(|b| &b.frame_origins).map(Text::to_string).collect(),
        disabled: party.disabled,
        joined_at: instant(party.joined_at_ms),
        wallet: payments::wallet(party.id).0,
        blocked: payments::blocked(party.id).0,
        version: version(written, &Versioned::Party(party)),
    }
}

/// POD's users and businesses by their numbers.
#[utoipa::path(get, path = "/admin/v1/parties", params(Paging), responses((status = 200, body = [PartyBody]), (status = 400, body = Problem)))]
pub async fn parties(State(app): State<App>, Params(paging): Params<Paging>) -> Result<Response, Response> {
    let page = paging.page().map_err(|problem| problem.response())?;
    let found = app.engine.reader().parties(page).await.map_err(unread)?;
    listed(&app, found.iter().map(|party| body(party, None)).collect()).await
}

/// Makes a user or a business, with a wallet and what else it needs in the ledger.
#[utoipa::path(post, path = "/admin/v1/parties", request_body = PartyForm, responses((status = 201, body = PartyBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn register(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: PartyForm = json(request).await?;
    let fresh = fresh(&form).map_err(|problem| problem.response())?;
    put(&app, fresh, form, StatusCode::CREATED).await
}

/// The party that a form makes, without what its other fields say.
fn fresh(form: &PartyForm) -> Result<Party, Problem> {
    // Number 0 stands for the next free one.
    let id = match form.id {
        None => PartyId(0),
        Some(id) if CHOSEN.contains(&id) => PartyId(id),
        Some(_) => return Err(Problem::invalid("id", "1 to 999999, or left out")),
    };
    let kind = match form.kind.ok_or_else(|| Problem::invalid("kind", "user or business"))? {
        Kind::User => PartyKind::User,
        Kind::Business => PartyKind::Business(Business::default()),
    };
    let name = form.name.as_deref().ok_or_else(|| Problem::invalid("name", "its handle"))?;
    Ok(Party {
        id,
        kind,
        name: self::name("name", name)?,
        password: String::new(),
        mobile: Text::from(""),
        mobile_verified: false,
        joined_at_ms: 0,
        disabled: false,
        access_version: 0,
    })
}

/// The command of a form that makes a party.
pub(super) async fn registered(provision: Provision<'_>, form: PartyForm) -> Result<RegisterParty, Response> {
    let fresh = fresh(&form).map_err(|problem| problem.response())?;
    Ok(RegisterParty { party: filled_in(provision, fresh, form).await?, replace: false })
}

/// The party with the changes of a form.
async fn filled_in(provision: Provision<'_>, party: Party, form: PartyForm) -> Result<Party, Response> {
    let refuse = |problem: Problem| problem.response();
    let mut party = changed(provision, party, &form).map_err(refuse)?;
    if let Some(password) = form.password {
        secret::check(provision, "password", &password, &secret::PASSWORD).map_err(refuse)?;
        party.password = passwords::hashed(password).await.map_err(|error| broken(&error))?;
    }
    Ok(party)
}

/// Changes a user or a business.
#[utoipa::path(put, path = "/admin/v1/parties/{id}", params(("id" = i64, Path)), request_body = PartyForm, responses((status = 200, body = PartyBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn replace(app: OperatorContext, Named(id): Named, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<PartyForm>(request).await?;
    let known = known(&app, id).await?;
    // Fields that the form leaves out are taken from this row, so even `If-Match: *` replaces only this version.
    let app = match app.precondition() {
        Some(Precondition::AnyRow) => app.expecting(Precondition::Version(Version::of(&Versioned::Party(&known)))),
        Some(Precondition::Version(_) | Precondition::NoRow) | None => app,
    };
    let is_business = known.business().is_some();
    let other_kind = form.kind.is_some_and(|kind| (kind == Kind::Business) != is_business);
    let other_name = form.name.as_deref().is_some_and(|name| *name != *known.name);
    if other_kind || other_name || form.id.is_some_and(|other| other != id.0) {
        return Err(Problem::conflict("name", "a party keeps its number, its kind and its name").response());
    }
    put(&app, known, form, StatusCode::OK).await
}

async fn known(app: &App, id: PartyId) -> Result<Party, Response> {
    let found = app.engine.reader().party(id).await.map_err(unread)?;
    found.ok_or_else(|| NOT_FOUND.response())
}

async fn put(app: &OperatorContext, party: Party, form: PartyForm, status: StatusCode) -> Result<Response, Response> {
    let party = filled_in(app.provision(), party, form).await?;
    let replace = status == StatusCode::OK;
    let Replaced { done: id, version: written } = done(app.replace(RegisterParty { party, replace }).await)?;
    let body = body(&known(app, id).await?, written);
    Ok(versioned(status, &body, &body.version))
}

impl From<PartyRefusal> for Problem {
    fn from(refusal: PartyRefusal) -> Self {
        match refusal {
            PartyRefusal::PartyExists => {
                Self::conflict("name", "a party of this id or name exists; use PUT to change it")
            }
            PartyRefusal::PartyUnknown => NOT_FOUND,
            PartyRefusal::PartyNotChangeable => {
                Self::conflict("name", "a party keeps its kind and name, and the guilds that it has")
            }
        }
    }
}

/// The party with the changes of a form, except for the password.
fn changed(provision: Provision<'_>, party: Party, form: &PartyForm) -> Result<Party, Problem> {
    let of_businesses = [
        ("guilds", form.guilds.is_some()),
        ("apiKeys", form.api_keys.is_some()),
        ("sheba", form.sheba.is_some()),
        ("webhookSecret", form.webhook_secret.is_some()),
        ("oldWebhookSecretSeconds", form.old_webhook_secret_seconds.is_some()),
        ("returnsWhenTaken", form.returns_when_taken.is_some()),
        ("clientSecret", form.client_secret.is_some()),
        ("redirectUris", form.redirect_uris.is_some()),
        ("frameOrigins", form.frame_origins.is_some()),
    ];
    let mut party = party;
    if let Some(number) = &form.mobile {
        let number = match number.as_str() {
            "" => Text::from(""),
            number => mobile(number).map(Text::from).ok_or_else(|| Problem::invalid("mobile", "09 and nine digits"))?,
        };
        // The new number is not verified yet.
        party.mobile_verified &= number == party.mobile;
        party.mobile = number;
    }
    party.mobile_verified = form.mobile_verified.unwrap_or(party.mobile_verified);
    party.disabled = form.disabled.unwrap_or(party.disabled);
    let PartyKind::Business(business) = &mut party.kind else {
        return match of_businesses.iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(Problem::invalid(field, "only of a business")),
            None => Ok(party),
        };
    };
    if let Some(codes) = &form.guilds {
        let known = || payments::GUILDS.map(|guild| guild.code).join(", ");
        let ids = codes.iter().map(|code| Guild::coded(code).map(|guild| guild.id));
        let mut ids: Vec<i64> =
            ids.collect::<Option<_>>().ok_or_else(|| Problem::invalid("guilds", format!("codes of {}", known())))?;
        let mut seen = std::collections::BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        business.guilds = ids;
    }
    if let Some(keys) = &form.api_keys {
        let numbered = |key: &ApiKey| wire::pod::services::numbered(key.service).is_some();
        if keys.len() > API_KEYS || !keys.iter().all(numbered) {
            return Err(Problem::invalid("apiKeys", "at most 100 keys, each of a service's number"));
        }
        for key in keys {
            secret::check(provision, "apiKeys", &key.key, &secret::API_KEY)?;
        }
        business.api_keys = keys.iter().map(|key| (key.service, provision.secrets.hash(&key.key))).collect();
    }
    if let Some(sheba) = &form.sheba {
        let sheba = compact(sheba).to_ascii_uppercase();
        let digits = sheba.strip_prefix("IR").unwrap_or(&sheba);
        if !digits.is_empty() && code(digits, 24).is_none() {
            return Err(Problem::invalid("sheba", "24 digits"));
        }
        business.sheba = Text::from(digits);
    }
    // Only a new secret is written: the stored one may be sealed anew at the same time.
    let sealed = std::mem::take(&mut business.webhook_secret);
    if form.old_webhook_secret_seconds.is_some_and(|seconds| !(0..=MAX_OVERLAP).contains(&seconds)) {
        return Err(Problem::invalid("oldWebhookSecretSeconds", "0 to 604800"));
    }
    let mut overlap = form.old_webhook_secret_seconds;
    if let Some(secret) = &form.webhook_secret {
        secret::check(provision, "webhookSecret", secret, &secret::WEBHOOK_SECRET)?;
        let context = SealContext::WebhookSecret(&party.name);
        // Repeating a change must not replace the previous secret that the first one kept.
        if !provision.secrets.open(context, &sealed).is_some_and(|known| provision.secrets.same(&known, secret)) {
            business.webhook_secret = provision.secrets.seal(context, secret).map_err(|_| NO_RANDOMNESS)?;
            overlap = overlap.or(Some(OVERLAP));
        }
    }
    if let Some(seconds) = overlap {
        let until_ms = provision.now_ms.saturating_add(seconds * 1_000);
        // The sealed secret is filled in when the change is decided.
        business.old_webhook_secret = Some(Box::new(OldSecret { sealed: Vec::new(), until_ms }));
    }
    if let Some(secret) = &form.client_secret {
        if !secret.is_empty() {
            secret::check(provision, "clientSecret", secret, &secret::LOG_IN_SECRET)?;
        }
        business.client_secret = (!secret.is_empty()).then(|| provision.secrets.hash(secret));
    }
    if let Some(uris) = &form.redirect_uris {
        business.redirect_uris = redirect_uris(uris)?;
    }
    if let Some(origins) = &form.frame_origins {
        // The origin becomes part of a header in which other characters are separators.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        let is_origin = |url: &Url| {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            bare && url.host_str().is_some_and(|host| host.chars().all(plain))
        };
        let found = addresses(origins, |address| web(address, ADDRESS).is_some_and(|url| is_origin(&url)));
        let found = found.ok_or_else(|| {
            Problem::invalid("frameOrigins", "at most 20 addresses that begin with http:// or https://")
        })?;
        business.frame_origins = found.iter().map(|origin| Text::from(origin.trim_end_matches('/'))).collect();
    }
    business.returns_when_taken = form.returns_when_taken.unwrap_or(business.returns_when_taken);
    Ok(party)
}

/// The addresses as given; `None`: there are too many, or one is not valid.
fn addresses(given: &[String], fits: impl Fn(&str) -> bool) -> Option<Vec<Text>> {
    let fit = given.len() <= ADDRESSES && given.iter().all(|address| fits(address));
    fit.then(|| given.iter().map(|address| Text::from(address.as_str())).collect())
}

/// Parses an address of printable ASCII without user name or password.
fn plain(address: &str, most: usize) -> Option<Url> {
    let plain = address.len() <= most && address.bytes().all(|byte| byte.is_ascii_graphic());
    let url = Url::parse(address).ok().filter(|_| plain)?;
    (url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// Parses a web address.
pub(super) fn web(address: &str, most: usize) -> Option<Url> {
    plain(address, most).filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Checks the addresses to which users are redirected: on the web, or in an app by its own scheme (second-edition.md 4.3).
fn redirect_uris(given: &[String]) -> Result<Vec<Text>, Problem> {
    let of_app = |address: &str| {
        let url = plain(address, REDIRECT).filter(|url| !matches!(url.scheme(), "http" | "https"));
        url.filter(|url| !NOT_OF_APPS.contains(&url.scheme()) && address.len() > url.scheme().len() + 1)
    };
    // The log-in service accepts no other characters.
    let fits = |address: &str| {
        let url = web(address, REDIRECT).or_else(|| of_app(address));
        url.is_some_and(|url| url.fragment().is_none()) && !address.contains('\\')
    };
    addresses(given, fits).ok_or_else(|| {
        let what = "at most 20 addresses that begin with http://, https:// or an app's own scheme, without a fragment";
        Problem::invalid("redirectUris", what)
    })
}

fn name(field: &'static str, text: &str) -> Result<Text, Problem> {
    let good = text.chars().count() <= NAME && !fold(text).is_empty() && !text.chars().any(char::is_control);
    good.then(|| Text::from(text)).ok_or_else(|| Problem::invalid(field, "1 to 40 characters"))
}

/// A token that is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ApiTokenForm {
    /// How long it is good, in seconds; left out: until it is revoked.
    #[schema(minimum = 1)]
    life_seconds: Option<i64>,
}

/// A token. It is shown once: only its keyed hash is kept.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiTokenBody {
    token: String,
}

/// A party's own token as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartyTokenBody {
    /// What names it in this list; it opens nothing.
    id: String,
    /// When it was given: RFC 3339.
    at: String,
    /// RFC 3339; without it, it is good until it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
    /// Whether it is good now.
    alive: bool,
}

/// The name of a token in lists: its keyed hash.
pub fn token_id(token: &ApiToken) -> String {
    HEXLOWER.encode(&token.hash.0)
}

/// A party's own tokens, newest first; a hundred at most. Tokens that businesses have by a log-in are not among them.
#[utoipa::path(get, path = "/admin/v1/parties/{id}/tokens", params(("id" = i64, Path)), responses((status = 200, body = [PartyTokenBody]), (status = 400, body = Problem)))]
pub async fn tokens(State(app): State<App>, Named(id): Named) -> Result<Response, Response> {
    let found = app.engine.reader().api_tokens_of(id).await.map_err(unread)?;
    let now_ms = app.engine.clock().now_ms();
    let body = |token: &ApiToken| PartyTokenBody {
        id: token_id(token),
        at: instant(token.created_at_ms),
        ends_at: token.ends_at_ms.map(instant),
        alive: token.is_alive(now_ms),
    };
    whole_list(&app, found.iter().map(body).collect()).await
}

/// Ends a token of a party at once, by its id in the list.
#[utoipa::path(delete, path = "/admin/v1/parties/{id}/tokens/{token}", params(("id" = i64, Path), ("token" = String, Path)), responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn revoke_named_token(
    app: OperatorContext,
    Path((id, token)): Path<(String, String)>,
    _: EmptyBody,
) -> Result<StatusCode, Response> {
    let party = id.parse().ok().and_then(PartyId::numbered);
    let party = party.ok_or_else(|| Problem::invalid("id", "the number of a party").response())?;
    end_token(&app, party, &token).await.map(|()| StatusCode::NO_CONTENT)
}

/// Ends a token of a party; see [`revoke_named_token`].
///
/// # Errors
/// The party has no such token, or the store failed.
pub async fn end_token(app: &OperatorContext, party: PartyId, id: &str) -> Result<(), Response> {
    let found = app.engine.reader().api_tokens_of(party).await.map_err(unread)?;
    let token = found.iter().find(|token| token_id(token) == id).ok_or_else(|| NOT_FOUND.response())?;
    done(app.run_audited(RevokeApiToken { hash: token.hash }).await)
}

/// Gives a party a token to call POD's services with.
#[utoipa::path(post, path = "/admin/v1/parties/{id}/tokens", params(("id" = i64, Path)), request_body = ApiTokenForm, responses((status = 201, body = ApiTokenBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn issue_token(app: OperatorContext, Named(id): Named, request: Request) -> Result<Response, Response> {
    let form: ApiTokenForm = json(request).await?;
    if form.life_seconds.is_some_and(|seconds| !(1..=MAX_AMOUNT).contains(&seconds)) {
        return Err(Problem::invalid("lifeSeconds", "1 or more").response());
    }
    let token = alphanumeric(TOKEN).map_err(|error| broken(&engine::Error::Unavailable(error.to_string())))?;
    let life_ms = form.life_seconds.map(|seconds| seconds.saturating_mul(1_000));
    let command = IssueApiToken { hash: app.secrets.hash(&token), party: id, life_ms };
    done(app.run_audited(command).await)?;
    Ok((StatusCode::CREATED, Json(ApiTokenBody { token })).into_response())
}

impl From<ApiTokenRefusal> for Problem {
    fn from(refusal: ApiTokenRefusal) -> Self {
        match refusal {
            ApiTokenRefusal::PartyUnknown => NOT_FOUND,
            ApiTokenRefusal::TokenExists => Self::conflict("token", "a party has this token"),
        }
    }
}

impl From<AddPosTerminalRefusal> for Problem {
    fn from(refusal: AddPosTerminalRefusal) -> Self {
        match refusal {
            AddPosTerminalRefusal::PartyUnknown => NOT_FOUND,
            AddPosTerminalRefusal::TerminalExists => Self::conflict(
                "terminalNumber",
                "a terminal of this number exists; PUT /admin/v1/pos/terminals changes it",
            ),
        }
    }
}

impl From<PartyUnknown> for Problem {
    fn from(_: PartyUnknown) -> Self {
        NOT_FOUND
    }
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/admin/v1/parties/tokens", request_body = ApiTokenBody, responses((status = 204), (status = 400, body = Problem)))]
pub async fn revoke_token(app: OperatorContext, request: Request) -> Result<StatusCode, Response> {
    let form: ApiTokenBody = json(request).await?;
    let command = RevokeApiToken { hash: app.secrets.hash(&form.token) };
    done(app.run_audited(command).await)?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ApiTokenUnknown> for Problem {
    fn from(_: ApiTokenUnknown) -> Self {
        Self::invalid("token", "no live token")
    }
}

/// Money for a wallet.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyForm {
    /// In rials.
    #[schema(minimum = 1)]
    pub(super) amount: i64,
}

/// Fills a wallet from the operator's bank account.
#[utoipa::path(post, path = "/admin/v1/parties/{id}/money", params(("id" = i64, Path)), request_body = MoneyForm, responses((status = 201, body = MoneyForm), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn fill(app: OperatorContext, Named(id): Named, request: Request) -> Result<Response, Response> {
    let form: MoneyForm = json(request).await?;
    let command = money(id, &form).map_err(|problem| problem.response())?;
    done(app.run_audited(command).await)?;
    Ok((StatusCode::CREATED, Json(form)).into_response())
}

/// The command of a form.
pub(super) fn money(party: PartyId, form: &MoneyForm) -> Result<FillWallet, Problem> {
    if !(1..=MAX_AMOUNT).contains(&form.amount) {
        return Err(Problem::invalid("amount", "1 or more, in rials"));
    }
    Ok(FillWallet { party, amount: Rial::new(form.amount), at_ms: None })
}

impl From<WalletRefusal> for Problem {
    fn from(refusal: WalletRefusal) -> Self {
        match refusal {
            WalletRefusal::PartyUnknown => NOT_FOUND,
            WalletRefusal::NotBooked(why) => why.into(),
        }
    }
}

/// Credit that a party gives another.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditForm {
    /// Who may spend it.
    #[schema(value_type = i64)]
    pub(super) holder: PartyNumber,
    /// What names it in calls, as `delegationHash`: one of the holder's.
    pub(super) hash: String,
    /// How much, in rials.
    #[schema(minimum = 1)]
    pub(super) limit: i64,
}

/// Lets a party spend this one's money, up to a limit.
#[utoipa::path(post, path = "/admin/v1/parties/{id}/credits", params(("id" = i64, Path)), request_body = CreditForm, responses((status = 201, body = CreditForm), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn give_credit(app: OperatorContext, Named(id): Named, request: Request) -> Result<Response, Response> {
    let form: CreditForm = json(request).await?;
    let command = credit(id, &form).map_err(|problem| problem.response())?;
    done(app.run_audited(command).await)?;
    Ok((StatusCode::CREATED, Json(form)).into_response())
}

/// The command of a form.
pub(super) fn credit(delegator: PartyId, form: &CreditForm) -> Result<GiveCredit, Problem> {
    if !(1..=MAX_AMOUNT).contains(&form.limit) {
        return Err(Problem::invalid("limit", "1 or more, in rials"));
    }
    let (hash, holder) = (name("hash", &form.hash)?, form.holder.named("holder")?);
    Ok(GiveCredit { delegator, holder, hash, limit: Rial::new(form.limit) })
}

impl From<CreditRefusal> for Problem {
    fn from(refusal: CreditRefusal) -> Self {
        match refusal {
            CreditRefusal::PartyUnknown(_) => NOT_FOUND,
            CreditRefusal::CreditExists => Self::conflict("hash", "the holder has a credit of this name"),
            CreditRefusal::TooManyCredits => Self::conflict("holder", "the holder has as many credits as there can be"),
        }
    }
}

/// A voucher of a business: what it takes less for one of its invoices on the payment pages, once.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherForm {
    /// What payers type: 1 to 40 characters, one of the business's.
    pub(super) code: String,
    /// Rials that it takes off at most.
    #[schema(minimum = 1)]
    pub(super) value: i64,
}

/// A voucher and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoucherBody {
    /// What names it in lists; it says nothing of the code.
    id: String,
    code: String,
    value: i64,
    /// `free`, `reserved` for a payer who is choosing, or `used`.
    state: &'static str,
    /// The invoice that it was used on.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<i64>,
}

/// Makes a voucher.
#[utoipa::path(post, path = "/admin/v1/parties/{id}/vouchers", params(("id" = i64, Path)), request_body = VoucherForm, responses((status = 201, body = VoucherForm), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn give_voucher(app: OperatorContext, Named(id): Named, request: Request) -> Result<Response, Response> {
    let form: VoucherForm = json(request).await?;
    let command = voucher(app.provision(), id, &form).map_err(|problem| problem.response())?;
    done(app.run_audited(command).await)?;
    Ok((StatusCode::CREATED, Json(form)).into_response())
}

/// The command of a form.
pub(super) fn voucher(provision: Provision<'_>, issuer: PartyId, form: &VoucherForm) -> Result<IssueVoucher, Problem> {
    if !(1..=MAX_AMOUNT).contains(&form.value) {
        return Err(Problem::invalid("value", "1 or more, in rials"));
    }
    let code = name("code", &form.code)?;
    let code = provision.secrets.seal_voucher(issuer, &code).map_err(|_| NO_RANDOMNESS)?;
    let key = VoucherKey { issuer, code: Text::from(code.hash) };
    Ok(IssueVoucher { key, sealed: code.sealed, shown: Text::from(code.shown), value: Rial::new(form.value) })
}

impl From<VoucherRefusal> for Problem {
    fn from(refusal: VoucherRefusal) -> Self {
        match refusal {
            VoucherRefusal::NoBusiness => NOT_FOUND,
            VoucherRefusal::VoucherExists => Self::conflict("code", "the business has a voucher of this code"),
        }
    }
}

/// Which vouchers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VoucherParams {
    /// Only vouchers whose ids come after this one.
    #[serde(default)]
    after: String,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

/// The vouchers of a business, by their ids.
#[utoipa::path(get, path = "/admin/v1/parties/{id}/vouchers", params(("id" = i64, Path), VoucherParams), responses((status = 200, body = [VoucherBody]), (status = 400, body = Problem)))]
pub async fn vouchers(
    State(app): State<App>,
    Named(id): Named,
    Params(params): Params<VoucherParams>,
) -> Result<Response, Response> {
    let limit = params.limit.rows().map_err(|problem| problem.response())?;
    let now_ms = app.engine.clock().now_ms();
    let after = VoucherKey { issuer: id, code: Text::from(params.after) };
    let found = app.engine.reader().vouchers(after, limit).await.map_err(unread)?;
    let mut bodies = Vec::with_capacity(found.len());
    for Voucher { key, sealed, value, state } in &found {
        let (state, invoice) = match *state {
            VoucherState::Reserved(_, until_ms, invoice) if now_ms < until_ms => {
                let invoice = app.engine.reader().invoice(invoice).await.map_err(unread)?;
                (if invoice.is_some_and(|invoice| invoice.keeps_vouchers()) { "reserved" } else { "free" }, None)
            }
            VoucherState::Free | VoucherState::Reserved(..) => ("free", None),
            VoucherState::Used(invoice) => ("used", Some(invoice.0)),
        };
        let code = app.secrets.voucher_code(&key.code, sealed);
        bodies.push(VoucherBody { id: key.code.to_string(), code, value: value.get(), state, invoice });
    }
    listed(&app, bodies).await
}

/// A terminal of a shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PosTerminalForm {
    /// Its number; at most 40 characters.
    terminal_number: String,
    /// The network's number of the shop; at most 40 characters.
    merchant_code: String,
    /// Whose it is.
    #[schema(value_type = i64)]
    business: PartyNumber,
}

/// A terminal of a shop, and its version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PosTerminalBody {
    terminal_number: String,
    merchant_code: String,
    business: i64,
    /// The version of this record. A PUT that changes it repeats it.
    version: String,
}

fn pos_terminal(terminal: &PosTerminal) -> Response {
    let body = PosTerminalBody {
        terminal_number: terminal.number.to_string(),
        merchant_code: terminal.merchant.to_string(),
        business: terminal.business.0,
        version: version(None, &Versioned::PosTerminal(Some(terminal))),
    };
    versioned(StatusCode::OK, &body, &body.version)
}

/// A terminal of a shop.
#[utoipa::path(get, path = "/admin/v1/pos/terminals/{number}", params(("number" = String, Path)), responses((status = 200, body = PosTerminalBody), (status = 404, body = Problem)))]
pub async fn terminal(State(app): State<App>, Path(number): Path<String>) -> Result<Response, Response> {
    let found = app.engine.reader().pos_terminal(Text::from(&*fold(&number))).await.map_err(unread)?;
    found.map(|terminal| pos_terminal(&terminal)).ok_or_else(|| NOT_FOUND.response())
}

/// Makes a terminal of a shop, or changes whose it is: one that is there by its version only.
#[utoipa::path(put, path = "/admin/v1/pos/terminals", request_body = PosTerminalForm, responses((status = 200, body = PosTerminalBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn put_terminal(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let (app, form) = app.change::<PosTerminalForm>(request).await?;
    let command = terminal_of(&form).map_err(|problem| problem.response())?;
    let terminal = command.terminal.clone();
    done(app.run_audited(command).await)?;
    Ok(pos_terminal(&terminal))
}

/// The command of a form.
pub(super) fn terminal_of(form: &PosTerminalForm) -> Result<RegisterPosTerminal, Problem> {
    let number = name("terminalNumber", &form.terminal_number)?;
    let merchant = name("merchantCode", &form.merchant_code)?;
    Ok(RegisterPosTerminal { terminal: PosTerminal { number, merchant, business: form.business.named("business")? } })
}

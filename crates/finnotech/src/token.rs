//! POST `/dev/v2/oauth2/token` (finnotech.md 2.1): client_credentials, authorization_code and refresh_token.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use ledger::Rial;
use payments::{
    Bank, Client, ClientId, Command, Digest, ExchangeCode, Grant, GrantId, GrantKind, IssueGrant, NoBank, Now,
    RefreshGrant, granted_scopes, life_ms,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use wire::field::Value;
use wire::finnotech::envelope::{Success, TOKEN_RESPONSE_CODE};
use wire::finnotech::errors::{self as table, Failure};
use wire::finnotech::replies::{ClientCredentialClaims, ClientCredentialToken, CodeClaims, CodeToken};

use super::{call, errors, reply};
use crate::App;
use edge::basic::{Credentials, basic};
use edge::body;
use edge::observe::Cause;
use edge::random::alphanumeric;
use edge::refused::BodyFault;
use edge::secrets::Secrets;

/// Length of a refresh token.
const REFRESH: usize = 256;
/// Lengths of the random claims.
const TOKEN_ID: usize = 32;
const RANDOM_UK_ID: usize = 16;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    grant_type: Option<&'a RawValue>,
    #[serde(borrow)]
    nid: Option<&'a RawValue>,
    #[serde(borrow)]
    scopes: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    redirect_uri: Option<&'a RawValue>,
    #[serde(borrow)]
    bank: Option<&'a RawValue>,
    #[serde(borrow)]
    refresh_token: Option<&'a RawValue>,
    // Documented fields that carry nothing more: the code and the refresh token determine them.
    #[serde(rename = "auth_type")]
    _auth_type: Option<IgnoredAny>,
    #[serde(rename = "token_type")]
    _token_type: Option<IgnoredAny>,
}

pub async fn token(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (client, body) = enter(&app, request).await?;
    let body: Body<'_> = call::object(app.strict, &body).map_err(|failure| fail(&failure))?;
    let text = |raw: Option<&RawValue>, name| Value::of(raw).text(name).map(|text| text.into_owned());
    let grant_type = text(body.grant_type, "grant_type").map_err(|fault| fail(&fault.into()))?;
    match grant_type.as_str() {
        "client_credentials" => client_credentials(&app, client, &body).await,
        "refresh_token" => {
            let used = text(body.refresh_token, "refresh_token").map_err(|fault| fail(&fault.into()))?;
            refresh(&app, client, &used).await
        }
        "authorization_code" => {
            let code = text(body.code, "code").map_err(|fault| fail(&fault.into()))?;
            // Must equal the `redirect_uri` of authorize byte by byte.
            let redirect_uri: Option<String> = body.redirect_uri.and_then(|raw| serde_json::from_str(raw.get()).ok());
            let redirect_uri = redirect_uri.filter(|uri| !uri.is_empty());
            let redirect_uri = redirect_uri.ok_or_else(|| fail(&table::required("redirect_uri")))?;
            let bank = Value::of(body.bank).optional_text("bank").map_err(|fault| fail(&fault.into()))?;
            let bank = bank.map(|code| Bank::from_code(&code).ok_or(NoBank)).transpose();
            exchange(&app, client, &code, redirect_uri, bank).await
        }
        _ => Err(fail(&table::invalid("grant_type"))),
    }
}

/// A `FAILED` reply of a token call.
pub fn fail(failure: &Failure) -> Response {
    reply::failed(None, failure)
}

/// Authenticates the client of a call and reads the body.
///
/// # Errors
/// The reply that names the fault in either.
pub async fn enter(app: &App, request: Request) -> Result<(Client, Bytes), Response> {
    let (parts, body) = request.into_parts();
    let body = body::read(&parts, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => fail(&table::BODY_TOO_LARGE),
        BodyFault::Broken => fail(&table::BODY_INVALID),
    })?;
    Ok((authenticate(app, &parts.headers).await?, body))
}

/// The client of `Authorization: Basic base64(clientId:secret)`.
///
/// # Errors
/// The reply `invalid client credentials`.
pub async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Client, Response> {
    let refused = || fail(&table::INVALID_CREDENTIALS);
    let sent = basic(headers).ok_or_else(refused)?;
    app.engine.catch_up().await.map_err(|error| reply::broken(None, &error))?;
    let mut genuine = None;
    for Credentials { id, secret } in sent {
        let found = app.engine.reader().client(ClientId::from(id.as_str())).await;
        let found = found.map_err(|error| reply::broken(None, &engine::Error::Store(error)))?;
        // An unknown client takes as long as a wrong secret.
        let hash = found.as_ref().map_or(Digest([0; 32]), |client| client.secret);
        let is_genuine = app.secrets.matches(&secret, &hash);
        genuine = genuine.or(found.filter(|client| is_genuine && !client.disabled));
    }
    genuine.ok_or_else(refused)
}

async fn client_credentials(app: &App, client: Client, body: &Body<'_>) -> Result<Response, Response> {
    let nid = Value::of(body.nid).optional_digits("nid", 10).map_err(|fault| fail(&fault.into()))?;
    let user = match nid {
        None => client.caller_nids.first().cloned().unwrap_or_default(),
        Some(nid) if client.caller_nids.contains(&nid) => nid,
        Some(_) => return Err(fail(&table::invalid("nid"))),
    };
    let asked = Value::of(body.scopes).optional_text("scopes").map_err(|fault| fail(&fault.into()))?;
    let scopes = granted_scopes(&client.scopes, asked.as_deref());
    if scopes.is_empty() {
        return Err(fail(&table::invalid("scopes")));
    }
    let grant = Grant {
        id: GrantId(0),
        client: client.id,
        kind: GrantKind::ClientCredential,
        user,
        bank: None,
        scopes,
        deposits: Vec::new(),
        deposit_numbers: Vec::new(),
        max_amount: Rial::ZERO,
        monthly_count: 0,
        life_ms: life_ms(GrantKind::ClientCredential, None),
        ended_at_ms: None,
        forgotten_at_ms: None,
    };
    mint(app, grant).await
}

/// Issues a grant with its first tokens; returns the reply that contains them.
///
/// # Errors
/// The reply that refuses it.
pub async fn mint(app: &App, grant: Grant) -> Result<Response, Response> {
    let now = app.engine.clock().now();
    let pair = Pair::new(&app.secrets, &grant, &now).map_err(|cause| internal(&cause))?;
    let (access, refresh) = pair.hashes(&app.secrets);
    let command = IssueGrant { grant: grant.clone(), access, refresh };
    run(app, command, errors::not_issued).await?;
    Ok(pair.render(&grant, &now))
}

async fn exchange(
    app: &App,
    client: Client,
    code: &str,
    redirect_uri: String,
    bank: Result<Option<Bank>, NoBank>,
) -> Result<Response, Response> {
    let code = app.secrets.hash(code);
    let found = app.engine.reader().auth_code(code).await;
    let found = found.map_err(|error| broken(&engine::Error::Store(error)))?;
    let grant = found.map(|found| found.grant).filter(|grant| grant.client == client.id);
    let grant = grant.ok_or_else(|| fail(&table::invalid("code")))?;
    let now = app.engine.clock().now();
    let pair = Pair::new(&app.secrets, &grant, &now).map_err(|cause| internal(&cause))?;
    let (access, refresh) = pair.hashes(&app.secrets);
    let command = ExchangeCode { client: client.id, code, redirect_uri, bank, access, refresh };
    run(app, command, errors::not_exchanged).await?;
    Ok(pair.render(&grant, &now))
}

async fn refresh(app: &App, client: Client, text: &str) -> Result<Response, Response> {
    let used = app.secrets.hash(text);
    let found = app.engine.reader().refresh_token(used).await;
    let found = found.map_err(|error| reply::broken(None, &engine::Error::Store(error)))?;
    let grant = found.map(|(_, grant)| grant).filter(|grant| grant.client == client.id);
    let grant = grant.ok_or_else(|| fail(&table::invalid("refresh_token")))?;
    let now = app.engine.clock().now();
    let next = app.secrets.successor(text, REFRESH);
    let pair = Pair::with(next, &app.secrets, &grant, &now).map_err(|cause| internal(&cause))?;
    let (access, refresh) = pair.hashes(&app.secrets);
    let command = RefreshGrant { client: client.id, used, access, refresh };
    run(app, command, errors::not_renewed).await?;
    Ok(pair.render(&grant, &now))
}

/// Runs a command of a token call; `translate` maps its refusals to the error table.
///
/// # Errors
/// The reply that refuses it.
pub async fn run<C: Command>(app: &App, command: C, translate: fn(C::Refusal) -> Failure) -> Result<C::Done, Response> {
    match app.engine.run(command).await {
        Ok(done) => done.map_err(|why| fail(&translate(why))),
        Err(error) => Err(broken(&error)),
    }
}

/// The reply of a token call for an internal error, or for a server that is busy.
pub fn broken(error: &engine::Error) -> Response {
    reply::broken(None, error)
}

/// The reply `internal error`, with the cause for the operator.
pub fn internal(cause: &str) -> Response {
    let mut response = fail(&table::INTERNAL);
    response.extensions_mut().insert(Cause(cause.to_owned()));
    response
}

/// An access token and its refresh token in clear text; they exist only until the reply is written.
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    fn new(secrets: &Secrets, grant: &Grant, now: &Now) -> Result<Self, String> {
        Self::with(alphanumeric(REFRESH).map_err(|error| error.to_string())?, secrets, grant, now)
    }

    fn with(refresh: String, secrets: &Secrets, grant: &Grant, now: &Now) -> Result<Self, String> {
        let random = |length| alphanumeric(length).map_err(|error| error.to_string());
        let (token_id, random_uk_id, creation_date) = (random(TOKEN_ID)?, random(RANDOM_UK_ID)?, now.long());
        let iat = now.at_ms.div_euclid(1000);
        let access = match grant.kind {
            GrantKind::ClientCredential => secrets.sign(&ClientCredentialClaims {
                token_id: &token_id,
                client_id: &grant.client.0,
                user_id: &grant.user,
                active: true,
                scopes: &grant.scopes,
                deposits: [],
                monthly_call_limitation: None,
                max_amount_per_transaction: None,
                destination: None,
                kind: "CLIENT-CREDENTIAL",
                creation_date: &creation_date,
                life_time: grant.life_ms,
                iat,
            }),
            GrantKind::Code | GrantKind::Sms => secrets.sign(&CodeClaims {
                token_id: &token_id,
                scopes: &grant.scopes,
                monthly_call_limitation: grant.monthly_count,
                max_amount_per_transaction: grant.max_amount.get(),
                user_id: &grant.user,
                creation_date: &creation_date,
                kind: "CODE",
                bank: &bank(grant),
                life_time: grant.life_ms,
                deposits: &grant.deposit_numbers,
                client_id: &grant.client.0,
                random_uk_id: &random_uk_id,
                iat,
                auth_type: auth_type(grant),
            }),
        };
        Ok(Self { access: access.map_err(|error| error.to_string())?, refresh })
    }

    fn hashes(&self, secrets: &Secrets) -> (Digest, Digest) {
        (secrets.hash(&self.access), secrets.hash(&self.refresh))
    }

    fn render(&self, grant: &Grant, now: &Now) -> Response {
        let creation_date = now.long();
        match grant.kind {
            GrantKind::ClientCredential => envelope(ClientCredentialToken {
                value: &self.access,
                scopes: &grant.scopes,
                life_time: grant.life_ms,
                creation_date: &creation_date,
                refresh_token: &self.refresh,
            }),
            GrantKind::Code | GrantKind::Sms => envelope(CodeToken {
                scopes: &grant.scopes,
                monthly_call_limitation: grant.monthly_count,
                max_amount_per_transaction: grant.max_amount.get(),
                user_id: &grant.user,
                creation_date: &creation_date,
                kind: "CODE",
                bank: &bank(grant),
                life_time: grant.life_ms,
                deposits: &grant.deposit_numbers,
                client_id: &grant.client.0,
                value: &self.access,
                refresh_token: &self.refresh,
                auth_type: auth_type(grant),
            }),
        }
    }
}

fn auth_type(grant: &Grant) -> Option<&'static str> {
    (grant.kind == GrantKind::Sms).then_some("SMS")
}

fn bank(grant: &Grant) -> String {
    grant.bank.map(|bank| bank.to_string()).unwrap_or_default()
}

/// A successful reply of a token call.
pub fn envelope(result: impl serde::Serialize) -> Response {
    let body =
        Success { track_id: None, result: Some(result), status: "DONE", response_code: Some(TOKEN_RESPONSE_CODE) };
    let mut response = reply::json(StatusCode::OK, &body);
    let no_store = axum::http::HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

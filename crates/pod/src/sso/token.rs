//! POST `/oauth2/token` (pod.md 2.2): exchanges a code or a refresh token for a pair of tokens.

use std::borrow::Cow;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments::{
    CodeRefused, ExchangeSsoCode, NewTokens, PartyId, RefreshRefused, RefreshSso, SSO_ACCESS_MS, Scopes, Text,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wire::pairs::Pairs;

use super::client::client;
use super::scopes;
use crate::App;
use edge::basic::{Credentials, basic};
use edge::body;
use edge::form::Query;
use edge::observe::Cause;
use edge::random::alphanumeric;
use edge::refused::BodyFault;
use edge::reply::json;
use edge::strict::Rule;

/// Characters of a token.
const TOKEN: usize = 32;
/// Maximum length of a verifier in characters.
const VERIFIER: usize = 128;
/// Minimum length of a verifier in RFC 7636. POD's own libraries send ten characters (second-edition.md 4.3); only strict mode refuses those.
const VERIFIER_OF_RFC_7636: usize = 43;

#[derive(Serialize)]
struct Tokens<'a> {
    access_token: &'a str,
    expires_in: i64,
    refresh_token: &'a str,
    scope: &'a str,
    token_type: &'static str,
}

#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: Cow<'static, str>,
}

/// The reply to a request that is refused before any handler runs.
pub fn unreadable(status: StatusCode, why: String) -> Response {
    refuse(status, "invalid_request", why)
}

fn refuse(status: StatusCode, error: &'static str, why: impl Into<Cow<'static, str>>) -> Response {
    json(status, &Refused { error, error_description: why.into() })
}

/// The reply to an invalid request.
pub(super) fn invalid_request(why: &'static str) -> Response {
    refuse(StatusCode::BAD_REQUEST, "invalid_request", why)
}

fn invalid_scope() -> Response {
    refuse(StatusCode::BAD_REQUEST, "invalid_scope", "scope: at most what the refresh token has")
}

/// The reply to a failure of the machine.
pub(super) fn broken(error: &engine::Error) -> Response {
    let mut response = match error.is_passing() {
        true => refuse(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "nothing was done; try again"),
        false => refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "look for the request's id in the log"),
    };
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

/// Reads the headers and the parameters of a call: those of the form, then those of the query (second-edition.md 4.3).
pub(super) async fn read(request: Request) -> Result<(HeaderMap, Query), Response> {
    let (mut parts, body) = request.into_parts();
    body::read(&parts, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => refuse(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is over 64 KiB"),
        BodyFault::Broken => invalid_request("the body ended early"),
    })?;
    let form = parts.extensions.remove::<Pairs>().unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    Ok((parts.headers, Query::default().and_pairs(&form).and_form(query.as_bytes())))
}

pub async fn serve(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (headers, form) = read(request).await?;
    let grant_type = form.get("grant_type").ok_or_else(|| invalid_request("grant_type is required"))?;
    let ((access, refresh), granted) = match grant_type {
        "authorization_code" => exchange(&app, &headers, &form).await?,
        "refresh_token" => refresh(&app, &headers, &form).await?,
        _ => {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "authorization_code or refresh_token",
            ));
        }
    };
    Ok(json(
        StatusCode::OK,
        &Tokens {
            access_token: &access,
            expires_in: SSO_ACCESS_MS / 1_000,
            refresh_token: &refresh,
            scope: &scopes::scope_text(granted),
            token_type: "Bearer",
        },
    ))
}

fn invalid_grant(why: &'static str) -> Response {
    refuse(StatusCode::BAD_REQUEST, "invalid_grant", why)
}

fn tokens_ended() -> Response {
    invalid_grant("it was used before: all tokens that came of it have ended")
}

/// The access token and the refresh token in clear, and the scopes of the access token.
type IssuedTokens = ((String, String), Scopes);

async fn exchange(app: &App, headers: &HeaderMap, form: &Query) -> Result<IssuedTokens, Response> {
    let code = form.get("code").ok_or_else(|| invalid_request("code is required"))?;
    let redirect_uri = form.raw("redirect_uri").filter(|uri| !uri.is_empty());
    let redirect_uri = redirect_uri.ok_or_else(|| invalid_request("redirect_uri is required"))?;
    let (client, proof) = authenticate(app, headers, form).await?;
    let verifier = form.raw("code_verifier").filter(|verifier| !verifier.is_empty());
    if verifier.is_some_and(|verifier| verifier.len() > VERIFIER) {
        return Err(invalid_request("code_verifier: 1 to 128 characters"));
    }
    let is_short = || verifier.is_some_and(|verifier| verifier.len() < VERIFIER_OF_RFC_7636);
    if app.strict.refuses(Rule::VerifierLength, is_short) {
        return Err(invalid_request("code_verifier: 43 to 128 characters"));
    }
    if verifier.is_none() && proof == Proof::None {
        return Err(invalid_request("code_verifier is required"));
    }
    let challenge = verifier.map(|verifier| Text::from(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))));
    let (texts, tokens) = pair(app, fresh()?)?;
    let (code, redirect_uri) = (app.secrets.hash(code), Text::from(redirect_uri));
    let command = ExchangeSsoCode { code, client, redirect_uri, challenge, tokens };
    match app.engine.run(command).await.map_err(|error| broken(&error))? {
        Ok(granted) => Ok((texts, granted)),
        Err(CodeRefused::TokensEnded) => Err(tokens_ended()),
        Err(CodeRefused::OtherRedirect) => Err(invalid_grant("redirect_uri is not that of the request")),
        Err(CodeRefused::Invalid) => Err(invalid_grant("the code is unknown, used, too old, or not for this verifier")),
    }
}

async fn refresh(app: &App, headers: &HeaderMap, form: &Query) -> Result<IssuedTokens, Response> {
    let token = form.get("refresh_token").ok_or_else(|| invalid_request("refresh_token is required"))?;
    let (client, _) = authenticate(app, headers, form).await?;
    // A subset of the scopes that the user has allowed; by default all of them.
    let scopes = form.get("scope").filter(|scope| !scope.trim().is_empty());
    let scopes = scopes.map(scopes::asked).transpose().map_err(|scopes::UnknownScopes| invalid_scope())?;
    let (texts, tokens) = pair(app, app.secrets.successor(token, TOKEN))?;
    let command = RefreshSso { refresh: app.secrets.hash(token), client, scopes, tokens };
    match app.engine.run(command).await.map_err(|error| broken(&error))? {
        Ok(granted) => Ok((texts, granted)),
        Err(RefreshRefused::TokensEnded) => Err(tokens_ended()),
        Err(RefreshRefused::ScopeTooWide) => Err(invalid_scope()),
        Err(RefreshRefused::Invalid) => Err(invalid_grant("the refresh token is unknown, used or too old")),
    }
}

fn fresh() -> Result<String, Response> {
    alphanumeric(TOKEN).map_err(|error| broken(&engine::Error::Unavailable(error.to_string())))
}

/// A new access token and this refresh token, in clear and as keyed hashes.
fn pair(app: &App, refresh: String) -> Result<((String, String), NewTokens), Response> {
    let access = fresh()?;
    let tokens = NewTokens { access: app.secrets.hash(&access), refresh: app.secrets.hash(&refresh) };
    Ok(((access, refresh), tokens))
}

/// How a client has authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Proof {
    /// Not at all: the client has no secret.
    None,
    /// With its secret.
    Secret,
}

/// Authenticates the client of a request, by HTTP Basic or by the form's fields.
pub(super) async fn authenticate(app: &App, headers: &HeaderMap, form: &Query) -> Result<(PartyId, Proof), Response> {
    let sent = match basic(headers) {
        Some(sent) => {
            // If both are present, they must name the same client (RFC 6749, 2.3: one method per request).
            let other = form.get("client_id").is_some_and(|id| !sent.iter().any(|one| one.id == id));
            if other && !sent.is_empty() {
                return Err(invalid_request("client_id is not that of Authorization"));
            }
            sent
        }
        None => {
            let id = form.get("client_id").ok_or_else(|| invalid_request("client_id is required"))?;
            let secret = form.raw("client_secret").unwrap_or_default();
            vec![Credentials { id: id.to_owned(), secret: secret.to_owned() }]
        }
    };
    let beside = form.raw("client_secret").filter(|secret| !secret.is_empty());
    let mut proven = None;
    for Credentials { id, secret } in sent {
        let Some(found) = client(app, &id).await.map_err(|error| broken(&error))? else { continue };
        let proof = match found.business().and_then(|business| business.client_secret) {
            Some(known) => {
                let is_right = |secret: &str| app.secrets.matches(secret, &known);
                (is_right(&secret) && beside.is_none_or(is_right)).then_some(Proof::Secret)
            }
            // Some libraries send a secret for clients that have none. It is ignored.
            None => Some(Proof::None),
        };
        proven = proven.or(proof.map(|proof| (found.id, proof)));
    }
    proven.ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, "invalid_client", "client_id or client_secret is wrong"))
}

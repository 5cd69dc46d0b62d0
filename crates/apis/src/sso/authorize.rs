//! GET `/oauth2/authorize` (pod.md 2.2): whoever has logged in goes back to the business with a code. With `prompt=consent` a page asks
//! first; POST is its answer.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use payments::{Command, GiveSsoCode, Party, SsoGrant, Text};
use percent_encoding::utf8_percent_encode;
use wire::pod::returning::{RESERVED, with_query};

use super::{client, leads_to, untrusted};
use crate::App;
use crate::body;
use crate::form::Query;
use crate::pages::guard::{self, Guard};
use crate::pages::visitor::{self, SSO_COOKIE};
use crate::pages::{Allowed, Frame, Lang, broken, notice, page, redirect, with_cookies};
use crate::secrets::alphanumeric;

/// Characters of a code.
const CODE: usize = 32;
/// Characters of a state and of a scope at most: both are told back.
const TOLD_BACK: usize = 500;
/// Characters of a challenge: SHA-256 in base64url.
const CHALLENGE: usize = 43;

#[derive(Template)]
#[template(path = "sso_consent.html")]
struct ConsentPage<'a> {
    f: Frame,
    client: &'a str,
    visitor: &'a str,
    action: String,
    csrf: String,
}

/// What was asked for, by a client and for an address that can be trusted.
struct Asked {
    client: std::sync::Arc<Party>,
    redirect_uri: String,
    state: String,
    scope: String,
    prompt: String,
    challenge: Option<Text>,
}

impl Asked {
    /// # Errors
    /// The page that says that client or address are unknown; or the way back with an error.
    async fn of(app: &App, parts: &Parts, query: &Query) -> Result<Self, Response> {
        let frame = || Frame::of(&parts.uri, &parts.headers);
        let known = client(app, query.get("client_id").unwrap_or_default()).await;
        let client = known.map_err(|error| broken(frame(), &error))?.ok_or_else(|| untrusted(parts))?;
        let business = client.business().ok_or_else(|| untrusted(parts))?;
        let redirect_uri = query.raw("redirect_uri").unwrap_or_default().to_owned();
        if !leads_to(app, business, &redirect_uri) {
            return Err(untrusted(parts));
        }
        let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
        let has_secret = business.client_secret.is_some();
        let (state, scope, prompt) = (query.raw("state").unwrap_or_default().to_owned(), text("scope"), text("prompt"));
        let asked = Self { client, redirect_uri, state, scope, prompt, challenge: None };
        if asked.state.len() > TOLD_BACK || asked.scope.len() > TOLD_BACK {
            return Err(
                asked.back(parts, &[("error", "invalid_request"), ("error_description", "state or scope is too long")])
            );
        }
        if query.get("response_type") != Some("code") {
            return Err(asked.back(parts, &[("error", "unsupported_response_type")]));
        }
        let challenge = query.raw("code_challenge").filter(|challenge| !challenge.is_empty());
        let fits = challenge.is_none_or(|challenge| {
            let alphabet = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
            challenge.len() == CHALLENGE && challenge.bytes().all(alphabet)
        });
        let method = query.get("code_challenge_method").unwrap_or_default();
        let wrong = match (challenge, has_secret) {
            (None, true) => None,
            (None, false) => Some("code_challenge is required"),
            (Some(_), _) if method != "S256" => Some("code_challenge_method: S256"),
            (Some(_), _) if !fits => Some("code_challenge is invalid"),
            (Some(_), _) => None,
        };
        match wrong {
            Some(why) => Err(asked.back(parts, &[("error", "invalid_request"), ("error_description", why)])),
            None => Ok(Self { challenge: challenge.map(Text::from), ..asked }),
        }
    }

    /// The way back, with the state that was sent.
    fn back(&self, parts: &Parts, parameters: &[(&str, &str)]) -> Response {
        let state = (!self.state.is_empty()).then_some(("state", self.state.as_str()));
        let pairs = parameters.iter().copied().chain(state);
        let query: Vec<String> =
            pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED))).collect();
        let back = redirect(StatusCode::FOUND, &with_query(&self.redirect_uri, &query.join("&")));
        back.unwrap_or_else(|| untrusted(parts))
    }

    /// The way back with a code.
    async fn give(&self, app: &App, parts: &Parts, visitor: &Party) -> Result<Response, Response> {
        let frame = || Frame::of(&parts.uri, &parts.headers);
        let failed = |error: engine::Error| broken(frame(), &error);
        let code = alphanumeric(CODE).map_err(|error| failed(engine::Error::Unavailable(error.to_string())))?;
        let grant = SsoGrant { client: self.client.id, party: visitor.id, scope: Text::from(self.scope.as_str()) };
        let (redirect_uri, challenge) = (Text::from(self.redirect_uri.as_str()), self.challenge.clone());
        let command = GiveSsoCode { hash: app.secrets.hash(&code), grant, redirect_uri, challenge };
        match app.engine.run(Command::GiveSsoCode(Box::new(command))).await {
            Ok(_) => Ok(self.back(parts, &[("code", &code)])),
            Err(error) => Err(failed(error)),
        }
    }
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let query = Query::of(&parts.uri);
    let asked = Asked::of(&app, &parts, &query).await?;
    let frame = Frame::of(&parts.uri, &parts.headers);
    let visitor = visitor::party(&app, &parts.headers).await.map_err(|error| broken(frame.clone(), &error))?;
    let visitor = match (visitor, asked.prompt.as_str()) {
        (Some(_), "login") | (None, _) => {
            if asked.prompt == "none" {
                return Ok(asked.back(&parts, &[("error", "login_required")]));
            }
            return Ok(log_in_first(&parts, &query));
        }
        (Some(visitor), _) => visitor,
    };
    if asked.prompt != "consent" {
        return asked.give(&app, &parts, &visitor).await;
    }
    let guard = Guard::of(&parts.headers);
    let guard = guard.map_err(|error| broken(frame.clone(), &engine::Error::Unavailable(error.to_string())))?;
    let consent = ConsentPage {
        f: frame,
        client: &asked.client.name,
        visitor: &visitor.name,
        action: parts.uri.to_string(),
        csrf: guard.token(&app.secrets, &about(&parts)),
    };
    let allowed = Allowed { leads_away: true, ..Allowed::default() };
    Ok(with_cookies(page(StatusCode::OK, &consent, &allowed), [guard.cookie(app.security), Lang::chosen(&query)]))
}

/// What the consent page's form is about: this very request, of whoever has logged in.
fn about(parts: &Parts) -> String {
    format!("{}\n{}", parts.uri, visitor::shown(&parts.headers, SSO_COOKIE))
}

pub async fn decide(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let query = Query::of(&parts.uri);
    let frame = Frame::of(&parts.uri, &parts.headers);
    let stale = || notice(frame.clone(), StatusCode::FORBIDDEN, frame.w.form_stale, frame.w.form_stale_help);
    let body = body::read(&parts, body).await.map_err(|_| stale())?;
    let form = Query::default().and_form(&body);
    // Nobody consents without the page: here even programs need its token.
    if form.get("csrf").is_none() || !guard::is_ours(&app, &parts.headers, &about(&parts), form.get("csrf")) {
        return Err(stale());
    }
    let asked = Asked::of(&app, &parts, &query).await?;
    let visitor = visitor::party(&app, &parts.headers).await.map_err(|error| broken(frame.clone(), &error))?;
    let Some(visitor) = visitor else { return Ok(log_in_first(&parts, &query)) };
    match form.get("decision") {
        Some("allow") => asked.give(&app, &parts, &visitor).await,
        _ => Ok(asked.back(&parts, &[("error", "access_denied")])),
    }
}

/// To the log-in page, and back to this request; a log-in that was asked for is not asked for again.
fn log_in_first(parts: &Parts, query: &Query) -> Response {
    let (next, again) = match query.get("prompt") {
        Some("login") => (query.with(parts.uri.path(), "prompt", ""), "&as=again"),
        _ => (parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(), ""),
    };
    let to = format!("/oauth2/login?next={}{again}", utf8_percent_encode(&next, RESERVED));
    redirect(StatusCode::FOUND, &to).unwrap_or_else(|| untrusted(parts))
}

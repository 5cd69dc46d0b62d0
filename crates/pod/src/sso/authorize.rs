//! GET `/oauth2/authorize` (pod.md 2.2, second-edition.md 4.3): a user who has logged in and consented returns to the business with a code.
//!
//! A page asks for consent if the user has not yet allowed this client all of these scopes, and with `prompt=consent`; POST answers it.
//! `prompt=none` shows no page: the business gets `login_required` or `consent_required` instead.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use payments::{ConsentBasis, GiveSsoCode, NoCode, Party, Rial, Scope, Scopes, SsoConsentKey, StandingTerms, Text};
use percent_encoding::utf8_percent_encode;
use wire::pod::read_params::amount;
use wire::pod::returning::{RESERVED, with_query};

use super::client::{client, leads_to, log_in_first, untrusted};
use super::scopes;
use crate::App;
use crate::payee::Payee;
use edge::body;
use edge::form::Query;
use edge::head;
use edge::random::alphanumeric;
use web::guard::{self, Guard};
use web::visitor::{self, SSO_COOKIE};
use web::{Allowed, Frame, Lang, LeadsTo, Look, Words, broken, go_to, notice, page, redirect, with_cookies};

/// Characters of a code.
const CODE: usize = 32;
/// Maximum length of a state and of a scope in bytes (second-edition.md 4.3).
const ECHOED: usize = 8 * 1024;
/// The fields of a standing permission, in the form; a request may have them as proposals.
const LIMIT: &str = "standing_limit";
const DAYS: &str = "standing_days";
/// The parameter of the page that has fields that were refused.
const TYPED: &str = "standing_typed";
/// Default period of a standing permission in days.
const MONTH: i64 = 30;
/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;
/// Characters of a challenge: SHA-256 in base64url.
const CHALLENGE: usize = 43;

#[derive(Template)]
#[template(path = "sso_consent.html")]
struct ConsentPage<'a> {
    f: Frame,
    client: Payee,
    /// The client's id, which its requests show.
    handle: &'a str,
    visitor: &'a str,
    rights: Vec<&'static str>,
    action: String,
    csrf: String,
    standing: Option<Standing>,
    notice: Option<&'static str>,
}

/// The fields of a standing permission on the page.
struct Standing {
    limit: String,
    days: i64,
    periods: Vec<(i64, &'static str)>,
}

/// The periods of a standing permission: days, and their name on a page.
pub fn periods(w: &Words) -> Vec<(i64, &'static str)> {
    vec![(1, w.standing_day), (7, w.standing_week), (30, w.standing_month)]
}

/// A valid request for authorization, of a known client and with a trusted redirect address.
struct Asked {
    client: std::sync::Arc<Party>,
    redirect_uri: String,
    state: String,
    scopes: Scopes,
    prompt: String,
    challenge: Option<Text>,
}

impl Asked {
    /// Checks a request for authorization.
    ///
    /// # Errors
    /// A page if client or address are unknown; otherwise the redirect back with an error.
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
        let known = scopes::asked(&scope);
        let scopes = known.unwrap_or_default();
        let asked = Self { client, redirect_uri, state, scopes, prompt, challenge: None };
        if asked.state.len() > ECHOED || scope.len() > ECHOED {
            return Err(
                asked.back(parts, &[("error", "invalid_request"), ("error_description", "state or scope is too long")])
            );
        }
        let kind = query.get("response_type");
        if kind.is_none() {
            let why = ("error_description", "response_type is required");
            return Err(asked.back(parts, &[("error", "invalid_request"), why]));
        }
        if kind != Some("code") {
            return Err(asked.back(parts, &[("error", "unsupported_response_type")]));
        }
        if known.is_err() {
            return Err(asked.invalid_scope(parts));
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

    /// The redirect back to the client with these parameters and the request's state.
    fn back(&self, parts: &Parts, parameters: &[(&str, &str)]) -> Response {
        let state = (!self.state.is_empty()).then_some(("state", self.state.as_str()));
        let pairs = parameters.iter().copied().chain(state);
        let query: Vec<String> =
            pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED))).collect();
        let back = redirect(StatusCode::FOUND, &with_query(&self.redirect_uri, &query.join("&")));
        back.unwrap_or_else(|| untrusted(parts))
    }

    /// The redirect back if no scope is left.
    fn invalid_scope(&self, parts: &Parts) -> Response {
        self.back(parts, &[("error", "invalid_scope"), ("error_description", "none of these scopes can be given")])
    }

    /// The scopes of the request that this visitor can give.
    ///
    /// # Errors
    /// The redirect back if there are none.
    fn of_visitor(&self, parts: &Parts, visitor: &Party) -> Result<(SsoConsentKey, Scopes), Response> {
        let key = SsoConsentKey { party: visitor.id, client: self.client.id };
        let scopes = self.scopes.grantable(key.party, key.client);
        if scopes.is_empty() { Err(self.invalid_scope(parts)) } else { Ok((key, scopes)) }
    }

    /// Makes a code and returns the redirect back with it.
    async fn give(
        &self,
        app: &App,
        parts: &Parts,
        visitor: &Party,
        (basis, standing): (ConsentBasis, Option<StandingTerms>),
    ) -> Result<Response, Response> {
        let frame = || Frame::of(&parts.uri, &parts.headers);
        let failed = |error: engine::Error| broken(frame(), &error);
        let (key, scopes) = self.of_visitor(parts, visitor)?;
        let code = alphanumeric(CODE).map_err(|error| failed(engine::Error::Unavailable(error.to_string())))?;
        let (hash, access_version) = (app.secrets.hash(&code), visitor.access_version);
        let (redirect_uri, challenge) = (Text::from(self.redirect_uri.as_str()), self.challenge.clone());
        let command = GiveSsoCode { hash, key, scopes, access_version, basis, standing, redirect_uri, challenge };
        match app.engine.run(command).await.map_err(failed)? {
            Ok(()) => Ok(self.back(parts, &[("code", &code)])),
            // The log-in or the consent has ended meanwhile: the request starts again.
            Err(NoCode::PartyUnknown | NoCode::ConsentUnknown) => {
                redirect(StatusCode::FOUND, &path(parts)).ok_or_else(|| untrusted(parts))
            }
        }
    }
}

/// The path of a request, with its query.
fn path(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned()
}

/// GET: redirects back with a code or an error, redirects to the log-in page, or asks for consent.
pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let query = Query::of(&parts.uri);
    let asked = Asked::of(&app, &parts, &query).await?;
    let frame = Frame::of(&parts.uri, &parts.headers);
    let visitor = visitor::party(&app, &parts.headers).await.map_err(|error| broken(frame.clone(), &error))?;
    let visitor = match (visitor, asked.prompt.as_str()) {
        (None, "none") => return Ok(asked.back(&parts, &[("error", "login_required")])),
        (Some(_), "login") | (None, _) => return Ok(to_log_in(&parts, &query)),
        (Some(visitor), _) => visitor,
    };
    let (key, scopes) = asked.of_visitor(&parts, &visitor)?;
    let known = app.engine.reader().sso_consent(key).await;
    let known = known.map_err(|error| broken(frame.clone(), &error.into()))?;
    let is_allowed = known.is_some_and(|known| known.scopes.covers(scopes));
    match asked.prompt.as_str() {
        "none" if !is_allowed => return Ok(asked.back(&parts, &[("error", "consent_required")])),
        "consent" => {}
        // A HEAD request does not get a code.
        _ if is_allowed && parts.method == Method::HEAD => return Ok(asked.back(&parts, &[])),
        _ if is_allowed => return asked.give(&app, &parts, &visitor, (ConsentBasis::Remembered, None)).await,
        _ => {}
    }
    let notice = query.get(TYPED).map(|_| frame.w.standing_wrong);
    ask(&app, &parts, &asked, &visitor, (&query, notice)).await
}

/// The page that asks for consent. The last parameter has the proposed or typed fields of a standing permission, and a notice about them.
async fn ask(
    app: &App,
    parts: &Parts,
    asked: &Asked,
    visitor: &Party,
    (fields, notice): (&Query, Option<&'static str>),
) -> Result<Response, Response> {
    let frame = Frame::of(&parts.uri, &parts.headers);
    let (_, scopes) = asked.of_visitor(parts, visitor)?;
    let guard = Guard::of(&parts.headers);
    let guard = guard.map_err(|error| broken(frame.clone(), &engine::Error::Unavailable(error.to_string())))?;
    let look = app.engine.look(asked.client.id).await.map_err(|error| broken(frame.clone(), &error))?;
    let look = look.map(|row| Look::of(&row));
    let standing = scopes.contains(Scope::Standing).then(|| Standing {
        limit: fields.get(LIMIT).unwrap_or_default().to_owned(),
        days: fields.get(DAYS).and_then(|days| days.parse().ok()).unwrap_or(MONTH),
        periods: periods(frame.w),
    });
    let consent = ConsentPage {
        rights: scopes.iter().map(|scope| scopes::words(frame.w, scope)).collect(),
        f: frame,
        client: Payee::of(Some(&asked.client), look.as_ref()),
        handle: &asked.client.name,
        visitor: &visitor.name,
        action: parts.uri.to_string(),
        csrf: guard.token(&app.secrets, &about(parts)),
        standing,
        notice,
    };
    let allowed = Allowed { leads_to: LeadsTo::address(&asked.redirect_uri) };
    let cookies = [guard.cookie(app.security), Lang::chosen(&Query::of(&parts.uri))];
    Ok(with_cookies(page(StatusCode::OK, &consent, &allowed), cookies))
}

/// The standing permission of a form; `None`: a field is missing or invalid.
fn standing(form: &Query, w: &Words) -> Option<StandingTerms> {
    let limit = form.get(LIMIT).map(|limit| limit.replace([',', '٬', '،'], ""));
    let limit = limit.as_deref().and_then(amount).map(Rial::new)?;
    let days: i64 = form.get(DAYS)?.parse().ok()?;
    let known = periods(w).iter().any(|(known, _)| *known == days);
    known.then_some(StandingTerms { limit, period_ms: days * DAY_MS })
}

/// The address of the page with what was typed, on which it says what is wrong: loading it again sends nothing.
fn asked_again(parts: &Parts, form: &Query) -> String {
    let mut to = path(parts);
    for (name, value) in [(LIMIT, form.get(LIMIT)), (DAYS, form.get(DAYS)), (TYPED, Some("wrong"))] {
        let query =
            to.split_once('?').map_or_else(Query::default, |(_, query)| Query::default().and_form(query.as_bytes()));
        to = query.with(parts.uri.path(), name, value.unwrap_or_default());
    }
    to
}

/// The subject of the token of the consent form: this request and this log-in.
fn about(parts: &Parts) -> String {
    format!("{}\n{}", parts.uri, visitor::shown(&parts.headers, SSO_COOKIE))
}

/// POST: the answer of the consent page.
pub async fn decide(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let query = Query::of(&parts.uri);
    let frame = Frame::of(&parts.uri, &parts.headers);
    let stale = || notice(frame.clone(), StatusCode::FORBIDDEN, frame.w.form_stale, frame.w.form_stale_help);
    let body = body::read(&parts, body).await.map_err(|_| stale())?;
    let form = Query::default().and_form(&body);
    // Consent needs the page: programs have to send its token as well.
    if form.get("csrf").is_none() || !guard::is_ours(&app, &parts.headers, &about(&parts), form.get("csrf")) {
        return Err(stale());
    }
    let asked = Asked::of(&app, &parts, &query).await?;
    let visitor = visitor::party(&app, &parts.headers).await.map_err(|error| broken(frame.clone(), &error))?;
    let Some(visitor) = visitor else { return Ok(to_log_in(&parts, &query)) };
    match form.get("decision") {
        Some("allow") => {
            let (_, scopes) = asked.of_visitor(&parts, &visitor)?;
            let terms = standing(&form, frame.w);
            if scopes.contains(Scope::Standing) && terms.is_none() {
                if head::accepts_html(&parts.headers) {
                    return Ok(go_to(&asked_again(&parts, &form)));
                }
                return ask(&app, &parts, &asked, &visitor, (&form, Some(frame.w.standing_wrong))).await;
            }
            let terms = terms.filter(|_| scopes.contains(Scope::Standing));
            asked.give(&app, &parts, &visitor, (ConsentBasis::GivenNow, terms)).await
        }
        _ => Ok(asked.back(&parts, &[("error", "access_denied")])),
    }
}

/// The redirect to the log-in page, which leads back to this request. `prompt=login` is removed, so that the log-in is asked for only once.
fn to_log_in(parts: &Parts, query: &Query) -> Response {
    match query.get("prompt") {
        Some("login") => log_in_first(&query.with(parts.uri.path(), "prompt", ""), "&as=again"),
        _ => log_in_first(&path(parts), ""),
    }
}

//! GET and POST `/oauth2/login`, POST `/oauth2/login/otp`, POST `/oauth2/logout` (pod.md 2.2): log-in by name and password, or by a code sent to the
//! mobile number. Forms of a browser that do not log in lead back to the page, which says why.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::CodeMessage;
use payments::{
    AskLogInCode, BeginSession, Digest, LOG_IN_CODE_MS, LogInByCode, NotLoggedIn, Party, SmsMessage, TakeTry, Text,
    Visitor,
};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};
use text::fold;
use text::number::{code, mobile};
use url::Url;
use wire::pod::returning::RESERVED;
use zeroize::Zeroizing;

use super::client::{client, leads_to};
use super::paths::LONGEST_QUERY;
use crate::App;
use crate::gateway::business_behind;
use crate::payee::Payee;
use edge::body;
use edge::form::Query;
use edge::head;
use edge::key_ring::SealContext;
use edge::passwords;
use edge::peer::Peer;
use edge::random::{alphanumeric, digits};
use edge::site_code::for_site;
use web::guard::{self, Guard};
use web::later_page;
use web::visitor::{self, SESSION, SSO_COOKIE};
use web::{
    Allowed, Frame, Lang, LeadsTo, Look, SetCookie, Words, broken, cookie, go_to, let_in, notice, page, with_cookies,
};

/// How long a browser stays logged in, in milliseconds: eight hours.
const LIFE_MS: i64 = 8 * 3_600_000;
/// Maximum length of a name and of a password, in characters.
const NAME: usize = 100;
const PASSWORD: usize = 128;
/// Digits of a code.
const CODE: usize = 6;
/// The path of the page.
const HERE: &str = "/oauth2/login";
/// The cookie of what the page shows after a form, and its life in seconds: as long as a code is valid.
const STATE: &str = "daric_login";
const STATE_SECONDS: u32 = 300;
/// Maximum length of that cookie's value in bytes. Browsers take 4,096 bytes with the name and the attributes.
const LONGEST_STATE: usize = 3_800;
/// The subject of the token of the log-in form.
const ABOUT: &str = "log in";

#[derive(Template)]
#[template(path = "log_in.html")]
struct LogInPage<'a> {
    f: Frame,
    csrf: String,
    next: &'a str,
    name: &'a str,
    notice: Option<&'a str>,
    is_good: bool,
    /// The mobile number that a code was sent to, if the page asks for it.
    mobile: Option<String>,
    again: String,
    client: Option<String>,
    visitor: Option<LoggedIn>,
}

/// A party that has already logged in, as the log-in page shows it.
struct LoggedIn {
    name: String,
    word: &'static str,
    goes_on: bool,
    /// The token of the log-out form.
    csrf: String,
}

/// A request to log in, with the frame of its page.
struct Visit {
    app: App,
    parts: Parts,
    frame: Frame,
    guard: Guard,
    next: String,
}

/// What the page says of the form before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Said {
    Wrong,
    MobileWrong,
    CodeWrong,
    CodeSent,
}

impl Said {
    fn words(self, w: &'static Words) -> &'static str {
        match self {
            Self::Wrong => w.log_in_wrong,
            Self::MobileWrong => w.mobile_typed_wrong,
            Self::CodeWrong => w.code_wrong,
            Self::CodeSent => w.code_sent,
        }
    }
}

/// What the page shows after a form, sealed in a cookie of the page.
#[derive(Serialize, Deserialize)]
struct LogInState {
    said: Said,
    /// The mobile number whose code the page asks for.
    mobile: Option<String>,
    name: String,
    /// Where the log-in leads: a state is not that of another log-in.
    next: String,
}

impl LogInState {
    fn of(visit: &Visit) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie(&visit.parts.headers, STATE)?).ok()?;
        let text = visit.app.secrets.open(SealContext::PageState(ABOUT), &sealed)?;
        serde_json::from_str(&text).ok().filter(|state: &Self| state.next == visit.next)
    }

    /// `None`: the state is too large for a cookie.
    fn cookie(&self, app: &App) -> Option<HeaderValue> {
        // Texts can always be serialized.
        let text = Zeroizing::new(serde_json::to_string(self).unwrap_or_default());
        let sealed = URL_SAFE_NO_PAD.encode(app.secrets.seal(SealContext::PageState(ABOUT), &text).ok()?);
        let cookie = SetCookie { name: STATE, value: &sealed, path: HERE, max_age_s: Some(STATE_SECONDS) };
        (sealed.len() <= LONGEST_STATE).then(|| cookie.header(app.security)).flatten()
    }
}

/// The target after the log-in. It must be a path of this site; otherwise the log-in page itself.
fn path_of(next: &str) -> String {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\");
    let plain = next.len() <= LONGEST_QUERY && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // Parsed as a browser does: the path must not lead to another site.
    let base = Url::parse("http://here.invalid/").ok();
    let stays = base.and_then(|base| base.join(next).ok()).is_some_and(|url| url.host_str() == Some("here.invalid"));
    if local && plain && stays { next.to_owned() } else { HERE.to_owned() }
}

impl Visit {
    fn of(app: App, parts: Parts, next: &str) -> Result<Self, Response> {
        let next = path_of(next);
        let query = Query::default();
        let mut frame = Frame::of(&parts.uri, &parts.headers);
        if parts.method != axum::http::Method::GET {
            frame.other = query.with("/oauth2/login", "next", &next) + "&lang=" + frame.w.other_code;
        }
        let guard = Guard::of(&parts.headers);
        let guard = guard.map_err(|error| broken(frame.clone(), &engine::Error::Unavailable(error.to_string())))?;
        Ok(Self { app, parts, frame, guard, next })
    }

    /// Reads a request with a form. From a browser, only forms of our own page are accepted.
    async fn submit(app: App, request: Request) -> Result<(Self, Query), Response> {
        let (parts, body) = request.into_parts();
        let frame = Frame::at("/oauth2/login", &Query::default(), &parts.headers);
        let w = frame.w;
        let too_large = |_| notice(frame.clone(), StatusCode::PAYLOAD_TOO_LARGE, w.too_large, "");
        let body = body::read(&parts, body).await.map_err(too_large)?;
        let form = Query::default().and_form(&body);
        let_in_behind(&app, &parts, form.raw("next").unwrap_or_default()).await?;
        if !guard::is_ours(&app, &parts.headers, ABOUT, form.get("csrf")) {
            return Err(notice(frame, StatusCode::FORBIDDEN, w.form_stale, w.form_stale_help));
        }
        let next = form.raw("next").unwrap_or_default().to_owned();
        Ok((Self::of(app, parts, &next)?, form))
    }

    /// The keyed hash of a code for a mobile number. It is bound to the browser that has asked for the code: in another browser the code is wrong.
    fn code_hash(&self, number: &str, code: &str) -> Digest {
        self.app.secrets.hash(&self.guard.bound(&format!("log-in code\n{number}\n{code}")))
    }

    fn failed(&self, error: &engine::Error) -> Response {
        broken(self.frame.clone(), error)
    }

    /// The name of the client that a log-in is for, if it is for one, and the address to which its user is redirected in the end.
    async fn client(&self) -> Result<(Option<String>, LeadsTo), engine::Error> {
        let asked = self.next.strip_prefix("/oauth2/authorize").and_then(|rest| rest.split_once('?'));
        let Some((_, query)) = asked else { return Ok((None, LeadsTo::Web)) };
        let query = Query::default().and_form(query.as_bytes());
        let Some(party) = client(&self.app, query.get("client_id").unwrap_or_default()).await? else {
            return Ok((None, LeadsTo::Web));
        };
        let address = query.raw("redirect_uri").unwrap_or_default();
        let is_its = party.business().is_some_and(|business| leads_to(&self.app, business, address));
        let end = if is_its { LeadsTo::address(address) } else { LeadsTo::Web };
        let look = self.app.engine.look(party.id).await?.map(|row| Look::of(&row));
        Ok((Some(Payee::of(Some(&party), look.as_ref()).name), end))
    }

    /// The party that has already logged in.
    async fn visitor(&self) -> Result<Option<LoggedIn>, engine::Error> {
        let Some(party) = visitor::party(&self.app, &self.parts.headers).await? else { return Ok(None) };
        let csrf = self.guard.token(&self.app.secrets, visitor::shown(&self.parts.headers, SSO_COOKIE));
        let (w, query) = (self.frame.w, Query::of(&self.parts.uri));
        let word = if query.get("as") == Some("another") { w.for_another } else { w.logged_in_now };
        // A visitor may continue without another log-in, if there is a target and the request does not ask for a new log-in.
        let goes_on = query.get("as").is_none() && self.next != HERE;
        Ok(Some(LoggedIn { name: party.name.to_string(), csrf, word, goes_on }))
    }

    /// Answers a form. A browser is redirected to the page, so that loading it again sends nothing and counts no try; a program gets the page.
    async fn answer(&self, said: Said, mobile: Option<String>, name: &str, status: StatusCode) -> Response {
        if !head::accepts_html(&self.parts.headers) {
            return self.page(Some(said), mobile, name, status).await;
        }
        let state = LogInState { said, mobile, name: name.to_owned(), next: self.next.clone() };
        let to = go_to(&format!("{HERE}?next={}", utf8_percent_encode(&self.next, RESERVED)));
        with_cookies(to, [self.guard.cookie(self.app.security), state.cookie(&self.app)])
    }

    /// The log-in page, with a notice, or with the field for a code that was sent.
    async fn page(&self, said: Option<Said>, mobile: Option<String>, name: &str, status: StatusCode) -> Response {
        let ((client, end), visitor) = match (self.client().await, self.visitor().await) {
            (Ok(client), Ok(visitor)) => (client, visitor),
            (Err(error), _) | (_, Err(error)) => return self.failed(&error),
        };
        let template = LogInPage {
            f: self.frame.clone(),
            csrf: self.guard.token(&self.app.secrets, ABOUT),
            next: &self.next,
            name,
            notice: said.map(|said| said.words(self.frame.w)),
            is_good: said == Some(Said::CodeSent),
            mobile,
            again: format!("{HERE}?next={}&by=password", utf8_percent_encode(&self.next, RESERVED)),
            client,
            visitor,
        };
        // The response to the form redirects the user of a client to the client's address.
        let allowed = Allowed { leads_to: end };
        let chosen = Lang::chosen(&Query::of(&self.parts.uri));
        with_cookies(page(status, &template, &allowed), [self.guard.cookie(self.app.security), chosen])
    }

    /// A new random value for the session cookie.
    fn fresh(&self) -> Result<String, Response> {
        alphanumeric(SESSION).map_err(|error| self.failed(&engine::Error::Unavailable(error.to_string())))
    }

    fn logged_in(&self, shown: &str) -> Response {
        let to = web::redirect(StatusCode::FOUND, &self.next).unwrap_or_else(|| go_to("/oauth2/login"));
        let security = self.app.security;
        let asked = cookie(&self.parts.headers, STATE).and_then(|_| SetCookie::gone_at(STATE, HERE).header(security));
        with_cookies(to, [SetCookie::everywhere(SSO_COOKIE, shown).header(security), asked])
    }
}

/// Lets a business that may show a payer page in a frame show the log-in page before it as well.
async fn let_in_behind(app: &App, parts: &Parts, next: &str) -> Result<(), Response> {
    let business = business_behind(app, &path_of(next)).await;
    let business = business.map_err(|error| broken(Frame::of(&parts.uri, &parts.headers), &error))?;
    let_in(parts, business.as_deref());
    Ok(())
}

/// GET: the log-in page.
pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let query = Query::of(&parts.uri);
    let next = query.raw("next").unwrap_or_default().to_owned();
    let_in_behind(&app, &parts, &next).await?;
    let visit = Visit::of(app, parts, &next)?;
    // The page has a link from the code to the password.
    let state = LogInState::of(&visit).filter(|_| query.get("by") != Some("password"));
    Ok(match state {
        Some(LogInState { said, mobile, name, next: _ }) => visit.page(Some(said), mobile, &name, StatusCode::OK).await,
        None => visit.page(None, None, "", StatusCode::OK).await,
    })
}

/// POST `/oauth2/login`: logs in by password or by code.
pub async fn submit(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request).await?;
    match form.get("mobile") {
        Some(number) => by_code(&visit, number, form.get("otp").unwrap_or_default()).await,
        None => {
            let (name, password) = (form.get("username").unwrap_or_default(), form.raw("password").unwrap_or_default());
            by_password(&visit, name, password).await
        }
    }
}

/// The party with this name; `None`: unknown, disabled or without a password.
async fn named(app: &App, name: &str) -> Result<Option<std::sync::Arc<Party>>, engine::Error> {
    app.engine.catch_up().await?;
    let Some(handle) = app.engine.reader().handle(Text::from(name)).await? else { return Ok(None) };
    let party = app.engine.party(handle.party).await?;
    Ok(party.filter(|party| !party.disabled && !party.password.is_empty()))
}

async fn by_password(visit: &Visit, name: &str, password: &str) -> Result<Response, Response> {
    let app = &visit.app;
    let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    if !fits(name, NAME) || !fits(password, PASSWORD) {
        return Ok(visit.answer(Said::Wrong, None, "", StatusCode::UNAUTHORIZED).await);
    }
    let address = Peer::of(&visit.parts.extensions);
    if !app.budgets.admits_log_in(address, ("party", name)) {
        return Err(later_page(visit.frame.clone()));
    }
    let slot = passwords::slot(address).map_err(|error| visit.failed(&error))?;
    let key = app.secrets.hash(&format!("party\n{name}"));
    let may_try = visitor::may_try(app, TakeTry::of(key)).await.map_err(|error| visit.failed(&error))?;
    let party = named(app, name).await.map_err(|error| visit.failed(&error))?;
    // Neither the text nor the duration of the response tells whether the party exists, or whether it is locked.
    let hashed = party.as_ref().filter(|_| may_try).map(|party| party.password.clone());
    let right = slot.matches(password.to_owned(), hashed.clone()).await
        || (fold(password) != password && slot.matches(fold(password).into_owned(), hashed).await);
    let Some(party) = party.filter(|_| right) else {
        return Ok(visit.answer(Said::Wrong, None, name, StatusCode::UNAUTHORIZED).await);
    };
    let shown = visit.fresh()?;
    let visitor = Visitor::Party { id: party.id, access_version: party.access_version };
    let begin = BeginSession {
        tries: Some(key),
        ceilings: Vec::new(),
        hash: app.secrets.hash(&shown),
        visitor,
        life_ms: LIFE_MS,
    };
    let Ok(()) = app.engine.run(begin).await.map_err(|error| visit.failed(&error))?;
    Ok(visit.logged_in(&shown))
}

async fn by_code(visit: &Visit, number: &str, code: &str) -> Result<Response, Response> {
    let app = &visit.app;
    let Some(number) = mobile(number) else {
        return Ok(visit.answer(Said::MobileWrong, None, "", StatusCode::BAD_REQUEST).await);
    };
    let wrong = async |status| visit.answer(Said::CodeWrong, Some(number.clone()), "", status).await;
    let Some(code) = self::code(code, CODE) else { return Ok(wrong(StatusCode::UNAUTHORIZED).await) };
    if !app.budgets.admits_log_in(Peer::of(&visit.parts.extensions), ("mobile", &number)) {
        return Err(later_page(visit.frame.clone()));
    }
    let (shown, mobile) = (visit.fresh()?, mobile_key(app, &number));
    let code = visit.code_hash(&number, &code);
    let number = Text::from(&*number);
    let command = LogInByCode { mobile, number, code, hash: app.secrets.hash(&shown), life_ms: LIFE_MS };
    match app.engine.run(command).await.map_err(|error| visit.failed(&error))? {
        Ok(()) => Ok(visit.logged_in(&shown)),
        Err(NotLoggedIn::WrongCode | NotLoggedIn::Locked) => Ok(wrong(StatusCode::UNAUTHORIZED).await),
    }
}

fn mobile_key(app: &App, number: &str) -> Digest {
    app.secrets.hash(&format!("mobile\n{number}"))
}

/// Sends a code if the number is the verified number of a party. Neither the response nor its duration tells whether it is.
pub async fn send_code(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, request).await?;
    let app = &visit.app;
    let Some(number) = mobile(form.get("mobile").unwrap_or_default()) else {
        return Ok(visit.answer(Said::MobileWrong, None, "", StatusCode::BAD_REQUEST).await);
    };
    if !app.budgets.admits_log_in(Peer::of(&visit.parts.extensions), ("code", &number)) {
        return Err(later_page(visit.frame.clone()));
    }
    let failed = |error: &engine::Error| visit.failed(error);
    app.engine.catch_up().await.map_err(|error| failed(&error))?;
    let found = app.engine.reader().parties_of_mobile(Text::from(number.as_str())).await;
    let found = found.map_err(|error| failed(&error.into()))?;
    let party = found.into_iter().find(|party| party.mobile_verified && !party.disabled);
    if party.is_none() {
        // Takes as long as sending a code to a party.
        let key = app.secrets.hash(&format!("nobody's mobile\n{number}"));
        // A lock does not matter, because no code is sent.
        let _: bool = visitor::may_try(app, TakeTry::of(key)).await.map_err(|error| failed(&error))?;
    }
    if let Some(party) = party.filter(|_| app.sms.is_configured()) {
        let code = digits(CODE).map_err(|error| failed(&engine::Error::Unavailable(error.to_string())))?;
        let hash = visit.code_hash(&number, &code);
        let (mobile, to) = (mobile_key(app, &number), Text::from(number.as_str()));
        let ask = AskLogInCode { mobile, to: Text::clone(&to), party: party.id, hash };
        // If too many codes were sent, nothing is sent: the holder of the number has to wait.
        if let Ok(id) = app.engine.run(ask).await.map_err(|error| failed(&error))? {
            let ends_at_ms = app.engine.clock().now_ms().saturating_add(LOG_IN_CODE_MS);
            let text = Text::from(for_site(app, format!("کد ورود: {}", &*code), &code));
            let message = SmsMessage { id, to, text, code: Some(Text::from(&*code)) };
            app.engine.send_code(CodeMessage { message, subject: mobile, ends_at_ms }).await;
        }
    }
    Ok(visit.answer(Said::CodeSent, Some(number), "", StatusCode::OK).await)
}

/// POST `/oauth2/logout`: ends the session of the browser.
pub async fn log_out(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let frame = Frame::at("/oauth2/login", &Query::default(), &parts.headers);
    let stale = || notice(frame.clone(), StatusCode::FORBIDDEN, frame.w.form_stale, frame.w.form_stale_help);
    let body = body::read(&parts, body).await.map_err(|_| stale())?;
    let form = Query::default().and_form(&body);
    let_in_behind(&app, &parts, form.raw("next").unwrap_or_default()).await?;
    if !guard::is_ours(&app, &parts.headers, visitor::shown(&parts.headers, SSO_COOKIE), form.get("csrf")) {
        return Err(stale());
    }
    let cookie = visitor::log_out(&app, &parts.headers, SSO_COOKIE, app.security).await;
    let cookie = cookie.map_err(|error| broken(frame.clone(), &error))?;
    let next = path_of(form.raw("next").unwrap_or_default());
    Ok(with_cookies(go_to(&next), [cookie]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_to_a_path_of_this_site_and_nowhere_else() {
        for next in ["/v1/pbc/pay/0123", "/oauth2/authorize?client_id=shop&redirect_uri=http%3A%2F%2Fx", "/a?b=//c"] {
            assert_eq!(path_of(next), next);
        }
        for next in [
            "",
            "http://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil",
            " /a",
            "evil",
            "\\\\evil.example",
            "/é",
        ] {
            assert_eq!(path_of(next), "/oauth2/login", "{next:?}");
        }
        assert_eq!(path_of(&format!("/{}", "a".repeat(LONGEST_QUERY))), "/oauth2/login");
    }
}

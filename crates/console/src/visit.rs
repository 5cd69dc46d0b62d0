//! A visit to the console: the operator, the session, and what the role permits.

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use payments::{BrowserSession, KeepSession, Operator, Role, SecondFactor, Text, Visitor};
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use text::number::compact;
use wire::field::is_card;
use wire::pod::returning::RESERVED;

use super::view::{NavEntry, Page, Part, Tone, align_numbers, refill};
use admin::App;
use admin::OperatorContext;
use admin::refusals::Proof;
use edge::Mode;
use edge::body;
use edge::form::Query;
use web::guard::{self, Guard};
use web::{Allowed, Frame, Lang, Words, broken, notice, page, redirect, visitor, with_cookies};

/// The session cookie of operators.
pub const COOKIE: &str = "daric_console";

/// Maximum life of a session in milliseconds (a shift), and the time without a page after which it ends.
const LIFE_MS: i64 = 8 * 3_600_000;
pub const IDLE_MS: i64 = 900_000;
/// Least move of a session's end that is written to the store, in milliseconds.
const KEEP_STEP_MS: i64 = 5_000;
/// The path that open pages fetch by script; it does not count as activity of the operator.
const LIVE: &str = "/console/live";

/// Whether the query of an address contains what may be a card number.
pub fn has_card(address: &str) -> bool {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let decoded = percent_decode_str(query).decode_utf8_lossy().replace('+', " ");
    let digits = |value: &str| -> String { compact(value).into_owned() };
    // List positions are account numbers, which may have as many digits as a card.
    let is_place = |name: &str| matches!(name, "after" | "before");
    let mut values =
        decoded.split(['&', '?']).filter_map(|pair| pair.split_once('=')).filter(|(name, _)| !is_place(name));
    values.any(|(_, value)| is_card(&digits(value), false))
}

/// The page to go to after sign-in: a path of the console or the API reference, else `/console`.
pub fn path_of(next: &str) -> &str {
    let inside =
        matches!(next, "/console" | "/docs/api") || next.starts_with("/console/") || next.starts_with("/console?");
    let plain = next.len() <= 1_000 && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inside && plain && !next.contains("..") && !has_card(next) { next } else { "/console" }
}

/// Whether signing in needs a second factor.
pub fn is_factor_needed(app: &App, factor: Option<&SecondFactor>) -> bool {
    app.mode == Mode::Production || factor.is_some()
}

/// Whether a form was sent by a page of this console with this subject.
pub fn is_ours(app: &App, headers: &HeaderMap, about: &str, token: Option<&str>) -> bool {
    guard::is_ours_at(app, app.console_origin.as_ref(), headers, (about, token))
}

/// See the module.
pub struct Visit {
    pub context: OperatorContext,
    pub role: Role,
    pub frame: Frame,
    pub query: Query,
    guard: Guard,
    headers: HeaderMap,
    path: String,
    /// What was sent to this page, if it is the reply to a form.
    sent: Option<Query>,
    opened_at_ms: i64,
}

/// What a session of an operator depends on: the password, the time since which the operator is enabled, and the second factor.
pub fn epoch_of(operator: &Operator, factor: Option<&SecondFactor>) -> String {
    let factor = factor.map(|factor| format!("\n{}", factor.version)).unwrap_or_default();
    format!("{}\n{}{factor}", operator.password, operator.since_ms)
}

/// What the session that follows a right password depends on; it is not an operator's session.
pub fn password_epoch_of(operator: &Operator) -> String {
    format!("password of\n{}", epoch_of(operator, None))
}

/// The name of a role.
pub fn role_name(role: Role, w: &Words) -> &'static str {
    match role {
        Role::Acquirer => w.role_acquirer,
        Role::Viewer => w.role_viewer,
        Role::Operator => w.role_operator,
        Role::Admin => w.role_admin,
    }
}

impl Visit {
    /// Opens a visit for a request of an operator.
    ///
    /// # Errors
    /// A redirect to the log-in page, or the page for a role that does not suffice.
    pub async fn open(app: App, parts: &Parts, least: Role) -> Result<Self, Response> {
        let frame = Frame::of(&parts.uri, &parts.headers);
        let failed = |error: engine::Error| broken(frame.clone(), &error);
        if parts.uri.path_and_query().is_some_and(|address| has_card(address.as_str())) {
            let (mut frame, w) = (frame.clone(), frame.w);
            frame.other.clear();
            return Err(notice(frame, StatusCode::BAD_REQUEST, w.card_in_address, w.card_in_address_help));
        }
        let session = visitor::session(&app, &parts.headers, COOKIE).await.map_err(failed)?;
        let (ends_at_ms, now_ms) = (session.as_ref().map(|known| known.ends_at_ms), app.engine.clock().system_ms());
        let last_ms = session.as_ref().map_or(0, |known| known.since_ms.saturating_add(LIFE_MS));
        let moves_ms = ends_at_ms.map_or(0, |ends| now_ms.saturating_add(IDLE_MS).min(last_ms).saturating_sub(ends));
        let operator = match session {
            Some(BrowserSession { visitor: Visitor::Operator { name, password }, .. }) => {
                let reader = app.engine.reader();
                let found = reader.operator(Text::clone(&name)).await.map_err(|error| failed(error.into()))?;
                let factor = reader.second_factor(name).await.map_err(|error| failed(error.into()))?;
                let same = |operator: &Operator| password == app.secrets.hash(&epoch_of(operator, factor.as_ref()));
                let is_whole = factor.is_some() || !is_factor_needed(&app, None);
                found.filter(|operator| is_whole && !operator.disabled && same(operator))
            }
            Some(_) | None => None,
        };
        let Some(operator) = operator else {
            let next = match parts.method {
                Method::GET => parts.uri.path_and_query().map_or("/console", |path| path.as_str()),
                _ => "/console",
            };
            let to = format!("/console/login?next={}", utf8_percent_encode(next, RESERVED));
            return Err(redirect(StatusCode::FOUND, &to).unwrap_or_else(|| web::go_to("/console/login")));
        };
        let context = OperatorContext::of(app, Text::clone(&operator.name));
        if operator.role < least {
            let w = frame.w;
            let detail = format!("the role {} does not do this", operator.role.name());
            let told = context.write_refusal(Proof::Authenticated, "refused page", parts.uri.path(), &detail).await;
            told.map_err(failed)?;
            return Err(notice(frame, StatusCode::FORBIDDEN, w.role_short, w.role_short_help));
        }
        let guard = Guard::of(&parts.headers).map_err(|error| failed(engine::Error::Unavailable(error.to_string())))?;
        let (query, headers) = (Query::of(&parts.uri), parts.headers.clone());
        let path = parts.uri.path().to_owned();
        let (role, sent, opened_at_ms) = (operator.role, None, now_ms);
        let visit = Self { context, role, frame, query, guard, headers, path, sent, opened_at_ms };
        if moves_ms >= KEEP_STEP_MS && visit.path != LIVE {
            visit.keep().await?;
        }
        Ok(visit)
    }

    /// The same for a form, which only a page of ours may send.
    ///
    /// # Errors
    /// As [`Visit::open`], or the form is not ours or cannot be read.
    pub async fn submit(app: App, request: Request, least: Role) -> Result<(Self, Query), Response> {
        let (parts, body) = request.into_parts();
        let mut visit = Self::open(app, &parts, least).await?;
        // The response to a form cannot be requested again.
        visit.frame.other.clear();
        let w = visit.frame.w;
        let too_large = |_| notice(visit.frame.clone(), StatusCode::PAYLOAD_TOO_LARGE, w.too_large, "");
        let body = body::read(&parts, body).await.map_err(too_large)?;
        let form = Query::default().and_form(&body);
        // Here programs need the page's token as well: all operators use pages.
        let token = form.get("csrf");
        if token.is_none() || !is_ours(&visit.context, &parts.headers, visit.about(), token) {
            return Err(notice(visit.frame.clone(), StatusCode::FORBIDDEN, w.form_stale, w.form_stale_help));
        }
        visit.sent = Some(form.clone());
        Ok((visit, form))
    }

    /// Prolongs the session.
    ///
    /// # Errors
    /// The store failed.
    async fn keep(&self) -> Result<(), Response> {
        let (hash, shown_at_ms) = (self.context.secrets.hash(self.about()), self.opened_at_ms);
        let keep = KeepSession { hash, shown_at_ms, idle_ms: IDLE_MS, life_ms: LIFE_MS };
        let Ok(()) = self.context.engine.run(keep).await.map_err(|error| self.failed(&error))?;
        Ok(())
    }

    /// The parts for a page outside the navigation: the operator's context, frame, browser, and the value of the session cookie.
    pub fn into_parts(self) -> (OperatorContext, Frame, Guard, String) {
        let shown = self.about().to_owned();
        (self.context, self.frame, self.guard, shown)
    }

    /// The value of the session's cookie, to which forms and what is shown once are bound.
    pub fn session(&self) -> &str {
        self.about()
    }

    fn about(&self) -> &str {
        visitor::shown(&self.headers, COOKIE)
    }

    /// The token of this operator's forms.
    pub fn csrf(&self) -> String {
        self.guard.token(&self.context.secrets, self.about())
    }

    pub fn w(&self) -> &'static Words {
        self.frame.w
    }

    pub fn lang(&self) -> Lang {
        self.frame.lang()
    }

    /// The position of a page in a list: its rows have smaller numbers.
    pub fn before(&self) -> i64 {
        self.query.get("before").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX)
    }

    /// The link to the next page of a list; `last` is the number of the last row if this page is full.
    pub fn older(&self, last: Option<i64>) -> Option<Part> {
        let to = self.query.with(&self.path, "before", &last?.to_string());
        Some(Part::Links(vec![(self.w().older.to_owned(), to)]))
    }

    /// Whether the operator's role permits the daily work.
    pub fn may_work(&self) -> bool {
        self.role >= Role::Operator
    }

    pub fn app(&self) -> &App {
        &self.context
    }

    /// The page for an internal error, or for a server that is busy.
    pub fn failed(&self, error: &engine::Error) -> Response {
        broken(self.frame.clone(), error)
    }

    /// The same, for a failed read of the store.
    pub fn unread(&self, error: store::Error) -> Response {
        self.failed(&error.into())
    }

    /// The page for something that does not exist.
    pub fn missing(&self) -> Response {
        let w = self.w();
        notice(self.frame.clone(), StatusCode::NOT_FOUND, w.page_missing, w.page_missing_help)
    }

    fn nav_entries(&self) -> Vec<NavEntry> {
        let w = self.w();
        let sandbox = (self.context.mode == Mode::Sandbox).then_some((w.sandbox, "/console/sandbox"));
        let admin = [(w.operators, "/console/operators"), (w.api_tokens, "/console/tokens")];
        let admin = admin.into_iter().filter(|_| self.role == Role::Admin);
        let all = [
            (w.overview, "/console"),
            (w.orders, "/console/orders"),
            (w.phone_orders, "/console/phone"),
            (w.invoices, "/console/invoices"),
            (w.list_card_attempts, "/console/card-attempts"),
            (w.accounts, "/console/accounts"),
            (w.setup, "/console/setup"),
            (w.cycles, "/console/cycles"),
            (w.looks, "/console/looks"),
            (w.report_pages, "/console/reports"),
            (w.messages, "/console/messages"),
            (w.dead_jobs, "/console/jobs"),
            (w.decisions, "/console/decisions"),
            (w.requests, "/console/requests"),
            (w.audit, "/console/audit"),
        ];
        let here = |path: &str| self.path == path || (path != "/console" && self.path.starts_with(path));
        all.into_iter()
            .chain(admin)
            .chain(sandbox)
            .map(|(name, path)| NavEntry { name, path, is_here: here(path) })
            .collect()
    }

    /// A page of the console, with the result of the last form on top.
    pub fn page(&self, title: impl Into<String>, mut parts: Vec<Part>) -> Response {
        if let Some(done) = self.query.get("done") {
            let text = if done == "1" { self.w().done } else { self.w().proposed };
            parts.insert(0, Part::Notice(text.to_owned(), Tone::Good));
        }
        self.page_of(StatusCode::OK, title.into(), parts)
    }

    /// A page that explains why a form was refused. The form keeps what was typed, and says it as well.
    pub fn refused(&self, title: impl Into<String>, why: String, mut parts: Vec<Part>) -> Response {
        if let Some(sent) = &self.sent {
            refill(&mut parts, &self.path, sent, &why);
        }
        parts.insert(0, Part::Notice(why, Tone::Bad));
        self.page_of(StatusCode::CONFLICT, title.into(), parts)
    }

    /// A page that explains why something is not there yet.
    pub fn not_yet(&self, title: impl Into<String>, why: String, mut parts: Vec<Part>) -> Response {
        parts.insert(0, Part::Notice(why, Tone::Hint));
        self.page_of(StatusCode::SERVICE_UNAVAILABLE, title.into(), parts)
    }

    fn page_of(&self, status: StatusCode, title: String, mut parts: Vec<Part>) -> Response {
        align_numbers(&mut parts);
        let clock = self.context.engine.clock().now_ms();
        let template = Page {
            f: self.frame.clone(),
            title,
            nav_entries: self.nav_entries(),
            who: self.context.by().to_string(),
            role: role_name(self.role, self.w()),
            clock: self.lang().instant(clock),
            is_sandbox: self.context.mode == Mode::Sandbox,
            csrf: self.csrf(),
            query: self.query.get("q").unwrap_or_default().to_owned(),
            parts,
        };
        self.with_cookies(page(status, &template, &Allowed::default()))
    }

    /// Sets the cookies of a page.
    pub fn with_cookies(&self, response: Response) -> Response {
        with_cookies(response, [self.guard.cookie(self.context.security), Lang::chosen(&self.query)])
    }
}

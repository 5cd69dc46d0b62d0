//! The second factor: `/console/login/factor` after the password, and `/console/factor` for an operator who has signed in.
//!
//! Production requires it of all operators, a sandbox of those who have enrolled a device. A right password begins a session that opens only these
//! pages; a code, or the first code of a new device, ends that session and begins the operator's. Until then the secret of a new device exists only
//! in the form, sealed for the session that it was made in.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments::{
    BeginSession, BrowserSession, Digest, FactorProof, FactorRefusal, Operator, PassFactor, Role, SecondFactor, Text,
    Visitor, WithAuditLine,
};
use percent_encoding::utf8_percent_encode;
use text::number::{code, compact};
use wire::pod::returning::RESERVED;

use super::sign_in_tries::{SignInTry, is_admitted};
use super::view::{Cell, Part};
use super::visit::{self, COOKIE, IDLE_MS, Visit, epoch_of, password_epoch_of, path_of};
use crate::device::{self, DIGITS, Picture};
use admin::App;
use admin::OperatorContext;
use admin::refusals::Proof;
use edge::form::Query;
use edge::key_ring::SealContext;
use edge::random::{NoRandomness, RECOVERY_CODE, alphanumeric, bits, recovery_code};
use edge::{body, peer::Peer};
use web::guard::Guard;
use web::later_page;
use web::visitor::{self, SESSION};
use web::{Allowed, Frame, Lang, SetCookie, broken, go_to, notice, page, with_cookies};

/// The cookie of the session that follows a right password.
const STEP_COOKIE: &str = "daric_console_step";
/// Lifetime of that session in milliseconds: enough time to set up a device.
const STEP_MS: i64 = 600_000;
/// Paths of the pages: during sign-in, and for an operator who has signed in.
const STEP: &str = "/console/login/factor";
const OWN: &str = "/console/factor";
/// Recovery codes per device.
const RECOVERY_CODES: usize = 10;

#[derive(Template)]
#[template(path = "console_factor.html")]
struct FactorPage<'a> {
    f: Frame,
    csrf: String,
    action: &'a str,
    next: &'a str,
    device: Option<NewDevice>,
    notice: Option<&'a str>,
}

/// A device that is not enrolled yet.
struct NewDevice {
    picture: Option<Picture>,
    /// The secret in groups of four.
    secret: String,
    sealed: String,
}

#[derive(Template)]
#[template(path = "console_codes.html")]
struct CodesPage<'a> {
    f: Frame,
    next: &'a str,
    codes: &'a [String],
}

/// Begins the session that follows a right password, and redirects to the second factor.
///
/// # Errors
/// The store failed, or the system gives no randomness.
pub async fn go_on(
    context: &OperatorContext,
    operator: &Operator,
    attempt: &SignInTry,
    next: &str,
) -> Result<Response, engine::Error> {
    let shown = fresh()?;
    let epoch = context.secrets.hash(&password_epoch_of(operator));
    let visitor = Visitor::Operator { name: Text::clone(&operator.name), password: epoch };
    let (tries, ceilings, hash) = (None, attempt.take.limits(), context.secrets.hash(&shown));
    let begin = BeginSession { tries, ceilings, hash, visitor, life_ms: STEP_MS };
    let Ok(()) = context.run_with_line("password", &attempt.address, begin).await?;
    let to = format!("{STEP}?next={}", utf8_percent_encode(next, RESERVED));
    Ok(with_cookies(go_to(&to), [SetCookie::everywhere(STEP_COOKIE, &shown).header(context.security)]))
}

fn fresh() -> Result<String, engine::Error> {
    alphanumeric(SESSION).map_err(no_randomness)
}

fn no_randomness(error: NoRandomness) -> engine::Error {
    engine::Error::Unavailable(error.to_string())
}

/// An operator who is asked for the second factor.
struct Asked {
    context: OperatorContext,
    operator: Operator,
    factor: Option<SecondFactor>,
    frame: Frame,
    guard: Guard,
    /// The value of the session cookie.
    shown: String,
    action: &'static str,
}

impl Asked {
    /// The operator of a session that follows a right password; `None`: there is no such session, or it has ended.
    async fn after_password(app: App, parts: &Parts, frame: Frame) -> Result<Option<Self>, engine::Error> {
        let session = visitor::session(&app, &parts.headers, STEP_COOKIE).await?;
        let Some(BrowserSession { visitor: Visitor::Operator { name, password }, .. }) = session else {
            return Ok(None);
        };
        let found = app.engine.reader().operator(Text::clone(&name)).await?;
        let same = |operator: &Operator| password == app.secrets.hash(&password_epoch_of(operator));
        let Some(operator) = found.filter(|operator| !operator.disabled && same(operator)) else { return Ok(None) };
        let factor = app.engine.reader().second_factor(Text::clone(&name)).await?;
        let guard = Guard::of(&parts.headers).map_err(no_randomness)?;
        let shown = visitor::shown(&parts.headers, STEP_COOKIE).to_owned();
        Ok(Some(Self { context: OperatorContext::of(app, name), operator, factor, frame, guard, shown, action: STEP }))
    }

    fn failed(&self, error: &engine::Error) -> Response {
        broken(self.frame.clone(), error)
    }

    /// The page that asks for a code; if no device is enrolled, it shows the secret of a new one.
    fn page(&self, next: &str, secret: Option<&str>, notice: Option<&str>) -> Result<Response, Response> {
        let device = if self.factor.is_some() { None } else { Some(self.new_device(secret)?) };
        let status = if notice.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        let csrf = self.guard.token(&self.context.secrets, &self.shown);
        let template = FactorPage { f: self.frame.clone(), csrf, action: self.action, next, device, notice };
        let cookie = self.guard.cookie(self.context.security);
        Ok(with_cookies(page(status, &template, &Allowed::default()), [cookie]))
    }

    /// A device with the secret that this session's page has sealed before, or with a new secret.
    fn new_device(&self, secret: Option<&str>) -> Result<NewDevice, Response> {
        let failed = |error: NoRandomness| self.failed(&no_randomness(error));
        let secret = match secret {
            Some(secret) => secret.to_owned().into(),
            None => device::fresh_secret().map_err(failed)?,
        };
        let sealed = self.context.secrets.seal(SealContext::NewFactor(&self.shown), &secret).map_err(failed)?;
        let picture = device::picture(&self.operator.name, &secret);
        let groups: Vec<&str> =
            (0..secret.len()).step_by(4).filter_map(|at| secret.get(at..secret.len().min(at + 4))).collect();
        Ok(NewDevice { picture, secret: groups.join(" "), sealed: URL_SAFE_NO_PAD.encode(sealed) })
    }

    /// The sealed secret in a form, opened.
    fn typed_secret(&self, form: &Query) -> Option<zeroize::Zeroizing<String>> {
        let sealed = URL_SAFE_NO_PAD.decode(form.raw("secret")?).ok()?;
        self.context.secrets.open(SealContext::NewFactor(&self.shown), &sealed)
    }

    /// Checks a code or recovery code; returns the page that follows.
    async fn submit(self, parts: &Parts, form: &Query) -> Result<Response, Response> {
        let (app, w) = (&self.context, self.frame.w);
        let next = path_of(form.raw("next").unwrap_or_default()).to_owned();
        let secret = if self.factor.is_none() { self.typed_secret(form) } else { None };
        let again = |word| self.page(&next, secret.as_deref().map(String::as_str), Some(word));
        // A text that cannot be a code does not count as a try (second-edition.md 1.7).
        let Some(typed) = Typed::of(form.get("code").unwrap_or_default()) else { return again(w.factor_form) };
        let name = &self.operator.name;
        let address = Peer::of(&parts.extensions);
        if !is_admitted(app, name, address).await.map_err(|error| self.failed(&error))? {
            return Err(later_page(self.frame.clone()));
        }
        let attempt = SignInTry::take(app, name, address).await.map_err(|error| self.failed(&error))?;
        let proof = match attempt.may_try {
            true => self.proof(&typed, secret.as_deref().map(String::as_str)),
            false => Ok(None),
        };
        let Some(proved) = proof.map_err(|error| self.failed(&error))? else {
            return self.wrong(&attempt, again(w.factor_wrong)).await;
        };
        let shown = fresh().map_err(|error| self.failed(&error))?;
        let epoch = app.secrets.hash(&epoch_of(&self.operator, Some(&proved.factor)));
        let visitor = Visitor::Operator { name: Text::clone(name), password: epoch };
        let SignInTry { take, .. } = &attempt;
        let (tries, ceilings, hash) = (Some(take.key), take.ceilings.clone(), app.secrets.hash(&shown));
        let begin = BeginSession { tries, ceilings, hash, visitor, life_ms: IDLE_MS };
        let password_session = app.secrets.hash(&self.shown);
        let pass = PassFactor { operator: Text::clone(name), proof: proved.proof, password_session, begin };
        match self.sign_in(pass, &attempt.address).await.map_err(|error| self.failed(&error))? {
            Ok(()) => {}
            Err(FactorRefusal::FactorInvalid) => return self.wrong(&attempt, again(w.factor_wrong)).await,
            // Another browser has enrolled a device meanwhile.
            Err(FactorRefusal::FactorExists) => return Ok(go_to("/console/login")),
        }
        let cookies = [SetCookie::everywhere(COOKIE, &shown).header(app.security), gone(app)];
        if proved.codes.is_empty() {
            return Ok(with_cookies(go_to(&next), cookies));
        }
        let mut f = self.frame.clone();
        // The response to a form cannot be requested again.
        f.other.clear();
        let template = CodesPage { f, next: &next, codes: &proved.codes };
        Ok(with_cookies(page(StatusCode::OK, &template, &Allowed::default()), cookies))
    }

    /// Signs in with an audit line. Enrolling a device, or using a recovery code, adds another line in the same commit.
    async fn sign_in(&self, pass: PassFactor, address: &str) -> Result<Result<(), FactorRefusal>, engine::Error> {
        if let FactorProof::Code { .. } = pass.proof {
            return self.context.run_with_line("sign in", address, pass).await;
        }
        let (by, entry) = (Text::clone(self.context.by()), pass.entry());
        self.context.run_with_line("sign in", address, WithAuditLine { by, entry, command: pass }).await
    }

    async fn wrong(&self, attempt: &SignInTry, reply: Result<Response, Response>) -> Result<Response, Response> {
        // A locked name or address writes no more audit lines.
        if attempt.may_try {
            let context = &self.context;
            let told = context.write_refusal(Proof::None, "sign-in refused", &attempt.address, "wrong code").await;
            told.map_err(|error| self.failed(&error))?;
        }
        reply
    }

    /// What the code proves; `None`: it is wrong.
    fn proof(&self, typed: &Typed, secret: Option<&str>) -> Result<Option<Proved>, engine::Error> {
        let (app, name) = (&self.context, &self.operator.name);
        let at_ms = app.engine.clock().system_ms();
        match (&self.factor, typed) {
            (Some(factor), Typed::Code(code)) => {
                let known = app.secrets.open(SealContext::SecondFactor(name), &factor.sealed);
                let known = known
                    .ok_or_else(|| engine::Error::Unavailable(format!("no key opens the second factor of {name}")))?;
                let step = device::step_of(&known, code, at_ms).filter(|step| factor.last_step < *step);
                let proof = |step| FactorProof::Code { version: factor.version, step };
                Ok(step.map(|step| Proved { factor: factor.clone(), proof: proof(step), codes: Vec::new() }))
            }
            (Some(factor), Typed::Recovery(code)) => {
                let hash = recovery_hash(app, name, code);
                let proof = FactorProof::RecoveryCode { version: factor.version, hash };
                let proved = Proved { factor: factor.clone(), proof, codes: Vec::new() };
                Ok(factor.recovery.contains(&hash).then_some(proved))
            }
            (None, Typed::Code(code)) => {
                let Some(secret) = secret else { return Ok(None) };
                let Some(last_step) = device::step_of(secret, code, at_ms) else { return Ok(None) };
                let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>();
                let codes = codes.map_err(no_randomness)?;
                let factor = SecondFactor {
                    operator: Text::clone(name),
                    sealed: app.secrets.seal(SealContext::SecondFactor(name), secret).map_err(no_randomness)?,
                    version: bits().map_err(no_randomness)?.cast_signed() & i64::MAX,
                    last_step,
                    recovery: codes.iter().map(|code| recovery_hash(app, name, code)).collect(),
                };
                let codes = codes.iter().map(|code| grouped(code)).collect();
                Ok(Some(Proved { proof: FactorProof::Enrolled(factor.clone()), factor, codes }))
            }
            (None, Typed::Recovery(_)) => Ok(None),
        }
    }
}

/// A second factor that was proved.
struct Proved {
    factor: SecondFactor,
    proof: FactorProof,
    /// The recovery codes of a new device, which are shown once.
    codes: Vec<String>,
}

/// A code or recovery code that was typed.
enum Typed {
    Code(String),
    Recovery(String),
}

impl Typed {
    /// Reads blanks, dashes and digits of any script; `None`: it cannot be a code.
    fn of(text: &str) -> Option<Self> {
        let plain = compact(text).to_ascii_lowercase();
        let is_code = code(&plain, usize::from(DIGITS)).is_some();
        let is_recovery = plain.len() == RECOVERY_CODE && plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (is_code, is_recovery) {
            (true, _) => Some(Self::Code(plain)),
            (_, true) => Some(Self::Recovery(plain)),
            (false, false) => None,
        }
    }
}

/// A recovery code in two groups.
fn grouped(code: &str) -> String {
    let (first, second) = code.split_at(RECOVERY_CODE / 2);
    format!("{first}-{second}")
}

fn recovery_hash(app: &App, operator: &str, code: &str) -> Digest {
    app.secrets.hash(&format!("recovery code\n{operator}\n{code}"))
}

/// Removes the cookie of the session that follows a right password.
fn gone(app: &App) -> Option<HeaderValue> {
    SetCookie::gone(STEP_COOKIE).header(app.security)
}

/// Whether a form was sent by the page of this session.
fn is_ours(app: &App, headers: &HeaderMap, shown: &str, form: &Query) -> bool {
    let token = form.get("csrf");
    token.is_some() && visit::is_ours(app, headers, shown, token)
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let frame = Frame::of(&parts.uri, &parts.headers);
    let query = Query::of(&parts.uri);
    let asked = Asked::after_password(app, &parts, frame.clone()).await.map_err(|error| broken(frame, &error))?;
    let Some(asked) = asked else { return Ok(go_to("/console/login")) };
    let response = asked.page(path_of(query.raw("next").unwrap_or_default()), None, None)?;
    Ok(with_cookies(response, [Lang::chosen(&query)]))
}

pub async fn submit(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let frame = Frame::at(STEP, &Query::default(), &parts.headers);
    let w = frame.w;
    let too_large = |_| notice(frame.clone(), StatusCode::PAYLOAD_TOO_LARGE, w.too_large, "");
    let body = body::read(&parts, body).await.map_err(too_large)?;
    let form = Query::default().and_form(&body);
    let shown = visitor::shown(&parts.headers, STEP_COOKIE);
    if !is_ours(&app, &parts.headers, shown, &form) {
        return Err(notice(frame, StatusCode::FORBIDDEN, w.form_stale, w.form_stale_help));
    }
    let asked = Asked::after_password(app, &parts, frame.clone()).await.map_err(|error| broken(frame, &error))?;
    match asked {
        Some(asked) => asked.submit(&parts, &form).await,
        None => Ok(go_to("/console/login")),
    }
}

/// The second factor of an operator who has signed in.
async fn own(visit: Visit) -> Result<Asked, Response> {
    let reader = visit.app().engine.reader();
    let name = Text::clone(visit.context.by());
    let found = reader.operator(Text::clone(&name)).await.map_err(|error| visit.unread(error))?;
    let factor = reader.second_factor(name).await.map_err(|error| visit.unread(error))?;
    let operator = found.ok_or_else(|| visit.missing())?;
    let (context, frame, guard, shown) = visit.into_parts();
    Ok(Asked { context, operator, factor, frame, guard, shown, action: OWN })
}

/// The page of one's own second factor; if no device is enrolled, it offers to enrol one.
pub async fn show_own(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let w = visit.w();
    let factor = visit.app().engine.reader().second_factor(Text::clone(visit.context.by())).await;
    match factor.map_err(|error| visit.unread(error))? {
        Some(factor) => {
            let left = visit.lang().digits(factor.recovery.len());
            let facts = vec![
                (w.factor_title.to_owned(), Cell::text(w.enabled)),
                (w.recovery_left.to_owned(), Cell::code(left)),
            ];
            Ok(visit.page(w.factor_title, vec![Part::Facts(facts), Part::Text(w.factor_lost.to_owned())]))
        }
        None => own(visit).await?.page("/console", None, None),
    }
}

pub async fn submit_own(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let (visit, form) = Visit::submit(app, Request::from_parts(parts, body), Role::Viewer).await?;
    let asked = own(visit).await?;
    // The operator has proved this factor when signing in.
    if asked.factor.is_some() {
        return Ok(go_to(OWN));
    }
    asked.submit(&head, &form).await
}

//! GET and POST `/console/login`, POST `/console/logout`.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::{BeginSession, Role, Text, Visitor};

use super::factor;
use super::sign_in_tries::{SignInTry, is_admitted};
use super::visit::{COOKIE, IDLE_MS, Visit, epoch_of, is_factor_needed, is_ours, path_of};
use admin::App;
use admin::OperatorContext;
use admin::refusals::Proof;
use edge::body;
use edge::form::Query;
use edge::random::alphanumeric;
use edge::{passwords, peer::Peer};
use web::guard::Guard;
use web::later_page;
use web::visitor::{self, SESSION};
use web::{Allowed, Frame, Lang, SetCookie, broken, go_to, notice, page, with_cookies};

/// Maximum length of a name and of a password.
const NAME: usize = 100;
const PASSWORD: usize = 128;
/// The subject of the form's token.
const ABOUT: &str = "console";

#[derive(Template)]
#[template(path = "console_log_in.html")]
struct LogInPage<'a> {
    f: Frame,
    csrf: String,
    next: &'a str,
    name: &'a str,
    notice: Option<&'a str>,
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let frame = Frame::of(&parts.uri, &parts.headers);
    let query = Query::of(&parts.uri);
    let response = form(&app, &parts.headers, frame, path_of(query.raw("next").unwrap_or_default()), "", None)?;
    Ok(with_cookies(response, [Lang::chosen(&query)]))
}

fn form(
    app: &App,
    headers: &axum::http::HeaderMap,
    frame: Frame,
    next: &str,
    name: &str,
    word: Option<&str>,
) -> Result<Response, Response> {
    let guard = Guard::of(headers);
    let guard = guard.map_err(|error| broken(frame.clone(), &engine::Error::Unavailable(error.to_string())))?;
    let status = if word.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let template = LogInPage { f: frame, csrf: guard.token(&app.secrets, ABOUT), next, name, notice: word };
    Ok(with_cookies(page(status, &template, &Allowed::default()), [guard.cookie(app.security)]))
}

pub async fn submit(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let frame = Frame::at("/console/login", &Query::default(), &parts.headers);
    let w = frame.w;
    let too_large = |_| notice(frame.clone(), StatusCode::PAYLOAD_TOO_LARGE, w.too_large, "");
    let body = body::read(&parts, body).await.map_err(too_large)?;
    let sent = Query::default().and_form(&body);
    // Here programs need the page's token as well.
    let token = sent.get("csrf");
    if token.is_none() || !is_ours(&app, &parts.headers, ABOUT, token) {
        return Err(notice(frame, StatusCode::FORBIDDEN, w.form_stale, w.form_stale_help));
    }
    let failed = |error: &engine::Error| broken(frame.clone(), error);
    let next = path_of(sent.raw("next").unwrap_or_default());
    let (name, password) = (sent.get("name").unwrap_or_default(), sent.raw("password").unwrap_or_default());
    let wrong = || form(&app, &parts.headers, frame.clone(), next, "", Some(w.log_in_wrong));
    let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    if !fits(name, NAME) || !fits(password, PASSWORD) {
        return wrong();
    }
    let address = Peer::of(&parts.extensions);
    if !is_admitted(&app, name, address).await.map_err(|error| failed(&error))? {
        return Err(later_page(frame));
    }
    let slot = passwords::slot(address).map_err(|error| failed(&error))?;
    let attempt = SignInTry::take(&app, name, address).await.map_err(|error| failed(&error))?;
    let found = app.engine.reader().operator(Text::from(name)).await.map_err(|error| failed(&error.into()))?;
    let known = found.is_some();
    let operator = found.filter(|operator| !operator.disabled && !operator.password.is_empty());
    // Neither the text nor the time of the response reveals whether the operator exists, or is locked.
    let hashed = operator.as_ref().filter(|_| attempt.may_try).map(|operator| operator.password.clone());
    let right = slot.matches(password.to_owned(), hashed).await;
    let Some(operator) = operator.filter(|_| right) else {
        // A locked name writes no more audit lines. An unknown name is not written: it may be a password typed into the wrong field.
        if attempt.may_try {
            let (by, detail) = if known { (name, "") } else { ("-", "no such name") };
            let context = OperatorContext::of(app.clone(), Text::from(by));
            let told = context.write_refusal(Proof::None, "sign-in refused", &attempt.address, detail).await;
            told.map_err(|error| failed(&error))?;
        }
        return wrong();
    };
    let context = OperatorContext::of(app.clone(), Text::from(name));
    let known = app.engine.reader().second_factor(Text::from(name)).await.map_err(|error| failed(&error.into()))?;
    if is_factor_needed(&app, known.as_ref()) {
        return factor::go_on(&context, &operator, &attempt, next).await.map_err(|error| failed(&error));
    }
    let shown = alphanumeric(SESSION).map_err(|error| failed(&engine::Error::Unavailable(error.to_string())))?;
    let (hash, password) = (app.secrets.hash(&shown), app.secrets.hash(&epoch_of(&operator, None)));
    let visitor = Visitor::Operator { name: Text::from(name), password };
    let SignInTry { take, address, .. } = attempt;
    let begin = BeginSession { tries: Some(take.key), ceilings: take.ceilings, hash, visitor, life_ms: IDLE_MS };
    let Ok(()) = context.run_with_line("sign in", &address, begin).await.map_err(|error| failed(&error))?;
    Ok(with_cookies(go_to(next), [SetCookie::everywhere(COOKIE, &shown).header(app.security)]))
}

pub async fn leave(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let headers = request.headers().clone();
    let (visit, _) = Visit::submit(app, request, Role::Viewer).await?;
    let cookie = visitor::log_out(visit.app(), &headers, COOKIE, visit.app().security).await;
    let cookie = cookie.map_err(|error| visit.failed(&error))?;
    visit.context.write_audit_line("sign out", "", "").await.map_err(|error| visit.failed(&error))?;
    Ok(with_cookies(go_to("/console/login"), [cookie]))
}

//! GET and POST `/dev/v2/oauth2/consent`: the page on which a bank user logs in, chooses deposits, and allows or denies access (finnotech.md 2.3). It
//! works without scripts; each step is a form.

use std::collections::BTreeSet;
use std::net::IpAddr;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use payments::{
    AccountNumber, AllowConsent, Consent, DenyConsent, Deposit, DepositKey, GrantKind, LogIn, LogInLost,
    MAX_PAGE_TRIES, NoConsent, NotAllowed, NotTried, TryLogIn, full_name,
};
use text::fold;
use text::number::national_id;
use wire::finnotech::scopes;

use super::authorize::{REQUEST, found, with_parameters};
use crate::App;
use edge::body;
use edge::form::Query;
use edge::random::alphanumeric;
use edge::{passwords, peer::Peer};
use web::guard::{self, Guard};
use web::later_page;
use web::{self, Allowed, Frame, Lang, LeadsTo, SetCookie, Words, notice, page, with_cookies};

/// The cookie that identifies the user who has logged in for a request.
const COOKIE: &str = "daric_consent";
/// Lifetime of the cookie in seconds.
const COOKIE_SECONDS: u32 = 600;
/// Maximum length of a password.
const PASSWORD: usize = 128;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    f: Frame,
    bank: &'static str,
    client: &'a str,
    notice: Option<&'a str>,
    scopes: Vec<&'static str>,
    limit: Option<String>,
    count: Option<String>,
    request: &'a str,
    csrf: String,
    /// `None`: the user has not logged in yet.
    deposits: Option<Vec<Choice>>,
}

struct Choice {
    number: String,
    holder: String,
    checked: bool,
}

/// A live consent request, with its public id and the browser that shows its page.
struct Open<'a> {
    frame: Frame,
    request: &'a str,
    guard: Guard,
    consent: Consent,
    /// The address of the browser.
    address: IpAddr,
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let query = Query::of(request.uri());
    let frame = Frame::of(request.uri(), request.headers());
    let address = Peer::of(request.extensions());
    let open = open(&app, frame, (query.get("request").unwrap_or_default(), address), request.headers()).await?;
    let response = match logged_in(&app, &open, request.headers()) {
        Some(user) => choose(&app, &open, &user, None, &BTreeSet::new(), StatusCode::OK).await?,
        None => log_in_page(&app, &open, None, StatusCode::OK),
    };
    Ok(with_cookies(response, [Lang::chosen(&query)]))
}

pub async fn submit(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let frame = Frame::of(&parts.uri, &parts.headers);
    let body = body::read(&parts, body).await.map_err(|_| dead(&frame))?;
    let form = Query::default().and_form(&body);
    let request = form.get("request").unwrap_or_default();
    let other = Query::default().and_form(format!("request={request}").as_bytes());
    let frame = Frame::at(parts.uri.path(), &other, &parts.headers);
    let open = open(&app, frame, (request, Peer::of(&parts.extensions)), &parts.headers).await?;
    if !guard::is_ours_or_of_a_program(&app, &parts.headers, open.request, form.get("csrf")) {
        let w = open.frame.w;
        return Err(notice(open.frame.clone(), StatusCode::BAD_REQUEST, w.form_stale, w.form_stale_help));
    }
    match form.get("decision") {
        Some("deny") => deny(&app, &open).await,
        Some("allow") => allow(&app, &open, &form, &parts.headers).await,
        None => {
            let (user, cookie) = authenticate(&app, &open, &form).await?;
            let mut response = choose(&app, &open, &user, None, &BTreeSet::new(), StatusCode::OK).await?;
            // The browser sent its form cookie with this form, so only the log-in cookie is set.
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Some(_) => Err(dead(&open.frame)),
    }
}

/// The page for a request that is unknown or has ended.
fn dead(frame: &Frame) -> Response {
    notice(frame.clone(), StatusCode::BAD_REQUEST, frame.w.request_dead, frame.w.request_dead_help)
}

/// The page for an internal error, or for a server that is busy.
fn broken(frame: &Frame, error: &engine::Error) -> Response {
    web::broken(frame.clone(), error)
}

fn unread(frame: &Frame, error: store::Error) -> Response {
    broken(frame, &engine::Error::Store(error))
}

async fn open<'a>(
    app: &App,
    frame: Frame,
    (request, address): (&'a str, IpAddr),
    headers: &HeaderMap,
) -> Result<Open<'a>, Response> {
    if request.len() != REQUEST {
        return Err(dead(&frame));
    }
    app.engine.catch_up().await.map_err(|error| broken(&frame, &error))?;
    let found = app.engine.reader().consent(app.secrets.hash(request)).await.map_err(|error| unread(&frame, error))?;
    let now_ms = app.engine.clock().now_ms();
    let alive = |consent: &Consent| {
        let guessing = consent.tries < MAX_PAGE_TRIES || consent.login.is_some();
        consent.kind == GrantKind::Code && consent.ends_at_ms >= now_ms && guessing
    };
    let consent = found.filter(alive).ok_or_else(|| dead(&frame))?;
    let guard = Guard::of(headers);
    let guard = guard.map_err(|error| broken(&frame, &engine::Error::Unavailable(error.to_string())))?;
    Ok(Open { request, frame, guard, consent, address })
}

/// The user who has logged in for this request with this browser.
fn logged_in(app: &App, open: &Open<'_>, headers: &HeaderMap) -> Option<String> {
    let login = web::cookie(headers, COOKIE)?;
    let known = open.consent.login.is_some_and(|known| app.secrets.matches(login, &known));
    known.then(|| open.consent.user.clone())
}

/// Checks name and password; returns the user and the log-in cookie.
async fn authenticate(app: &App, open: &Open<'_>, form: &Query) -> Result<(String, HeaderValue), Response> {
    let refuse = |notice| log_in_page(app, open, Some(notice), StatusCode::UNAUTHORIZED);
    let (nid, password) = (form.get("nid").unwrap_or_default(), form.raw("password").unwrap_or_default());
    let wrong = open.frame.w.bank_log_in_wrong;
    let nid = national_id(nid).filter(|_| (1..=PASSWORD).contains(&password.chars().count()));
    let nid = nid.ok_or_else(|| refuse(wrong))?;
    if !app.budgets.admits_log_in(open.address, ("bank user", &nid)) {
        return Err(later_page(open.frame.clone()));
    }
    let slot = passwords::slot(open.address).map_err(|error| broken(&open.frame, &error))?;
    let consent = open.consent.id;
    match app.engine.run(TryLogIn { consent, nid: nid.clone().into_owned() }).await {
        Ok(Ok(())) => {}
        Ok(Err(NotTried::Locked)) => {
            // Neither the text nor the time of the response reveals whether the user exists.
            slot.matches(password.to_owned(), None).await;
            return Err(refuse(wrong));
        }
        Ok(Err(NotTried::NoConsent)) => return Err(dead(&open.frame)),
        Err(error) => return Err(broken(&open.frame, &error)),
    }
    let user =
        app.engine.reader().bank_user(nid.clone().into_owned()).await.map_err(|error| unread(&open.frame, error))?;
    // Digits may have been typed on a Persian keyboard; the password also counts as it was typed.
    let hashed = user.map(|user| user.password);
    let right = slot.matches(password.to_owned(), hashed.clone()).await
        || (fold(password) != password && slot.matches(fold(password).into_owned(), hashed).await);
    if !right {
        return Err(refuse(wrong));
    }
    let token =
        alphanumeric(REQUEST).map_err(|error| broken(&open.frame, &engine::Error::Unavailable(error.to_string())))?;
    let login = LogIn { consent, nid: nid.clone().into_owned(), login: app.secrets.hash(&token) };
    match app.engine.run(login).await {
        Ok(Ok(())) => {}
        Ok(Err(LogInLost::NoConsent | LogInLost::UserUnknown)) => return Err(dead(&open.frame)),
        Err(error) => return Err(broken(&open.frame, &error)),
    }
    let cookie =
        SetCookie { name: COOKIE, value: &token, path: "/dev/v2/oauth2/consent", max_age_s: Some(COOKIE_SECONDS) };
    let cookie = cookie.header(app.security).ok_or_else(|| dead(&open.frame))?;
    Ok((nid.into_owned(), cookie))
}

/// The user's open deposits at the request's bank.
async fn deposits(app: &App, open: &Open<'_>, user: &str) -> Result<Vec<Deposit>, Response> {
    let owned =
        app.engine.reader().deposits_of_owner(user.to_owned()).await.map_err(|error| unread(&open.frame, error))?;
    let usable = owned
        .into_iter()
        .filter(|(deposit, account)| Some(deposit.key.bank) == open.consent.bank && account.status.takes_debits());
    Ok(usable.map(|(deposit, _)| deposit).collect())
}

async fn allow(app: &App, open: &Open<'_>, form: &Query, headers: &HeaderMap) -> Result<Response, Response> {
    let named = form.get("nid").is_some() || form.get("password").is_some();
    let user = match logged_in(app, open, headers) {
        Some(user) if !named => user,
        _ => authenticate(app, open, form).await?.0,
    };
    let mine = deposits(app, open, &user).await?;
    let wanted: BTreeSet<String> = form.all("deposits").map(str::to_owned).collect();
    let chosen: Option<Vec<DepositKey>> = match (wanted.is_empty(), mine.as_slice()) {
        (true, [only]) => Some(vec![only.key.clone()]),
        (true, _) => None,
        (false, mine) => {
            let is = |known: &Deposit, number: &str| {
                AccountNumber::parse(number).is_some_and(|number| number.key(known.key.bank) == known.key)
            };
            let is_mine = |number: &String| mine.iter().any(|known| is(known, number));
            let is_wanted = |known: &&Deposit| wanted.iter().any(|number| is(known, number));
            let chosen = mine.iter().filter(is_wanted).map(|known| known.key.clone());
            wanted.iter().all(is_mine).then(|| chosen.collect())
        }
    };
    let again = open.frame.w.consent_choose;
    let Some(chosen) = chosen else {
        return choose(app, open, &user, Some(again), &wanted, StatusCode::BAD_REQUEST).await;
    };
    let code = alphanumeric(16).map_err(|error| broken(&open.frame, &engine::Error::Unavailable(error.to_string())))?;
    let command =
        AllowConsent { consent: open.consent.id, user: user.clone(), deposits: chosen, code: app.secrets.hash(&code) };
    match app.engine.run(command).await {
        Ok(Ok(())) => {}
        Ok(Err(NotAllowed::DepositUnknown)) => {
            return choose(app, open, &user, Some(again), &wanted, StatusCode::BAD_REQUEST).await;
        }
        Ok(Err(NotAllowed::NoConsent)) => return Err(dead(&open.frame)),
        Err(error) => return Err(broken(&open.frame, &error)),
    }
    let parameters = [("code", code.as_str()), ("state", open.consent.state.as_str())];
    Ok(found(&with_parameters(&open.consent.redirect_uri, &parameters)))
}

async fn deny(app: &App, open: &Open<'_>) -> Result<Response, Response> {
    match app.engine.run(DenyConsent { consent: open.consent.id }).await {
        Ok(Ok(())) => {}
        Ok(Err(NoConsent)) => return Err(dead(&open.frame)),
        Err(error) => return Err(broken(&open.frame, &error)),
    }
    let parameters = [("error", "access_denied"), ("state", open.consent.state.as_str())];
    Ok(found(&with_parameters(&open.consent.redirect_uri, &parameters)))
}

fn log_in_page(app: &App, open: &Open<'_>, notice: Option<&str>, status: StatusCode) -> Response {
    render(app, open, notice, None, status)
}

/// The page on which the user chooses deposits.
async fn choose(
    app: &App,
    open: &Open<'_>,
    user: &str,
    notice: Option<&str>,
    checked: &BTreeSet<String>,
    status: StatusCode,
) -> Result<Response, Response> {
    let mine = deposits(app, open, user).await?;
    let only = mine.len() == 1;
    let choice = |deposit: Deposit| Choice {
        checked: only || checked.contains(&*deposit.number),
        number: deposit.number.to_string(),
        holder: full_name(&deposit.first_name, &deposit.last_name),
    };
    Ok(render(app, open, notice, Some(mine.into_iter().map(choice).collect()), status))
}

fn render(
    app: &App,
    open: &Open<'_>,
    notice: Option<&str>,
    deposits: Option<Vec<Choice>>,
    status: StatusCode,
) -> Response {
    let consent = &open.consent;
    let lang = open.frame.lang();
    let meaning = |scope: &String| meaning(scope, open.frame.w);
    let template = ConsentPage {
        f: open.frame.clone(),
        bank: consent.bank.map_or("", |bank| lang.bank(bank)),
        client: &consent.client.0,
        notice,
        scopes: consent.scopes.iter().map(meaning).collect::<BTreeSet<_>>().into_iter().collect(),
        limit: consent.max_amount.is_positive().then(|| lang.rial(consent.max_amount)),
        count: (consent.monthly_count > 0).then(|| lang.number(consent.monthly_count)),
        request: open.request,
        csrf: open.guard.token(&app.secrets, open.request),
        deposits,
    };
    // The response to these forms redirects to the client, so `form-action` allows other sites.
    with_cookies(page(status, &template, &Allowed { leads_to: LeadsTo::Web }), [open.guard.cookie(app.security)])
}

/// What a scope permits, in the user's words.
fn meaning(scope: &str, w: &Words) -> &'static str {
    match scope {
        scopes::TRANSFER_TO => w.scope_transfer,
        scopes::INTERNAL_TRANSFER => w.scope_internal,
        scopes::PAYA_TRANSFER => w.scope_paya,
        scopes::SATNA_TRANSFER => w.scope_satna,
        scopes::TRANSFER_INQUIRY | scopes::PROXY_INQUIRY => w.scope_inquiry,
        scopes::PAYAS => w.scope_payas,
        scopes::CHARGE_CARD => w.scope_charge,
        scopes::CHARGE_INQUIRY => w.scope_charge_inquiry,
        scopes::VALID_CARD => w.scope_valid_card,
        scopes::BALANCE => w.scope_balance,
        scopes::STATEMENT => w.scope_statement,
        scopes::IBAN_INQUIRY => w.scope_iban,
        scopes::DEPOSITS => w.scope_deposits,
        scopes::CARD_BALANCE => w.scope_card_balance,
        scopes::CARD_STATEMENT => w.scope_card_statement,
        _ => w.scope_own,
    }
}

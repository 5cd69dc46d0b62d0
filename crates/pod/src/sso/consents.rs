//! GET `/oauth2/consents`: the consents of a user; POST withdraws one (second-edition.md 4.3), which ends its tokens.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use payments::{NoSuchConsent, Party, PartyId, SsoConsentKey, WithdrawSsoConsent};

use super::authorize::{DAY_MS, periods};
use super::client::log_in_first;
use super::scopes;
use crate::App;
use crate::payee::Payee;
use edge::body;
use edge::form::Query;
use web::guard::{self, Guard};
use web::visitor::{self, SSO_COOKIE};
use web::{Allowed, Frame, Lang, Look, broken, go_to, notice, page, with_cookies};

/// The path of the page.
pub const HERE: &str = "/oauth2/consents";
/// The page after a withdrawal.
const WITHDRAWN: &str = "/oauth2/consents?done=1";

#[derive(Template)]
#[template(path = "sso_consents.html")]
struct ConsentsPage<'a> {
    f: Frame,
    visitor: &'a str,
    csrf: String,
    /// The token of the log-out form.
    log_out_csrf: String,
    is_withdrawn: bool,
    consents: Vec<Allows>,
}

/// A consent, as the page shows it.
struct Allows {
    id: i64,
    client: Payee,
    /// The handle, where the client has another name for users.
    handle: Option<String>,
    since: String,
    rights: Vec<&'static str>,
    /// The standing permission: its limit and period, and what is spent of it.
    standing: Option<String>,
}

/// The subject of the tokens of the page's forms: this page and this log-in.
fn about(parts: &Parts) -> String {
    format!("consents\n{}", visitor::shown(&parts.headers, SSO_COOKIE))
}

async fn allowed(app: &App, visitor: &Party, frame: &Frame) -> Result<Vec<Allows>, engine::Error> {
    let mut rows = Vec::new();
    for consent in app.engine.reader().sso_consents_of(visitor.id).await? {
        let id = consent.key.client;
        let (client, look) = (app.engine.party(id).await?, app.engine.look(id).await?);
        let handle = client.as_ref().filter(|_| look.as_ref().is_some_and(|look| look.name.is_some()));
        let handle = handle.map(|client| client.name.to_string());
        let client = Payee::of(client.as_deref(), look.map(|row| Look::of(&row)).as_ref());
        let rights = consent.scopes.iter().map(|scope| scopes::words(frame.w, scope)).collect();
        let standing = consent.standing().map(|standing| {
            let (lang, w, terms) = (frame.lang(), frame.w, standing.terms);
            let days = terms.period_ms / DAY_MS;
            let period = periods(w).into_iter().find(|(known, _)| *known == days);
            let period = period.map_or_else(|| lang.digits(days), |(_, name)| name.to_owned());
            let spent = lang.rial(standing.spent(app.engine.clock().now_ms()));
            format!(
                "{}: {} · {} {period} · {}: {spent}",
                w.standing_limit,
                lang.rial(terms.limit),
                w.standing_period,
                w.standing_spent
            )
        });
        rows.push(Allows { id: id.0, client, handle, since: frame.lang().instant(consent.at_ms), rights, standing });
    }
    Ok(rows)
}

/// GET: the page with the consents of the user.
pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let frame = Frame::of(&parts.uri, &parts.headers);
    let failed = |error: engine::Error| broken(frame.clone(), &error);
    let visitor = visitor::party(&app, &parts.headers).await.map_err(failed)?;
    let Some(visitor) = visitor else { return Ok(log_in_first(HERE, "")) };
    let consents = allowed(&app, &visitor, &frame).await.map_err(failed)?;
    let guard = Guard::of(&parts.headers).map_err(|error| failed(engine::Error::Unavailable(error.to_string())))?;
    let csrf = guard.token(&app.secrets, &about(&parts));
    let log_out_csrf = guard.token(&app.secrets, visitor::shown(&parts.headers, SSO_COOKIE));
    let is_withdrawn = Query::of(&parts.uri).get("done").is_some();
    let (f, visitor) = (frame.clone(), &*visitor.name);
    let shown = ConsentsPage { f, visitor, csrf, log_out_csrf, is_withdrawn, consents };
    let cookies = [guard.cookie(app.security), Lang::chosen(&Query::of(&parts.uri))];
    Ok(with_cookies(page(StatusCode::OK, &shown, &Allowed::default()), cookies))
}

/// POST: withdraws the consent to one client.
pub async fn withdraw(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let frame = Frame::at(HERE, &Query::default(), &parts.headers);
    let stale = || notice(frame.clone(), StatusCode::FORBIDDEN, frame.w.form_stale, frame.w.form_stale_help);
    let body = body::read(&parts, body).await.map_err(|_| stale())?;
    let form = Query::default().and_form(&body);
    // Programs have to send the page's token as well.
    if form.get("csrf").is_none() || !guard::is_ours(&app, &parts.headers, &about(&parts), form.get("csrf")) {
        return Err(stale());
    }
    let failed = |error: engine::Error| broken(frame.clone(), &error);
    let visitor = visitor::party(&app, &parts.headers).await.map_err(failed)?;
    let Some(visitor) = visitor else { return Ok(log_in_first(HERE, "")) };
    let client = form.get("client").and_then(|id| id.parse().ok()).map(PartyId).ok_or_else(stale)?;
    let command = WithdrawSsoConsent { key: SsoConsentKey { party: visitor.id, client } };
    match app.engine.run(command).await.map_err(failed)? {
        // The consent is already withdrawn, for example by a double click.
        Ok(()) | Err(NoSuchConsent) => Ok(go_to(WITHDRAWN)),
    }
}

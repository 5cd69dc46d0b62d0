//! `/console/once`: shows new secrets once.
//!
//! Shape: the form that makes a secret seals it into a cookie of this page, which is bound to the operator's session, and redirects here. The page
//! shows it and removes the cookie. A reload shows that it was shown before, and no form is sent a second time.
//! Absent: the secret in the address, in the store, in the log and in the audit.

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments::Role;
use serde_json::{Value, json};

use super::view::{Cell, Part, Tone};
use super::visit::Visit;
use admin::App;
use edge::key_ring::SealContext;
use web::{SetCookie, cookie, go_to, with_cookies};

/// The address of the page, and the path of its cookie.
const PAGE: &str = "/console/once";
/// The cookie that brings the secrets to the page.
const COOKIE: &str = "daric_console_once";
/// How long a browser has to fetch the page, in seconds.
const LIFE_S: u32 = 120;
const SECOND_MS: i64 = 1_000;

/// New secrets, and where they belong.
#[derive(Debug)]
pub struct Secrets {
    /// What they are of.
    pub title: String,
    /// Their labels and values.
    pub values: Vec<(String, String)>,
    /// The page to go on to.
    pub back: String,
}

/// Redirects to the page that shows new secrets.
///
/// # Errors
/// The page for a system that gives no randomness.
pub fn go_and_show(visit: &Visit, secrets: &Secrets) -> Result<Response, Response> {
    let until_ms = visit.app().engine.clock().system_ms().saturating_add(i64::from(LIFE_S) * SECOND_MS);
    let Secrets { title, values, back } = secrets;
    let text = json!({"title": title, "values": values, "back": back, "until": until_ms}).to_string();
    let sealed = visit.app().secrets.seal(SealContext::Shown(visit.session()), &text);
    let sealed = sealed.map_err(|error| visit.failed(&engine::Error::Unavailable(error.to_string())))?;
    let value = URL_SAFE_NO_PAD.encode(sealed);
    let cookie = SetCookie { name: COOKIE, value: &value, path: PAGE, max_age_s: Some(LIFE_S) };
    Ok(with_cookies(go_to(PAGE), [cookie.header(visit.app().security)]))
}

/// The secrets in a cookie of this session; `None`: it is of another session, or its time is over.
fn opened(visit: &Visit, value: &str) -> Option<Secrets> {
    let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
    let text = visit.app().secrets.open(SealContext::Shown(visit.session()), &sealed)?;
    let read: Value = serde_json::from_str(&text).ok()?;
    if read["until"].as_i64()? < visit.app().engine.clock().system_ms() {
        return None;
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let pair = |pair: &Value| Some((text(&pair[0])?, text(&pair[1])?));
    let values = read["values"].as_array()?.iter().map(pair).collect::<Option<_>>()?;
    Some(Secrets { title: text(&read["title"])?, values, back: text(&read["back"])? })
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let mut visit = Visit::open(app, &parts, Role::Viewer).await?;
    // In the other language the secrets would be gone.
    visit.frame.other.clear();
    let (w, shown) = (visit.w(), cookie(&parts.headers, COOKIE).and_then(|value| opened(&visit, value)));
    let link = |to: String| Part::Links(vec![(w.go_on.to_owned(), to)]);
    let response = match shown {
        Some(Secrets { title, values, back }) => {
            let facts = values.into_iter().map(|(label, value)| (label, Cell::Long(value))).collect();
            let parts = vec![Part::Notice(w.shown_once.to_owned(), Tone::Good), Part::Facts(facts), link(back)];
            visit.page(title, parts)
        }
        None => {
            let parts = vec![Part::Text(w.shown_before.to_owned()), link("/console".to_owned())];
            visit.page(w.shown_once_title, parts)
        }
    };
    let gone = SetCookie { name: COOKIE, value: "", path: PAGE, max_age_s: Some(0) };
    Ok(with_cookies(response, [gone.header(visit.app().security)]))
}

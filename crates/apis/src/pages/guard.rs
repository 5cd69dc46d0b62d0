//! Forms that only our own pages may send (CSRF), and the browser that they were made for.
//!
//! A form has a token that is bound to its browser, by a cookie, and to what the form is about: it is no good for another session, another
//! invoice, another visitor. Programs that are no browsers carry no browser's cookies for others and need none; a browser tells by the
//! headers that it cannot be made to leave out.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{Security, cookie};
use crate::secrets::{NoRandomness, alphanumeric};
use crate::{App, Secrets};

/// The cookie that tells one browser from another.
const COOKIE: &str = "daric_form";
/// Characters of it.
const LENGTH: usize = 32;

/// The browser that forms are made for.
#[derive(Debug)]
pub struct Guard {
    browser: String,
    is_new: bool,
}

impl Guard {
    /// The browser of a request; one that is not known yet gets a cookie with the answer.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn of(headers: &HeaderMap) -> Result<Self, NoRandomness> {
        match cookie(headers, COOKIE).filter(|known| known.len() == LENGTH) {
            Some(known) => Ok(Self { browser: known.to_owned(), is_new: false }),
            None => Ok(Self { browser: alphanumeric(LENGTH)?, is_new: true }),
        }
    }

    /// A secret text with what tells this browser from others: no other browser makes the same of it.
    pub fn bound(&self, text: &str) -> String {
        format!("{text}\n{}", self.browser)
    }

    /// The token of forms about something: a session's number, a visitor's cookie, a page's name.
    pub fn token(&self, secrets: &Secrets, about: &str) -> String {
        secrets.csrf(&format!("{}\n{about}", self.browser))
    }

    /// The cookie to be set, if there was none.
    pub fn cookie(&self, security: Security) -> Option<HeaderValue> {
        let text = || format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{}", self.browser, security.suffix());
        self.is_new.then(text).and_then(|text| HeaderValue::from_str(&text).ok())
    }
}

/// Whether a form was sent by a page of ours about this, or by no browser at all.
pub fn is_ours(app: &App, headers: &HeaderMap, about: &str, token: Option<&str>) -> bool {
    let (origin, referer) = (headers.get(header::ORIGIN), headers.get(header::REFERER));
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if origin.is_none() && site.is_none() && referer.is_none() && token.is_none() {
        return true;
    }
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let own = |origin: &HeaderValue| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        origin.is_some_and(|(_, from)| Some(from.split('/').next().unwrap_or(from)) == host)
    };
    if [origin, referer].into_iter().flatten().any(|from| !own(from)) {
        return false;
    }
    let Some(browser) = cookie(headers, COOKIE) else { return false };
    let guard = Guard { browser: browser.to_owned(), is_new: false };
    token.is_some_and(|token| app.secrets.same(token, &guard.token(&app.secrets, about)))
}

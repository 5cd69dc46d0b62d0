//! Protection of forms against cross-site requests (CSRF).
//!
//! A form has a token that is bound to its browser, by a cookie, and to the form's subject: it is not valid for another session, invoice or visitor.
//! Programs that are not browsers hold no cookies that another site could misuse, and need no token. A browser is recognised by headers that other
//! sites cannot make it omit.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::{Origin, Url};

use edge::Security;

use super::{SetCookie, cookie};
use edge::Edge;
use edge::head;
use edge::random::{NoRandomness, alphanumeric};
use edge::secrets::Secrets;

/// The cookie that identifies a browser.
const COOKIE: &str = "daric_form";
/// Length of the cookie's value.
const LENGTH: usize = 32;
/// Characters of an origin that the log repeats.
const ORIGIN_CHARS: usize = 200;

/// The browser that a form is made for.
#[derive(Debug)]
pub struct Guard {
    browser: String,
    is_new: bool,
}

/// Whether a browser has been on a page before.
pub fn is_known(headers: &HeaderMap) -> bool {
    cookie(headers, COOKIE).is_some()
}

impl Guard {
    /// The browser of a request; an unknown one gets a cookie with the response.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn of(headers: &HeaderMap) -> Result<Self, NoRandomness> {
        match cookie(headers, COOKIE).filter(|known| known.len() == LENGTH) {
            Some(known) => Ok(Self { browser: known.to_owned(), is_new: false }),
            None => Ok(Self { browser: alphanumeric(LENGTH)?, is_new: true }),
        }
    }

    /// A secret text combined with the browser's value, so that no other browser can produce the same.
    pub fn bound(&self, text: &str) -> String {
        format!("{text}\n{}", self.browser)
    }

    /// The token of forms with a subject: a session's number, a visitor's cookie, a page's name. The first half identifies the browser, the second
    /// half binds the first to the subject.
    pub fn token(&self, secrets: &Secrets, about: &str) -> String {
        let mark = half(secrets.csrf(&self.browser));
        let seal = seal(secrets, &mark, about);
        mark + &seal
    }

    /// The cookie to set, if the browser has none yet.
    pub fn cookie(&self, security: Security) -> Option<HeaderValue> {
        self.is_new.then(|| SetCookie::everywhere(COOKIE, &self.browser)).and_then(|cookie| cookie.header(security))
    }
}

/// Letters and digits in each half of a token.
const HALF: usize = 16;

fn half(mut text: String) -> String {
    text.truncate(HALF);
    text
}

fn seal(secrets: &Secrets, mark: &str, about: &str) -> String {
    half(secrets.csrf(&format!("{mark}\n{about}")))
}

/// Whether a token was made for a form with this subject, in any browser.
fn is_sealed(secrets: &Secrets, about: &str, token: &str) -> bool {
    token.split_at_checked(HALF).is_some_and(|(mark, sealed)| secrets.same(sealed, &seal(secrets, mark, about)))
}

/// Why a form is not from our own pages.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
enum Foreign {
    #[error("the browser says that another site has sent it (Sec-Fetch-Site)")]
    Site,
    #[error(
        "it comes from {from}, and this server is reached at {own}: set public_base to the address that browsers use"
    )]
    Origin { from: String, own: String },
    #[error("the browser has not kept the page's cookie: cookies are Secure where public_base begins with https")]
    Cookie,
    #[error("its token is missing, or is that of another page, browser or log-in")]
    Token,
}

/// Whether a form was sent by one of our pages with this subject, or by a program that is not a browser. The log names the reason of a refusal, and
/// the setting to check.
pub fn is_ours(edge: &Edge, headers: &HeaderMap, about: &str, token: Option<&str>) -> bool {
    is_ours_at(edge, edge.own_origin.as_ref(), headers, (about, token))
}

/// As [`is_ours`], for pages that browsers know by another origin; `None`: by the host that they ask.
pub fn is_ours_at(
    edge: &Edge,
    own: Option<&Origin>,
    headers: &HeaderMap,
    (about, token): (&str, Option<&str>),
) -> bool {
    match look(edge, own, headers, (about, token)) {
        Ok(()) => true,
        Err(why) => {
            tracing::warn!(error = %why, "a form was refused");
            false
        }
    }
}

/// As [`is_ours`], for a form whose token programs send as well. Programs keep no cookies, and no site can make them send a form; the form must still
/// have a token of its page.
pub fn is_ours_or_of_a_program(edge: &Edge, headers: &HeaderMap, about: &str, token: Option<&str>) -> bool {
    let is_of_a_browser = [header::ORIGIN, header::REFERER, HeaderName::from_static("sec-fetch-site")]
        .iter()
        .any(|name| headers.contains_key(name))
        || cookie(headers, COOKIE).is_some();
    match token {
        Some(token) if !is_of_a_browser => is_sealed(&edge.secrets, about, token),
        Some(token) => is_ours(edge, headers, about, Some(token)),
        None => false,
    }
}

fn look(
    edge: &Edge,
    own: Option<&Origin>,
    headers: &HeaderMap,
    (about, token): (&str, Option<&str>),
) -> Result<(), Foreign> {
    let (origin, referer) = (headers.get(header::ORIGIN), headers.get(header::REFERER));
    let site = headers.get("sec-fetch-site").and_then(head::text);
    if origin.is_none() && site.is_none() && referer.is_none() && token.is_none() {
        return Ok(());
    }
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Foreign::Site);
    }
    for from in [origin, referer].into_iter().flatten() {
        is_from_here(from, own, headers.get(header::HOST))?;
    }
    let browser = cookie(headers, COOKIE).ok_or(Foreign::Cookie)?;
    let guard = Guard { browser: browser.to_owned(), is_new: false };
    let same = token.is_some_and(|token| edge.secrets.same(token, &guard.token(&edge.secrets, about)));
    if same { Ok(()) } else { Err(Foreign::Token) }
}

/// The origin of a web address: scheme, host and port. The scheme's default port equals no port.
pub fn origin_of(address: &str) -> Option<Origin> {
    Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(|url| url.origin())
}

/// Compares with `public_base`. Without that setting, the server believes the `Host` that the browser sends, with the scheme of the form's page: such
/// a server runs on a laptop, and has no other name that matters.
fn is_from_here(from: &HeaderValue, own: Option<&Origin>, host: Option<&HeaderValue>) -> Result<(), Foreign> {
    let text = head::text(from).unwrap_or_default();
    let sent = origin_of(text);
    let asked = || {
        let (scheme, _) = text.split_once("://")?;
        origin_of(&format!("{scheme}://{}", head::text(host?)?))
    };
    let own = own.cloned().or_else(asked);
    if sent.is_some() && sent == own {
        return Ok(());
    }
    let shown = |origin: Option<Origin>| {
        let shown =
            origin.map_or_else(|| "an origin that is not stated".to_owned(), |origin| origin.ascii_serialization());
        shown.chars().take(ORIGIN_CHARS).collect()
    };
    Err(Foreign::Origin { from: shown(sent), own: shown(own) })
}

#[cfg(test)]
mod tests {
    use super::*;

    // second-edition.md 1.11.
    #[test]
    fn a_form_comes_from_public_base_however_it_is_written_and_without_one_from_the_host_that_was_asked() {
        let is_ours = |from: &'static str, own: &str, host: &'static str| {
            let own = origin_of(own);
            is_from_here(&HeaderValue::from_static(from), own.as_ref(), Some(&HeaderValue::from_static(host))).is_ok()
        };
        for (from, own, host, expected) in [
            ("https://pay.example", "https://pay.example", "127.0.0.1:7070", true),
            ("https://pay.example", "https://PAY.example:443/base", "x", true),
            ("https://pay.example:443/v1/pbc/pay/1", "https://pay.example", "x", true),
            ("http://pay.example", "https://pay.example", "pay.example", false),
            ("https://pay.example:8443", "https://pay.example", "pay.example:8443", false),
            ("https://evil.example", "https://pay.example", "evil.example", false),
            ("null", "https://pay.example", "null", false),
            ("http://127.0.0.1:7070", "", "127.0.0.1:7070", true),
            ("http://localhost", "", "localhost:80", true),
            ("http://localhost/console/login", "", "LOCALHOST", true),
            ("http://localhost:81", "", "localhost", false),
            ("http://evil.example", "", "localhost", false),
            ("null", "", "", false),
            ("file://localhost", "", "localhost", false),
        ] {
            assert_eq!(is_ours(from, own, host), expected, "{from} {own} {host}");
        }
    }
}

//! Pages for people: server-rendered, right-to-left or left-to-right, whole without scripts.

mod assets;
mod cookies;
mod declined;
mod frames;
pub mod guard;
mod isolation;
pub mod lang;
pub mod visitor;
pub mod words;

use edge::budget::later;
use edge::dialect::Asked;
use edge::dialect::Challenge;
use edge::dialect::Dialect;
use edge::dialect::Reads;
use edge::refused::Refused;
use std::str::FromStr;

use askama::Template;
use axum::extract::{FromRequestParts, Path};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

pub use assets::{CONSOLE_SCRIPT, CONSOLE_STYLE, SCRIPT, STYLE, router};
pub use cookies::{SetCookie, cookie, with_cookies};
pub use declined::declined;
pub use frames::{framed, let_in};
pub use isolation::isolated;
pub use words::{Lang, Words};

use edge::form::Query;
use edge::observe::Cause;

/// What stands in no address as it is; `%` does.
const NOT_IN_ADDRESSES: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// A year: browsers come over TLS from now on.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// An answer over TLS: the next request comes so, too.
pub async fn over_tls(mut response: Response) -> Response {
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    response
}

/// What every page has around its own: words, and where it is in the other language.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What the page says, in its language.
    pub w: &'static Words,
    /// This page in the other language; empty: it cannot be asked for again.
    pub other: String,
}

impl Frame {
    /// The frame of a page that a request asks for.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let query = Query::of(uri);
        Self::at(uri.path(), &query, headers)
    }

    /// The frame of a page at another path than its request's.
    pub fn at(path: &str, query: &Query, headers: &HeaderMap) -> Self {
        let w = Lang::of(query, headers).words();
        Self { w, other: query.with(path, "lang", w.other_code) }
    }

    /// The frame of a page that cannot be asked for again: what came with its request is not to be read.
    pub fn bare(path: &str, headers: &HeaderMap) -> Self {
        Self { other: String::new(), ..Self::at(path, &Query::default(), headers) }
    }

    /// Its language.
    pub fn lang(&self) -> Lang {
        self.w.lang
    }

    /// The address of the style of pages.
    pub fn style(&self) -> &str {
        STYLE.url()
    }

    /// The address of the script of pages.
    pub fn script(&self) -> &str {
        SCRIPT.url()
    }

    /// The address of the console's style.
    pub fn console_style(&self) -> &str {
        CONSOLE_STYLE.url()
    }

    /// The address of the console's script.
    pub fn console_script(&self) -> &str {
        CONSOLE_SCRIPT.url()
    }
}

/// Where the answers to a page's forms may lead: browsers hold redirects to it, too.
#[derive(Clone, Debug, Default)]
pub enum LeadsTo {
    /// To pages of this site.
    #[default]
    Here,
    /// To any site, too: a shop leads on to where it likes.
    Web,
    /// To an app on the payer's device by its scheme, and to any site.
    App(String),
}

impl LeadsTo {
    /// Where forms may lead that are answered with a redirect to an address.
    pub fn address(address: &str) -> Self {
        let url = Url::parse(address).ok();
        let of_app = url.filter(|url| !matches!(url.scheme(), "http" | "https"));
        of_app.map_or(Self::Web, |url| Self::App(url.scheme().to_owned()))
    }

    /// The sources for `form-action` beside this site.
    fn sources(&self) -> String {
        match self {
            Self::Here => String::new(),
            Self::Web => " https: http:".to_owned(),
            Self::App(scheme) => format!(" https: http: {scheme}:"),
        }
    }
}

/// What pages say of frames, unless a site is let in (`frames.rs`).
const NO_FRAME: &str = "frame-ancestors 'none'";

/// What a page lets browsers do beside showing it.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Where its forms may lead.
    pub leads_to: LeadsTo,
}

/// The page of an address that is none.
pub fn missing(uri: &Uri, headers: &HeaderMap) -> Response {
    let frame = Frame::of(uri, headers);
    let w = frame.w;
    notice(frame, StatusCode::NOT_FOUND, w.page_missing, w.page_missing_help)
}

/// The part of a page's path that names what is shown: where it is none that could, there is no such page.
pub struct Segment<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let named =
            Path::<String>::from_request_parts(parts, state).await.ok().and_then(|Path(named)| named.parse().ok());
        named.map(Self).ok_or_else(|| missing(&parts.uri, &parts.headers))
    }
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice<'a> {
    /// What is around it.
    pub f: Frame,
    /// Its heading.
    pub title: &'a str,
    /// What can be done; empty: nothing.
    pub text: &'a str,
}

/// A page that says one thing, and nothing can be done.
pub fn notice(frame: Frame, status: StatusCode, title: &str, text: &str) -> Response {
    page(status, &Notice { f: frame, title, text }, &Allowed::default())
}

/// A page. Nothing of it is kept, or told to other sites; scripts and styles come from here alone.
pub fn page(status: StatusCode, template: &impl Template, allowed: &Allowed) -> Response {
    let mut response = match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
            response.extensions_mut().insert(Cause(error.to_string()));
            return response;
        }
    };
    let away = allowed.leads_to.sources();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'{away}; {NO_FRAME}; base-uri 'none'"
    );
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    private(headers);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Headers of what is for one person only. The referrer stays on this site: browsers then say where a form comes from.
pub fn private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Sends a browser elsewhere; `None`: no header can carry the address.
pub fn redirect(status: StatusCode, to: &str) -> Option<Response> {
    let to = utf8_percent_encode(to, NOT_IN_ADDRESSES).to_string();
    let to = HeaderValue::from_str(&to).ok()?;
    let mut response = status.into_response();
    response.headers_mut().insert(header::LOCATION, to);
    private(response.headers_mut());
    Some(response)
}

/// Sends a browser to another page of ours.
pub fn go_to(path: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, path).unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// A route that forms are sent to. Whoever asks for it, by its address or again, is sent to the page that it belongs to.
pub fn form<H: Handler<T, S>, T: 'static, S: Clone + Send + Sync + 'static>(
    handler: H,
    page: &'static str,
) -> MethodRouter<S> {
    post(handler).get(async move || go_to(page))
}

/// The page of a machine that failed.
pub fn broken(frame: Frame, error: &engine::Error) -> Response {
    let w = frame.w;
    let (status, title, text) = match error.is_passing() {
        true => (StatusCode::SERVICE_UNAVAILABLE, w.busy, w.busy_help),
        false => (StatusCode::INTERNAL_SERVER_ERROR, w.broken, w.broken_help),
    };
    let mut response = notice(frame, status, title, text);
    if error.is_passing() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

/// The page that says when to try again.
pub fn later_page(frame: Frame) -> Response {
    let w = frame.w;
    later(notice(frame, StatusCode::TOO_MANY_REQUESTS, w.too_often, w.too_often_help))
}

/// Paths of pages as the edge sees them.
#[derive(Clone, Copy, Debug)]
pub struct PagePaths(pub &'static [&'static str]);

impl Dialect for PagePaths {
    fn paths(&self) -> &'static [&'static str] {
        self.0
    }

    fn reads(&self, _path: &str) -> Reads {
        Reads::PageForm
    }

    fn is_page(&self) -> bool {
        true
    }

    fn challenge(&self, _path: &str) -> Option<Challenge> {
        None
    }

    fn refused(&self, asked: &Asked, refused: &Refused) -> Response {
        unserved(asked, refused.status())
    }

    fn unserved(&self, asked: &Asked, status: StatusCode) -> Response {
        unserved(asked, status)
    }
}

/// The page of a path, a method or a form that is not served.
pub fn unserved(asked: &Asked, status: StatusCode) -> Response {
    if status == StatusCode::NOT_FOUND {
        return missing(&asked.uri, &asked.headers);
    }
    let frame = Frame::bare(asked.uri.path(), &asked.headers);
    let title = if status == StatusCode::PAYLOAD_TOO_LARGE { frame.w.too_large } else { frame.w.unreadable };
    notice(frame, status, title, "")
}

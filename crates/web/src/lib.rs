//! HTML pages for people: server-rendered, right-to-left or left-to-right, and complete without scripts.

mod assets;
mod cookies;
pub mod declined;
mod frames;
pub mod guard;
pub mod lang;
mod logo;
pub mod look;
pub mod visitor;
pub mod words;

use edge::budget::later;
use edge::dialect::Asked;
use edge::dialect::Challenge;
use edge::dialect::Dialect;
use edge::dialect::Reads;
use edge::refused::Refused;
use std::str::FromStr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Path};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

pub use assets::{
    CONSOLE_SCRIPT, CONSOLE_STYLE, InlineStyle, REFERENCE_SCRIPT, REFERENCE_STYLE, SCRIPT, STYLE, VIEWER_SCRIPT,
    VIEWER_STYLE, router,
};
pub use cookies::{SetCookie, cookie, with_cookies};
pub use declined::declined;
pub use frames::{framed, let_in};
pub use logo::logo_router;
pub use look::Look;
pub use text::isolated;
pub use words::{Lang, Words, filled};

use assets::INLINE_STYLE;
use edge::form::Query;
use edge::head;
use edge::observe::Cause;

/// Characters that are percent-encoded in an address; `%` is not.
const NOT_IN_ADDRESSES: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// `Strict-Transport-Security` for a year.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// A response over TLS: browsers make the next requests over TLS as well.
pub async fn over_tls(mut response: Response) -> Response {
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    response
}

/// What surrounds the content of every page: its words, and the address of the page in the other language.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The page's words, in its language.
    pub w: &'static Words,
    /// The address of this page in the other language; empty: the page cannot be requested again.
    pub other: String,
    /// Whether the browser has been on a page before, and so has the style sheet.
    pub has_style: bool,
    /// The look of the shop that the page is about.
    pub look: Option<Arc<Look>>,
}

impl Frame {
    /// The frame of the page that a request asks for.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let query = Query::of(uri);
        Self::at(uri.path(), &query, headers)
    }

    /// The frame of a page at another path than the request's.
    pub fn at(path: &str, query: &Query, headers: &HeaderMap) -> Self {
        let w = Lang::of(query, headers).words();
        let has_style = guard::is_known(headers);
        Self { w, other: query.with(path, "lang", w.other_code), has_style, look: None }
    }

    /// The frame of a page that cannot be requested again, because its parameters are not to be repeated in an address.
    pub fn bare(path: &str, headers: &HeaderMap) -> Self {
        Self { other: String::new(), ..Self::at(path, &Query::default(), headers) }
    }

    /// Its language.
    pub fn lang(&self) -> Lang {
        self.w.lang
    }

    /// The same, with the look of the shop that the page is about.
    pub fn of_shop(self, look: Option<Arc<Look>>) -> Self {
        Self { look, ..self }
    }

    /// The style sheet as text, for a page of a browser that does not have the file.
    pub fn inline_style(&self) -> &str {
        &INLINE_STYLE.text
    }

    /// The colours of the shop.
    pub fn shop_style(&self) -> Option<&str> {
        self.look.as_ref()?.style.as_ref().map(|style| style.text.as_str())
    }

    /// Where payers of the shop find help.
    pub fn help(&self) -> Option<&look::Link> {
        self.look.as_ref()?.help.as_ref()
    }

    /// The address of the pages' style sheet.
    pub fn style(&self) -> &str {
        STYLE.url()
    }

    /// The address of the pages' script.
    pub fn script(&self) -> &str {
        SCRIPT.url()
    }

    /// The address of the console's style sheet.
    pub fn console_style(&self) -> &str {
        CONSOLE_STYLE.url()
    }

    /// The address of the console's script.
    pub fn console_script(&self) -> &str {
        CONSOLE_SCRIPT.url()
    }
}

/// Where the responses to a page's forms may redirect: browsers apply `form-action` to redirects as well.
#[derive(Clone, Debug, Default)]
pub enum LeadsTo {
    /// To pages of this site only.
    #[default]
    Here,
    /// Also to any web site: a shop chooses where its payers go next.
    Web,
    /// Also to any web site, and to an app on the payer's device by this scheme.
    App(String),
}

impl LeadsTo {
    /// What a form needs whose response redirects to this address.
    pub fn address(address: &str) -> Self {
        let url = Url::parse(address).ok();
        let of_app = url.filter(|url| !matches!(url.scheme(), "http" | "https"));
        of_app.map_or(Self::Web, |url| Self::App(url.scheme().to_owned()))
    }

    /// The sources in `form-action` besides this site.
    fn sources(&self) -> String {
        match self {
            Self::Here => String::new(),
            Self::Web => " https: http:".to_owned(),
            Self::App(scheme) => format!(" https: http: {scheme}:"),
        }
    }
}

/// The part of a page's policy that allows styles of this site; sources of styles in the page come after it.
const STYLES: &str = "style-src 'self'";
/// The policy for frames, unless a site is let in (`frames.rs`).
const NO_FRAME: &str = "frame-ancestors 'none'";

/// What a page allows browsers besides showing it.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Where its forms may redirect.
    pub leads_to: LeadsTo,
}

/// The page for an address that does not exist.
pub fn missing(uri: &Uri, headers: &HeaderMap) -> Response {
    let frame = Frame::of(uri, headers);
    let w = frame.w;
    notice(frame, StatusCode::NOT_FOUND, w.page_missing, w.page_missing_help)
}

/// A segment of a page's path as a value; one that cannot be parsed answers with the page for addresses that do not exist.
pub struct Segment<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let named =
            Path::<String>::from_request_parts(parts, state).await.ok().and_then(|Path(named)| named.parse().ok());
        named.map(Self).ok_or_else(|| missing(&parts.uri, &parts.headers))
    }
}

/// A link to what the reader of a page can do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextStep {
    /// Its address.
    pub to: String,
    /// Its words.
    pub label: &'static str,
}

/// A page with one message.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice<'a> {
    /// The page's frame.
    pub f: Frame,
    /// The heading.
    pub title: &'a str,
    /// What the reader can do; empty: nothing.
    pub text: &'a str,
    /// Where the reader can go on; `None`: nowhere.
    pub next: Option<NextStep>,
}

/// A page with one message and no special permissions.
pub fn notice(frame: Frame, status: StatusCode, title: &str, text: &str) -> Response {
    notice_then(frame, status, (title, text), None)
}

/// A page with one message, and a link to what comes next.
pub fn notice_then(frame: Frame, status: StatusCode, (title, text): (&str, &str), next: Option<NextStep>) -> Response {
    let look = frame.look.clone();
    with_look(page(status, &Notice { f: frame, title, text, next }, &Allowed::default()), look.as_deref())
}

/// A page. It is not cached and sends no referrer to other sites; scripts and styles come from this site only.
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
        "default-src 'none'; script-src 'self'; {STYLES} {}; font-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'{away}; {NO_FRAME}; base-uri 'none'",
        INLINE_STYLE.source
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

/// Allows the colours of a shop on a page of a [`Frame`] with its look.
pub fn with_look(response: Response, look: Option<&Look>) -> Response {
    match look.and_then(|look| look.style.as_deref()) {
        Some(style) => with_style(response, style),
        None => response,
    }
}

/// Allows a style sheet that stands in the page.
pub fn with_style(mut response: Response, style: &InlineStyle) -> Response {
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(head::text);
    let allowed = policy.map(|policy| policy.replacen(STYLES, &format!("{STYLES} {}", style.source), 1));
    if let Some(allowed) = allowed.and_then(|allowed| HeaderValue::from_str(&allowed).ok()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, allowed);
    }
    response
}

/// Headers of responses for one person. The referrer is sent to this site only; browsers then say where a form comes from.
pub fn private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Redirects a browser; `None`: the address is not a valid header value.
pub fn redirect(status: StatusCode, to: &str) -> Option<Response> {
    let to = utf8_percent_encode(to, NOT_IN_ADDRESSES).to_string();
    let to = HeaderValue::from_str(&to).ok()?;
    let mut response = status.into_response();
    response.headers_mut().insert(header::LOCATION, to);
    private(response.headers_mut());
    Some(response)
}

/// Redirects a browser to another page of this site.
pub fn go_to(path: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, path).unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// A route that forms are posted to. A GET of it, from the address bar or a reload, redirects to the page of the form.
pub fn form<H: Handler<T, S>, T: 'static, S: Clone + Send + Sync + 'static>(
    handler: H,
    page: &'static str,
) -> MethodRouter<S> {
    post(handler).get(async move || go_to(page))
}

/// The page for an internal error, or for a server that is busy.
pub fn broken(frame: Frame, error: &engine::Error) -> Response {
    broken_then(frame, error, None)
}

/// As [`broken`], with a link to what comes next.
pub fn broken_then(frame: Frame, error: &engine::Error, next: Option<NextStep>) -> Response {
    let w = frame.w;
    let (status, title, text) = match error.is_passing() {
        true => (StatusCode::SERVICE_UNAVAILABLE, w.busy, w.busy_help),
        false => (StatusCode::INTERNAL_SERVER_ERROR, w.broken, w.broken_help),
    };
    let mut response = notice_then(frame, status, (title, text), next);
    if error.is_passing() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

/// The page for 429, with `Retry-After`.
pub fn later_page(frame: Frame) -> Response {
    later_page_then(frame, None)
}

/// As [`later_page`], with a link to what comes next.
pub fn later_page_then(frame: Frame, next: Option<NextStep>) -> Response {
    let w = frame.w;
    later(notice_then(frame, StatusCode::TOO_MANY_REQUESTS, (w.too_often, w.too_often_help), next))
}

/// The prefix of pages whose forms have files.
const FILES: &str = "/console/looks/";

/// Path prefixes whose errors are HTML pages.
#[derive(Clone, Copy, Debug)]
pub struct PagePaths(pub &'static [&'static str]);

impl Dialect for PagePaths {
    fn name(&self) -> &'static str {
        "pages"
    }

    fn paths(&self) -> &'static [&'static str] {
        self.0
    }

    fn reads(&self, path: &str) -> Reads {
        if path.starts_with(FILES) { Reads::FileForm } else { Reads::PageForm }
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

/// The page for a path, a method or a form that is not served.
pub fn unserved(asked: &Asked, status: StatusCode) -> Response {
    if status == StatusCode::NOT_FOUND {
        return missing(&asked.uri, &asked.headers);
    }
    let frame = Frame::bare(asked.uri.path(), &asked.headers);
    let title = match status {
        StatusCode::PAYLOAD_TOO_LARGE => frame.w.too_large,
        StatusCode::TOO_MANY_REQUESTS => frame.w.too_often,
        _ => frame.w.unreadable,
    };
    notice(frame, status, title, "")
}

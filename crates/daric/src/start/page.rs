//! `/` of a sandbox: HTML for browsers, JSON for programs. And the page for a path that no platform has.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use edge::form::Query;
use edge::head;
use serde::Serialize;
use web::{Allowed, Frame, Lang, Words, page, with_cookies};

use super::examples::{EXAMPLES, Example};
use super::links::{Links, OperatorToken, PLATFORMS, Platform, Start, World};
use crate::demo::{self, Credential, Holder};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The route of the page.
pub fn router(start: Start) -> Router {
    Router::new().route("/", get(show)).with_state(start)
}

async fn show(State(start): State<Start>, uri: Uri, headers: HeaderMap) -> Response {
    let links = start.links(&headers);
    let mut response = if head::accepts_html(&headers) {
        let query = Query::of(&uri);
        let html = page(StatusCode::OK, &StartPage::of(&start, &links, Frame::of(&uri, &headers)), &Allowed::default());
        with_cookies(html, [Lang::chosen(&query)])
    } else {
        Json(StartBody::of(&links)).into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// The page for a path that no platform has: it names the start page.
pub fn missing(uri: &Uri, headers: &HeaderMap) -> Response {
    page(StatusCode::NOT_FOUND, &MissingPage { f: Frame::of(uri, headers) }, &Allowed::default())
}

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage {
    f: Frame,
}

/// The programs of a platform.
struct ExampleGroup {
    platform: Platform,
    examples: Vec<(&'static Example, String)>,
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage<'a> {
    f: Frame,
    links: &'a Links,
    /// Empty without a demo world, as the next one.
    examples: Vec<ExampleGroup>,
    credentials: Vec<(&'static str, Credential)>,
}

impl<'a> StartPage<'a> {
    fn of(start: &Start, links: &'a Links, f: Frame) -> Self {
        let (mut examples, mut credentials) = (Vec::new(), Vec::new());
        if start.world == World::Demo {
            examples.extend(PLATFORMS.map(|platform| group(platform, links, start.token)));
            let valid = |known: &Credential| known.holder != Holder::OperatorApi || start.token == OperatorToken::Demo;
            let known = demo::credentials().into_iter().filter(valid);
            credentials.extend(known.map(|known| (holder(f.w, known.holder), known)));
        }
        Self { f, links, examples, credentials }
    }

    fn platforms(&self) -> [Platform; 3] {
        PLATFORMS
    }

    fn version(&self) -> &'static str {
        VERSION
    }
}

fn group(platform: Platform, links: &Links, token: OperatorToken) -> ExampleGroup {
    let own = EXAMPLES.iter().filter(|example| example.platform == platform.name);
    ExampleGroup { platform, examples: own.map(|example| (example, example.text(links, token))).collect() }
}

fn holder(w: &'static Words, holder: Holder) -> &'static str {
    match holder {
        Holder::Operator => w.start_console,
        Holder::OperatorApi => w.start_operator_api,
        Holder::Client => w.start_client,
        Holder::BankUser => w.start_bank_user,
        Holder::Terminal => w.start_terminal,
        Holder::PayerCard => w.start_payer_card,
        Holder::Business => w.start_business,
        Holder::User => w.start_user,
    }
}

/// A platform, and where it is served here.
#[derive(Serialize)]
struct DialectBody<'a> {
    name: &'static str,
    hosts: &'static [&'static str],
    base: &'a str,
}

/// The start page for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartBody<'a> {
    name: &'static str,
    version: &'static str,
    mode: &'static str,
    dialects: Vec<DialectBody<'a>>,
    operator_api: String,
    console: String,
    sms_inbox: String,
    requests: String,
    reference: String,
    docs: String,
}

impl<'a> StartBody<'a> {
    fn of(links: &'a Links) -> Self {
        let dialect =
            |platform: Platform| DialectBody { name: platform.name, hosts: platform.hosts, base: &links.base };
        Self {
            name: "daric",
            version: VERSION,
            mode: "sandbox",
            dialects: PLATFORMS.map(dialect).into(),
            operator_api: links.operator_api(),
            console: links.console(),
            sms_inbox: links.sms_inbox(),
            requests: links.requests(),
            reference: links.reference(),
            docs: links.openapi(),
        }
    }
}

//! The links that payers come in by (pod.md 5.1), as far as no page is needed: what they lead to, the local gateway, the card step.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use payments::{
    CardSlip, Command, Invoice, InvoiceDone, InvoiceId, InvoiceVerb, Invoicing, NotInvoiced, PartyId, PayLocally,
    Payer, Text,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use wire::pod::errors::{self, Failure};
use wire::pod::params::{Params, id};
use wire::pod::returning::{RESERVED, Returned, error_query, with_query};

use super::call::{Failed, outcome, params_of};
use super::invoice::payment_number;
use super::{no_head, strike};
use crate::faults::{LINK, PodFault};
use crate::observe::Cause;
use crate::pages::{self, Notice};
use crate::secrets::{NoRandomness, digits, hexadecimal};
use crate::{App, Mode};

/// Digits of a session, of a retrieval reference, and of the gateway's own.
const SESSION: usize = 32;
const RRN: usize = 12;
const TREF: usize = 18;

/// What stands in no address as it is; `%` does.
const NOT_IN_ADDRESSES: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

const NO_PAGE: &str = "صفحه یافت نشد";
const NO_INVOICE: &str = "فاکتور یافت نشد";
const NO_LINK: &str = "کد وارد شده معتبر نمی‌باشد و یا منقضی شده است.";

pub fn router() -> Router<App> {
    let (enter, short) = (get(enter).head(no_head), get(short).head(no_head));
    Router::new()
        .route("/v1/pbc/{link}", enter.clone())
        .route("/v1/pbc/{link}/", enter.clone())
        .route("/v1/pbc/biz/{link}", enter.clone())
        .route("/v1/pbc/biz/{link}/", enter)
        .route("/s/{key}", short.clone())
        .route("/s/{key}/", short)
}

/// A link whose path is in other letters, large or small; `None`: it is none.
pub async fn in_other_letters(app: &App, request: &Parts) -> Option<Response> {
    let path = request.uri.path().trim_end_matches('/');
    let lower = path.to_ascii_lowercase();
    if request.method != Method::GET {
        return None;
    }
    if lower.starts_with("/s/") {
        return Some(follow_short(app, path.get(3..)?, request).await);
    }
    let rest = lower.strip_prefix("/v1/pbc/")?;
    let link = rest.strip_prefix("biz/").unwrap_or(rest);
    LINKS.contains(&link).then_some(())?;
    Some(follow(app, link, request).await)
}

/// The names of links.
const LINKS: [&str; 3] = ["payinvoicebyuniquenumber", "payinvoicedispatcher", "payinvoice"];

/// What a link leads to.
struct Entry {
    invoice: Invoice,
    /// Who pays, where the link is for one party only.
    payer: Option<PartyId>,
    /// Where the payer goes back to.
    back: Option<Text>,
    /// Which gateway it opens.
    gateway: Option<Text>,
    /// Who is called when money was taken.
    call: Option<Text>,
}

/// Why a link leads nowhere.
enum NoEntry {
    /// A page says so.
    Page(&'static str),
    /// Whoever pays has to log in first.
    LogIn,
    Broken(engine::Error),
}

impl From<store::Error> for NoEntry {
    fn from(error: store::Error) -> Self {
        Self::Broken(error.into())
    }
}

async fn enter(State(app): State<App>, Path(link): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    follow(&app, &link.to_ascii_lowercase(), &parts).await
}

async fn follow(app: &App, link: &str, parts: &Parts) -> Response {
    let params = params_of(parts, b"");
    let [by_unique, dispatcher, by_id] = LINKS;
    let found = if link == by_unique {
        by_unique_number(app, &params).await
    } else if link == dispatcher {
        by_link(app, &params, params.get_any_case("h").unwrap_or_default()).await
    } else if link == by_id {
        by_number(app, &params).await
    } else {
        Err(NoEntry::Page(NO_PAGE))
    };
    let next = || parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    answer(app, found, next).await
}

async fn short(State(app): State<App>, Path(key): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    follow_short(&app, &key, &parts).await
}

async fn follow_short(app: &App, key: &str, parts: &Parts) -> Response {
    let found = by_link(app, &params_of(parts, b""), key).await;
    let found = found.map_err(|why| if let NoEntry::Page(_) = why { NoEntry::Page(NO_PAGE) } else { why });
    answer(app, found, String::new).await
}

async fn by_unique_number(app: &App, params: &Params) -> Result<Entry, NoEntry> {
    let text = params.get_any_case("uniqueNumber").unwrap_or_default();
    let unique = u64::from_str_radix(text, 16).map_err(|_| NoEntry::Page(NO_PAGE))?;
    let invoice = app.engine.reader().unique_invoice(unique).await?.ok_or(NoEntry::Page(NO_PAGE))?;
    Ok(entry(invoice, None, params))
}

/// A link with a key that was made for it.
async fn by_link(app: &App, params: &Params, key: &str) -> Result<Entry, NoEntry> {
    let now_ms = app.engine.clock().now_ms();
    let link = app.engine.reader().pay_link(app.secrets.hash(key)).await?;
    let link = link.filter(|link| link.ends_at_ms.is_none_or(|ends| now_ms < ends)).ok_or(NoEntry::Page(NO_LINK))?;
    let invoice = app.engine.reader().invoice(link.invoice).await?.ok_or(NoEntry::Page(NO_LINK))?;
    let of_link = entry(invoice, None, params);
    // What is on the link wins over what was stored with it.
    let back = address(params, &["redirectUri"]).or(link.redirect_uri).or(of_link.back);
    let (gateway, call) = (of_link.gateway.or(link.gateway), of_link.call.or(link.call_uri));
    Ok(Entry { back, gateway, call, ..of_link })
}

/// An invoice by its number, for its customer only, who has to log in; the local gateway asks nobody.
async fn by_number(app: &App, params: &Params) -> Result<Entry, NoEntry> {
    let gateway = params.get_any_case("gateway");
    if gateway != Some("LOC") || app.mode == Mode::Production {
        return Err(NoEntry::LogIn);
    }
    let number = params.get_any_case("invoiceId").and_then(id).ok_or(NoEntry::Page(NO_INVOICE))?;
    let invoice = app.engine.reader().invoice(InvoiceId(number)).await?.ok_or(NoEntry::Page(NO_INVOICE))?;
    let customer = invoice.customer.ok_or(NoEntry::Page(NO_INVOICE))?;
    Ok(entry(invoice, Some(customer), params))
}

fn entry(invoice: Invoice, payer: Option<PartyId>, params: &Params) -> Entry {
    let back = address(params, &["redirectUri"]).or_else(|| invoice.terms.redirect_url.clone());
    let call = address(params, &["callUri", "callbackUri", "callUrl"]);
    Entry { invoice, payer, back, gateway: params.get_any_case("gateway").map(Text::from), call }
}

/// An address on a link, under any of its names; one that no browser may be sent to is none.
fn address(params: &Params, names: &[&str]) -> Option<Text> {
    names.iter().find_map(|name| params.url_any_case(name)).map(Text::from)
}

async fn answer(app: &App, found: Result<Entry, NoEntry>, next: impl Fn() -> String) -> Response {
    let entry = match found {
        Ok(entry) => entry,
        Err(NoEntry::Page(text)) => return notice(StatusCode::NOT_FOUND, text),
        Err(NoEntry::LogIn) => {
            let next = next();
            return redirect(
                StatusCode::FOUND,
                &format!("/oauth2/login?next={}", utf8_percent_encode(&next, RESERVED)),
            );
        }
        Err(NoEntry::Broken(error)) => return broken(&error),
    };
    let fault = strike(app, LINK.to_owned());
    match fault {
        Some(PodFault::TimeOut) => return refused(&entry, &errors::TIME_OUT),
        Some(PodFault::Internal) => return refused(&entry, &errors::INTERNAL),
        Some(PodFault::NotDelivered) | None => {}
    }
    let response = match (entry.gateway.as_deref(), app.mode) {
        (Some("LOC"), Mode::Production) => return notice(StatusCode::NOT_FOUND, NO_PAGE),
        (Some("LOC"), Mode::Sandbox) => pay_locally(app, &entry).await,
        (Some("PEP"), _) => run(app, InvoiceVerb::OpenCardStep(entry.invoice.id)).await.and_then(|_| {
            let session = hexadecimal(SESSION).map_err(random)?;
            Ok(redirect(StatusCode::SEE_OTHER, &format!("/v1/pbc/pay/{session}/card")))
        }),
        _ => choose(app, &entry),
    };
    match response {
        Ok(_) if fault == Some(PodFault::NotDelivered) => refused(&entry, &errors::NOT_DELIVERED),
        Ok(response) => response,
        Err(Failed::Refused(failure)) => refused(&entry, &failure),
        Err(Failed::Broken(error)) => broken(&error),
    }
}

/// The page where the payer chooses how to pay, if there is anything to pay.
fn choose(app: &App, entry: &Entry) -> Result<Response, Failed> {
    let payable = entry.invoice.state.payable_by(Payer::Gateway, app.engine.clock().now_ms());
    payable.map_err(NotInvoiced::from)?;
    let session = hexadecimal(SESSION).map_err(random)?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("/v1/pbc/pay/{session}")))
}

fn random(error: NoRandomness) -> Failed {
    Failed::Broken(engine::Error::Unavailable(error.to_string()))
}

async fn run(app: &App, verb: InvoiceVerb) -> Result<InvoiceDone, Failed> {
    let call = Invoicing { caller: None, ott: None, verb };
    outcome(app.engine.run(Command::Invoicing(Box::new(call))).await?)
}

/// The sandbox's gateway: the payment counts as done.
async fn pay_locally(app: &App, entry: &Entry) -> Result<Response, Failed> {
    let (rrn, tref) = (digits(RRN).map_err(random)?, digits(TREF).map_err(random)?);
    let slip = CardSlip {
        terminal: Text::from("LOC"),
        mask: Text::from("000000******0000"),
        rrn: Text::from(rrn),
        tref: Text::from(tref),
    };
    let issuer = app.engine.party(entry.invoice.issuer).await?;
    let when_taken = issuer.is_some_and(|issuer| issuer.business().is_some_and(|b| b.returns_when_taken));
    let paid = when_taken || !entry.invoice.terms.verification_needed;
    let query = returned(&entry.invoice, &slip, paid);
    let callback = entry.call.as_ref().map(|address| Text::from(with_query(address, &query)));
    let payment = PayLocally { invoice: entry.invoice.id, slip, payer: entry.payer, callback };
    let InvoiceDone::Invoice(_) = run(app, InvoiceVerb::PayLocally(Box::new(payment))).await? else {
        return Err(Failed::Refused(errors::INTERNAL));
    };
    Ok(match &entry.back {
        Some(back) => redirect(StatusCode::FOUND, &with_query(back, &query)),
        None => notice(StatusCode::OK, "پرداخت انجام شد"),
    })
}

/// What a shop is told of a payment.
fn returned(invoice: &Invoice, slip: &CardSlip, paid: bool) -> String {
    let number = payment_number(invoice);
    Returned {
        bill_number: invoice.bill_number.as_deref().unwrap_or_default(),
        payment_bill_number: &number,
        invoice_id: invoice.id.0,
        paid,
        terminal_id: &slip.terminal,
        masked_card_number: &slip.mask,
        rrn: &slip.rrn,
        tref: &slip.tref,
    }
    .query()
}

/// The way back with an error; without an address, a page.
fn refused(entry: &Entry, failure: &Failure) -> Response {
    match &entry.back {
        Some(back) => redirect(StatusCode::FOUND, &with_query(back, &error_query(failure))),
        None => notice(StatusCode::CONFLICT, &format!("{} ({})", failure.message, failure.code)),
    }
}

fn redirect(status: StatusCode, to: &str) -> Response {
    let mut response = status.into_response();
    let to = utf8_percent_encode(to, NOT_IN_ADDRESSES).to_string();
    match HeaderValue::from_str(&to) {
        Ok(to) => {
            response.headers_mut().insert(header::LOCATION, to);
            pages::private(response.headers_mut());
            response
        }
        // An address with letters that no header can carry.
        Err(_) => notice(StatusCode::CONFLICT, NO_PAGE),
    }
}

fn notice(status: StatusCode, text: &str) -> Response {
    pages::page(status, &Notice { title: text, text: "" }, &[])
}

fn broken(error: &engine::Error) -> Response {
    let status = if error.is_passing() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
    let mut response = notice(status, "خطای داخلی");
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

//! The links that lead payers to the gateway (pod.md 5.1), and the sandbox's local gateway.
//!
//! Following a link writes nothing, so that robots and previews change nothing (second-edition.md 4.5). The only exception is the sandbox's local
//! gateway, whose links pay; a HEAD request for such a link is redirected to the page and pays nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use payments::{
    CallAddress, CardSlip, Declined, GatewayEntry, GatewayRefusal, GatewayStep, Invoice, InvoiceId, InvoiceRefusal,
    InvoiceState, Party, PartyId, PayLocally, PayerVisit, Provenance, SESSION_MS, Text,
};
use percent_encoding::utf8_percent_encode;
use url::{Origin, Url};
use wire::pod::errors::{self, Failure};
use wire::pod::read_params::{Params, id};
use wire::pod::returning::{RESERVED, with_query};

use super::choice::Cards;
use super::entries::{self, Begun, base};
use super::visit::{self, Brief, called_with, chosen, random, returned, returns_when_taken};
use crate::App;
use crate::services::{params_of, strike};
use edge::random::digits;
use edge::{Mode, peer::Peer};
use sandbox::{Armed, Facts, LINK, MagicDescription, PodFault, of_description};
use web::later_page;
use web::{Allowed, Frame, Segment, broken, go_to, let_in, notice, page, redirect, visitor, with_cookies};

/// The name of the sandbox's local gateway in links, and its terminal id.
pub const LOCAL: &str = "LOC";
/// The name of the card page's gateway in links.
const CARD: &str = "PEP";

/// The gateway of this name, compared without case; `None`: unknown.
pub fn gateway_named(name: &str) -> Option<&'static str> {
    [CARD, LOCAL].into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Digits of a retrieval reference number, and of the gateway's own reference.
const RRN: usize = 12;
const TREF: usize = 18;

/// The routes of the links, each with and without a trailing `/`.
pub fn router() -> Router<App> {
    let (enter, short) = (get(enter), get(short));
    Router::new()
        .route("/v1/pbc/{link}", enter.clone())
        .route("/v1/pbc/{link}/", enter.clone())
        .route("/v1/pbc/biz/{link}", enter.clone())
        .route("/v1/pbc/biz/{link}/", enter)
        .route("/s/{key}", short.clone())
        .route("/s/{key}/", short)
}

/// Follows a link whose path differs from the routes in case only; `None`: the request is no such link.
pub async fn in_other_letters(app: &App, request: &Parts) -> Option<Response> {
    let path = request.uri.path().trim_end_matches('/');
    let lower = path.to_ascii_lowercase();
    if !matches!(request.method, Method::GET | Method::HEAD) {
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

/// The names of links after `/v1/pbc/` or `/v1/pbc/biz/`, in lower case.
pub const LINKS: [&str; 3] = ["payinvoicebyuniquenumber", "payinvoicedispatcher", "payinvoice"];

/// The target of a link.
struct Entry {
    invoice: Invoice,
    /// The only party that may pay; `None`: any payer may.
    payer: Option<PartyId>,
    /// The address to which the payer returns.
    back: Option<Text>,
    /// The name of the gateway to open.
    gateway: Option<Text>,
    /// The callback address, called when money is taken.
    call: Option<CallAddress>,
}

/// Why a link has no target.
enum NoEntry {
    /// The page does not exist.
    Page,
    /// The invoice does not exist, or it is not for the party that has logged in.
    Invoice,
    /// The link is unknown or has expired.
    Link,
    /// The payer has to log in first.
    LogIn,
    Broken(engine::Error),
}

impl From<store::Error> for NoEntry {
    fn from(error: store::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<engine::Error> for NoEntry {
    fn from(error: engine::Error) -> Self {
        Self::Broken(error)
    }
}

async fn enter(State(app): State<App>, Segment(link): Segment<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    follow(&app, &link.to_ascii_lowercase(), &parts).await
}

async fn follow(app: &App, link: &str, parts: &Parts) -> Response {
    let params = params_of(parts, None);
    let [by_unique, dispatcher, by_id] = LINKS;
    let found = if link == by_unique {
        by_unique_number(app, &params).await
    } else if link == dispatcher {
        by_link(app, &params, params.get_any_case("h").unwrap_or_default()).await
    } else if link == by_id {
        by_number(app, &params, parts).await
    } else {
        Err(NoEntry::Page)
    };
    answer(app, found, parts).await
}

async fn short(State(app): State<App>, Segment(key): Segment<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    follow_short(&app, &key, &parts).await
}

async fn follow_short(app: &App, key: &str, parts: &Parts) -> Response {
    let found = by_link(app, &params_of(parts, None), key).await;
    let found = found.map_err(|why| if matches!(why, NoEntry::Link) { NoEntry::Page } else { why });
    answer(app, found, parts).await
}

async fn by_unique_number(app: &App, params: &Params<'_>) -> Result<Entry, NoEntry> {
    let text = params.get_any_case("uniqueNumber").unwrap_or_default();
    let unique = u64::from_str_radix(text, 16).map_err(|_| NoEntry::Page)?;
    let invoice = app.engine.reader().unique_invoice(unique).await?.ok_or(NoEntry::Page)?;
    Ok(entry(invoice, None, params))
}

/// The target of a link with a stored key.
async fn by_link(app: &App, params: &Params<'_>, key: &str) -> Result<Entry, NoEntry> {
    let now_ms = app.engine.clock().now_ms();
    let link = app.engine.reader().pay_link(app.secrets.hash(key)).await?;
    let link = link.filter(|link| link.ends_at_ms.is_none_or(|ends| now_ms < ends)).ok_or(NoEntry::Link)?;
    let invoice = app.engine.reader().invoice(link.invoice).await?.ok_or(NoEntry::Link)?;
    let of_link = entry(invoice, None, params);
    // Parameters of the link override what was stored with it, except a callback address that the business itself gave: every payer can edit a link
    // (second-edition.md 4.4).
    let back = address(params, &["redirectUri"]).or(link.redirect_uri).or(of_link.back);
    let (of_business, of_others): (Option<_>, Option<_>) = match link.call {
        Some(call) if call.provenance == Provenance::Business => (Some(call), None),
        other => (None, other),
    };
    let (gateway, call) = (of_link.gateway.or(link.gateway), of_business.or(of_link.call).or(of_others));
    Ok(Entry { back, gateway, call, ..of_link })
}

/// The target of a link with an invoice's number. It is for the customer only, who has to log in for every gateway (second-edition.md 4.11).
async fn by_number(app: &App, params: &Params<'_>, parts: &Parts) -> Result<Entry, NoEntry> {
    let visitor = visitor::party(app, &parts.headers).await?.ok_or(NoEntry::LogIn)?;
    let number = params.get_any_case("invoiceId").and_then(id).ok_or(NoEntry::Invoice)?;
    let invoice = app.engine.reader().invoice(InvoiceId(number)).await?.ok_or(NoEntry::Invoice)?;
    let customer = invoice.customer.ok_or(NoEntry::Invoice)?;
    if visitor.id != customer {
        return Err(NoEntry::Invoice);
    }
    Ok(entry(invoice, Some(customer), params))
}

fn entry(invoice: Invoice, payer: Option<PartyId>, params: &Params<'_>) -> Entry {
    let back = address(params, &["redirectUri"]).or_else(|| invoice.terms.redirect_url.clone());
    // Every payer can edit the link, so its callback is not signed.
    let call = address(params, &["callUri", "callbackUri", "callUrl"]);
    let call = call.map(|address| CallAddress { address, provenance: Provenance::Other });
    Entry { invoice, payer, back, gateway: params.get_any_case("gateway").map(Text::from), call }
}

/// An address parameter of a link, by the first of these names that has a valid one. Addresses to which no browser may be redirected are ignored.
fn address(params: &Params<'_>, names: &[&str]) -> Option<Text> {
    names.iter().find_map(|name| params.url_any_case(name)).map(Text::from)
}

/// The issuer of an invoice, as stored now.
async fn issuer_of(app: &App, invoice: &Invoice) -> Result<Option<Arc<Party>>, engine::Error> {
    app.engine.catch_up().await?;
    app.engine.party(invoice.issuer).await
}

/// Marks a callback address as the business's own if it has one of its registered origins.
pub fn provenance_of(call: CallAddress, issuer: Option<&Party>) -> CallAddress {
    let is_registered = is_registered(issuer, &call.address);
    CallAddress { provenance: if is_registered { Provenance::Business } else { call.provenance }, ..call }
}

/// Whether an address has the origin (scheme, host, port) of a redirect address that the business has registered.
fn is_registered(issuer: Option<&Party>, address: &str) -> bool {
    let registered = issuer.and_then(Party::business).map_or(&[][..], |business| &business.redirect_uris);
    let origin = |address: &str| Url::parse(address).ok().map(|url| url.origin()).filter(Origin::is_tuple);
    let of_address = origin(address);
    of_address.is_some() && registered.iter().any(|known| origin(known) == of_address)
}

async fn answer(app: &App, found: Result<Entry, NoEntry>, parts: &Parts) -> Response {
    let frame = Frame::of(&parts.uri, &parts.headers);
    let w = frame.w;
    let missing = |title: &str, text: &str| notice(frame.clone(), StatusCode::NOT_FOUND, title, text);
    let mut entry = match found {
        Ok(entry) => entry,
        Err(NoEntry::Page) => return missing(w.page_missing, w.page_missing_help),
        Err(NoEntry::Invoice) => return missing(w.invoice_missing, w.invoice_missing_help),
        Err(NoEntry::Link) => return missing(w.link_dead, w.link_dead_help),
        Err(NoEntry::LogIn) => {
            let next = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let to = format!("/oauth2/login?next={}", utf8_percent_encode(next, RESERVED));
            let away = redirect(StatusCode::FOUND, &to);
            return away.unwrap_or_else(|| missing(w.page_missing, w.page_missing_help));
        }
        Err(NoEntry::Broken(error)) => return broken(frame, &error),
    };
    let issuer = match issuer_of(app, &entry.invoice).await {
        Ok(issuer) => issuer,
        Err(error) => return broken(frame, &error),
    };
    let_in(parts, issuer.as_deref());
    entry.call = entry.call.map(|call| provenance_of(call, issuer.as_deref()));
    let cards = match Cards::of(app).await {
        Ok(cards) => cards != Cards::None,
        Err(error) => return broken(frame, &error.into()),
    };
    let gateway = match (entry.gateway.as_deref().and_then(gateway_named), app.mode) {
        (Some(LOCAL), Mode::Production) => return missing(w.page_missing, w.page_missing_help),
        (Some(LOCAL), Mode::Sandbox) if parts.method != Method::HEAD => Gateway::Local,
        (Some(CARD), _) if !cards => Gateway::Page(GatewayEntry::Choice),
        (Some(CARD), _) => Gateway::Page(GatewayEntry::CardStep),
        _ => Gateway::Page(GatewayEntry::Choice),
    };
    // A HEAD request does not use up a fault.
    let armed = if parts.method == Method::HEAD { None } else { strike(app, || facts(&entry.invoice)) };
    let fault = armed.as_ref().and_then(Armed::pod);
    let failed = |failure: &Failure| visit::failed(frame.clone(), entry.back.as_ref(), failure);
    match fault {
        Some(PodFault::TimeOut) => return failed(&errors::TIME_OUT),
        Some(PodFault::Internal) => return failed(&errors::INTERNAL),
        Some(PodFault::NotDelivered) | None => {}
    }
    if !app.budgets.admits(Peer::of(&parts.extensions)) {
        return later_page(frame);
    }
    if let InvoiceState::AtNetwork(_) = entry.invoice.state {
        let again = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let invoice = Brief::of(&entry.invoice, issuer.as_deref(), frame.lang());
        let waiting = page(StatusCode::OK, &visit::State::waiting(frame.clone(), invoice, again), &Allowed::default());
        return with_cookies(waiting, [chosen(parts)]);
    }
    let response = match gateway {
        Gateway::Local => pay_locally(app, &entry, issuer.as_deref(), &frame).await,
        Gateway::Page(entry_page) => go_in(app, &entry, issuer.as_deref(), &frame, entry_page),
    };
    match response {
        Ok(_) if fault == Some(PodFault::NotDelivered) => {
            armed.iter().for_each(Armed::spend);
            failed(&errors::NOT_DELIVERED)
        }
        Ok(response) => with_cookies(response, [chosen(parts)]),
        Err(response) => response,
    }
}

/// The gateway that a link opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gateway {
    /// A page of the gateway.
    Page(GatewayEntry),
    /// The sandbox's local gateway, which pays at once.
    Local,
}

/// Begins a session and redirects to its page, with the session's cookie.
fn go_in(
    app: &App,
    entry: &Entry,
    issuer: Option<&Party>,
    frame: &Frame,
    entry_page: GatewayEntry,
) -> Result<Response, Response> {
    let now = app.engine.clock().now();
    entry_page.admits(&entry.invoice, issuer, &now).map_err(|why| refused(entry, issuer, frame, why))?;
    let begun = begin(app, entry, frame, entry_page)?;
    let page = match entry_page {
        GatewayEntry::Choice => go_to(&base(&begun.gs)),
        GatewayEntry::CardStep => go_to(&format!("{}/card", base(&begun.gs))),
    };
    Ok(with_cookies(page, [begun.cookie]))
}

/// Begins a session for the target of a link.
fn begin(app: &App, entry: &Entry, frame: &Frame, entry_page: GatewayEntry) -> Result<Begun, Response> {
    let (back, call, only) = (entry.back.clone(), entry.call.clone(), entry.payer);
    let ends_at_ms = app.engine.clock().now_ms().saturating_add(SESSION_MS);
    let entry = entries::Entry { invoice: &entry.invoice, back, call, only, entry_page, ends_at_ms };
    app.entries.enter(&app.secrets, app.security, entry).map_err(|error| random(frame.clone(), &error))
}

/// The response to a link whose invoice cannot be paid: back to the shop with an error, or a page.
fn refused(entry: &Entry, issuer: Option<&Party>, frame: &Frame, why: InvoiceRefusal) -> Response {
    visit::refused(frame, entry.back.as_ref(), why, |failure| {
        let invoice = Some(Brief::of(&entry.invoice, issuer, frame.lang()));
        let state = visit::State::nowhere(frame.clone(), invoice).because(why, failure);
        page(StatusCode::CONFLICT, &state, &Allowed::default())
    })
}

/// Facts about a link for the rules of a sandbox's faults.
fn facts(invoice: &Invoice) -> Facts {
    Facts {
        operation: LINK.to_owned(),
        track_id: invoice.id.0.to_string(),
        amount: Some(invoice.amounts.payable.get()),
        ..Facts::default()
    }
}

/// Whether the sandbox's local gateway declines a payment: because of a fault, or of a magic description of the invoice.
fn declines(app: &App, invoice: &Invoice) -> MagicDescription {
    let struck = app.faults.as_ref().and_then(|faults| faults.struck_gateway(&facts(invoice)));
    match struck {
        Some(why) => MagicDescription::Declines(why),
        None => {
            let asked = of_description(invoice.about());
            asked.note();
            asked
        }
    }
}

/// The response of the local gateway to a payment that it declines: no money was taken, and the invoice can still be paid.
fn declined(entry: &Entry, issuer: Option<&Party>, frame: &Frame, why: Declined) -> Response {
    let query = returned(&entry.invoice, false, None);
    let back = entry.back.as_ref().and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &query)));
    back.unwrap_or_else(|| {
        let text = web::declined(frame.lang(), why);
        let (title, text, sign) = (frame.w.state_refused, text.as_str(), "✗");
        let invoice = Some(Brief::of(&entry.invoice, issuer, frame.lang()));
        let state = visit::State { title, text, sign, is_bad: true, ..visit::State::nowhere(frame.clone(), invoice) };
        page(StatusCode::CONFLICT, &state, &Allowed::default())
    })
}

/// The sandbox's local gateway: records the payment without a payer's input.
async fn pay_locally(app: &App, entry: &Entry, issuer: Option<&Party>, frame: &Frame) -> Result<Response, Response> {
    let now = app.engine.clock().now();
    GatewayEntry::Choice.admits(&entry.invoice, issuer, &now).map_err(|why| refused(entry, issuer, frame, why))?;
    match declines(app, &entry.invoice) {
        MagicDescription::Plain => {}
        MagicDescription::Declines(why) => return Ok(declined(entry, issuer, frame, why)),
        MagicDescription::Mistyped => {
            return Err(visit::failed(frame.clone(), entry.back.as_ref(), &errors::invalid("description")));
        }
    }
    let number = |length| digits(length).map_err(|error| random(frame.clone(), &error));
    let slip = CardSlip {
        terminal: Text::from(LOCAL),
        mask: Text::from("000000******0000"),
        rrn: Text::from(number(RRN)?),
        tref: Text::from(number(TREF)?),
    };
    let paid = returns_when_taken(issuer) || !entry.invoice.terms.verification_needed;
    let query = returned(&entry.invoice, paid, Some(&slip));
    let callback = entry.call.as_ref().map(|call| called_with(call, &query));
    let Begun { gs, entered, .. } = begin(app, entry, frame, GatewayEntry::Choice)?;
    let visit = PayerVisit {
        session: entered.session.hash,
        invoice: (entry.invoice.id, entry.invoice.issuer),
        caller: entry.payer,
        entered: Some(Box::new(entered)),
    };
    let paid = app.engine.run(GatewayStep { visit, command: PayLocally { slip, callback } }).await;
    match paid.map_err(|error| broken(frame.clone(), &error))? {
        Ok(_taken) => {}
        Err(GatewayRefusal::Invoice(why)) => return Err(refused(entry, issuer, frame, why)),
        // The session's page shows its state, or asks the payer to log in.
        Err(GatewayRefusal::NoSession | GatewayRefusal::Ended(_) | GatewayRefusal::LogIn) => {
            return Ok(go_to(&base(&gs)));
        }
        Err(GatewayRefusal::Step(never)) => match never {},
    }
    let back = entry.back.as_ref().and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &query)));
    Ok(back.unwrap_or_else(|| go_to(&format!("{}/result", base(&gs)))))
}

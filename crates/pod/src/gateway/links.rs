//! The links that lead payers to the gateway (pod.md 5.1), and the sandbox's local gateway.
//!
//! Following a link writes nothing, so that robots and previews change nothing (second-edition.md 4.5). The only exception is the sandbox's local
//! gateway, whose links pay; a HEAD request for such a link is redirected to the page and pays nothing.
//! A browser that opens a link again goes on in its session (`visits.rs`), if that can still pay or has paid.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use payments::{
    CallAddress, CardSlip, Declined, GatewayEntry, GatewayRefusal, GatewayStep, Invoice, InvoiceId, InvoiceRefusal,
    InvoiceState, Party, PartyId, PayLocally, Payer, PayerVisit, Provenance, SESSION_MS, SessionState, Text,
};
use percent_encoding::utf8_percent_encode;
use url::{Origin, Url};
use wire::pod::errors::{self, Failure};
use wire::pod::read_params::{Params, id};
use wire::pod::returning::{RESERVED, error_query, with_query};

use super::choice::Cards;
use super::entries::{self, Begun, base};
use super::state::{Brief, State as StatePage};
use super::visit::{called_with, chosen, look_of, random, returned, returns_when_taken};
use super::visits;
use crate::App;
use crate::services::{failure_of, params_of, strike};
use edge::form::Query;
use edge::head;
use edge::random::digits;
use edge::{Mode, peer::Peer};
use sandbox::{Armed, Facts, LINK, MagicDescription, PodFault, of_description};
use web::{
    Frame, NextStep, Segment, broken_then, go_to, later_page_then, let_in, notice, notice_then, redirect, visitor,
    with_cookies,
};

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

/// The request that follows a link.
struct Follower<'a> {
    frame: Frame,
    parts: &'a Parts,
}

impl<'a> Follower<'a> {
    fn of(parts: &'a Parts) -> Self {
        let mut frame = Frame::of(&parts.uri, &parts.headers);
        let query = Query::of(&parts.uri);
        // The local gateway pays whenever it is asked: the same page in the other language is one that does not ask it.
        if query.get("gateway") == Some(LOCAL) {
            let choice = query.with(parts.uri.path(), "gateway", "");
            let query = choice.split_once('?').map(|(_, query)| Query::default().and_form(query.as_bytes()));
            frame.other = query.unwrap_or_default().with(parts.uri.path(), "lang", frame.w.other_code);
        }
        Self { frame, parts }
    }

    /// The address of the link, with which it can be followed again.
    fn link(&self) -> String {
        self.parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned()
    }

    /// The same without the name of a gateway: it pays nothing, and shows how the invoice stands.
    fn choice(&self) -> String {
        Query::of(&self.parts.uri).with(self.parts.uri.path(), "gateway", "")
    }

    /// Whether a person reads the answer, rather than a program.
    fn is_browser(&self) -> bool {
        head::accepts_html(&self.parts.headers)
    }

    fn try_again(&self) -> NextStep {
        NextStep { to: self.link(), label: self.frame.w.try_again }
    }

    /// The page for a failure of the machine.
    fn broken(&self, error: &engine::Error) -> Response {
        let next = NextStep { to: self.choice(), label: self.frame.w.look_again };
        broken_then(self.frame.clone(), error, Some(next))
    }
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
    let from = Follower::of(parts);
    let frame = &from.frame;
    let w = frame.w;
    let missing = |title: &str, text: &str| notice(frame.clone(), StatusCode::NOT_FOUND, title, text);
    let mut entry = match found {
        Ok(entry) => entry,
        Err(NoEntry::Page) => return missing(w.page_missing, w.page_missing_help),
        Err(NoEntry::Invoice) => return foreign(&from),
        Err(NoEntry::Link) => return missing(w.link_dead, w.link_dead_help),
        Err(NoEntry::LogIn) => {
            let away = redirect(StatusCode::FOUND, &log_in(&from));
            return away.unwrap_or_else(|| missing(w.page_missing, w.page_missing_help));
        }
        Err(NoEntry::Broken(error)) => return from.broken(&error),
    };
    let issuer = match issuer_of(app, &entry.invoice).await {
        Ok(issuer) => issuer,
        Err(error) => return from.broken(&error),
    };
    let_in(parts, issuer.as_deref());
    let from = match look_of(app, &entry.invoice).await {
        Ok(look) => Follower { frame: from.frame.clone().of_shop(look), parts },
        Err(error) => return from.broken(&error),
    };
    entry.call = entry.call.map(|call| provenance_of(call, issuer.as_deref()));
    let cards = match Cards::of(app).await {
        Ok(cards) => cards != Cards::None,
        Err(error) => return from.broken(&error.into()),
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
    match fault {
        Some(PodFault::TimeOut) => return failed(&from, entry.back.as_ref(), &errors::TIME_OUT),
        Some(PodFault::Internal) => return failed(&from, entry.back.as_ref(), &errors::INTERNAL),
        Some(PodFault::NotDelivered) | None => {}
    }
    if !app.budgets.admits(Peer::of(&parts.extensions)) {
        return later_page_then(from.frame.clone(), Some(from.try_again()));
    }
    let resumed = match gateway {
        Gateway::Local => None,
        Gateway::Page(_) => match resumed(app, &entry, parts).await {
            Ok(resumed) => resumed,
            Err(error) => return from.broken(&error.into()),
        },
    };
    if let (InvoiceState::AtNetwork(_), None) = (&entry.invoice.state, &resumed) {
        let invoice = Brief::of(&entry.invoice, issuer.as_deref(), &from.frame);
        let waiting = StatePage::waiting(from.frame.clone(), invoice, from.link());
        return with_cookies(waiting.without_session(StatusCode::OK), [chosen(parts)]);
    }
    let response = match (gateway, resumed) {
        (Gateway::Local, _) => pay_locally(app, &entry, issuer.as_deref(), &from).await,
        (Gateway::Page(_), Some(to)) => Ok(go_to(&to)),
        (Gateway::Page(entry_page), None) => go_in(app, &entry, issuer.as_deref(), &from, entry_page),
    };
    match response {
        Ok(_) if fault == Some(PodFault::NotDelivered) => {
            armed.iter().for_each(Armed::spend);
            failed(&from, entry.back.as_ref(), &errors::NOT_DELIVERED)
        }
        Ok(response) => with_cookies(response, [chosen(parts)]),
        Err(response) => response,
    }
}

/// The address of the log-in page that leads back to the link.
fn log_in(from: &Follower<'_>) -> String {
    format!("/oauth2/login?next={}", utf8_percent_encode(&from.link(), RESERVED))
}

/// The page for a link by number to an invoice that is another party's, or is not there.
fn foreign(from: &Follower<'_>) -> Response {
    let w = from.frame.w;
    let another = NextStep { to: format!("{}&as=another", log_in(from)), label: w.log_in_as_another };
    let texts = (w.invoice_missing, w.invoice_missing_help);
    notice_then(from.frame.clone(), StatusCode::NOT_FOUND, texts, Some(another))
}

/// The page where this browser goes on in the session in which it was paying the invoice; `None`: a new session begins.
async fn resumed(app: &App, entry: &Entry, parts: &Parts) -> Result<Option<String>, store::Error> {
    let Some(gs) = visits::of(&parts.headers, entry.invoice.id) else { return Ok(None) };
    let session = app.engine.reader().gateway_session(app.secrets.hash(gs)).await?;
    let Some(session) = session.filter(|session| session.invoice == entry.invoice.id) else { return Ok(None) };
    let (now_ms, base) = (app.engine.clock().now_ms(), base(gs));
    let is_payable = || entry.invoice.state.payable_by(Payer::Gateway, now_ms).is_ok();
    let is_for_payer = session.only.is_none() || session.only == entry.payer;
    // A link with other ways back and other calls than those of the session begins a session with its own. One without any follows the session.
    let is_bare = entry.back.is_none() && entry.call.is_none();
    let leads_back = is_bare || (entry.back == session.back && entry.call == session.call);
    Ok(match session.state {
        // What was taken has gone back, and the invoice can be paid again.
        SessionState::Took(_) if is_payable() => None,
        SessionState::Took(_) => Some(format!("{base}/result")),
        SessionState::Paying(attempt) => Some(format!("{base}/card/wait?attempt={}", attempt.0)),
        // The page of the password leads to that of the card if none was asked for.
        SessionState::Open if session.has_card_step(&entry.invoice, now_ms) => Some(format!("{base}/card/otp")),
        SessionState::Open if session.is_open(now_ms) && is_for_payer && leads_back && is_payable() => Some(base),
        SessionState::Open | SessionState::Canceled => None,
    })
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
    from: &Follower<'_>,
    entry_page: GatewayEntry,
) -> Result<Response, Response> {
    let now = app.engine.clock().now();
    entry_page.admits(&entry.invoice, issuer, &now).map_err(|why| refused(entry, issuer, from, why))?;
    let begun = begin(app, entry, &from.frame, entry_page)?;
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

/// The response to a link whose invoice cannot be paid: back to the shop with an error (pod.md 5.5), or a page. A browser gets the page, too, with the
/// way back to the shop: the receipt, or until when the invoice is being paid elsewhere.
fn refused(entry: &Entry, issuer: Option<&Party>, from: &Follower<'_>, why: InvoiceRefusal) -> Response {
    let failure = match failure_of(why) {
        Ok(failure) => failure,
        Err(error) => return from.broken(&error),
    };
    let back = entry.back.as_ref().map(|back| with_query(back, &error_query(&failure)));
    let stays = from.is_browser() && is_shown_first(why);
    let away = back.as_ref().filter(|_| !stays).and_then(|back| redirect(StatusCode::FOUND, back));
    away.unwrap_or_else(|| {
        let invoice = Some(Brief::of(&entry.invoice, issuer, &from.frame));
        let state = StatePage { back, ..StatePage::nowhere(from.frame.clone(), invoice) };
        let state = state.because(why, &entry.invoice.state, &failure);
        let state = match why {
            InvoiceRefusal::BelowCardMinimum => state.and_step(from.choice(), from.frame.w.other_means),
            _ => state,
        };
        let state = state.and_step(from.link(), from.frame.w.look_again);
        state.without_session(StatusCode::CONFLICT)
    })
}

/// Whether a payer sees the page before the shop: until when the invoice is held, its receipt, that it waits or is canceled.
fn is_shown_first(why: InvoiceRefusal) -> bool {
    matches!(why, InvoiceRefusal::NotPayable(_))
}

/// The response to a link that fails for another reason than the state of its invoice (pod.md 1.8: faults).
fn failed(from: &Follower<'_>, back: Option<&Text>, failure: &Failure) -> Response {
    let away = back.and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &error_query(failure))));
    away.unwrap_or_else(|| {
        let (frame, w) = (from.frame.clone(), from.frame.w);
        // What becomes of a call with these errors is not known: the page does not say that nothing was paid.
        let is_unknown = [errors::INTERNAL, errors::NOT_DELIVERED].contains(failure);
        let (title, text) = match is_unknown {
            true => (w.outcome_unknown, w.outcome_unknown_help),
            false if *failure == errors::TIME_OUT => (w.busy, w.busy_help),
            false => (w.state_refused, w.state_refused_help),
        };
        let label = if is_unknown { w.look_again } else { w.try_again };
        // The link without the name of a gateway pays nothing.
        let to = if is_unknown { from.choice() } else { from.link() };
        let state = StatePage { title, text: text.to_owned(), ..StatePage::nowhere(frame, None) };
        let state = StatePage { code: from.frame.lang().digits(failure.code), ..state };
        state.and_step(to, label).without_session(StatusCode::CONFLICT)
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
fn declined(entry: &Entry, issuer: Option<&Party>, from: &Follower<'_>, why: Declined) -> Response {
    let query = returned(&entry.invoice, false, None);
    let back = entry.back.as_ref().and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &query)));
    back.unwrap_or_else(|| {
        let (lang, w) = (from.frame.lang(), from.frame.w);
        let invoice = Some(Brief::of(&entry.invoice, issuer, &from.frame));
        let state = StatePage {
            title: w.state_refused,
            text: web::declined::reason(lang, why).to_owned(),
            code: web::declined::code(lang, why),
            sign: "✗",
            is_bad: true,
            ..StatePage::nowhere(from.frame.clone(), invoice)
        };
        let state = state.and_step(from.link(), w.try_again).and_step(from.choice(), w.other_means);
        state.without_session(StatusCode::CONFLICT)
    })
}

/// The sandbox's local gateway: records the payment without a payer's input.
async fn pay_locally(
    app: &App,
    entry: &Entry,
    issuer: Option<&Party>,
    from: &Follower<'_>,
) -> Result<Response, Response> {
    let frame = &from.frame;
    let now = app.engine.clock().now();
    GatewayEntry::Choice.admits(&entry.invoice, issuer, &now).map_err(|why| refused(entry, issuer, from, why))?;
    match declines(app, &entry.invoice) {
        MagicDescription::Plain => {}
        MagicDescription::Declines(why) => return Ok(declined(entry, issuer, from, why)),
        MagicDescription::Mistyped => {
            return Err(failed(from, entry.back.as_ref(), &errors::invalid("description")));
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
    match paid.map_err(|error| from.broken(&error))? {
        Ok(_taken) => {}
        Err(GatewayRefusal::Invoice(why)) => return Err(refused(entry, issuer, from, why)),
        // The session's page shows its state, or asks the payer to log in.
        Err(GatewayRefusal::NoSession | GatewayRefusal::Ended(_) | GatewayRefusal::LogIn) => {
            return Ok(go_to(&base(&gs)));
        }
        Err(GatewayRefusal::Step(never)) => match never {},
    }
    let back = entry.back.as_ref().and_then(|back| redirect(StatusCode::FOUND, &with_query(back, &query)));
    Ok(back.unwrap_or_else(|| go_to(&format!("{}/result", base(&gs)))))
}

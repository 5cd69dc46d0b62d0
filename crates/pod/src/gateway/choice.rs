//! GET `/v1/pbc/pay/{gs}`: the page where the payer chooses how to pay (pod.md 5.2); POST `…/wallet`, `…/voucher`, `…/voucher/remove`, `…/credit`, `…/credit/remove`,
//! `…/cancel`. The page can be loaded as long as no money moves, also while the session's card step is open.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use payments::{
    CancelVisit, CreditUnknown, GatewaySession, NotTaken, PayFromWallet, RemoveCredit, RemoveVoucher, Rial,
    SessionState, Text, UseCredit, UseVoucher, VoucherUnknown,
};

use super::bill::{Bill, available};
use super::page_state::{Note, PageState};
use super::said::{At, Place, Said};
use super::visit::{Visit, chosen};
use crate::App;
use edge::peer::Peer;
use store::Page;
use web::{Frame, Segment, filled, go_to, with_cookies};

/// Maximum length of a voucher's or a credit's code, in characters.
const CODE: usize = 60;
/// Minimum amount of a card payment. Below it the page has no card button.
const CARD_MINIMUM: Rial = Rial::new(10_000);

#[derive(Template)]
#[template(path = "pay_choice.html")]
struct Choice {
    f: Frame,
    bill: Bill,
    base: String,
    csrf: String,
    log_out_csrf: String,
    log_in: String,
    says: Said,
    /// The code of the voucher that was typed wrong; empty: none was.
    wrong_code: String,
    /// Whether the session has a voucher, even if it does not pay any more.
    has_voucher: bool,
    has_credit: bool,
    /// That the session keeps the invoice for itself, and until when; `None`: it does not.
    held: Option<String>,
    /// The page of the card that is open already; `None`: a form opens it.
    card: Option<CardOpen>,
    /// The rest to pay in rials, which the forms send back.
    rest: i64,
    is_covered: bool,
    may_card: bool,
    /// The help text on cards: which cards pay, or why none does.
    card_help: &'static str,
    visitor: Option<Visitor>,
}

/// A card page that is open.
struct CardOpen {
    to: String,
    /// What the payer has there already; empty: nothing.
    help: String,
}

/// The party that has logged in.
struct Visitor {
    name: String,
    balance: String,
    is_enough: bool,
    credits: Vec<CreditRow>,
}

struct CreditRow {
    hash: String,
    left: String,
    is_used: bool,
}

/// GET: the page with the choices.
pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    let response = match elsewhere(&visit) {
        Some(response) => response,
        None => choose(&visit).await?,
    };
    Ok(with_cookies(response, [chosen(&parts)]))
}

/// The page or redirect of a session in which this browser cannot pay; `None`: it can.
pub fn elsewhere(visit: &Visit) -> Option<Response> {
    let (now_ms, w) = (visit.app.engine.clock().now_ms(), visit.frame.w);
    match &visit.session.state {
        SessionState::Took(_) => return Some(go_to(&format!("{}/result", visit.base()))),
        SessionState::Paying(attempt) => return Some(go_to(&visit.waits_for(*attempt))),
        SessionState::Canceled => return Some(visit.ended(w.state_left, w.state_left_help)),
        SessionState::Open if !visit.session.is_open(now_ms) => {
            return Some(visit.ended(w.state_over, w.state_over_help));
        }
        SessionState::Open => {}
    }
    if visit.is_foreign() {
        return Some(go_to(&visit.log_in()));
    }
    visit.unpayable()
}

/// Which cards can pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cards {
    /// Cards of all banks: a network is configured.
    AllBanks,
    /// Only cards that are hosted here.
    Hosted,
    /// No cards: there is no network, and no card is hosted.
    None,
}

impl Cards {
    /// Which cards can pay at present.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(app: &App) -> Result<Self, store::Error> {
        if app.engine.card_network().is_configured() {
            return Ok(Self::AllBanks);
        }
        let hosted = app.engine.reader().payer_cards(Page { after: 0, limit: 1 }).await?;
        Ok(if hosted.is_empty() { Self::None } else { Self::Hosted })
    }
}

/// The page with the choices.
async fn choose(visit: &Visit) -> Result<Response, Response> {
    let (bill, shares) = visit.bill().await?;
    let cards = Cards::of(&visit.app).await.map_err(|error| visit.failed(&error.into()))?;
    let visitor = match &visit.caller {
        None => None,
        Some(caller) => {
            let unread = |error: store::Error| visit.failed(&error.into());
            let book = visit.app.engine.reader().credit_book(caller.id).await.map_err(unread)?;
            let used = |id| {
                visit.session.holder == Some(caller.id) && visit.session.credits.iter().any(|(used, _)| *used == id)
            };
            let row = |credit: &payments::Credit| CreditRow {
                hash: credit.hash.to_string(),
                left: visit.lang().rial(credit.left),
                is_used: used(credit.id),
            };
            let credits = book.iter().flat_map(|book| &book.credits).filter(|credit| credit.left.is_positive());
            let balance = available(&visit.app, caller.id).await.map_err(unread)?;
            Some(Visitor {
                name: caller.name.to_string(),
                balance: visit.lang().rial(balance),
                is_enough: balance >= shares.rest,
                credits: credits.map(row).collect(),
            })
        }
    };
    let w = visit.frame.w;
    let may_card = shares.rest >= CARD_MINIMUM && cards != Cards::None;
    let card_help = match cards {
        Cards::None => "",
        _ if !may_card => w.card_below,
        Cards::AllBanks => w.by_card_help,
        Cards::Hosted => w.by_card_own_help,
    };
    let state = visit.page_state();
    let wrong_code = match state.note(visit.now_ms()) {
        Some(Note::VoucherWrong(code)) => code.clone(),
        _ => String::new(),
    };
    let until_ms = visit.session.card_until_ms.filter(|_| visit.is_in_card_step());
    Ok(visit.page(&Choice {
        f: visit.frame.clone(),
        bill,
        base: visit.base(),
        csrf: visit.csrf(),
        log_out_csrf: visit.log_out_csrf(),
        log_in: visit.log_in(),
        says: visit.said(&state, At::Choice),
        wrong_code,
        has_voucher: visit.session.voucher.is_some(),
        has_credit: !visit.session.credits.is_empty(),
        held: until_ms.map(|until_ms| filled(w.held_here, &visit.lang().minute_after(until_ms))),
        card: card_open(visit, &state),
        rest: shares.rest.get(),
        is_covered: !shares.rest.is_positive(),
        may_card,
        card_help,
        visitor,
    }))
}

/// The card page of the session, with the password that is still valid there.
fn card_open(visit: &Visit, state: &PageState) -> Option<CardOpen> {
    let (w, base) = (visit.frame.w, visit.base());
    let asked = state.asked().filter(|card| card.otp_left(visit.now_ms()).is_some());
    let ends_at_ms = asked.and_then(|card| card.otp_ends_ms);
    visit.shows_card().then(|| match ends_at_ms {
        Some(ends_at_ms) => CardOpen {
            to: format!("{base}/card/otp"),
            help: filled(w.card_goes_on_password, &visit.lang().time(ends_at_ms)),
        },
        None => CardOpen { to: format!("{base}/card"), help: String::new() },
    })
}

/// The redirect after a step of this page.
fn on(visit: &Visit, session: &GatewaySession, state: &PageState) -> Response {
    match session.state {
        SessionState::Took(_) => visit.goes("/result", &PageState::default()),
        SessionState::Paying(attempt) => go_to(&visit.waits_for(attempt)),
        SessionState::Open | SessionState::Canceled => visit.goes("", state),
    }
}

/// The state after a step that does not change the amount: a card for which a password was sent is kept.
fn beside_card(visit: &Visit, note: Note) -> PageState {
    visit.noted(note).and_card(visit.page_state().card)
}

/// A typed code. A text that cannot be a code becomes empty, which the decision refuses as wrong.
fn code(text: Option<&str>) -> Text {
    let text = text.unwrap_or_default();
    let odd = text.chars().count() > CODE || text.chars().any(char::is_control);
    Text::from(if odd { "" } else { text })
}

/// POST `…/wallet`: pays the rest from the wallet of the party that has logged in.
pub async fn wallet(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, gs, request).await?;
    // An unreadable amount becomes -1, which differs from every amount that a page shows.
    let shown = form.get("amount").map(|shown| Rial::new(shown.parse().unwrap_or(-1)));
    let note = match visit.run(PayFromWallet { shown, callback: visit.callback(None) }).await? {
        Ok(session) => return Ok(on(&visit, &session, &PageState::default())),
        Err(NotTaken::Voucher) => Note::VoucherVoid,
        Err(NotTaken::AmountChanged) => Note::AmountChanged,
        Err(NotTaken::Insufficient) => Note::WalletShort,
    };
    Ok(visit.goes("", &beside_card(&visit, note)))
}

/// POST `…/voucher`: applies a voucher.
pub async fn voucher(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let address = Peer::of(request.extensions());
    let (visit, form) = Visit::submit(app, gs, request).await?;
    // A code is as good as money and must not be guessed: the rate limit of log-ins also applies to the codes tried on an invoice.
    if !visit.app.budgets.admits_log_in(address, ("voucher", &visit.invoice.id.0.to_string())) {
        return Ok(visit.later());
    }
    let typed = code(form.get("code"));
    let hash = visit.app.secrets.voucher(visit.invoice.issuer, &typed);
    match visit.run(UseVoucher { code: Text::from(hash) }).await? {
        Ok(session) => Ok(on(&visit, &session, &visit.noted(Note::VoucherApplied))),
        Err(VoucherUnknown) => Ok(visit.goes("", &beside_card(&visit, Note::VoucherWrong(typed.to_string())))),
    }
}

/// POST `…/voucher/remove`: removes the voucher.
pub async fn remove_voucher(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, gs, request).await?;
    let Ok(session) = visit.run(RemoveVoucher).await?;
    Ok(on(&visit, &session, &visit.noted(Note::VoucherRemoved)))
}

/// POST `…/credit`: applies a credit.
pub async fn credit(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, form) = Visit::submit(app, gs, request).await?;
    match visit.run(UseCredit { hash: code(form.get("hash")) }).await? {
        Ok(session) => Ok(on(&visit, &session, &visit.noted(Note::CreditApplied))),
        Err(CreditUnknown) => Ok(visit.goes("", &beside_card(&visit, Note::CreditWrong))),
    }
}

/// POST `…/credit/remove`: removes the credits.
pub async fn remove_credit(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, gs, request).await?;
    let Ok(session) = visit.run(RemoveCredit).await?;
    Ok(on(&visit, &session, &visit.noted(Note::CreditRemoved)))
}

/// POST `…/cancel`: ends the session unpaid.
pub async fn cancel(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (mut visit, _) = Visit::submit(app, gs, request).await?;
    if visit.is_foreign() {
        return Ok(go_to(&visit.log_in()));
    }
    let Ok(session) = visit.run(CancelVisit).await?;
    visit.session = GatewaySession::clone(&session);
    Ok(visit.back_unpaid())
}

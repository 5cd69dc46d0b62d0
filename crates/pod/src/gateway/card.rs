//! The card step (pod.md 5.3): GET and POST `…/card`, POST `…/card/otp`, POST `…/card/pay`.
//!
//! A payment by another bank's card takes two commits; between them its network is asked. A payer who would wait longer than a few seconds is
//! redirected to [`super::wait`].
//! What a payer has typed is never stored. The password page carries it sealed for this session. The card page shows the number again after an error,
//! but never the security code.

use std::time::Duration;
use web::declined;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::CodeMessage;
use payments::{
    AskCardOtp, CardAttempt, CardAttemptState, CardInMemory, CardPayment, CardSlip, CardStepRefusal, Declined,
    OTP_LIFE_MS, OpenCardStep, OtpWritten, PayByCard, SecurityCheck, SessionState, ShownCard, SmsMessage, Text,
    TypedCard, VoucherGone,
};
use sandbox::{Armed, Facts, LINK, note_magic};

use text::number::{code, compact};

use super::banks;
use super::bill::Bill;
use super::choice::elsewhere;
use super::visit::{Visit, chosen, random};
use wire::field::is_card;
use zeroize::Zeroizing;

use crate::App;
use edge::card_payments::{business_day, named, otp_text};
use edge::form::Query;
use edge::key_ring::SealContext;
use edge::random::digits;
use edge::secrets::masked;
use web::{Frame, Lang, Segment, Words, go_to, with_cookies};

/// The terminal id of the gateway, for receipts.
const TERMINAL: &str = "70700001";
/// Digits of a one-time password, of a retrieval reference number, and of the gateway's own reference.
const OTP: usize = 5;
const RRN: usize = 12;
const TREF: usize = 18;
/// Digits of the random reference of a payment at the network of other banks' cards.
const REFERENCE: usize = 24;
/// How long sealed card data are accepted, in milliseconds: as long as a card step lasts.
const SEALED_MS: i64 = 1_200_000;
/// The first Jalali year of the century that two-digit years belong to.
const CENTURY: i64 = 1_400;

/// The field of the card form that is not well-formed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    Pan,
    Cvv2,
    Expiry,
}

#[derive(Template)]
#[template(path = "pay_card.html")]
struct CardPage<'a> {
    f: Frame,
    bill: Bill,
    base: String,
    csrf: String,
    notice: Option<&'a str>,
    wrong: Wrong,
    pan: String,
    month: String,
    year: String,
    banks: String,
    seconds: i64,
}

#[derive(Template)]
#[template(path = "pay_otp.html")]
struct OtpPage<'a> {
    f: Frame,
    bill: Bill,
    base: String,
    csrf: String,
    notice: Option<&'a str>,
    bank: &'static str,
    mask: String,
    sealed: String,
    seconds: u64,
}

/// The card fields of a form, with digits folded to ASCII, not yet checked.
#[derive(Default)]
struct Typed {
    pan: String,
    cvv2: String,
    month: String,
    year: String,
}

impl Typed {
    /// The card fields of a form, or the sealed ones in it; `None`: they are expired, or were sealed for another session.
    fn of(visit: &Visit, form: &Query) -> Option<Self> {
        match form.get("card") {
            Some(sealed) => Self::open(visit, sealed),
            None => Some(Self::plain(form)),
        }
    }

    fn plain(form: &Query) -> Self {
        let typed = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let pan = compact(form.get("pan").unwrap_or_default()).into_owned();
        Self { pan, cvv2: typed("cvv2"), month: typed("exp_month"), year: typed("exp_year") }
    }

    fn wrong(&self) -> Wrong {
        let number = |text: &str, sizes: std::ops::RangeInclusive<usize>| {
            sizes.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !number(&self.pan, 16..=16) {
            Wrong::Pan
        } else if !number(&self.cvv2, 3..=4) {
            Wrong::Cvv2
        } else if self.expires().is_none() {
            Wrong::Expiry
        } else {
            Wrong::Nothing
        }
    }

    /// The card's last month as Jalali `YYYYMM`; `None`: not a month.
    fn expires(&self) -> Option<i64> {
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok());
        let month = number(&self.month)?.filter(|month| self.month.len() <= 2 && (1..=12).contains(month))?;
        let year = number(&self.year)??;
        let year = match self.year.len() {
            2 => CENTURY + year,
            4 if (CENTURY - 100..CENTURY + 100).contains(&year) => year,
            _ => return None,
        };
        Some(year * 100 + month)
    }

    /// Seals the fields for this session, for [`SEALED_MS`].
    fn seal(&self, visit: &Visit) -> Option<String> {
        let until_ms = visit.app.engine.clock().now_ms().saturating_add(SEALED_MS);
        let Self { pan, cvv2, month, year } = self;
        let sealed = visit
            .app
            .secrets
            .seal(SealContext::TypedCard(&visit.gs), &Zeroizing::new(format!("{until_ms}|{pan}|{cvv2}|{month}|{year}")))
            .ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn open(visit: &Visit, sealed: &str) -> Option<Self> {
        let text = visit.app.secrets.open(SealContext::TypedCard(&visit.gs), &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        let mut parts = text.split('|').map(str::to_owned);
        let until_ms: i64 = parts.next()?.parse().ok()?;
        let alive = visit.app.engine.clock().now_ms() < until_ms;
        let typed = Self { pan: parts.next()?, cvv2: parts.next()?, month: parts.next()?, year: parts.next()? };
        alive.then_some(typed)
    }

    /// Whether to ask the network of other banks' cards, if the card is not hosted here: a network is configured, the check digit is right and the
    /// bank is known.
    fn is_of_network(&self, app: &App) -> bool {
        let is_known = !banks::of(&self.pan, Lang::Fa).is_empty() && is_card(&self.pan, true);
        is_known && app.engine.card_network().is_configured()
    }

    /// The card's data and the password, for the call to its network.
    fn in_memory(&self, expires: i64, password: &str) -> CardInMemory {
        let [number, security_code, password] =
            [self.pan.as_str(), &self.cvv2, password].map(|text| Zeroizing::new(text.to_owned()));
        CardInMemory { number, security_code, expires, password }
    }

    /// The card for the decision, without its number in clear.
    fn card(&self, app: &App) -> TypedCard {
        let named = named(app, &self.pan);
        let expires = self.expires();
        let shown = expires.map(|expires| ShownCard { number: &self.pan, expires, security_code: &self.cvv2 });
        let security = shown.map_or(SecurityCheck::Wrong, |shown| app.payer_card_settings.security_codes.check(&shown));
        TypedCard { named, expires, security, day: business_day(app) }
    }
}

/// GET `…/card`: the card page.
pub async fn show(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, gs, &parts).await?;
    let response = match elsewhere(&visit) {
        Some(response) => response,
        None if visit.shows_card() => form(&visit, &Typed::default(), Wrong::Nothing, None).await?,
        None => go_to(&visit.base()),
    };
    Ok(with_cookies(response, [chosen(&parts)]))
}

/// The page with the card's fields. The security code is never filled in.
async fn form(visit: &Visit, typed: &Typed, wrong: Wrong, notice: Option<&str>) -> Result<Response, Response> {
    let (bill, _) = visit.bill().await?;
    let until_ms = visit.session.card_until_ms.unwrap_or(visit.session.ends_at_ms);
    let left_ms = until_ms.saturating_sub(visit.app.engine.clock().now_ms());
    Ok(visit.page(&CardPage {
        f: visit.frame.clone(),
        bill,
        base: visit.base(),
        csrf: visit.csrf(),
        notice,
        wrong,
        pan: in_fours(&typed.pan),
        month: typed.month.clone(),
        year: typed.year.clone(),
        banks: banks::as_json(visit.lang()),
        seconds: left_ms.max(0) / 1_000,
    }))
}

fn in_fours(pan: &str) -> String {
    let digits: Vec<char> = pan.chars().take(24).collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// POST `…/card`: opens the card step.
pub async fn open(
    State(app): State<App>,
    Segment(gs): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (visit, _) = Visit::submit(app, gs, request).await?;
    match visit.run(OpenCardStep).await? {
        Ok(_) => Ok(go_to(&format!("{}/card", visit.base()))),
        // The page with the choices shows what is left to pay.
        Err(VoucherGone) => Ok(go_to(&visit.base())),
    }
}

/// The notice about a field that is not well-formed.
fn typed_wrong(wrong: Wrong, w: &Words) -> Option<&'static str> {
    match wrong {
        Wrong::Nothing => None,
        Wrong::Pan => Some(w.card_typed_wrong),
        Wrong::Cvv2 => Some(w.cvv2_typed_wrong),
        Wrong::Expiry => Some(w.expiry_typed_wrong),
    }
}

/// The redirect of a session whose card step is not open; `None`: it is open.
pub fn not_here(visit: &Visit) -> Option<Response> {
    let now_ms = visit.app.engine.clock().now_ms();
    match &visit.session.state {
        SessionState::Took(_) => Some(go_to(&format!("{}/result", visit.base()))),
        SessionState::Paying(attempt) => Some(go_to(&visit.waits_for(*attempt))),
        _ if !visit.session.is_open(now_ms) => Some(visit.back_unpaid()),
        _ if visit.is_foreign() => Some(go_to(&visit.log_in())),
        _ if visit.shows_card() => None,
        _ => Some(go_to(&visit.base())),
    }
}

/// The page for a refused card step, with a notice.
async fn word(visit: &Visit, typed: &Typed, why: CardStepRefusal) -> Result<Response, Response> {
    match why {
        CardStepRefusal::Declined(why) => {
            let wrong = match why {
                Declined::CardUnknown => Wrong::Pan,
                Declined::CardExpired => Wrong::Expiry,
                _ => Wrong::Nothing,
            };
            form(visit, typed, wrong, Some(&declined(visit.lang(), why))).await
        }
        // The voucher or the credit has become invalid, or now leaves another rest to pay.
        CardStepRefusal::Voucher | CardStepRefusal::Insufficient => Ok(go_to(&visit.base())),
    }
}

/// Reads a form of the card step, with the card's fields.
///
/// # Errors
/// The page or redirect if the step is not open, the form is not ours, or a field is not well-formed.
async fn submit(app: App, gs: String, request: Request) -> Result<(Visit, Query, Typed), Response> {
    let (visit, sent) = Visit::submit(app, gs, request).await?;
    if let Some(response) = not_here(&visit) {
        return Err(response);
    }
    let Some(typed) = Typed::of(&visit, &sent) else {
        return Err(form(&visit, &Typed::default(), Wrong::Nothing, Some(visit.frame.w.card_again)).await?);
    };
    match typed_wrong(typed.wrong(), visit.frame.w) {
        Some(notice) => Err(form(&visit, &typed, typed.wrong(), Some(notice)).await?),
        None => Ok((visit, sent, typed)),
    }
}

/// POST `…/card/otp`: checks the card and sends a one-time password.
pub async fn otp(State(app): State<App>, Segment(gs): Segment<String>, request: Request) -> Result<Response, Response> {
    let (visit, _, typed) = submit(app, gs, request).await?;
    let app = &visit.app;
    if !app.sms.is_configured() {
        return form(&visit, &typed, Wrong::Nothing, Some(visit.frame.w.no_sms)).await;
    }
    let card = typed.card(app);
    let network = match typed.is_of_network(app) {
        true => app.engine.request_card_otp(&typed.pan).await,
        false => None,
    };
    let otp = digits(OTP).map_err(|error| random(visit.frame.clone(), &error))?;
    let hash = card.named.as_ref().map(|named| app.secrets.otp(&named.number, &otp)).unwrap_or_default();
    let is_declined = network.as_ref().is_some_and(|network| network.declined.is_some());
    let asked = visit.run(AskCardOtp { card, network, hash, limit: app.payer_card_settings.otp_limit }).await?;
    let OtpWritten { message, mobile, amount, ends_at_ms } = match asked {
        Ok(written) => written,
        Err(why) => {
            if is_declined {
                note_ending(app, &typed);
            }
            return word(&visit, &typed, why).await;
        }
    };
    let shop = visit.issuer.as_ref().map(|issuer| issuer.name.to_string()).unwrap_or_default();
    let (text, code) = (Text::from(otp_text(&otp, amount, &shop)), Some(Text::from(&*otp)));
    let message = SmsMessage { id: message, to: mobile, text, code };
    let subject = app.secrets.hash(&format!("{}\n{}", typed.pan, visit.gs));
    app.engine.send_code(CodeMessage { message, subject, ends_at_ms }).await;
    ask(&visit, &typed, None).await
}

/// The page that asks for the password.
async fn ask(visit: &Visit, typed: &Typed, notice: Option<&str>) -> Result<Response, Response> {
    let (bill, _) = visit.bill().await?;
    let Some(sealed) = typed.seal(visit) else { return Ok(go_to(&visit.base())) };
    Ok(visit.page(&OtpPage {
        f: visit.frame.clone(),
        bill,
        base: visit.base(),
        csrf: visit.csrf(),
        notice,
        bank: banks::of(&typed.pan, visit.lang()),
        mask: masked(&typed.pan),
        sealed,
        seconds: Duration::from_millis(OTP_LIFE_MS.unsigned_abs()).as_secs(),
    }))
}

/// POST `…/card/pay`: pays with card and password.
pub async fn pay(State(app): State<App>, Segment(gs): Segment<String>, request: Request) -> Result<Response, Response> {
    let (visit, sent, typed) = submit(app, gs, request).await?;
    let app = &visit.app;
    let Some(otp) = code(sent.get("otp").unwrap_or_default(), OTP) else {
        return ask(&visit, &typed, Some(visit.frame.w.otp_typed_wrong)).await;
    };
    let card = typed.card(app);
    let hash = card.named.as_ref().map(|named| app.secrets.otp(&named.number, &otp)).unwrap_or_default();
    let number = |length| digits(length).map_err(|error| random(visit.frame.clone(), &error));
    let slip = CardSlip {
        terminal: Text::from(TERMINAL),
        mask: Text::from(masked(&typed.pan)),
        rrn: Text::from(number(RRN)?),
        tref: Text::from(number(TREF)?),
    };
    let callback = visit.callback(Some(&slip));
    let fault = left_unknown(&visit, &typed);
    let network = match typed.is_of_network(app) {
        true => Some(app.engine.attempt_terms(reference(&number(REFERENCE)?, fault.as_ref()))),
        false => None,
    };
    let in_memory = typed.in_memory(card.expires.unwrap_or_default(), &otp);
    match visit.run(PayByCard { card, network, hash, slip, callback }).await? {
        Ok(CardPayment::Taken(_)) => Ok(go_to(&format!("{}/result", visit.base()))),
        Ok(CardPayment::ToNetwork(attempt, job)) => {
            fault.iter().for_each(Armed::spend);
            let attempt = app.engine.authorize(attempt, job, in_memory).await;
            if let CardAttemptState::Declined(_) = attempt.state {
                note_ending(app, &typed);
            }
            answered(&visit, &typed, &attempt).await
        }
        Err(why) => refused(&visit, &typed, why).await,
    }
}

/// Notes for the request log that the last digits of a card have selected a refusal, if they are some that do.
fn note_ending(app: &App, typed: &Typed) {
    let mut endings = app.engine.card_network().endings().iter();
    if let Some((ending, _)) = endings.find(|(ending, _)| typed.pan.ends_with(ending)) {
        note_magic((*ending).to_owned());
    }
}

/// The sandbox's rule that makes the outcome of this payment unknown, should its network be asked.
fn left_unknown(visit: &Visit, typed: &Typed) -> Option<Armed> {
    let facts = Facts {
        operation: LINK.to_owned(),
        track_id: visit.invoice.id.0.to_string(),
        amount: Some(visit.invoice.amounts.payable.get()),
        card: typed.pan.clone(),
        ..Facts::default()
    };
    visit.app.faults.as_ref()?.struck_card_network(&facts)
}

/// The reference under which the network knows the payment. In a sandbox it carries the plan of a fault.
fn reference(number: &str, fault: Option<&Armed>) -> Text {
    let plan = fault.and_then(Armed::card_plan);
    plan.map_or_else(|| Text::from(number), |plan| Text::from(plan.reference(number)))
}

/// The redirect or page after the network was asked.
async fn answered(visit: &Visit, typed: &Typed, attempt: &CardAttempt) -> Result<Response, Response> {
    match &attempt.state {
        CardAttemptState::Approved(_) => Ok(go_to(&format!("{}/result", visit.base()))),
        CardAttemptState::Asked | CardAttemptState::Unknown => Ok(go_to(&visit.waits_for(attempt.id))),
        CardAttemptState::Declined(why) => refused(visit, typed, CardStepRefusal::Declined(*why)).await,
        CardAttemptState::NotTaken => refused(visit, typed, CardStepRefusal::Declined(Declined::IssuerDown)).await,
    }
}

async fn refused(visit: &Visit, typed: &Typed, why: CardStepRefusal) -> Result<Response, Response> {
    match why {
        // Another try may succeed, so the page asks for the password again.
        CardStepRefusal::Declined(why @ (Declined::OtpWrong | Declined::OtpGone)) => {
            ask(visit, typed, Some(&declined(visit.lang(), why))).await
        }
        why => word(visit, typed, why).await,
    }
}

/// The card page after a payment that was declined while the payer waited.
pub async fn after_decline(visit: &Visit, why: Declined) -> Result<Response, Response> {
    word(visit, &Typed::default(), CardStepRefusal::Declined(why)).await
}

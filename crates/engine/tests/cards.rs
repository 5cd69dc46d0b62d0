//! Payments by cards of other banks: authorized once, by the process that has the card in memory, and inquired from then on.

use std::sync::Arc;

use crate::common::card_network::{NUMBER, TestCards, card};
use crate::common::{self, Directory, START_MS, settings};
use engine::{Engine, Fill, Move, Settings, World};
use payments::{
    AskCardOtp, Business, BusinessDay, CardAttempt, CardAttemptState, CardPayment, CardSlip, Declined, Digest, Entered,
    GatewayEntry, GatewaySession, GatewayStep, InvoiceCall, InvoiceId, InvoiceLine, InvoiceState, Issue, IssueInvoice,
    Job, LineAmount, MICRO, NamedPayer, OtpSending, Party, PartyId, PartyKind, PayByCard, PayerVisit, PricedLines,
    RegisterParty, Rial, SecurityCheck, SessionState, Terms, Text, TypedCard,
};
use store::Location;

const SHOP: PartyId = PartyId(201);
const RIGHT: Digest = Digest([11; 32]);

fn world() -> World {
    let mut world = World::default();
    let party = Party {
        id: SHOP,
        kind: PartyKind::Business(Business { guilds: vec![561], ..Business::default() }),
        name: Text::from("shop"),
        password: String::new(),
        mobile: Text::from(""),
        mobile_verified: false,
        joined_at_ms: 1,
        disabled: false,
        access_version: 0,
    };
    world.add(RegisterParty { party, replace: false });
    world
}

async fn start(location: &Location, fill: Fill) -> (Engine, Arc<TestCards>) {
    let cards = Arc::new(TestCards::default());
    let settings = Settings { card_network: cards.clone(), ..settings(world(), fill) };
    let engine = common::start(location, settings).await;
    if fill == Fill::AtStart {
        engine.move_clock(Move::Set(START_MS)).await.unwrap().unwrap();
    }
    (engine, cards)
}

/// A payment that is written, and whose network is not asked yet. `leased`: whether this process alone asks it.
async fn written(engine: &Engine, number: u8, reference: &str, leased: bool) -> (Arc<CardAttempt>, Job) {
    let amount = LineAmount { price: Rial::new(50_000), quantity_micro: MICRO, discount: Rial::ZERO };
    let line = InvoiceLine { id: 0, product: 0, amount, description: Text::from("book") };
    let issue = IssueInvoice {
        guild: 561,
        customer: None,
        cellphone: Text::from(""),
        bill_number: None,
        unique: u64::from(number),
        reference_number: Text::from("1"),
        lines: PricedLines::of([line], 0).unwrap(),
        terms: Terms::default(),
        issue: Issue::Really,
    };
    let invoice = engine.run(InvoiceCall { caller: SHOP, ott: None, command: issue }).await.unwrap().unwrap();
    let hash = Digest([number; 32]);
    let session = GatewaySession {
        hash,
        invoice: invoice.id,
        back: None,
        call: None,
        only: None,
        voucher: None,
        holder: None,
        credits: vec![],
        card_until_ms: None,
        state: SessionState::Open,
        ends_at_ms: START_MS + 1_000_000,
    };
    let entered = Some(Box::new(Entered { session, entry_page: GatewayEntry::CardStep }));
    let visit = PayerVisit { session: hash, invoice: (invoice.id, SHOP), caller: None, entered };
    let named = NamedPayer { number: Digest([77; 32]), mask: Text::from("627412******1234") };
    let card = TypedCard {
        named: Some(named),
        expires: Some(140_906),
        security: SecurityCheck::Wrong,
        day: BusinessDay::Open,
    };
    let network = engine.request_card_otp(NUMBER).await;
    let ask = AskCardOtp { card: card.clone(), network, hash: RIGHT, limit: None, sending: OtpSending::New };
    engine.run(GatewayStep { visit: visit.clone(), command: ask }).await.unwrap().unwrap();
    let mut terms = engine.attempt_terms(Text::from(reference));
    if !leased {
        terms.leased_until_ms = 0;
    }
    let text = |text: &str| Text::from(text);
    let slip = CardSlip { terminal: text("1"), mask: text("627412******1234"), rrn: text("2"), tref: text("3") };
    let pay = PayByCard { card, network: Some(terms), hash: RIGHT, slip, callback: None };
    match engine.run(GatewayStep { visit, command: pay }).await.unwrap().unwrap() {
        CardPayment::ToNetwork(attempt, job) => (attempt, job),
        CardPayment::Taken(_) => panic!("its card is of another bank"),
    }
}

async fn stored(engine: &Engine, attempt: &CardAttempt) -> CardAttempt {
    engine.reader().card_attempt(attempt.id).await.unwrap().unwrap()
}

async fn invoice_state(engine: &Engine, id: InvoiceId) -> InvoiceState {
    engine.reader().invoice(id).await.unwrap().unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_authorized_once_and_its_payer_gets_the_network_s_answer() {
    let directory = Directory::new("cards-first");
    let (engine, cards) = start(&directory.location(100), Fill::AtStart).await;
    for (number, reference, state) in [
        (1, "approved", CardAttemptState::Approved(Text::from("net-1"))),
        (2, "declined", CardAttemptState::Declined(Declined::InsufficientFunds)),
        (3, "unknown", CardAttemptState::Unknown),
        (4, "panics", CardAttemptState::Unknown),
    ] {
        let (attempt, job) = written(&engine, number, reference, true).await;
        assert_eq!(invoice_state(&engine, attempt.invoice).await, InvoiceState::AtNetwork(attempt.id));
        let answered = engine.authorize(Arc::clone(&attempt), job, card()).await;
        assert_eq!(answered.state, state, "{reference}");
        assert_eq!(stored(&engine, &attempt).await, *answered, "{reference}");
        assert_eq!(cards.calls(&attempt), (1, 0), "{reference}");
    }
    let unreached = engine.request_card_otp("panics").await.unwrap();
    assert_eq!(unreached.declined, Some(Declined::IssuerDown));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_before_its_report_leaves_a_payment_that_is_inquired_and_never_authorized_again() {
    let directory = Directory::new("cards-crash");
    let location = directory.location(100);
    let (engine, _) = start(&location, Fill::AtStart).await;
    // Claimed by this process, which ends: its claim has run out at once.
    let (attempt, _) = written(&engine, 1, "approved then done after 0", false).await;
    engine.stop().await;
    drop(engine);
    let (engine, cards) = start(&location, Fill::AtReset).await;
    let decided = loop {
        let attempt = stored(&engine, &attempt).await;
        if !attempt.state.is_undecided() {
            break attempt;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(decided.state, CardAttemptState::Approved(Text::from("net-1")));
    assert!(matches!(invoice_state(&engine, attempt.invoice).await, InvoiceState::Paid(_)));
    assert_eq!(cards.calls(&attempt), (0, 1), "inquired only");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_network_that_never_answers_leaves_the_payment_unknown_until_an_inquiry_tells() {
    let directory = Directory::new("cards-silent");
    let (engine, cards) = start(&directory.location(100), Fill::AtStart).await;
    let (attempt, job) = written(&engine, 1, "silent then done after 60000", true).await;
    let answered = engine.authorize(Arc::clone(&attempt), job, card()).await;
    assert_eq!(answered.state, CardAttemptState::Asked, "its payer waits no longer");
    engine.finish_work().await;
    // The writer is a thread, for which paused time does not wait.
    while stored(&engine, &attempt).await.state == CardAttemptState::Asked {
        tokio::task::yield_now().await;
    }
    assert_eq!(stored(&engine, &attempt).await.state, CardAttemptState::Unknown);
    assert_eq!(invoice_state(&engine, attempt.invoice).await, InvoiceState::AtNetwork(attempt.id));
    engine.move_clock(Move::Set(START_MS + 60_000)).await.unwrap().unwrap();
    assert_eq!(stored(&engine, &attempt).await.state, CardAttemptState::Approved(Text::from("net-1")));
    assert_eq!(cards.calls(&attempt), (1, 1));
    engine.stop().await;
}

//! A payer's way through the gateway's pages: vouchers, credit, the wallet, and the step of a card that is hosted here.

use engine::World;
use fastrand::Rng;
use payments::{
    AskCardOtp, BusinessDay, CallAddress, CancelVisit, CardChange, CardSlip, ChangePayerCard, Digest, Entered,
    GatewayCommand, GatewayEntry, GatewaySession, GatewayStep, InvoiceId, IssuePayerCard, NamedPayer, OpenCardStep,
    OtpLimit, PartyId, PayByCard, PayFromWallet, PayLocally, PayerCardState, PayerCardTerms, PayerVisit, Provenance,
    Rial, SESSION_MS, SecurityCheck, SessionState, Text, TypedCard, UseCredit, UseVoucher,
};

use super::invoices::{self, PARTIES, SHOPS};
use super::side::{Side, Visit, digest, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "UseVoucher done",
    "UseVoucher Step(VoucherUnknown)",
    "UseVoucher NoSession",
    "UseCredit done",
    "UseCredit Step(CreditUnknown)",
    "UseCredit LogIn",
    "PayFromWallet done",
    "PayFromWallet LogIn",
    "PayFromWallet Step(AmountChanged)",
    "PayLocally done",
    "PayLocally Invoice(NotPayable",
    "PayLocally Ended",
    "OpenCardStep done",
    "OpenCardStep Invoice(NotPayable(InGateway))",
    "OpenCardStep Ended",
    "AskCardOtp done",
    "AskCardOtp Ended",
    "AskCardOtp Step(Declined(",
    "PayByCard done",
    "PayByCard Step(Declined(OtpGone))",
    "PayByCard Step(Declined(CardUnknown))",
    "PayByCard Step(Declined(CardLocked))",
    "CancelVisit done",
    "CancelVisit Ended",
    "IssueVoucher done",
    "IssueVoucher VoucherExists",
    "IssueVoucher NoBusiness",
];

/// Visits are known for a day after they have ended.
const KNOWN_MS: i64 = 43_200_000;
/// Cards that pay.
pub const CARDS: u64 = 2;
pub const EXPIRES: i64 = 140_812;

pub fn card_number(at: u64) -> Digest {
    digest(2_000_000 + at)
}

pub fn card_mask(at: u64) -> Text {
    Text::from(format!("502200******000{at}"))
}

pub fn card_terms() -> PayerCardTerms {
    PayerCardTerms {
        mobile: Text::from("09123456789"),
        expires: EXPIRES,
        state: PayerCardState::Active,
        per_transaction: Rial::ZERO,
        daily: Rial::ZERO,
    }
}

pub fn world(world: &mut World) {
    for at in 1..=CARDS {
        world.add(IssuePayerCard {
            number: card_number(at),
            sealed: vec![3],
            mask: card_mask(at),
            terms: card_terms(),
            balance: Rial::new(900_000),
            opened_at_ms: Some(0),
        });
    }
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    if once_in(random, 12) {
        let issuer = pick(random, &[SHOPS[0], SHOPS[1], PARTIES[0]]);
        let voucher = invoices::voucher(issuer, random.u64(..8));
        return side.run_audited("one", voucher).await;
    }
    if once_in(random, 10) {
        // What has locked a card, or made it unusable, is over.
        let (at, change) =
            (random.u64(1..=CARDS), pick(random, &[CardChange::Unlock, CardChange::Terms(card_terms())]));
        return side.run_audited("one", ChangePayerCard { number: card_number(at), mask: card_mask(at), change }).await;
    }
    let Some(invoice) = invoices::any(side, random).await else { return "none".to_owned() };
    let number = side.digest();
    let caller = pick(random, &[None, invoice.customer, invoice.customer, Some(PARTIES[0]), Some(PARTIES[3])]);
    let visit = match random.u64(..3) {
        0 => None,
        1 => recent(random, &side.known.visits),
        _ => recent(random, &side.known.asked),
    };
    // Forms of a visit that has begun, or a first one. A visit of which nothing is known any more is another that was never begun: not here.
    let visit = match visit.filter(|visit| side.now_ms() < visit.at_ms + KNOWN_MS) {
        Some(Visit { session, invoice, caller: began, card, .. }) => {
            let caller = if once_in(random, 4) { caller } else { began };
            let invoice = (invoice, issuer_of(side, invoice).await);
            (PayerVisit { session, invoice, caller, entered: None }, card)
        }
        None => (enter(side, random, (number, invoice.id, invoice.issuer), caller), None),
    };
    form(side, random, visit).await
}

async fn issuer_of(side: &Side, invoice: InvoiceId) -> PartyId {
    side.engine.reader().invoice(invoice).await.unwrap().map_or(SHOPS[0], |invoice| invoice.issuer)
}

fn enter(
    side: &mut Side,
    random: &mut Rng,
    (hash, invoice, issuer): (Digest, InvoiceId, PartyId),
    caller: Option<PartyId>,
) -> PayerVisit {
    let session = GatewaySession {
        hash,
        invoice,
        back: Some(Text::from("http://shop/back")),
        call: None,
        only: once_in(random, 8).then_some(PARTIES[0]),
        voucher: None,
        holder: None,
        credits: vec![],
        card_until_ms: None,
        state: SessionState::Open,
        ends_at_ms: side.now_ms() + SESSION_MS,
    };
    side.known.visits.push(Visit { session: hash, invoice, caller, card: None, at_ms: side.now_ms() });
    let entry_page = pick(random, &[GatewayEntry::Choice, GatewayEntry::CardStep]);
    let entered = (!once_in(random, 12)).then(|| Box::new(Entered { session, entry_page }));
    PayerVisit { session: hash, invoice: (invoice, issuer), caller, entered }
}

async fn submit<C: GatewayCommand>(side: &mut Side, visit: PayerVisit, command: C) -> String {
    side.outcome_of(GatewayStep { visit, command }).await
}

/// One form of a visit.
async fn form(side: &mut Side, random: &mut Rng, (visit, asked): (PayerVisit, Option<u64>)) -> String {
    let called = CallAddress { address: Text::from("http://shop/paid"), provenance: Provenance::Business };
    let callback = once_in(random, 3).then_some(called);
    match random.u64(..16) {
        0 | 1 => submit(side, visit, UseVoucher { code: Text::from(format!("GIFT-{}", random.u64(..8))) }).await,
        2 | 3 => submit(side, visit, UseCredit { hash: Text::from(format!("credit-{}", random.u64(..3))) }).await,
        4 | 5 => {
            let shown = once_in(random, 4).then(|| Rial::new(random.i64(1..40_000)));
            submit(side, visit, PayFromWallet { shown, callback }).await
        }
        6 => submit(side, visit, PayLocally { slip: slip(random), callback }).await,
        7 => submit(side, visit, CancelVisit).await,
        8 | 9 => submit(side, visit, OpenCardStep).await,
        10..13 => {
            let limit = once_in(random, 3).then(|| OtpLimit(std::num::NonZeroU32::new(4).unwrap()));
            let (at, card) = typed(random, None);
            let PayerVisit { session, invoice: (invoice, _), caller, .. } = visit;
            let asked = Visit { session, invoice, caller, card: Some(at), at_ms: side.now_ms() };
            let again = PayerVisit { entered: None, ..visit.clone() };
            let ask = AskCardOtp { card: card.clone(), network: None, hash: RIGHT, limit };
            let (came, written) = side.run(GatewayStep { visit, command: ask }).await;
            side.known.asked.extend(written.as_ref().map(|_| asked));
            match written {
                Some(_) if at == 2 && random.bool() => guess(side, random, again, card).await,
                _ => came,
            }
        }
        _ => {
            let ((at, card), slip) = (typed(random, asked), slip(random));
            let hash = if at == 2 && random.bool() { WRONG } else { RIGHT };
            submit(side, visit, PayByCard { card, network: None, hash, slip, callback }).await
        }
    }
}

/// Pays with a wrong password, once or until the card is locked.
async fn guess(side: &mut Side, random: &mut Rng, visit: PayerVisit, card: TypedCard) -> String {
    let (tries, mut came) = (pick(random, &[1, 4]), String::new());
    for _ in 0..tries {
        let command = PayByCard { card: card.clone(), network: None, hash: WRONG, slip: slip(random), callback: None };
        came = submit(side, visit.clone(), command).await;
    }
    came
}

/// Hashes of a card's one-time passwords.
pub const RIGHT: Digest = Digest([11; 32]);
pub const WRONG: Digest = Digest([12; 32]);

fn slip(random: &mut Rng) -> CardSlip {
    let number = |random: &mut Rng| Text::from(random.u64(1..5).to_string());
    CardSlip { terminal: Text::from("1"), mask: card_mask(1), rrn: number(random), tref: number(random) }
}

/// The first card, mostly, or that which a password was asked for; at times one that is not there, or not as it is printed.
fn typed(random: &mut Rng, asked: Option<u64>) -> (u64, TypedCard) {
    let odd = random.u64(..24);
    let at = match odd {
        0 => CARDS + 1,
        // Wrong tries lock a card: the first one stays usable.
        1 | 2 => 2,
        _ => asked.unwrap_or(1 + odd % 3 % CARDS),
    };
    let card = TypedCard {
        named: Some(NamedPayer { number: card_number(at), mask: card_mask(at) }),
        expires: (odd != 1).then_some(EXPIRES),
        security: if odd == 2 { SecurityCheck::Wrong } else { SecurityCheck::Right },
        day: if odd == 3 { BusinessDay::Closing } else { BusinessDay::Open },
    };
    (at, card)
}

//! A payer's way through the gateway's pages: vouchers, credit, the wallet, and the card step.

use fastrand::Rng;
use payments::{
    CancelVisit, CardChange, ChangePayerCard, Digest, Entered, GatewayCommand, GatewayEntry, GatewaySession,
    GatewayStep, InvoiceId, LeaveCardStep, OpenCardStep, PartyId, PayFromWallet, PayLocally, PayerVisit, RemoveCredit,
    RemoveVoucher, Rial, SESSION_MS, SessionState, Text, UseCredit, UseVoucher,
};

use super::card_step::{self, CARDS, card_mask, card_number, card_terms};
use super::invoices::{self, PARTIES, SHOPS};
use super::side::{Side, Visit, once_in, pick, recent};
use super::{attempts, fitting, operators};

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
    "PayByCard Step(Mistyped { what: Password",
    "PayByCard Step(Declined(CardUnknown))",
    "PayByCard Step(Declined(CardLocked))",
    "PayByCard Approved(",
    "PayByCard Declined(",
    "PayByCard NotTaken",
    "PayByCard Unknown",
    "ResolveCardAttempt Approved(",
    "ResolveCardAttempt NotTaken",
    "ResolveCardAttempt PaymentDecided",
    "ResolveCardAttempt PaymentUnknown",
    "Propose ProposedAction(PaymentDecided)",
    "ResolveCard Approved(",
    "ResolveCard NotTaken",
    "RemoveVoucher done",
    "RemoveCredit done",
    "LeaveCardStep done",
    "LeaveCardStep Ended",
    "CancelVisit done",
    "CancelVisit Ended",
    "IssueVoucher done",
    "IssueVoucher VoucherExists",
    "IssueVoucher NoBusiness",
];

/// Visits are known for a day after they have ended.
const KNOWN_MS: i64 = 43_200_000;
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
    match random.u64(..24) {
        0 | 1 => return attempts::resolve(side, random).await,
        2 | 3 => return operators::resolve_card(side, random).await,
        4..8 => return pay_at_network(side, random).await,
        _ => {}
    }
    let Some(invoice) = fitting::mostly_open(side, random).await else { return invoices::issue(side, random).await };
    let number = side.digest();
    let caller = pick(random, &[None, invoice.customer, invoice.customer, Some(PARTIES[0]), Some(PARTIES[3])]);
    let visit = match random.u64(..3) {
        0 => None,
        1 => recent(random, &side.known.visits),
        _ => recent(random, &side.known.asked),
    };
    // Forms of a visit that has begun, or a first one. A visit of which nothing is known any more is another that was never begun: not here.
    let visit = visit.filter(|visit| side.now_ms() < visit.at_ms + KNOWN_MS);
    let is_open = is_open(side, visit).await;
    let visit = match visit.filter(|_| is_open || once_in(random, 3)) {
        Some(Visit { session, invoice, caller: began, card, .. }) => {
            let caller = if once_in(random, 4) { caller } else { began };
            let invoice = (invoice, issuer_of(side, invoice).await);
            (PayerVisit { session, invoice, caller, entered: None }, card)
        }
        None => {
            let entry_page = if once_in(random, 3) { GatewayEntry::Choice } else { GatewayEntry::CardStep };
            (enter(side, random, (number, invoice.id, invoice.issuer), (caller, entry_page)), None)
        }
    };
    form(side, random, visit).await
}

/// Whether forms of a visit are still accepted.
async fn is_open(side: &Side, visit: Option<Visit>) -> bool {
    let Some(Visit { session, .. }) = visit else { return false };
    let session = side.engine.reader().gateway_session(session).await.unwrap();
    session.is_some_and(|session| session.is_open(side.now_ms()))
}

async fn issuer_of(side: &Side, invoice: InvoiceId) -> PartyId {
    side.engine.reader().invoice(invoice).await.unwrap().map_or(SHOPS[0], |invoice| invoice.issuer)
}

/// Pays in a new visit by a card of another bank.
async fn pay_at_network(side: &mut Side, random: &mut Rng) -> String {
    let Some(invoice) = fitting::mostly_open(side, random).await else { return invoices::issue(side, random).await };
    let ids = (side.digest(), invoice.id, invoice.issuer);
    let caller = pick(random, &[None, invoice.customer]);
    let visit = enter(side, random, ids, (caller, GatewayEntry::CardStep));
    let asked = attempts::any_card(random);
    let typed = card_step::typed(random, Some(asked));
    if !once_in(random, 3) {
        return card_step::ask(side, random, visit, typed).await;
    }
    // What credit pays is held as long as the network has not answered.
    submit(side, visit.clone(), UseCredit { hash: Text::from("credit-0") }).await;
    card_step::ask(side, random, PayerVisit { entered: None, ..visit }, typed).await
}

fn enter(
    side: &mut Side,
    random: &mut Rng,
    (hash, invoice, issuer): (Digest, InvoiceId, PartyId),
    (caller, entry_page): (Option<PartyId>, GatewayEntry),
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
    let entered = (!once_in(random, 12)).then(|| Box::new(Entered { session, entry_page }));
    PayerVisit { session: hash, invoice: (invoice, issuer), caller, entered }
}

async fn submit<C: GatewayCommand>(side: &mut Side, visit: PayerVisit, command: C) -> String {
    side.outcome_of(GatewayStep { visit, command }).await
}

/// One form of a visit.
async fn form(side: &mut Side, random: &mut Rng, (visit, asked): (PayerVisit, Option<u64>)) -> String {
    let callback = card_step::callback(random);
    match random.u64(..19) {
        16 => submit(side, visit, RemoveVoucher).await,
        17 => submit(side, visit, LeaveCardStep).await,
        18 => submit(side, visit, RemoveCredit).await,
        0 | 1 => submit(side, visit, UseVoucher { code: Text::from(format!("GIFT-{}", random.u64(..8))) }).await,
        2 | 3 => submit(side, visit, UseCredit { hash: Text::from(format!("credit-{}", random.u64(..3))) }).await,
        4 | 5 => {
            let shown = once_in(random, 4).then(|| Rial::new(random.i64(1..40_000)));
            submit(side, visit, PayFromWallet { shown, callback }).await
        }
        6 => submit(side, visit, PayLocally { slip: card_step::slip(random), callback }).await,
        7 => submit(side, visit, CancelVisit).await,
        8 | 9 => submit(side, visit, OpenCardStep).await,
        10..13 => {
            let typed = card_step::typed(random, None);
            card_step::ask(side, random, visit, typed).await
        }
        _ => {
            let typed = card_step::typed(random, asked);
            card_step::pay(side, random, visit, typed).await
        }
    }
}

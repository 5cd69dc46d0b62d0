//! The decisions of the gateway's pages (pod.md 5.1 – 5.3): sessions, the order of refusals, legs of a payment, vouchers, the card step.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::memory::Memory;
use payments::{
    AskCardOtp, AttemptTerms, AuthorizationReported, Business, BusinessDay, CARD_NETWORK, CallAddress, CancelInvoice,
    CancelVisit, CardAttempt, CardNetworkResponse, CardOtp, CardPayment, CardSecret, CardSlip, CardStepRefusal,
    CreditUnknown, Declined, Delegations, Digest, Entered, FillWallet, GATEWAY_HOLD, GatewayCommand, GatewayEntry,
    GatewayRefusal, GatewaySession, GatewayStep, GiveCredit, Invoice, InvoiceCall, InvoiceCommand, InvoiceId,
    InvoiceLine, InvoiceRefusal, InvoiceState, Issue, IssueInvoice, IssuePayerCard, IssueVoucher, Job, JobKind,
    LeaveCardStep, LineAmount, MICRO, Means, NEVER_MS, NamedPayer, NetworkCall, NetworkCard, NotPayable, NotTaken, Now,
    OTP_LIFE_MS, OpenCardStep, OtpLimit, OtpSending, OtpWritten, Party, PartyId, PartyKind, PayByCard, PayByCredit,
    PayBySms, PayFromWallet, PayLocally, PayWithCode, PayableInvoices, PayerCardState, PayerCardTerms, PayerVisit,
    PricedLines, Provenance, RegisterParty, RemoveVoucher, ReportAuthorization, RetryJob, Rial, Rules, SESSION_MS,
    SecurityCheck, SendPaymentSms, SessionState, SetOff, SmsContent, Terms, Text, TypedCard, UseCredit, UseVoucher,
    Voucher, VoucherGone, VoucherKey, VoucherState, VoucherUnknown, blocked, guild_open, wallet,
};

pub const SHOP: PartyId = PartyId(201);
const OTHER_SHOP: PartyId = PartyId(202);
pub const ALI: PartyId = PartyId(101);
pub const NIMA: PartyId = PartyId(103);
pub const GUILD: i64 = 561;
const CARD: Digest = Digest([1; 32]);
/// A card of another bank.
const FOREIGN: Digest = Digest([77; 32]);
pub const RIGHT: Digest = Digest([11; 32]);
const WRONG: Digest = Digest([12; 32]);
const EXPIRES: i64 = 140_812;
/// An invoice of 50,000 rials with 9 percent tax.
pub const PAYABLE: i64 = 54_500;

fn party(memory: &mut Memory, id: PartyId, has: i64) {
    let business = Business { guilds: vec![GUILD], ..Business::default() };
    let kind = if id.0 > 200 { PartyKind::Business(business) } else { PartyKind::User };
    let party = Party {
        id,
        kind,
        name: Text::from(format!("p{}", id.0)),
        password: String::new(),
        mobile: Text::from(""),
        mobile_verified: false,
        joined_at_ms: 1,
        disabled: false,
        access_version: 0,
    };
    memory.run_ok(RegisterParty { party, replace: false });
    if has > 0 {
        memory.run_ok(FillWallet { party: id, amount: Rial::new(has), at_ms: None });
    }
}

/// Two shops, two vouchers of the first and one of the second, two users, a credit from Nima to Ali, and a card with a million rials.
pub fn world() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    for (id, has) in [(SHOP, 0), (OTHER_SHOP, 0), (ALI, 1_000_000), (NIMA, 400_000)] {
        party(&mut memory, id, has);
    }
    for (issuer, code, value) in [(SHOP, "GIFT", 20_000), (SHOP, "ALL", 100_000), (OTHER_SHOP, "THEIRS", 20_000)] {
        let key = VoucherKey { issuer, code: Text::from(code) };
        let (sealed, shown) = (Vec::new(), Text::from(""));
        memory.run_ok(IssueVoucher { key, sealed, shown, value: Rial::new(value) });
    }
    memory.run_ok(GiveCredit { delegator: NIMA, holder: ALI, hash: Text::from("credit"), limit: Rial::new(15_000) });
    memory.run_ok(IssuePayerCard {
        number: CARD,
        sealed: vec![],
        mask: Text::from("502200******0000"),
        terms: PayerCardTerms {
            mobile: Text::from("09123456789"),
            expires: EXPIRES,
            state: PayerCardState::Active,
            per_transaction: Rial::ZERO,
            daily: Rial::ZERO,
        },
        balance: Rial::new(1_000_000),
        opened_at_ms: Some(0),
    });
    memory
}

pub fn issue(memory: &mut Memory, price: i64, verification_needed: bool) -> InvoiceId {
    let amount = LineAmount { price: Rial::new(price), quantity_micro: MICRO, discount: Rial::ZERO };
    let line = InvoiceLine { id: 0, product: 0, amount, description: Text::from("book") };
    let verb = IssueInvoice {
        guild: GUILD,
        customer: Some(ALI),
        cellphone: Text::from(""),
        bill_number: None,
        unique: u64::try_from(memory.invoices.len()).unwrap() + 1,
        reference_number: Text::from("1"),
        lines: PricedLines::of([line], 90_000).unwrap(),
        terms: Terms { verification_needed, ..Terms::default() },
        issue: Issue::Really,
    };
    by(memory, SHOP, verb)
}

pub fn by(memory: &mut Memory, caller: PartyId, command: impl InvoiceCommand<Done = Arc<Invoice>>) -> InvoiceId {
    memory.run_ok(InvoiceCall { caller, ott: None, command }).id
}

fn session(number: u8, invoice: InvoiceId) -> GatewaySession {
    GatewaySession {
        hash: Digest([number; 32]),
        invoice,
        back: None,
        call: None,
        only: None,
        voucher: None,
        holder: None,
        credits: vec![],
        card_until_ms: None,
        state: SessionState::Open,
        ends_at_ms: 0,
    }
}

/// Runs a step of a session, for this caller.
pub fn go<C: GatewayCommand>(
    memory: &mut Memory,
    (number, invoice): (u8, InvoiceId),
    caller: Option<PartyId>,
    command: C,
) -> Result<C::Done, GatewayRefusal<C::Refusal>> {
    let visit = PayerVisit { session: Digest([number; 32]), invoice: (invoice, SHOP), caller, entered: None };
    memory.run(GatewayStep { visit, command })
}

/// The reason for which a step cannot pay the invoice; panics on any other result.
pub fn not_payable<D: std::fmt::Debug, R: std::fmt::Debug>(result: Result<D, GatewayRefusal<R>>) -> InvoiceRefusal {
    match result {
        Err(GatewayRefusal::Invoice(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn declined<D>(why: Declined) -> Result<D, GatewayRefusal<CardStepRefusal>> {
    Err(GatewayRefusal::Step(CardStepRefusal::Declined(why)))
}

fn mistyped<D>(what: CardSecret, left: i64) -> Result<D, GatewayRefusal<CardStepRefusal>> {
    Err(GatewayRefusal::Step(CardStepRefusal::Mistyped { what, left }))
}

/// Writes a session as its first form would; opens its card step if its link does so.
pub fn enter(
    memory: &mut Memory,
    at: (u8, InvoiceId),
    entry_page: GatewayEntry,
) -> Result<(), GatewayRefusal<VoucherGone>> {
    admits(memory, at.1, entry_page)?;
    let session = begins(memory, at);
    memory.gateway_sessions.insert(session.hash, Arc::new(session));
    match entry_page {
        GatewayEntry::Choice => Ok(()),
        GatewayEntry::CardStep => go(memory, at, None, OpenCardStep).map(|_| ()),
    }
}

fn admits(memory: &Memory, id: InvoiceId, entry_page: GatewayEntry) -> Result<(), InvoiceRefusal> {
    let now = Now::at(memory.now_ms).unwrap();
    entry_page.admits(&memory.invoices[&id], memory.parties.get(&SHOP).map(|shop| &**shop), &now)
}

pub fn begins(memory: &Memory, (number, invoice): (u8, InvoiceId)) -> GatewaySession {
    GatewaySession { ends_at_ms: memory.now_ms + SESSION_MS, ..session(number, invoice) }
}

/// Runs the first form of a payer, who has followed a link with this entry.
fn first<C: GatewayCommand>(
    memory: &mut Memory,
    at: (u8, InvoiceId),
    (caller, entry_page): (Option<PartyId>, GatewayEntry),
    command: C,
) -> Result<C::Done, GatewayRefusal<C::Refusal>> {
    let entered = Some(Box::new(Entered { session: begins(memory, at), entry_page }));
    let visit = PayerVisit { session: Digest([at.0; 32]), invoice: (at.1, SHOP), caller, entered };
    memory.run(GatewayStep { visit, command })
}

fn from_wallet() -> PayFromWallet {
    PayFromWallet::default()
}

pub fn voucher(code: &str) -> UseVoucher {
    UseVoucher { code: Text::from(code) }
}

fn slip() -> CardSlip {
    let text = |text: &str| Text::from(text);
    CardSlip { terminal: text("1"), mask: text("502200******0000"), rrn: text("2"), tref: text("3") }
}

fn typed() -> TypedCard {
    let named = Some(NamedPayer { number: CARD, mask: Text::from("502200******0000") });
    TypedCard { named, expires: Some(EXPIRES), security: SecurityCheck::Right, day: BusinessDay::Open }
}

/// A card of another bank.
pub fn foreign() -> TypedCard {
    let named = Some(NamedPayer { number: FOREIGN, mask: Text::from("627412******0000") });
    TypedCard { named, ..typed() }
}

fn ask() -> AskCardOtp {
    AskCardOtp { card: typed(), network: None, hash: RIGHT, limit: None, sending: OtpSending::New }
}

/// Asks for a password of another bank's card; `declined`: the network's answer.
pub fn ask_foreign(declined: Option<Declined>) -> AskCardOtp {
    let network = Some(NetworkCard { mobile: Text::from("09120000000"), declined });
    AskCardOtp { card: foreign(), network, ..ask() }
}

fn called() -> CallAddress {
    CallAddress { address: Text::from("http://shop/"), provenance: Provenance::Business }
}

fn pay(card: TypedCard, hash: Digest) -> PayByCard {
    PayByCard { card, network: None, hash, slip: slip(), callback: Some(called()) }
}

/// Pays with another bank's card.
pub fn pay_foreign(hash: Digest) -> PayByCard {
    let network = Some(AttemptTerms { reference: Text::from("r-1"), leased_until_ms: 30_000 });
    PayByCard { network, ..pay(foreign(), hash) }
}

/// Pays and reports the network's response at once. `Ok`: the money was taken.
fn pay_and_report(
    memory: &mut Memory,
    at: (u8, InvoiceId),
    payment: PayByCard,
    response: CardNetworkResponse,
) -> Result<(), GatewayRefusal<CardStepRefusal>> {
    let CardPayment::ToNetwork(attempt, job) = go(memory, at, None, payment)? else { panic!("a card of another bank") };
    let attempt = report(memory, &attempt, job, NetworkCall::Submit, response).attempt.unwrap();
    attempt.state.declined().map_or(Ok(()), declined)
}

/// Reports the response of the network of other banks' cards. A payment that is not found is failed after a minute; inquiries come every ten seconds.
pub fn report(
    memory: &mut Memory,
    attempt: &CardAttempt,
    job: Job,
    call: NetworkCall,
    response: CardNetworkResponse,
) -> AuthorizationReported {
    let (ask_again_ms, not_found_final_ms) = (Some(10_000), 60_000);
    memory.run_ok(ReportAuthorization { job, attempt: attempt.id, call, response, ask_again_ms, not_found_final_ms })
}

pub fn has(memory: &Memory, party: PartyId) -> i64 {
    memory.balance_of(wallet(party)).0
}

pub fn invoice(memory: &Memory, id: InvoiceId) -> Arc<Invoice> {
    Arc::clone(&memory.invoices[&id])
}

fn card_has(memory: &Memory) -> i64 {
    memory.balance_of(memory.payer_cards[&CARD].id).0
}

#[test]
fn voucher_credit_and_card_pay_together_and_all_of_it_goes_back_with_a_cancel() {
    // pod.md 3.0, payment legs and refund; 5.2, 5.3.
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    let at = (1, id);
    enter(&mut memory, at, GatewayEntry::Choice).unwrap();
    go(&mut memory, at, Some(ALI), voucher("GIFT")).unwrap();
    go(&mut memory, at, Some(ALI), UseCredit { hash: Text::from("credit") }).unwrap();
    go(&mut memory, at, Some(ALI), OpenCardStep).unwrap();
    let sent = go(&mut memory, at, Some(ALI), ask()).unwrap();
    let CardOtp::Written(OtpWritten { amount, mobile, .. }) = sent else { panic!("{sent:?}") };
    assert_eq!((amount.get(), &*mobile), (PAYABLE - 35_000, "09123456789"));
    go(&mut memory, at, Some(ALI), pay(typed(), RIGHT)).unwrap();

    assert_eq!((has(&memory, NIMA), card_has(&memory)), (385_000, 1_000_000 - 19_500));
    assert_eq!(memory.balance_of(guild_open(SHOP, GUILD)).0, 34_500, "the shop receives less by its voucher");
    let paid = invoice(&memory, id);
    assert!(matches!(&paid.state, InvoiceState::Paid(p) if p.payer == Some(ALI) && matches!(p.means, Means::Card(_))));
    let used: Vec<_> = paid.vouchers.iter().map(|used| (&*used.code, used.amount.get(), used.canceled)).collect();
    assert_eq!(used, [("GIFT", 20_000, false)]);
    let key = VoucherKey { issuer: SHOP, code: Text::from("GIFT") };
    assert_eq!(memory.vouchers[&key].state, VoucherState::Used(id));
    assert_eq!(memory.balance_of(CARD_NETWORK).0, 0, "a card that is hosted here owes nothing");
    assert_eq!(memory.messages.len(), 2, "the password and the call to the shop");
    let SessionState::Took(receipt) = memory.gateway_sessions[&Digest([1; 32])].state.clone() else { panic!() };
    assert_eq!((receipt.voucher.get(), receipt.credit.get(), receipt.rest.get()), (20_000, 15_000, 19_500));

    by(&mut memory, SHOP, CancelInvoice { invoice: id });
    assert_eq!((has(&memory, NIMA), has(&memory, ALI)), (400_000, 1_019_500), "the rest goes to the payer's wallet");
    assert_eq!(memory.vouchers[&key].state, VoucherState::Free);
    assert!(invoice(&memory, id).vouchers[0].canceled);
    assert_eq!(memory.credit_books[&ALI].credits[0].left.get(), 15_000);
}

#[test]
fn what_the_issuer_has_to_verify_waits_and_goes_back_after_an_hour() {
    // pod.md 3.0, effect "waiting"; 6, verification.
    let mut memory = world();
    let id = issue(&mut memory, 50_000, true);
    let at = (1, id);
    enter(&mut memory, at, GatewayEntry::Choice).unwrap();
    go(&mut memory, at, None, voucher("GIFT")).unwrap();
    go(&mut memory, at, Some(ALI), from_wallet()).unwrap();
    assert!(matches!(invoice(&memory, id).state, InvoiceState::Waiting(_)));
    assert_eq!(memory.balance_of(GATEWAY_HOLD).0, 34_500);
    let hour = memory.now_ms + 3_600_000;
    memory.advance_to(hour);
    assert_eq!((memory.balance_of(GATEWAY_HOLD).0, has(&memory, ALI)), (0, 1_000_000));
    let back = invoice(&memory, id);
    assert!(back.state == InvoiceState::Issued && back.vouchers[0].canceled);
    assert!(matches!(memory.gateway_sessions[&Digest([1; 32])].state, SessionState::Took(_)), "the receipt stays");
    // The voucher can be used again, in another session.
    enter(&mut memory, (2, id), GatewayEntry::Choice).unwrap();
    go(&mut memory, (2, id), None, voucher("GIFT")).unwrap();
    go(&mut memory, (2, id), Some(ALI), from_wallet()).unwrap();
    let used: Vec<_> = invoice(&memory, id).vouchers.iter().map(|used| used.canceled).collect();
    assert_eq!(used, [true, false]);
}

#[test]
fn a_voucher_is_for_one_session_and_one_invoice_of_its_issuer() {
    // pod.md 5.2: wrong, used, reserved by another session or foreign.
    let mut memory = world();
    let (one, other) = (issue(&mut memory, 50_000, false), issue(&mut memory, 50_000, false));
    for at in [(1, one), (2, other)] {
        enter(&mut memory, at, GatewayEntry::Choice).unwrap();
    }
    for code in ["", "gift", "THEIRS"] {
        assert_eq!(go(&mut memory, (1, one), None, voucher(code)), Err(GatewayRefusal::Step(VoucherUnknown)), "{code}");
    }
    go(&mut memory, (1, one), None, voucher("ALL")).unwrap();
    assert_eq!(go(&mut memory, (2, other), None, voucher("ALL")), Err(GatewayRefusal::Step(VoucherUnknown)));
    // Another voucher in the session releases the first.
    go(&mut memory, (1, one), None, voucher("GIFT")).unwrap();
    go(&mut memory, (2, other), None, voucher("ALL")).unwrap();
    // The voucher covers everything: nothing is left to pay, so no log-in is needed.
    let done = go(&mut memory, (2, other), None, from_wallet()).unwrap();
    assert!(matches!(&done.state, SessionState::Took(receipt) if receipt.rest == Rial::ZERO));
    assert_eq!(invoice(&memory, other).received(), Some(Rial::ZERO));
    // A session whose invoice is paid otherwise releases its voucher, too.
    let fourth = issue(&mut memory, 50_000, false);
    enter(&mut memory, (5, fourth), GatewayEntry::Choice).unwrap();
    assert_eq!(go(&mut memory, (5, fourth), None, voucher("GIFT")), Err(GatewayRefusal::Step(VoucherUnknown)));
    enter(&mut memory, (6, one), GatewayEntry::Choice).unwrap();
    go(&mut memory, (6, one), Some(ALI), from_wallet()).unwrap();
    go(&mut memory, (5, fourth), None, voucher("GIFT")).unwrap();
    go(&mut memory, (5, fourth), None, CancelVisit).unwrap();
    // A canceled or expired session releases its voucher.
    go(&mut memory, (1, one), None, CancelVisit).unwrap();
    let third = issue(&mut memory, 50_000, false);
    enter(&mut memory, (3, third), GatewayEntry::Choice).unwrap();
    go(&mut memory, (3, third), None, voucher("GIFT")).unwrap();
    memory.now_ms += SESSION_MS;
    enter(&mut memory, (4, third), GatewayEntry::Choice).unwrap();
    go(&mut memory, (4, third), None, voucher("GIFT")).unwrap();
    assert_eq!(
        go(&mut memory, (4, third), None, voucher("ALL")),
        Err(GatewayRefusal::Step(VoucherUnknown)),
        "used for ever"
    );
}

#[test]
fn a_wallet_pays_what_its_payer_was_shown_and_nothing_else() {
    // pod.md 5.2: the rest after voucher and credit may change after the page was rendered.
    let mut memory = world();
    let (id, other) = (issue(&mut memory, 50_000, false), issue(&mut memory, 50_000, false));
    let credit = || UseCredit { hash: Text::from("credit") };
    let shown = |shown| PayFromWallet { shown: Some(Rial::new(shown)), callback: None };
    for at in [(1, id), (2, other)] {
        enter(&mut memory, at, GatewayEntry::Choice).unwrap();
        go(&mut memory, at, Some(ALI), credit()).unwrap();
    }
    // The credit is spent in the other session.
    go(&mut memory, (2, other), Some(ALI), shown(39_500)).unwrap();
    let before = has(&memory, ALI);
    for wrong in [39_500, PAYABLE - 1, PAYABLE + 1, 0, -1] {
        assert_eq!(
            go(&mut memory, (1, id), Some(ALI), shown(wrong)),
            Err(GatewayRefusal::Step(NotTaken::AmountChanged)),
            "{wrong}"
        );
    }
    assert_eq!((has(&memory, ALI), invoice(&memory, id).state.clone()), (before, InvoiceState::Issued));
    go(&mut memory, (1, id), Some(ALI), shown(PAYABLE)).unwrap();
    assert_eq!(has(&memory, ALI), before - PAYABLE);
}

#[test]
fn a_disabled_business_is_not_paid_and_the_wallet_of_a_disabled_user_does_not_pay() {
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    enter(&mut memory, (1, id), GatewayEntry::Choice).unwrap();
    let code = Digest([7; 32]);
    let sms = SendPaymentSms {
        invoice: id,
        sms: SmsContent::Code(code),
        link: None,
        call: None,
        delegations: Delegations::default(),
        delegators: vec![],
    };
    let disable = |memory: &mut Memory, id: PartyId, disabled: bool| {
        let party = Party { disabled, ..Party::clone(&memory.parties[&id]) };
        memory.run_ok(RegisterParty { party, replace: true });
    };
    let party =
        Party { mobile: Text::from("09121234567"), mobile_verified: true, ..Party::clone(&memory.parties[&ALI]) };
    memory.run_ok(RegisterParty { party, replace: true });
    memory.run_ok(InvoiceCall { caller: SHOP, ott: None, command: sms });
    let with_code = |memory: &mut Memory| {
        memory.run(PayBySms { code: PayWithCode { invoice: id, hash: code, others: vec![], call: None } })
    };
    let refused = InvoiceRefusal::Disabled;
    disable(&mut memory, SHOP, true);
    assert_eq!(not_payable(enter(&mut memory, (2, id), GatewayEntry::Choice)), refused);
    assert_eq!(not_payable(enter(&mut memory, (2, id), GatewayEntry::CardStep)), refused);
    assert_eq!(not_payable(go(&mut memory, (1, id), Some(ALI), voucher("GIFT"))), refused);
    assert_eq!(not_payable(go(&mut memory, (1, id), Some(ALI), from_wallet())), refused);
    assert_eq!(not_payable(go(&mut memory, (1, id), Some(ALI), OpenCardStep)), refused);
    // A card step that was open before cannot pay either.
    disable(&mut memory, SHOP, false);
    let in_card = issue(&mut memory, 50_000, false);
    enter(&mut memory, (3, in_card), GatewayEntry::CardStep).unwrap();
    go(&mut memory, (3, in_card), None, ask()).unwrap();
    disable(&mut memory, SHOP, true);
    assert_eq!(not_payable(go(&mut memory, (3, in_card), None, ask())), refused);
    assert_eq!(not_payable(go(&mut memory, (3, in_card), None, pay(typed(), RIGHT))), refused);
    assert_eq!(card_has(&memory), 1_000_000);
    assert_eq!(with_code(&mut memory), Err(InvoiceRefusal::Disabled));
    let delegations = Delegations::default();
    let command = PayByCredit { invoice: id, delegations, payable_invoices: PayableInvoices::Any };
    let call = InvoiceCall { caller: ALI, ott: None, command };
    assert_eq!(memory.run(call), Err(InvoiceRefusal::Disabled));
    disable(&mut memory, SHOP, false);
    disable(&mut memory, ALI, true);
    assert_eq!(with_code(&mut memory), Err(InvoiceRefusal::Disabled));
    assert_eq!((has(&memory, ALI), invoice(&memory, id).state.clone()), (1_000_000, InvoiceState::Issued));
    disable(&mut memory, ALI, false);
    // Credit from a disabled party pays nothing, neither on pages nor by calls.
    disable(&mut memory, NIMA, true);
    go(&mut memory, (1, id), Some(ALI), UseCredit { hash: Text::from("credit") }).unwrap();
    let shown = PayFromWallet { shown: Some(Rial::new(PAYABLE - 15_000)), callback: None };
    let paid = go(&mut memory, (1, id), Some(ALI), shown);
    assert_eq!(paid, Err(GatewayRefusal::Step(NotTaken::AmountChanged)));
    let delegations = Delegations { hashes: vec![Text::from("credit")], forced: true, ..Delegations::default() };
    let command = PayByCredit { invoice: id, delegations, payable_invoices: PayableInvoices::Any };
    let call = InvoiceCall { caller: ALI, ott: None, command };
    let short = Err(InvoiceRefusal::CreditShort);
    assert_eq!(memory.run(call), short);
    assert_eq!(has(&memory, NIMA), 400_000);
    disable(&mut memory, NIMA, false);
    assert!(with_code(&mut memory).is_ok());
}

// second-edition.md 4.5
#[test]
fn a_session_is_written_with_its_first_form_and_holds_the_invoice_from_then_on() {
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    for entry_page in [GatewayEntry::Choice, GatewayEntry::CardStep] {
        admits(&memory, id, entry_page).unwrap();
    }
    // A first form that changes nothing writes nothing.
    let wrong = first(&mut memory, (1, id), (Some(ALI), GatewayEntry::Choice), voucher("none"));
    assert_eq!(wrong, Err(GatewayRefusal::Step(VoucherUnknown)));
    let late = first(&mut memory, (1, id), (None, GatewayEntry::Choice), ask()).unwrap_err();
    assert!(matches!(late, GatewayRefusal::Ended(_)), "its card step was not opened: {late:?}");
    assert_eq!((memory.gateway_sessions.len(), invoice(&memory, id).state.clone()), (0, InvoiceState::Issued));
    first(&mut memory, (1, id), (Some(ALI), GatewayEntry::Choice), voucher("GIFT")).unwrap();
    // The stored session wins over the initial content that comes with the form.
    first(&mut memory, (1, id), (Some(ALI), GatewayEntry::Choice), UseCredit { hash: Text::from("credit") }).unwrap();
    assert_eq!(memory.gateway_sessions[&Digest([1; 32])].voucher, Some(Text::from("GIFT")));
    // A link to the card page: its first form holds the invoice, even if the card is declined.
    let unknown = TypedCard { named: None, ..typed() };
    let declined = AskCardOtp { card: unknown, ..ask() };
    let done = first(&mut memory, (2, id), (None, GatewayEntry::CardStep), declined);
    assert_eq!(done, Err(GatewayRefusal::Step(CardStepRefusal::Declined(Declined::CardUnknown))));
    assert!(matches!(invoice(&memory, id).state, InvoiceState::InGateway(_)));
    let in_gateway = InvoiceRefusal::NotPayable(NotPayable::InGateway);
    assert_eq!(admits(&memory, id, GatewayEntry::CardStep), Err(in_gateway));
    let other = first(&mut memory, (3, id), (None, GatewayEntry::CardStep), ask());
    assert_eq!(not_payable(other), in_gateway);
    first(&mut memory, (2, id), (None, GatewayEntry::CardStep), ask()).unwrap();
    first(&mut memory, (2, id), (None, GatewayEntry::CardStep), pay(typed(), RIGHT)).unwrap();
    let again = first(&mut memory, (2, id), (None, GatewayEntry::CardStep), pay(typed(), RIGHT)).unwrap_err();
    assert!(matches!(again, GatewayRefusal::Ended(session) if matches!(session.state, SessionState::Took(_))));
    // A session's number does not begin a new session for another invoice, or after it has expired.
    let second = issue(&mut memory, 50_000, false);
    assert_eq!(
        first(&mut memory, (2, second), (None, GatewayEntry::Choice), voucher("ALL")),
        Err(GatewayRefusal::NoSession)
    );
    let entered = Entered { session: begins(&memory, (4, second)), entry_page: GatewayEntry::CardStep };
    memory.now_ms += SESSION_MS;
    let entered = Some(Box::new(entered));
    let visit = PayerVisit { session: Digest([4; 32]), invoice: (second, SHOP), caller: None, entered };
    assert!(matches!(memory.run(GatewayStep { visit, command: ask() }), Err(GatewayRefusal::Ended(_))));
    assert_eq!(invoice(&memory, second).state, InvoiceState::Issued);
}

#[test]
fn the_card_step_keeps_everybody_else_out_for_twenty_minutes() {
    // pod.md 5.3.
    let gateway = InvoiceRefusal::NotPayable(NotPayable::InGateway);
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    enter(&mut memory, (1, id), GatewayEntry::CardStep).unwrap();
    assert_eq!(not_payable(enter(&mut memory, (3, id), GatewayEntry::Choice)), gateway);
    // It is not extended, however often it is opened.
    memory.now_ms += SESSION_MS / 2;
    go(&mut memory, (1, id), None, OpenCardStep).unwrap();
    go(&mut memory, (1, id), None, ask()).unwrap();
    memory.now_ms += SESSION_MS / 2;
    let ended = go(&mut memory, (1, id), None, pay(typed(), RIGHT)).unwrap_err();
    assert!(matches!(ended, GatewayRefusal::Ended(_)), "a late payment charges nothing: {ended:?}");
    assert_eq!(card_has(&memory), 1_000_000);
    // The invoice is free again. A cancel by the payer frees it at once.
    enter(&mut memory, (3, id), GatewayEntry::CardStep).unwrap();
    go(&mut memory, (3, id), None, CancelVisit).unwrap();
    assert_eq!(invoice(&memory, id).state, InvoiceState::Issued);
    let ended = go(&mut memory, (3, id), None, ask()).unwrap_err();
    assert!(matches!(ended, GatewayRefusal::Ended(session) if session.state == SessionState::Canceled));
    enter(&mut memory, (4, id), GatewayEntry::Choice).unwrap();
    assert!(matches!(go(&mut memory, (4, id), None, ask()), Err(GatewayRefusal::Ended(_))), "it was never opened");
    // A row that a sweep will remove counts as gone already: the answer does not depend on when the sweep comes.
    memory.now_ms = memory.gateway_sessions[&Digest([3; 32])].forgotten_at_ms();
    assert_eq!(go(&mut memory, (3, id), None, ask()), Err(GatewayRefusal::NoSession));
}

/// Whether the password that a step has led to was sent now, and when it expires.
fn sent(asked: Result<CardOtp, GatewayRefusal<CardStepRefusal>>) -> (bool, i64) {
    match asked.unwrap() {
        CardOtp::Written(written) => (true, written.ends_at_ms),
        CardOtp::StillValid { ends_at_ms } => (false, ends_at_ms),
    }
}

#[test]
fn a_payer_goes_from_the_card_to_the_wallet_and_back_with_the_password_that_was_sent() {
    for (number, asks) in [(1, ask()), (2, ask_foreign(None))] {
        let mut memory = world();
        let id = issue(&mut memory, 50_000, false);
        let at = (number, id);
        enter(&mut memory, at, GatewayEntry::Choice).unwrap();
        let typed_again = || AskCardOtp { sending: OtpSending::UnlessValid, ..asks.clone() };
        let begin = memory.now_ms;
        go(&mut memory, at, None, OpenCardStep).unwrap();
        assert_eq!(sent(go(&mut memory, at, None, typed_again())), (true, begin + OTP_LIFE_MS));
        // The wallet is short, and the payer is back at the card with the same password.
        let short = go(&mut memory, at, Some(PartyId(999)), from_wallet());
        assert_eq!(short, Err(GatewayRefusal::Step(NotTaken::Insufficient)));
        assert!(matches!(invoice(&memory, id).state, InvoiceState::InGateway(_)), "the session keeps the invoice");
        memory.now_ms += 60_000;
        let messages = memory.messages.len();
        assert_eq!(sent(go(&mut memory, at, None, typed_again())), (false, begin + OTP_LIFE_MS));
        // The same after the card step was left: another session may pay then.
        go(&mut memory, at, None, LeaveCardStep).unwrap();
        assert_eq!(invoice(&memory, id).state, InvoiceState::Issued);
        admits(&memory, id, GatewayEntry::Choice).unwrap();
        assert!(matches!(go(&mut memory, at, None, typed_again()), Err(GatewayRefusal::Ended(_))));
        go(&mut memory, at, None, OpenCardStep).unwrap();
        assert_eq!(sent(go(&mut memory, at, None, typed_again())), (false, begin + OTP_LIFE_MS));
        assert_eq!(memory.messages.len(), messages, "no SMS was written");
        // A new one is sent when the payer asks for it, when the amount is another, and when it has expired.
        assert!(sent(go(&mut memory, at, None, asks.clone())).0);
        go(&mut memory, at, None, voucher("GIFT")).unwrap();
        assert!(sent(go(&mut memory, at, None, typed_again())).0);
        assert!(!sent(go(&mut memory, at, None, typed_again())).0);
        memory.now_ms += OTP_LIFE_MS;
        assert!(sent(go(&mut memory, at, None, typed_again())).0);
    }
}

#[test]
fn every_means_of_payment_can_be_used_in_the_session_that_has_the_card_step() {
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    let at = (1, id);
    enter(&mut memory, at, GatewayEntry::CardStep).unwrap();
    go(&mut memory, at, Some(ALI), voucher("GIFT")).unwrap();
    go(&mut memory, at, Some(ALI), UseCredit { hash: Text::from("credit") }).unwrap();
    let done = go(&mut memory, at, Some(ALI), from_wallet()).unwrap();
    let SessionState::Took(receipt) = &done.state else { panic!("{done:?}") };
    assert_eq!((receipt.voucher.get(), receipt.credit.get(), receipt.rest.get()), (20_000, 15_000, 19_500));
    assert_eq!(has(&memory, ALI), 1_000_000 - 19_500);
    // It pays once: the card comes too late.
    let late = go(&mut memory, at, None, pay(typed(), RIGHT));
    assert!(matches!(late, Err(GatewayRefusal::Ended(session)) if matches!(session.state, SessionState::Took(_))));
    assert_eq!(card_has(&memory), 1_000_000);
}

#[test]
fn a_voucher_that_is_removed_is_free_and_a_step_that_changes_nothing_writes_nothing() {
    let mut memory = world();
    let (one, other) = (issue(&mut memory, 50_000, false), issue(&mut memory, 50_000, false));
    enter(&mut memory, (2, other), GatewayEntry::Choice).unwrap();
    first(&mut memory, (1, one), (None, GatewayEntry::Choice), RemoveVoucher).unwrap();
    first(&mut memory, (1, one), (None, GatewayEntry::CardStep), LeaveCardStep).unwrap();
    assert!(!memory.gateway_sessions.contains_key(&Digest([1; 32])));
    first(&mut memory, (1, one), (None, GatewayEntry::Choice), voucher("GIFT")).unwrap();
    assert_eq!(go(&mut memory, (2, other), None, voucher("GIFT")), Err(GatewayRefusal::Step(VoucherUnknown)));
    let without = go(&mut memory, (1, one), None, RemoveVoucher).unwrap();
    assert_eq!(without.voucher, None);
    go(&mut memory, (2, other), None, voucher("GIFT")).unwrap();
    // A voucher that has become another session's is not freed by the session that had it.
    go(&mut memory, (1, one), None, voucher("ALL")).unwrap();
    let key = VoucherKey { issuer: SHOP, code: Text::from("ALL") };
    let theirs = Voucher { state: VoucherState::Used(other), ..Voucher::clone(&memory.vouchers[&key]) };
    memory.vouchers.insert(key.clone(), Arc::new(theirs));
    go(&mut memory, (1, one), None, RemoveVoucher).unwrap();
    assert_eq!(memory.vouchers[&key].state, VoucherState::Used(other));
}

#[test]
fn a_card_pays_ten_thousand_and_not_less() {
    // pod.md 5.3, the minimum of 10,000: 9,174 and 826 of tax.
    let mut memory = world();
    let below = GatewayRefusal::Invoice(InvoiceRefusal::BelowCardMinimum);
    for (price, voucher_code, expected) in
        [(9_174, None, Ok(())), (9_173, None, Err(below.clone())), (20_000, Some("GIFT"), Err(below.clone()))]
    {
        let id = issue(&mut memory, price, false);
        let at = (u8::try_from(price % 250).unwrap(), id);
        enter(&mut memory, at, GatewayEntry::Choice).unwrap();
        if let Some(code) = voucher_code {
            go(&mut memory, at, None, voucher(code)).unwrap();
        }
        let opened = go(&mut memory, at, None, OpenCardStep);
        assert_eq!(opened.map(|_| ()), expected, "{price}");
        let locally = PayLocally { slip: slip(), callback: None };
        let free = matches!(invoice(&memory, id).state, InvoiceState::Issued);
        let paid = first(&mut memory, (at.0 ^ 0x80, id), (None, GatewayEntry::Choice), locally);
        assert_eq!(paid.is_ok(), free, "the sandbox's gateway has no such rule");
    }
}

#[test]
fn what_is_typed_wrong_is_counted_and_the_third_time_locks_the_card() {
    // pod.md 5.3: wrong CVV2 or expiry is code 14 and a wrong try; an expired card is 54.
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    let at = (1, id);
    enter(&mut memory, at, GatewayEntry::CardStep).unwrap();
    let unknown = TypedCard { named: Some(NamedPayer { number: WRONG, mask: Text::from("") }), ..typed() };
    let nothing = TypedCard { named: None, ..typed() };
    for card in [unknown, nothing] {
        assert_eq!(go(&mut memory, at, None, pay(card, RIGHT)), declined(Declined::CardUnknown));
    }
    assert_eq!(memory.payer_cards[&CARD].wrong_tries, 0);
    assert_eq!(go(&mut memory, at, None, pay(typed(), RIGHT)), declined(Declined::OtpGone), "none was asked for");
    go(&mut memory, at, None, ask()).unwrap();
    for (card, hash, why, tries) in [
        (TypedCard { security: SecurityCheck::Wrong, ..typed() }, RIGHT, mistyped(CardSecret::SecurityCode, 2), 1),
        (TypedCard { expires: Some(EXPIRES - 1), ..typed() }, RIGHT, mistyped(CardSecret::Expiry, 1), 2),
        (typed(), WRONG, declined(Declined::OtpWrongAndLocked), 3),
        (typed(), RIGHT, declined(Declined::CardLocked), 3),
    ] {
        assert_eq!(go(&mut memory, at, None, pay(card, hash)), why);
        assert_eq!(memory.payer_cards[&CARD].wrong_tries, tries);
    }
    // Operators see the last reason, and how many there were.
    let last = memory.invoices[&id].declined.unwrap();
    assert_eq!((last.why, last.at_ms, last.count), (Declined::CardLocked, memory.now_ms, 7));
    assert_eq!(card_has(&memory), 1_000_000);
    let at_all = memory.now_ms;
    memory.now_ms = 2_000_000_000_000;
    enter(&mut memory, (2, id), GatewayEntry::CardStep).unwrap();
    assert_eq!(go(&mut memory, (2, id), None, ask()), declined(Declined::CardExpired), "expired comes before locked");
    memory.now_ms = at_all;
}

#[test]
fn a_password_is_for_its_session_and_amount_and_is_used_once() {
    // pod.md 5.3: bound to pan, amount and session.
    let mut memory = world();
    let (one, other) = (issue(&mut memory, 50_000, false), issue(&mut memory, 50_000, false));
    for at in [(1, one), (2, other)] {
        enter(&mut memory, at, GatewayEntry::CardStep).unwrap();
    }
    go(&mut memory, (1, one), None, ask()).unwrap();
    assert_eq!(go(&mut memory, (2, other), None, pay(typed(), RIGHT)), declined(Declined::OtpGone));
    go(&mut memory, (1, one), None, pay(typed(), RIGHT)).unwrap();
    let again = go(&mut memory, (1, one), None, pay(typed(), RIGHT));
    assert!(matches!(again, Err(GatewayRefusal::Ended(session)) if matches!(session.state, SessionState::Took(_))));
    assert_eq!(card_has(&memory), 1_000_000 - PAYABLE);
}

#[test]
fn a_link_for_one_party_is_paid_by_it_alone_and_credit_by_its_holder() {
    // pod.md 5.1, payinvoice; 5.2, credit.
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    let only = GatewaySession { only: Some(ALI), ..begins(&memory, (1, id)) };
    memory.gateway_sessions.insert(only.hash, Arc::new(only));
    for caller in [None, Some(NIMA)] {
        assert_eq!(go(&mut memory, (1, id), caller, voucher("GIFT")), Err(GatewayRefusal::LogIn));
        assert_eq!(go(&mut memory, (1, id), caller, from_wallet()), Err(GatewayRefusal::LogIn));
        assert_eq!(go(&mut memory, (1, id), caller, OpenCardStep), Err(GatewayRefusal::LogIn));
    }
    enter(&mut memory, (2, id), GatewayEntry::Choice).unwrap();
    let credit = || UseCredit { hash: Text::from("credit") };
    assert_eq!(go(&mut memory, (2, id), None, credit()), Err(GatewayRefusal::LogIn));
    assert_eq!(
        go(&mut memory, (2, id), Some(NIMA), credit()),
        Err(GatewayRefusal::Step(CreditUnknown)),
        "it is not Nima's to spend"
    );
    go(&mut memory, (2, id), Some(ALI), credit()).unwrap();
    // Another party that logs in afterwards does not spend Ali's credit.
    let by_nima = go(&mut memory, (2, id), Some(NIMA), from_wallet());
    assert_eq!(by_nima, Err(GatewayRefusal::LogIn));
    assert_eq!(go(&mut memory, (2, id), None, OpenCardStep), Err(GatewayRefusal::LogIn));
    go(&mut memory, (2, id), Some(ALI), from_wallet()).unwrap();
    assert_eq!((has(&memory, ALI), has(&memory, NIMA)), (1_000_000 - PAYABLE + 15_000, 385_000));
}

#[test]
fn a_wallet_that_is_short_pays_nothing_and_the_loser_of_a_race_is_told() {
    // pod.md 5.2.
    let mut memory = world();
    let id = issue(&mut memory, 500_000, false);
    for number in [1, 2] {
        enter(&mut memory, (number, id), GatewayEntry::Choice).unwrap();
    }
    assert_eq!(go(&mut memory, (1, id), Some(NIMA), from_wallet()), Err(GatewayRefusal::Step(NotTaken::Insufficient)));
    assert_eq!((has(&memory, NIMA), memory.balance_of(blocked(NIMA)).0), (400_000, 0));
    go(&mut memory, (2, id), Some(ALI), from_wallet()).unwrap();
    let late = go(&mut memory, (1, id), Some(ALI), from_wallet());
    assert_eq!(late, Err(GatewayRefusal::Invoice(InvoiceRefusal::NotPayable(NotPayable::Paid))));
    let none = go(&mut memory, (9, id), Some(ALI), CancelVisit);
    assert_eq!(none, Err(GatewayRefusal::NoSession));
    let other = issue(&mut memory, 1_000, false);
    let foreign = go(&mut memory, (1, other), Some(ALI), from_wallet());
    assert_eq!(foreign, Err(GatewayRefusal::NoSession), "a session is of its invoice");
}

/// second-edition.md 3: `otp_limit` applies to every card, whichever bank has issued it.
#[test]
fn cards_of_other_banks_are_sent_as_many_passwords_as_the_setting_says() {
    for limit in [1, 2, 3, 5, 20] {
        let mut memory = world();
        let id = issue(&mut memory, 50_000, false);
        let limited = NonZeroU32::new(limit).map(OtpLimit);
        let ask = || AskCardOtp { limit: limited, ..ask_foreign(None) };
        let asks = |memory: &mut Memory| first(memory, (1, id), (None, GatewayEntry::CardStep), ask());
        for _ in 0..limit {
            asks(&mut memory).unwrap();
        }
        assert_eq!(asks(&mut memory), declined(Declined::TooManyOtps), "{limit}");
        // paystar.md 2: 61 comes before 90.
        let at_closing = AskCardOtp { card: TypedCard { day: BusinessDay::Closing, ..foreign() }, ..ask() };
        let asked = first(&mut memory, (1, id), (None, GatewayEntry::CardStep), at_closing);
        assert_eq!(asked, declined(Declined::TooManyOtps), "{limit}");
        memory.now_ms += 600_000;
        asks(&mut memory).unwrap();
    }
}

/// A fault of a payment by another bank's card: how it is made in the store, the request and the payment, and the decline that it causes.
type Fault = (fn(&mut Memory), fn(&mut AskCardOtp), fn(&mut PayByCard), Option<Declined>);

fn nothing<T>(_: &mut T) {}

fn one() -> Option<OtpLimit> {
    NonZeroU32::new(1).map(OtpLimit)
}

const FAULTS: [Fault; 9] = [
    (nothing, nothing, nothing, None),
    (nothing, |ask| ask.card.expires = None, |pay| pay.card.expires = None, Some(Declined::CardUnknown)),
    (
        nothing,
        |ask| ask.card.expires = Some(140_507),
        |pay| pay.card.expires = Some(140_507),
        Some(Declined::CardExpired),
    ),
    (|memory| guess(memory, 3), nothing, nothing, Some(Declined::CardLocked)),
    (
        |memory| {
            let ask = AskCardOtp { limit: one(), ..ask_foreign(None) };
            go(memory, (1, the_only(memory)), None, ask).unwrap();
        },
        |ask| ask.limit = one(),
        nothing,
        Some(Declined::TooManyOtps),
    ),
    (
        nothing,
        |ask| ask.card.day = BusinessDay::Closing,
        |pay| pay.card.day = BusinessDay::Closing,
        Some(Declined::DayClose),
    ),
    (|memory| memory.now_ms += OTP_LIFE_MS, nothing, nothing, Some(Declined::OtpGone)),
    (nothing, nothing, |pay| pay.hash = WRONG, Some(Declined::OtpWrong)),
    (|memory| guess(memory, 2), nothing, |pay| pay.hash = WRONG, Some(Declined::OtpWrongAndLocked)),
];

fn the_only(memory: &Memory) -> InvoiceId {
    *memory.invoices.keys().next().unwrap()
}

/// Tries wrong passwords of another bank's card.
fn guess(memory: &mut Memory, times: usize) {
    for _ in 0..times {
        assert!(go(memory, (1, the_only(memory)), None, pay_foreign(WRONG)).is_err());
    }
}

/// second-edition.md 4.7.
#[test]
fn what_a_network_declines_is_told_at_its_place_among_the_checks_and_nothing_is_taken() {
    let of_requests = |why: &Declined| (Declined::CardUnknown..=Declined::IssuerDown).contains(why);
    for said in Declined::ALL.map(Some).into_iter().chain([None]) {
        for (prepare, of_ask, of_pay, wrong) in FAULTS {
            let what = format!("{wrong:?} and {said:?}");
            let fresh = || {
                let mut memory = world();
                let id = issue(&mut memory, 50_000, false);
                enter(&mut memory, (1, id), GatewayEntry::CardStep).unwrap();
                go(&mut memory, (1, id), None, ask_foreign(None)).unwrap();
                prepare(&mut memory);
                (memory, (1, id))
            };
            let told = |why: Option<Declined>| why.map(|why| GatewayRefusal::Step(CardStepRefusal::Declined(why)));

            let (mut memory, at) = fresh();
            let mut ask = ask_foreign(said);
            of_ask(&mut ask);
            let expected = [wrong, said].into_iter().flatten().filter(of_requests).min();
            assert_eq!(go(&mut memory, at, None, ask).err(), told(expected), "{what}");

            // The decision checks a payment before its network is asked.
            let (mut memory, at) = fresh();
            let mut payment = pay_foreign(RIGHT);
            of_pay(&mut payment);
            let expected = wrong.filter(|why| *why != Declined::TooManyOtps).or(said);
            let says = said.map_or_else(approved, CardNetworkResponse::Declined);
            // A wrong password that is found here, before the network is asked, is told with the tries that are left.
            let told_here = || mistyped::<()>(CardSecret::Password, 2).err();
            let told = if wrong == Some(Declined::OtpWrong) { told_here() } else { told(expected) };
            assert_eq!(pay_and_report(&mut memory, at, payment, says).err(), told, "{what}");
            let taken = memory.balance_of(CARD_NETWORK).0.abs();
            assert_eq!(taken, if expected.is_none() { PAYABLE } else { 0 }, "{what}");
        }
    }
}

/// The response of a network that has taken the money.
pub fn approved() -> CardNetworkResponse {
    CardNetworkResponse::Approved(Text::from("net-1"))
}

/// A password that the card's bank finds wrong can be typed again. It counts as a wrong try here: the third one locks the card.
#[test]
fn a_password_that_the_cards_bank_finds_wrong_is_a_try() {
    let mut memory = world();
    let id = issue(&mut memory, 50_000, false);
    enter(&mut memory, (1, id), GatewayEntry::CardStep).unwrap();
    go(&mut memory, (1, id), None, ask_foreign(None)).unwrap();
    for why in [Declined::OtpWrong, Declined::OtpWrong, Declined::OtpWrongAndLocked, Declined::CardLocked] {
        let says = CardNetworkResponse::Declined(Declined::OtpWrong);
        assert_eq!(pay_and_report(&mut memory, (1, id), pay_foreign(RIGHT), says), declined(why));
    }
    assert_eq!(memory.card_attempts.len(), 3);
}

/// The card settlement of the source may be days late: a retry without a pause would run for ever.
#[test]
fn a_set_off_waits_for_a_card_settlement_that_has_failed_and_is_paid_behind_it() {
    for due_at_once in [false, true] {
        let mut memory = world();
        let source = issue(&mut memory, 50_000, false);
        enter(&mut memory, (1, source), GatewayEntry::Choice).unwrap();
        go(&mut memory, (1, source), None, PayLocally { slip: slip(), callback: None }).unwrap();
        let amount = LineAmount { price: Rial::new(20_000), quantity_micro: MICRO, discount: Rial::ZERO };
        let line = InvoiceLine { id: 0, product: 0, amount, description: Text::from("book") };
        let other = IssueInvoice {
            guild: GUILD,
            customer: Some(SHOP),
            cellphone: Text::from(""),
            bill_number: None,
            unique: 77,
            reference_number: Text::from("1"),
            lines: PricedLines::of([line], 0).unwrap(),
            terms: Terms::default(),
            issue: Issue::Really,
        };
        let creditor = by(&mut memory, OTHER_SHOP, other);
        by(&mut memory, SHOP, SetOff { creditor, debtor: source });
        let is_settling = |job: &&Arc<Job>| matches!(job.kind, JobKind::SettleCardReceivable(_));
        let settling = **memory.jobs.values().find(is_settling).unwrap();
        let due_at_ms = if due_at_once { settling.due_at_ms + 1_800_000 } else { NEVER_MS };
        let dead_at_ms = (!due_at_once).then_some(memory.now_ms);
        memory.jobs.insert(settling.id, Arc::new(Job { due_at_ms, dead_at_ms, ..settling }));
        let late_ms = settling.due_at_ms + 1_000_000;
        let ran = memory.advance_to(late_ms);
        assert!(ran < 10, "{ran} jobs in a quarter of an hour");
        assert!(matches!(memory.invoices[&creditor].state, InvoiceState::SetOff(_)));
        if !due_at_once {
            memory.run_ok(RetryJob { id: settling.id });
        }
        memory.advance_to(late_ms + 2 * 3_600_000);
        assert!(matches!(memory.invoices[&creditor].state, InvoiceState::Paid(_)), "{due_at_once}");
    }
}

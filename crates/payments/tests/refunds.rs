//! Refunds by operators: of invoices and of payments by telephone. Each refusal in its order, amounts that sum up, and two operators.

use std::sync::Arc;

use crate::memory::Memory;
use fastrand::Rng;
use ledger::{AccountId, AccountStatus, Rial};
use payments::{
    Approval, AskPhoneOtp, Audited, AuditedRefusal, BlockedFrom, Business, BusinessDay, CancelUnpaidInvoice,
    CancelUnpaidRefusal, CardAttemptId, CloseInvoice, DecideProposal, DecideRefusal, Delegations, Digest, FillWallet,
    GiveCredit, Invoice, InvoiceCall, InvoiceCommand, InvoiceId, InvoiceLine, InvoiceRefusal, InvoiceState, Issue,
    IssueInvoice, IssuePayerCard, LineAmount, LineChange, MICRO, NamedPayer, NotPayable, Operator, OperatorCommand,
    Part, Party, PartyId, PartyKind, PayByCredit, PayByPhone, PayOutside, PayableInvoices, Payee, PayerCardState,
    PayerCardTerms, PhoneOrder, PhoneOrderId, PhoneOrderKey, Precondition, PricedLines, Probe, Proposal, Propose,
    ProposeRefusal, ProposedAction, ProposedActionRefusal, ReduceInvoice, RefundAmount, RefundAmountRefusal,
    RefundInvoice, RefundInvoiceRefusal, RefundPhonePayment, RefundPhoneRefusal, RegisterParty, RegisterTerminal,
    Replaced, Role, Rules, SetOffReservation, Terminal, Terms, Text, TransferOut, Version, VersionRefusal, Versioned,
    blocked, guild_free, guild_open, wallet,
};

const ALI: PartyId = PartyId(101);
const SARA: PartyId = PartyId(102);
const SHOP: PartyId = PartyId(201);
const GUILD: i64 = 561;
const CARD: Digest = Digest([1; 32]);
const OTP: Digest = Digest([11; 32]);
const MILLION: i64 = 1_000_000;
/// What an invoice of [`issue`] costs, with its tax.
const PAYABLE: i64 = 54_500;

fn text(text: &str) -> Text {
    Text::from(text)
}

/// Two users, a shop, a terminal, a card, and two operators.
fn world() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    for (id, name) in [(ALI, "ali"), (SARA, "sara"), (SHOP, "shop")] {
        let business = Business { guilds: vec![GUILD], ..Business::default() };
        let party = Party {
            id,
            kind: if id == SHOP { PartyKind::Business(business) } else { PartyKind::User },
            name: text(name),
            password: String::new(),
            mobile: text(""),
            mobile_verified: false,
            joined_at_ms: 1,
            disabled: false,
            access_version: 0,
        };
        memory.run_ok(RegisterParty { party, replace: false });
        memory.run_ok(FillWallet { party: id, amount: Rial::new(MILLION), at_ms: None });
    }
    memory.run_ok(GiveCredit { delegator: SARA, holder: ALI, hash: text("c"), limit: Rial::new(20_000) });
    let terminal = Terminal { sequence: text("t"), merchant: text("Kanoon"), account: AccountId(0), disabled: false };
    memory.run_ok(RegisterTerminal { terminal, replace: false });
    let terms = PayerCardTerms {
        mobile: text("09123456789"),
        expires: 140_812,
        state: PayerCardState::Active,
        per_transaction: Rial::ZERO,
        daily: Rial::ZERO,
    };
    let (mask, balance) = (text("502200******0000"), Rial::new(MILLION));
    memory.run_ok(IssuePayerCard { number: CARD, sealed: vec![], mask, terms, balance, opened_at_ms: Some(0) });
    for name in ["one", "two"] {
        let (name, password, role) = (text(name), "hash".to_owned(), Role::Operator);
        let operator = Operator { name, password, role, disabled: false, since_ms: 0, depends_on: Vec::new() };
        memory.operators.insert(operator.name.clone(), Arc::new(operator));
    }
    memory
}

fn call<C: InvoiceCommand>(memory: &mut Memory, caller: PartyId, command: C) -> Result<C::Done, InvoiceRefusal> {
    memory.run(InvoiceCall { caller, ott: None, command })
}

/// A new invoice of the shop.
fn issue(memory: &mut Memory, terms: Terms) -> InvoiceId {
    let amount = LineAmount { price: Rial::new(50_000), quantity_micro: MICRO, discount: Rial::ZERO };
    let line = InvoiceLine { id: 0, product: 0, amount, description: text("book") };
    let command = IssueInvoice {
        guild: GUILD,
        customer: Some(ALI),
        cellphone: text(""),
        bill_number: None,
        unique: u64::try_from(memory.invoices.len()).unwrap() + 1,
        reference_number: text("1"),
        lines: PricedLines::of([line], 90_000).unwrap(),
        terms,
        issue: Issue::Really,
    };
    let invoice = call(memory, SHOP, command).unwrap();
    assert_eq!(invoice.amounts.payable.get(), PAYABLE);
    invoice.id
}

/// Pays an invoice from Ali's wallet, and with 20,000 rials of credit that Sara gave.
fn pay(memory: &mut Memory, invoice: InvoiceId) {
    let delegations = Delegations { delegators: vec![], hashes: vec![text("c")], forced: false };
    call(memory, ALI, PayByCredit { invoice, delegations, payable_invoices: PayableInvoices::Any }).unwrap();
}

fn paid(memory: &mut Memory) -> InvoiceId {
    let invoice = unpaid(memory);
    pay(memory, invoice);
    invoice
}

fn set_state(memory: &mut Memory, id: InvoiceId, state: InvoiceState) {
    let invoice = Invoice { state, ..Invoice::clone(&memory.invoices[&id]) };
    memory.invoices.insert(id, Arc::new(invoice));
}

/// Makes an invoice for a case; returns its number.
type Prepare = fn(&mut Memory) -> InvoiceId;

fn unpaid(memory: &mut Memory) -> InvoiceId {
    issue(memory, Terms::default())
}

fn at_network(memory: &mut Memory) -> InvoiceId {
    let id = unpaid(memory);
    set_state(memory, id, InvoiceState::AtNetwork(CardAttemptId(7)));
    id
}

fn part(amount: i64) -> RefundAmount {
    RefundAmount::Part(Rial::new(amount))
}

fn refund(memory: &mut Memory, invoice: InvoiceId, amount: RefundAmount) -> Result<Arc<Invoice>, RefundInvoiceRefusal> {
    memory.run(RefundInvoice { invoice, amount })
}

fn posted(memory: &Memory, account: AccountId) -> i64 {
    memory.balance_of(account).0
}

/// The wallets of Ali, Sara and the shop, and the shop's money that it can and that it cannot withdraw.
fn money(memory: &Memory) -> [i64; 4] {
    [wallet(ALI), wallet(SARA), guild_open(SHOP, GUILD), guild_free(SHOP, GUILD)].map(|id| posted(memory, id))
}

#[test]
fn an_invoice_is_refunded_in_parts_that_sum_up_to_its_payment_and_then_it_is_canceled() {
    let mut memory = world();
    let id = paid(&mut memory);
    assert_eq!(money(&memory), [965_500, 980_000, PAYABLE, 0]);
    let invoice = refund(&mut memory, id, part(30_000)).unwrap();
    assert!(matches!(invoice.state, InvoiceState::Paid(_)), "{:?}", invoice.state);
    assert_eq!((invoice.refunded().get(), invoice.refundable().map(Rial::get)), (30_000, Some(24_500)));
    assert_eq!(money(&memory), [995_500, 980_000, 24_500, 0], "what the payer paid goes back first");
    let invoice = refund(&mut memory, id, part(10_000)).unwrap();
    assert_eq!(money(&memory), [MILLION, 985_500, 14_500, 0], "then credit, to its delegator");
    assert_eq!(memory.credit_books[&ALI].credits[0].left, Rial::new(5_500));
    assert_eq!(invoice.refunded().get(), 40_000);
    let invoice = refund(&mut memory, id, RefundAmount::All).unwrap();
    assert!(matches!(invoice.state, InvoiceState::Canceled(Some(_))), "{:?}", invoice.state);
    assert_eq!(money(&memory), [MILLION, MILLION, 0, 0]);
    assert_eq!(refund(&mut memory, id, RefundAmount::All), Err(RefundInvoiceRefusal::InvoiceCanceled));
    // An amount of all that is left is a whole refund.
    let id = paid(&mut memory);
    let invoice = refund(&mut memory, id, part(PAYABLE)).unwrap();
    assert!(matches!(invoice.state, InvoiceState::Canceled(Some(_))), "{:?}", invoice.state);
    assert_eq!(money(&memory), [MILLION, MILLION, 0, 0]);
}

#[test]
fn a_closed_invoice_stays_closed_and_gives_back_only_what_the_business_still_has() {
    let mut memory = world();
    let id = paid(&mut memory);
    call(&mut memory, SHOP, CloseInvoice { invoice: id }).unwrap();
    assert_eq!(money(&memory), [965_500, 980_000, 0, PAYABLE]);
    let (amount, from) = (Rial::new(4_500), BlockedFrom::Guild(GUILD));
    call(&mut memory, SHOP, TransferOut { invoice: id, amount, from, unique_id: None }).unwrap();
    let left = RefundAmountRefusal::MoreThanLeft(Rial::new(50_000));
    assert_eq!(refund(&mut memory, id, part(50_001)), Err(RefundInvoiceRefusal::Amount(left)));
    let invoice = refund(&mut memory, id, part(10_000)).unwrap();
    assert!(matches!(invoice.state, InvoiceState::Closed(_)), "{:?}", invoice.state);
    assert_eq!(money(&memory), [980_000, 980_000, 0, 40_000]);
    // The business has taken the rest out of its guild.
    let account = memory.accounts.get_mut(&guild_free(SHOP, GUILD)).unwrap();
    account.balances.debits_posted = account.balances.credits_posted;
    assert_eq!(refund(&mut memory, id, part(1)), Err(RefundInvoiceRefusal::BusinessShort));
}

#[test]
fn money_that_was_transferred_to_the_payer_is_not_refunded_again_and_credit_returns_to_its_delegator() {
    let mut memory = world();
    let id = paid(&mut memory);
    call(&mut memory, SHOP, CloseInvoice { invoice: id }).unwrap();
    let (amount, from) = (Rial::new(34_500), BlockedFrom::Guild(GUILD));
    call(&mut memory, SHOP, TransferOut { invoice: id, amount, from, unique_id: None }).unwrap();
    assert_eq!(money(&memory), [MILLION, 980_000, 0, 20_000]);
    refund(&mut memory, id, part(5_000)).unwrap();
    refund(&mut memory, id, RefundAmount::All).unwrap();
    assert_eq!(money(&memory), [MILLION, MILLION, 0, 0]);
}

#[test]
fn an_invoice_that_is_made_smaller_gives_back_what_was_not_refunded_yet() {
    // From 54,500 to 43,600 rials.
    for (refunded, back) in [(0, 10_900), (900, 10_900), (10_900, 10_900), (20_000, 20_000)] {
        let mut memory = world();
        let id = paid(&mut memory);
        if refunded > 0 {
            refund(&mut memory, id, part(refunded)).unwrap();
        }
        let change = LineChange {
            id: memory.invoices[&id].lines[0].id,
            price: Rial::new(40_000),
            quantity_micro: MICRO,
            description: text("book"),
        };
        let (unique, reference_number) = (99, text("2"));
        let lines = vec![change];
        let smaller = ReduceInvoice { invoice: id, lines, rate_micro: None, unique, reference_number };
        let new = call(&mut memory, SHOP, smaller).unwrap();
        assert_eq!(new.amounts.payable.get(), 43_600);
        assert_eq!(money(&memory), [965_500 + back, 980_000, PAYABLE - back, 0], "{refunded}");
    }
}

#[test]
fn another_payment_of_the_same_amount_is_another_version_of_the_invoice() {
    let mut memory = world();
    let id = paid(&mut memory);
    let version = |memory: &Memory| Version::of(&Versioned::Invoice(&memory.invoices[&id]));
    let before = version(&memory);
    let InvoiceState::Paid(payment) = memory.invoices[&id].state.clone() else { unreachable!("it is paid") };
    assert_eq!(version(&memory), before);
    let later = InvoiceState::Paid(payments::Payment { at_ms: payment.at_ms + 1, ..payment });
    set_state(&mut memory, id, later);
    assert_ne!(version(&memory), before);
}

#[test]
fn an_invoice_that_cannot_be_refunded_says_the_first_reason_why() {
    use RefundAmountRefusal::{MoreThanLeft, NotPositive, NothingLeft};
    use RefundInvoiceRefusal::{
        Amount, InvoiceAtNetwork, InvoiceCanceled, InvoiceInSetOff, InvoiceNotPaid, InvoiceUnknown,
    };
    fn canceled(memory: &mut Memory) -> InvoiceId {
        let id = paid(memory);
        let state = InvoiceState::Canceled(memory.invoices[&id].state.payment().cloned());
        set_state(memory, id, state);
        id
    }
    fn in_set_off(memory: &mut Memory) -> InvoiceId {
        let id = paid(memory);
        let reservation = SetOffReservation { to: InvoiceId(1), amount: Rial::new(1), done: true, freed: false };
        let invoice = Invoice { set_off: Some(reservation), ..Invoice::clone(&memory.invoices[&id]) };
        memory.invoices.insert(id, Arc::new(invoice));
        id
    }
    fn paid_outside(memory: &mut Memory) -> InvoiceId {
        let id = unpaid(memory);
        call(memory, SHOP, PayOutside { invoice: id }).unwrap();
        id
    }
    let cases: [(Prepare, i64, RefundInvoiceRefusal); 9] = [
        (|_| InvoiceId(1), 0, InvoiceUnknown),
        (unpaid, 0, InvoiceNotPaid),
        (at_network, 0, InvoiceAtNetwork(CardAttemptId(7))),
        (canceled, 0, InvoiceCanceled),
        (in_set_off, 0, InvoiceInSetOff),
        (paid_outside, 1, Amount(NothingLeft)),
        (paid, 0, Amount(NotPositive)),
        (paid, -5, Amount(NotPositive)),
        (paid, PAYABLE + 1, Amount(MoreThanLeft(Rial::new(PAYABLE)))),
    ];
    for (prepare, amount, expected) in cases {
        let mut memory = world();
        let id = prepare(&mut memory);
        let before = money(&memory);
        assert_eq!(refund(&mut memory, id, part(amount)), Err(expected));
        assert_eq!(money(&memory), before, "{expected:?}");
    }
}

#[test]
fn only_an_invoice_that_was_not_paid_is_canceled_by_an_operator() {
    fn in_gateway(memory: &mut Memory) -> InvoiceId {
        let (id, until_ms) = (unpaid(memory), memory.now_ms + 1);
        set_state(memory, id, InvoiceState::InGateway(until_ms));
        id
    }
    fn closed(memory: &mut Memory) -> InvoiceId {
        let id = paid(memory);
        call(memory, SHOP, CloseInvoice { invoice: id }).unwrap();
        id
    }
    let until = world().now_ms + 1;
    let cases: [(Prepare, CancelUnpaidRefusal); 5] = [
        (|_| InvoiceId(1), CancelUnpaidRefusal::InvoiceUnknown),
        (closed, CancelUnpaidRefusal::InvoiceFinal(NotPayable::Closed)),
        (paid, CancelUnpaidRefusal::InvoicePaid),
        (in_gateway, CancelUnpaidRefusal::PayerInGateway(until)),
        (at_network, CancelUnpaidRefusal::InvoiceAtNetwork(CardAttemptId(7))),
    ];
    for (prepare, expected) in cases {
        let mut memory = world();
        let invoice = prepare(&mut memory);
        assert_eq!(memory.run(CancelUnpaidInvoice { invoice }), Err(expected));
    }
    let mut memory = world();
    let invoice = unpaid(&mut memory);
    assert_eq!(memory.run_ok(CancelUnpaidInvoice { invoice }).state, InvoiceState::Canceled(None));
    let again = memory.run(CancelUnpaidInvoice { invoice });
    assert_eq!(again, Err(CancelUnpaidRefusal::InvoiceFinal(NotPayable::Canceled)));
    assert_eq!(posted(&memory, blocked(ALI)), 0);
}

/// A payment by telephone of this order.
fn paid_by_phone(memory: &mut Memory, order: &str, amount: i64) -> RefundPhonePayment {
    let card = Some(NamedPayer { number: CARD, mask: text("502200******0000") });
    memory.run_ok(AskPhoneOtp {
        terminal: text("t"),
        order: text(order),
        amount: Some(Rial::new(amount)),
        card: card.clone(),
        hash: OTP,
        limit: None,
        day: BusinessDay::Open,
        probe: Probe::NONE,
    });
    let order = memory.run_ok(PayByPhone {
        terminal: text("t"),
        payee: Payee::Order(text(order), Some(Rial::new(amount))),
        card,
        hash: Some(OTP),
        payer: text(""),
        day: BusinessDay::Open,
        probe: Probe::NONE,
    });
    RefundPhonePayment { order: order.key.clone(), id: order.id, amount: RefundAmount::All }
}

/// The balances of the card and of the merchant.
fn phone_money(memory: &Memory) -> (i64, i64) {
    (posted(memory, memory.payer_cards[&CARD].id), posted(memory, memory.terminals["t"].account))
}

#[test]
fn a_telephone_payment_goes_back_to_its_card_in_parts_and_stays_paid() {
    let mut memory = world();
    let action = paid_by_phone(&mut memory, "o", 50_000);
    assert_eq!(phone_money(&memory), (950_000, 50_000));
    for (amount, left) in [(part(20_000), 30_000), (part(1), 29_999), (RefundAmount::All, 0)] {
        let order = memory.run_ok(RefundPhonePayment { amount, ..action.clone() });
        let payment = order.payment().unwrap();
        assert_eq!((payment.left().get(), payment.refunded.get()), (left, 50_000 - left), "{amount:?}");
        assert_eq!(phone_money(&memory), (MILLION - left, left), "{amount:?}");
    }
    let nothing = RefundPhoneRefusal::Amount(RefundAmountRefusal::NothingLeft);
    assert_eq!(memory.run(action), Err(nothing));
}

#[test]
fn a_telephone_payment_that_cannot_be_refunded_says_the_first_reason_why() {
    use RefundPhoneRefusal::{
        Amount, CardAccountUnusable, MerchantAccountUnusable, MerchantShort, OrderNotPaid, OrderUnknown,
    };
    fn unpay(memory: &mut Memory) {
        let order = PhoneOrder::clone(memory.phone_orders.values().next().unwrap());
        memory.phone_orders.insert(order.key.clone(), Arc::new(PhoneOrder { tried: None, ..order }));
    }
    fn set(memory: &mut Memory, id: AccountId, status: AccountStatus) {
        memory.accounts.get_mut(&id).unwrap().status = status;
    }
    fn merchant_closed(memory: &mut Memory) {
        let (merchant, card) = (memory.terminals["t"].account, memory.payer_cards[&CARD].id);
        set(memory, merchant, AccountStatus::NoDebits);
        set(memory, card, AccountStatus::NoCredits);
    }
    fn card_closed(memory: &mut Memory) {
        let card = memory.payer_cards[&CARD].id;
        set(memory, card, AccountStatus::Closed);
        empty(memory);
    }
    fn empty(memory: &mut Memory) {
        let id = memory.terminals["t"].account;
        let account = memory.accounts.get_mut(&id).unwrap();
        account.balances.debits_posted = account.balances.credits_posted;
    }
    let more = RefundAmountRefusal::MoreThanLeft(Rial::new(50_000));
    type Case = (fn(&mut Memory), &'static str, i64, i64, RefundPhoneRefusal);
    let cases: [Case; 8] = [
        (merchant_closed, "other", 0, 0, OrderUnknown),
        (merchant_closed, "o", 1, 0, OrderUnknown),
        (unpay, "o", 0, 0, OrderNotPaid),
        (merchant_closed, "o", 0, 0, Amount(RefundAmountRefusal::NotPositive)),
        (merchant_closed, "o", 0, 50_001, Amount(more)),
        (merchant_closed, "o", 0, 1, MerchantAccountUnusable),
        (card_closed, "o", 0, 1, CardAccountUnusable),
        (empty, "o", 0, 1, MerchantShort),
    ];
    for (prepare, order, beside, amount, expected) in cases {
        let mut memory = world();
        let action = paid_by_phone(&mut memory, "o", 50_000);
        prepare(&mut memory);
        let before = phone_money(&memory);
        let id = PhoneOrderId(action.id.0 + beside);
        let command = RefundPhonePayment { order: PhoneOrderKey::of(text("t"), order), id, amount: part(amount) };
        assert_eq!(memory.run(command), Err(expected));
        assert_eq!(phone_money(&memory), before, "{expected:?}");
    }
}

/// Whatever is refunded in whatever order: the parts never exceed their payments, and no money comes or goes.
#[test]
fn refunds_in_any_order_never_exceed_their_payments() {
    for seed in 1..=60 {
        let mut dice = Rng::with_seed(seed);
        let mut memory = world();
        let mut phones: Vec<(RefundPhonePayment, i64, i64)> = Vec::new();
        let mut invoices: Vec<(InvoiceId, i64)> = Vec::new();
        for step in 0..120 {
            match dice.u8(0..6) {
                0 if phones.len() < 8 => {
                    let amount = dice.i64(1..20_000);
                    phones.push((paid_by_phone(&mut memory, &format!("o-{step}"), amount), amount, 0));
                }
                1 if invoices.len() < 8 => invoices.push((paid(&mut memory), 0)),
                2..4 if !phones.is_empty() => {
                    let at = dice.usize(..phones.len());
                    let (action, paid, back) = &mut phones[at];
                    let amount = dice.i64(-10..12_000);
                    let expected = amount > 0 && *back < *paid && *back + amount <= *paid;
                    let done = memory.run(RefundPhonePayment { amount: part(amount), ..action.clone() });
                    assert_eq!(done.is_ok(), expected, "{seed}: {amount} of {paid}, {back} went back: {done:?}");
                    *back += if expected { amount } else { 0 };
                }
                _ if !invoices.is_empty() => {
                    let at = dice.usize(..invoices.len());
                    let (id, back) = &mut invoices[at];
                    let amount = dice.i64(-10..40_000);
                    let expected = amount > 0 && *back + amount <= PAYABLE;
                    let done = refund(&mut memory, *id, part(amount));
                    assert_eq!(done.is_ok(), expected, "{seed}: {amount} of {id:?}, {back} went back: {done:?}");
                    *back += if expected { amount } else { 0 };
                }
                _ => {}
            }
            let (on_phone, back): (i64, i64) =
                phones.iter().fold((0, 0), |(paid, back), one| (paid + one.1, back + one.2));
            assert_eq!(phone_money(&memory), (MILLION - on_phone + back, on_phone - back), "{seed}");
            let kept: i64 = invoices.iter().map(|(_, back)| PAYABLE - back).sum();
            let [ali, sara, open, free] = money(&memory);
            assert_eq!((ali + sara + open, open, free), (2 * MILLION, kept, 0), "{seed}");
            let sides = |side: fn(&ledger::Account) -> i64| memory.accounts.values().map(side).sum::<i64>();
            let debits = sides(|account| account.balances.debits_posted.get());
            assert_eq!(debits, sides(|account| account.balances.credits_posted.get()), "{seed}");
        }
    }
}

fn run_audited<C: OperatorCommand>(
    memory: &mut Memory,
    command: C,
    precondition: Option<Precondition>,
) -> Result<Replaced<C::Done>, AuditedRefusal<C::Refusal>> {
    let (by, entry) = (text("one"), command.entry());
    memory.run(Audited { by, entry, command, precondition, money_of_day: None })
}

fn propose(memory: &mut Memory, action: ProposedAction) -> Result<Arc<Proposal>, ProposeRefusal> {
    let propose = Propose { action, by: text("one"), reason: text("the goods came back") };
    match run_audited(memory, propose, None) {
        Ok(Replaced { done: id, .. }) => Ok(Arc::clone(&memory.proposals[&id])),
        Err(AuditedRefusal::Refused(why)) => Err(why),
        Err(other) => panic!("{other:?}"),
    }
}

fn decide(memory: &mut Memory, proposal: &Arc<Proposal>, by: &str) -> Result<(), DecideRefusal> {
    memory.run(DecideProposal { proposal: Arc::clone(proposal), by: text(by), approval: Approval::Yes })
}

#[test]
fn a_refund_is_proposed_by_one_operator_and_made_by_another_on_the_payment_as_it_was_proposed() {
    let mut memory = world();
    let id = paid(&mut memory);
    let phone = paid_by_phone(&mut memory, "o", 50_000);
    let of_invoice = |amount| ProposedAction::RefundInvoice(RefundInvoice { invoice: id, amount });
    let of_phone = |amount| ProposedAction::RefundPhone(RefundPhonePayment { amount, ..phone.clone() });
    let nothing = ProposedActionRefusal::RefundInvoice(RefundInvoiceRefusal::Amount(RefundAmountRefusal::NotPositive));
    assert_eq!(propose(&mut memory, of_invoice(part(0))), Err(ProposeRefusal::ProposedAction(nothing)));
    for (action, state) in [(of_invoice(part(500)), 54_000), (of_phone(part(500)), 49_500)] {
        let proposal = propose(&mut memory, action).unwrap();
        assert_eq!(decide(&mut memory, &proposal, "one"), Err(DecideRefusal::OwnProposal));
        assert_eq!(decide(&mut memory, &proposal, "two"), Ok(()));
        assert_eq!(decide(&mut memory, &proposal, "two"), Err(DecideRefusal::ProposalDecided));
        let left = match proposal.action {
            ProposedAction::RefundInvoice(_) => posted(&memory, guild_open(SHOP, GUILD)),
            _ => phone_money(&memory).1,
        };
        assert_eq!(left, state);
    }
    // A second refund between proposal and approval makes the proposal stale.
    for action in [of_invoice(part(500)), of_phone(part(500))] {
        let proposal = propose(&mut memory, action.clone()).unwrap();
        match action {
            ProposedAction::RefundInvoice(command) => drop(memory.run_ok(command)),
            ProposedAction::RefundPhone(command) => drop(memory.run_ok(command)),
            other => panic!("{other:?}"),
        }
        match decide(&mut memory, &proposal, "two") {
            Err(DecideRefusal::Stale(parts)) => assert!(parts.iter().eq([Part::Refunded]), "{parts:?}"),
            other => panic!("{other:?}"),
        }
    }
    let lines: Vec<_> = memory.audit_lines.values().map(|line| (&*line.action, &*line.detail)).collect();
    assert!(lines.contains(&("propose refund invoice", "500 rials: the goods came back")), "{lines:?}");
    assert!(lines.contains(&("propose refund telephone", "500 rials: the goods came back")), "{lines:?}");
}

/// A repeated call names the version that was read, and refunds nothing twice.
#[test]
fn a_refund_of_a_version_is_made_once() {
    let mut memory = world();
    let id = paid(&mut memory);
    let command = RefundInvoice { invoice: id, amount: part(500) };
    let read = Version::of(&Versioned::Invoice(&memory.invoices[&id]));
    run_audited(&mut memory, command, Some(Precondition::Version(read.clone()))).unwrap();
    let again = run_audited(&mut memory, command, Some(Precondition::Version(read)));
    assert!(matches!(again, Err(AuditedRefusal::Version(VersionRefusal::Stale(_)))), "{again:?}");
    assert_eq!(posted(&memory, guild_open(SHOP, GUILD)), 54_000);
    let line = memory.audit_lines.values().next_back().unwrap();
    assert_eq!((&*line.action, &*line.detail), ("refund invoice", "500 rials"));
}

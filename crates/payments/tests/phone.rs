//! Payments by telephone (paystar.md): the order of the checks, one-time passwords, wrong tries, ceilings.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::memory::Memory;
use ledger::{AccountId, AccountStatus, Rial};
use payments::{
    AskPhoneOtp, Asked, BusinessDay, CardChange, CardChangeRefusal, ChangePayerCard, Declined, Digest,
    InquirePhoneOrder, IssuePayerCard, NamedPayer, OTP_LIFE_MS, OtpLimit, PHONE_ORDER_KEPT_MS, PayByPhone, Payee,
    PayerCardState, PayerCardTerms, PhoneOrder, PhoneOrderKey, Probe, RegisterTerminal, Rules, Terminal, Text,
};

const CARD: Digest = Digest([1; 32]);
const OTHER: Digest = Digest([2; 32]);
/// Hashes of one-time passwords.
const RIGHT: Digest = Digest([11; 32]);
const WRONG: Digest = Digest([12; 32]);
const NEW: Digest = Digest([13; 32]);
const MILLION: i64 = 1_000_000;

fn terms() -> PayerCardTerms {
    PayerCardTerms {
        mobile: Text::from("09123456789"),
        expires: 140_812,
        state: PayerCardState::Active,
        per_transaction: Rial::ZERO,
        daily: Rial::ZERO,
    }
}

/// An enabled and a disabled terminal, and two cards with a million rials each.
fn world() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    for (sequence, disabled) in [("t", false), ("off", true)] {
        let (sequence, merchant) = (Text::from(sequence), Text::from("Kanoon"));
        let terminal = Terminal { sequence, merchant, account: AccountId(0), disabled };
        memory.run_ok(RegisterTerminal { terminal, replace: false });
    }
    for number in [CARD, OTHER] {
        memory.run_ok(IssuePayerCard {
            number,
            sealed: vec![],
            mask: Text::from("502200******0000"),
            terms: terms(),
            balance: Rial::new(MILLION),
            opened_at_ms: Some(0),
        });
    }
    memory
}

fn change(memory: &mut Memory, change: CardChange) {
    memory.run_ok(ChangePayerCard { number: CARD, mask: Text::from("502200******0000"), change });
}

fn named(number: Digest) -> Option<NamedPayer> {
    Some(NamedPayer { number, mask: Text::from("502200******0000") })
}

fn key(order: &str) -> PhoneOrderKey {
    PhoneOrderKey::of(Text::from("t"), order)
}

fn request(order: &str, amount: i64) -> AskPhoneOtp {
    let amount = Some(Rial::new(amount));
    AskPhoneOtp {
        terminal: Text::from("t"),
        order: Text::from(order),
        amount,
        card: named(CARD),
        hash: RIGHT,
        limit: None,
        day: BusinessDay::Open,
        probe: Probe::NONE,
    }
}

fn payment(order: &str, amount: i64) -> PayByPhone {
    PayByPhone {
        terminal: Text::from("t"),
        payee: Payee::Order(Text::from(order), Some(Rial::new(amount))),
        card: named(CARD),
        hash: Some(RIGHT),
        payer: Text::from("09120000000"),
        day: BusinessDay::Open,
        probe: Probe::NONE,
    }
}

fn ask(memory: &mut Memory, request: AskPhoneOtp) -> Result<Arc<Asked>, Declined> {
    memory.run(request)
}

fn pay(memory: &mut Memory, payment: PayByPhone) -> Result<Arc<PhoneOrder>, Declined> {
    memory.run(payment)
}

fn inquire(memory: &mut Memory, order: &str) -> Option<Arc<PhoneOrder>> {
    memory.run_ok(InquirePhoneOrder { order: key(order) })
}

fn card_balance(memory: &Memory) -> i64 {
    memory.balance_of(memory.payer_cards[&CARD].id).0
}

fn merchant_balance(memory: &Memory) -> i64 {
    memory.balance_of(memory.terminals["t"].account).0
}

#[test]
fn a_right_password_pays_once_from_card_to_merchant() {
    // paystar.md 3.
    let mut memory = world();
    let asked = ask(&mut memory, request("o", 50_000)).unwrap();
    assert_eq!((&*asked.mobile, &*asked.merchant, asked.amount), ("09123456789", "Kanoon", Rial::new(50_000)));
    assert!(memory.messages[&asked.message].text.is_none(), "its text is nowhere");
    let order = pay(&mut memory, payment("o", 50_000)).unwrap();
    assert_eq!((card_balance(&memory), merchant_balance(&memory)), (950_000, 50_000));
    assert_eq!(order.ref_id().to_string().len(), 12);
    assert!(memory.otps.is_empty());
    assert_eq!(pay(&mut memory, payment("o", 50_000)), Err(Declined::OrderPaid));
    assert_eq!(ask(&mut memory, request("o", 50_000)), Err(Declined::OrderPaid));
    assert_eq!((card_balance(&memory), merchant_balance(&memory)), (950_000, 50_000));
    memory.now_ms += 10 * PHONE_ORDER_KEPT_MS;
    assert_eq!(inquire(&mut memory, "o").unwrap().ref_id(), order.ref_id(), "what is paid is never forgotten");
}

/// A fault: its name, how it is made in the store, a request and a payment, and the decline that it causes.
type Fault = (&'static str, fn(&mut Memory), fn(&mut AskPhoneOtp), fn(&mut PayByPhone), Declined);

fn nothing<T>(_: &mut T) {}

fn close_account(memory: &mut Memory) {
    let id = memory.payer_cards[&CARD].id;
    memory.accounts.get_mut(&id).unwrap().status = AccountStatus::Closed;
}

fn set_terms(memory: &mut Memory, set: fn(&mut PayerCardTerms)) {
    let card = memory.payer_cards[&CARD].clone();
    let mut terms = PayerCardTerms {
        mobile: card.mobile.clone(),
        expires: card.expires,
        state: card.state,
        per_transaction: card.per_transaction,
        daily: card.daily,
    };
    set(&mut terms);
    change(memory, CardChange::Terms(terms));
}

/// Faults in the order of paystar.md 2 and 3.
const FAULTS: [Fault; 13] = [
    (
        "63",
        nothing,
        |request| request.terminal = Text::from("?"),
        |payment| payment.terminal = Text::from("?"),
        Declined::TerminalUnknown,
    ),
    (
        "3",
        nothing,
        |request| request.terminal = Text::from("off"),
        |payment| payment.terminal = Text::from("off"),
        Declined::TerminalDisabled,
    ),
    (
        "13",
        nothing,
        |request| request.amount = None,
        |payment| payment.payee = Payee::Order(Text::from("o"), None),
        Declined::AmountInvalid,
    ),
    (
        "94",
        |memory| {
            ask(memory, AskPhoneOtp { card: named(OTHER), ..request("o", 7) }).unwrap();
            pay(memory, PayByPhone { card: named(OTHER), ..payment("o", 7) }).unwrap();
        },
        nothing,
        nothing,
        Declined::OrderPaid,
    ),
    ("14", nothing, |request| request.card = None, |payment| payment.card = None, Declined::CardUnknown),
    ("42", close_account, nothing, nothing, Declined::CardAccountUnusable),
    ("54", |memory| set_terms(memory, |terms| terms.expires = 140_507), nothing, nothing, Declined::CardExpired),
    (
        "78",
        |memory| set_terms(memory, |terms| terms.state = PayerCardState::Inactive),
        nothing,
        nothing,
        Declined::CardInactive,
    ),
    (
        "62",
        |memory| set_terms(memory, |terms| terms.state = PayerCardState::Restricted),
        nothing,
        nothing,
        Declined::CardRestricted,
    ),
    (
        "57",
        |memory| set_terms(memory, |terms| terms.state = PayerCardState::NotPermitted),
        nothing,
        nothing,
        Declined::CardNotPermitted,
    ),
    (
        "75",
        |memory| {
            ask(memory, request("lock", 1)).unwrap();
            for _ in 0..3 {
                let _ = pay(memory, PayByPhone { hash: Some(WRONG), ..payment("lock", 1) });
            }
        },
        nothing,
        nothing,
        Declined::CardLocked,
    ),
    (
        "90",
        nothing,
        |request| request.day = BusinessDay::Closing,
        |payment| payment.day = BusinessDay::Closing,
        Declined::DayClose,
    ),
    (
        "91",
        nothing,
        |request| request.probe = request.probe.and(Probe::of(Declined::IssuerDown)),
        |payment| payment.probe = payment.probe.and(Probe::of(Declined::IssuerDown)),
        Declined::IssuerDown,
    ),
];

#[test]
fn of_two_troubles_the_one_that_is_checked_first_is_told_and_nothing_is_posted() {
    for (at, first) in FAULTS.iter().enumerate() {
        for second in &FAULTS[at..] {
            // A card has one state, and a call one terminal: if both faults set it, the first one wins.
            let mut memory = world();
            let (mut request, mut payment) = (request("o", 50_000), payment("o", 50_000));
            for (_, prepare, of_request, of_payment, _) in [second, first] {
                if !(first.0 == "75" && second.0 == "75" && memory.payer_cards[&CARD].is_locked()) {
                    prepare(&mut memory);
                }
                of_request(&mut request);
                of_payment(&mut payment);
                if second.0 == first.0 {
                    break;
                }
            }
            let before = (card_balance(&memory), merchant_balance(&memory), memory.otps.len());
            assert_eq!(ask(&mut memory, request), Err(first.4), "request: {} and {}", first.0, second.0);
            assert_eq!(pay(&mut memory, payment), Err(first.4), "payment: {} and {}", first.0, second.0);
            let after = (card_balance(&memory), merchant_balance(&memory), memory.otps.len());
            assert_eq!(after, before, "{} and {}", first.0, second.0);
        }
    }
}

/// Faults that are checked for requests only.
const OF_REQUESTS: [Fault; 1] = [(
    "61, passwords",
    |memory| {
        ask(memory, AskPhoneOtp { limit: one(), ..request("o", 50_000) }).unwrap();
    },
    |request| request.limit = one(),
    nothing,
    Declined::TooManyOtps,
)];

/// Faults that are checked for payments only, after a password was sent.
const OF_PAYMENTS: [Fault; 7] = [
    (
        "5",
        nothing,
        nothing,
        |payment| payment.payee = Payee::Request(None, Text::from("none")),
        Declined::RequestUnknown,
    ),
    ("55, no password", |memory| memory.now_ms += OTP_LIFE_MS, nothing, nothing, Declined::OtpGone),
    (
        "13, another amount",
        nothing,
        nothing,
        |payment| payment.payee = Payee::Order(Text::from("o"), Some(Rial::new(50_001))),
        Declined::AmountDiffers,
    ),
    ("55", nothing, nothing, |payment| payment.hash = Some(WRONG), Declined::OtpWrong),
    (
        "75, the third wrong password",
        |memory| {
            for _ in 0..2 {
                let wrong = PayByPhone { hash: Some(WRONG), ..payment("o", 50_000) };
                assert_eq!(pay(memory, wrong), Err(Declined::OtpWrong));
            }
        },
        nothing,
        |payment| payment.hash = Some(WRONG),
        Declined::OtpWrongAndLocked,
    ),
    (
        "61",
        |memory| set_terms(memory, |terms| terms.per_transaction = Rial::new(1)),
        nothing,
        nothing,
        Declined::CeilingReached,
    ),
    (
        "51",
        |memory| {
            ask(memory, request("all", MILLION)).unwrap();
            pay(memory, payment("all", MILLION)).unwrap();
        },
        nothing,
        nothing,
        Declined::InsufficientFunds,
    ),
];

fn one() -> Option<OtpLimit> {
    NonZeroU32::new(1).map(OtpLimit)
}

/// All combinations of a fault or none with a probed check or none.
fn probed() -> impl Iterator<Item = (Option<&'static Fault>, Option<Declined>)> {
    let faults = FAULTS.iter().chain(&OF_REQUESTS).chain(&OF_PAYMENTS).filter(|fault| fault.0 != "91");
    let faults: Vec<_> = faults.map(Some).chain([None]).collect();
    let probes = Declined::ALL.map(Some).into_iter().chain([None]);
    probes.flat_map(move |probe| faults.clone().into_iter().map(move |fault| (fault, probe)))
}

/// A store in which a password was sent for an order of 50,000 rials, with this fault.
fn with_fault(fault: Option<&Fault>) -> Memory {
    let mut memory = world();
    ask(&mut memory, request("o", 50_000)).unwrap();
    if let Some((_, prepare, ..)) = fault {
        prepare(&mut memory);
    }
    memory
}

#[test]
fn a_probe_fails_each_check_of_a_request_at_its_place() {
    // paystar.md 2.
    let is_checked = |why: &Declined| *why <= Declined::IssuerDown && *why != Declined::RequestUnknown;
    for (fault, probe) in probed() {
        let mut memory = with_fault(fault);
        let mut request = AskPhoneOtp { probe: probe.map_or(Probe::NONE, Probe::of), ..request("o", 50_000) };
        if let Some((_, _, of_request, ..)) = fault {
            of_request(&mut request);
        }
        let wrong = fault.map(|fault| fault.4);
        let expected = [wrong, probe].into_iter().flatten().filter(is_checked).min();
        let before = (memory.otps.clone(), memory.messages.len());
        let what = format!("{:?} and {probe:?}", fault.map(|fault| fault.0));
        assert_eq!(ask(&mut memory, request).err(), expected, "{what}");
        let is_sent = memory.messages.len() > before.1;
        assert_eq!(is_sent, expected.is_none(), "{what}");
        assert!(is_sent || memory.otps == before.0, "{what}");
    }
}

#[test]
fn a_probe_fails_each_check_of_a_payment_at_its_place_and_nothing_is_posted() {
    // paystar.md 3.
    let is_checked = |why: &Declined| *why != Declined::TooManyOtps;
    for (fault, probe) in probed() {
        let mut memory = with_fault(fault);
        let mut payment = PayByPhone { probe: probe.map_or(Probe::NONE, Probe::of), ..payment("o", 50_000) };
        if let Some((_, _, _, of_payment, _)) = fault {
            of_payment(&mut payment);
        }
        let wrong = fault.map(|fault| fault.4);
        let expected = match (wrong, probe) {
            // It is the third wrong password, whether the fault or the probe makes it wrong.
            (Some(Declined::OtpWrongAndLocked), Some(Declined::OtpWrong)) => wrong,
            _ => [wrong, probe].into_iter().flatten().filter(is_checked).min(),
        };
        let what = format!("{:?} and {probe:?}", fault.map(|fault| fault.0));
        let before = (card_balance(&memory), merchant_balance(&memory));
        assert_eq!(pay(&mut memory, payment).err(), expected, "{what}");
        let after = (card_balance(&memory), merchant_balance(&memory));
        assert_eq!(after == before, expected.is_some(), "{what}");
        // The inquiry reports the decline, if the order was found and not paid before.
        if let Some(why) = expected.filter(|why| *why > Declined::RequestUnknown && wrong != Some(Declined::OrderPaid))
        {
            assert_eq!(inquire(&mut memory, "o").unwrap().declined(), Some(why), "{what}");
        }
        // A right password is used up by a decline of a later check, and not by one of an earlier check.
        let is_used = expected.is_none_or(|why| why > Declined::OtpWrongAndLocked);
        if wrong != Some(Declined::OrderPaid) {
            assert_eq!(memory.otps.iter().any(|(key, _)| key.order == self::key("o")), !is_used, "{what}");
        }
    }
}

#[test]
fn a_password_is_good_for_its_card_order_and_amount_for_two_minutes_and_once() {
    // paystar.md 2.
    let fresh = || {
        let mut memory = world();
        ask(&mut memory, request("o", 50_000)).unwrap();
        memory
    };
    let mut memory = fresh();
    assert_eq!(pay(&mut memory, PayByPhone { card: named(OTHER), ..payment("o", 50_000) }), Err(Declined::OtpGone));
    assert_eq!(pay(&mut memory, payment("other", 50_000)), Err(Declined::OtpGone));
    assert_eq!(pay(&mut memory, payment("o", 50_001)), Err(Declined::AmountDiffers));
    assert_eq!(memory.payer_cards[&CARD].wrong_tries, 0, "no try was counted");
    assert!(pay(&mut memory, payment("o", 50_000)).is_ok(), "the password stayed usable");

    let mut memory = fresh();
    memory.now_ms += OTP_LIFE_MS;
    assert_eq!(pay(&mut memory, payment("o", 50_000)), Err(Declined::OtpGone));
    let mut memory = fresh();
    memory.now_ms += OTP_LIFE_MS - 1;
    assert!(pay(&mut memory, payment("o", 50_000)).is_ok());

    let mut memory = fresh();
    ask(&mut memory, AskPhoneOtp { hash: NEW, ..request("o", 50_000) }).unwrap();
    assert_eq!(pay(&mut memory, payment("o", 50_000)), Err(Declined::OtpWrong), "a new one takes the place of the old");
    assert!(pay(&mut memory, PayByPhone { hash: Some(NEW), ..payment("o", 50_000) }).is_ok());
    assert_eq!(memory.payer_cards[&CARD].wrong_tries, 0, "a success sets the count to 0");

    let mut memory = world();
    ask(&mut memory, request("poor", MILLION + 1)).unwrap();
    assert_eq!(pay(&mut memory, payment("poor", MILLION + 1)), Err(Declined::InsufficientFunds));
    assert_eq!(pay(&mut memory, payment("poor", MILLION + 1)), Err(Declined::OtpGone), "used up although declined");
}

/// Otherwise a password that was sent to the old number would still pay.
#[test]
fn a_password_ends_when_the_card_s_mobile_number_becomes_another_one() {
    let mut memory = world();
    ask(&mut memory, request("o", 50_000)).unwrap();
    set_terms(&mut memory, |terms| terms.daily = Rial::new(1_000_000));
    set_terms(&mut memory, |terms| terms.mobile = Text::from("09121112222"));
    assert_eq!(pay(&mut memory, payment("o", 50_000)), Err(Declined::OtpGone));
    assert_eq!(memory.payer_cards[&CARD].wrong_tries, 0, "no try was counted");
    memory.now_ms += 1;
    let asked = ask(&mut memory, AskPhoneOtp { hash: NEW, ..request("o", 50_000) }).unwrap();
    assert_eq!(&*asked.mobile, "09121112222");
    assert!(pay(&mut memory, PayByPhone { hash: Some(NEW), ..payment("o", 50_000) }).is_ok());
    // Changes of other terms end no password.
    ask(&mut memory, request("p", 50_000)).unwrap();
    set_terms(&mut memory, |terms| terms.daily = Rial::new(2_000_000));
    assert!(pay(&mut memory, payment("p", 50_000)).is_ok());
}

#[test]
fn three_wrong_passwords_in_a_row_lock_the_card_until_the_operator_unlocks_it() {
    // paystar.md 2: counted per card, over all its passwords.
    let mut memory = world();
    ask(&mut memory, request("a", 1)).unwrap();
    ask(&mut memory, request("b", 1)).unwrap();
    let wrong = |order| PayByPhone { hash: Some(WRONG), ..payment(order, 1) };
    // second-edition.md 1.7: a text that cannot be a password does not count as a try.
    for _ in 0..3 {
        assert_eq!(pay(&mut memory, PayByPhone { hash: None, ..payment("a", 1) }), Err(Declined::OtpWrong));
    }
    assert_eq!(pay(&mut memory, wrong("a")), Err(Declined::OtpWrong));
    assert_eq!(pay(&mut memory, wrong("b")), Err(Declined::OtpWrong));
    assert_eq!(pay(&mut memory, wrong("a")), Err(Declined::OtpWrongAndLocked));
    assert_eq!(pay(&mut memory, payment("b", 1)), Err(Declined::CardLocked), "the right one, too late");
    memory.now_ms += 365 * PHONE_ORDER_KEPT_MS;
    assert_eq!(ask(&mut memory, request("c", 1)), Err(Declined::CardLocked));
    change(&mut memory, CardChange::Unlock);
    ask(&mut memory, request("c", 1)).unwrap();
    assert!(pay(&mut memory, payment("c", 1)).is_ok());
}

#[test]
fn a_card_is_sent_three_passwords_in_any_ten_minutes() {
    // paystar.md 2.
    let mut memory = world();
    let request = |order, amount| AskPhoneOtp { limit: NonZeroU32::new(3).map(OtpLimit), ..request(order, amount) };
    for order in ["a", "b", "c"] {
        ask(&mut memory, request(order, 1)).unwrap();
        memory.now_ms += 60_000;
    }
    assert_eq!(ask(&mut memory, request("d", 1)), Err(Declined::TooManyOtps));
    assert!(ask(&mut memory, AskPhoneOtp { card: named(OTHER), ..request("d", 1) }).is_ok(), "another card");
    memory.now_ms += 420_000 - 1;
    assert_eq!(ask(&mut memory, request("d", 1)), Err(Declined::TooManyOtps));
    memory.now_ms += 1;
    ask(&mut memory, request("d", 1)).unwrap();
    assert_eq!(ask(&mut memory, request("e", 1)), Err(Declined::TooManyOtps), "the second was a minute later");
}

#[test]
fn without_a_limit_any_number_of_passwords_is_sent_and_each_pays_its_order() {
    // second-edition.md 3.
    let mut memory = world();
    let orders: Vec<String> = (0..100).map(|number| format!("o-{number}")).collect();
    for order in &orders {
        ask(&mut memory, request(order, 1)).unwrap();
        memory.now_ms += 1;
    }
    for order in &orders {
        assert!(pay(&mut memory, payment(order, 1)).is_ok(), "{order}");
    }
}

#[test]
fn ceilings_hold_per_payment_and_per_day_of_tehran() {
    let mut memory = world();
    set_terms(&mut memory, |terms| (terms.per_transaction, terms.daily) = (Rial::new(100), Rial::new(250)));
    let day = |memory: &mut Memory, orders: &[(&str, i64)], expected: &[Result<(), Declined>]| {
        for ((order, amount), expected) in orders.iter().zip(expected) {
            memory.now_ms += 600_000;
            ask(memory, request(order, *amount)).unwrap();
            assert_eq!(pay(memory, payment(order, *amount)).map(|_| ()), *expected, "{order} {amount}");
        }
    };
    let over = Err(Declined::CeilingReached);
    // At eleven in the morning.
    day(
        &mut memory,
        &[("a", 101), ("b", 100), ("c", 100), ("d", 51), ("e", 50), ("f", 1)],
        &[over, Ok(()), Ok(()), over, Ok(()), over],
    );
    // At two the next night.
    memory.now_ms += 14 * 3_600_000;
    day(&mut memory, &[("g", 100)], &[Ok(())]);
    assert_eq!(card_balance(&memory), MILLION - 350);
}

#[test]
fn a_request_s_number_or_its_order_s_id_names_what_is_paid_on_a_merchant_s_pages() {
    // paystar.md 3, mode 0.
    let by = |memory: &mut Memory, number, text: &str, hash| {
        let payee = Payee::Request(number, Text::from(text));
        pay(memory, PayByPhone { payee, hash: Some(hash), ..payment("", 0) })
    };
    let mut memory = world();
    let first = ask(&mut memory, request("w", 50_000)).unwrap().request;
    let second = ask(&mut memory, AskPhoneOtp { hash: NEW, ..request("w", 60_000) }).unwrap().request;
    assert_eq!(by(&mut memory, None, "nobody", NEW), Err(Declined::RequestUnknown));
    assert_eq!(by(&mut memory, Some(first), "x", NEW), Err(Declined::AmountDiffers), "an old number, an old amount");
    let other_terminal = PayByPhone {
        terminal: Text::from("t2"),
        payee: Payee::Request(Some(second), Text::from("x")),
        ..payment("", 0)
    };
    let (sequence, merchant) = (Text::from("t2"), Text::from("Other"));
    let terminal = Terminal { sequence, merchant, account: AccountId(0), disabled: false };
    memory.run_ok(RegisterTerminal { terminal, replace: false });
    assert_eq!(pay(&mut memory, other_terminal), Err(Declined::RequestUnknown));
    let wrong_card =
        PayByPhone { payee: Payee::Request(Some(second), Text::from("x")), card: named(OTHER), ..payment("", 0) };
    assert_eq!(pay(&mut memory, wrong_card), Err(Declined::OtpGone), "asked for another card");
    // Either the number of the newest request or the order's id.
    let order = by(&mut memory, None, "w", NEW).unwrap();
    assert_eq!(order.payment().unwrap().amount, Some(Rial::new(60_000)));
    assert_eq!(by(&mut memory, Some(second), "x", NEW), Err(Declined::OrderPaid));
    memory.now_ms += 10 * PHONE_ORDER_KEPT_MS;
    assert_eq!(by(&mut memory, Some(first), "x", NEW), Err(Declined::OrderPaid), "kept for a paid order");

    let mut memory = world();
    let number = ask(&mut memory, request("w", 50_000)).unwrap().request;
    memory.now_ms += PHONE_ORDER_KEPT_MS - 1;
    assert_eq!(by(&mut memory, Some(number), "x", RIGHT), Err(Declined::OtpGone), "known for a day");
    assert_eq!(by(&mut memory, None, "w", RIGHT), Err(Declined::OtpGone));
    memory.now_ms += 1;
    assert_eq!(by(&mut memory, Some(number), "x", RIGHT), Err(Declined::RequestUnknown), "by its own day");
    assert_eq!(
        by(&mut memory, None, "w", RIGHT),
        Err(Declined::RequestUnknown),
        "also where the order was tried since"
    );
    memory.now_ms += PHONE_ORDER_KEPT_MS;
    assert_eq!(by(&mut memory, Some(number), "x", RIGHT), Err(Declined::RequestUnknown), "and then forgotten");
    assert_eq!(inquire(&mut memory, "w"), None);
}

#[test]
fn an_inquiry_tells_the_last_reason_and_nothing_before_a_payment_was_tried() {
    // paystar.md 5.
    let mut memory = world();
    assert_eq!(inquire(&mut memory, "o"), None);
    ask(&mut memory, request("o", 50_000)).unwrap();
    assert_eq!(inquire(&mut memory, "o").unwrap().declined(), None);
    for (payment, why) in [
        (payment("o", 1), Declined::AmountDiffers),
        (PayByPhone { hash: Some(WRONG), ..payment("o", 50_000) }, Declined::OtpWrong),
        (PayByPhone { card: None, ..payment("o", 50_000) }, Declined::CardUnknown),
    ] {
        assert_eq!(pay(&mut memory, payment), Err(why));
        assert_eq!(inquire(&mut memory, "o").unwrap().declined(), Some(why));
    }
    pay(&mut memory, payment("o", 50_000)).unwrap();
    assert_eq!(pay(&mut memory, payment("o", 50_000)), Err(Declined::OrderPaid));
    let order = inquire(&mut memory, "o").unwrap();
    let payment = order.payment().unwrap();
    assert_eq!((&*payment.mask, payment.amount), ("502200******0000", Some(Rial::new(50_000))));
}

#[test]
fn a_card_s_account_is_closed_only_when_nothing_is_on_it() {
    let mut memory = world();
    let with_status = |status| ChangePayerCard {
        number: CARD,
        mask: Text::from("502200******0000"),
        change: CardChange::AccountStatus(status),
    };
    assert_eq!(memory.run(with_status(AccountStatus::Closed)), Err(CardChangeRefusal::AccountNotEmpty));
    ask(&mut memory, request("all", MILLION)).unwrap();
    pay(&mut memory, payment("all", MILLION)).unwrap();
    memory.run_ok(with_status(AccountStatus::Closed));
    assert_eq!(ask(&mut memory, request("o", 1)), Err(Declined::CardAccountUnusable));
    memory.run_ok(with_status(AccountStatus::Open));
    assert!(ask(&mut memory, request("o", 1)).is_ok());
}

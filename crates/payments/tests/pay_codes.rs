//! Codes that pay invoices by SMS cannot be guessed: tries and sent codes are counted over resends, invoices and callers. An SMS names only credit
//! that will be spent (second-edition 4.1, 4.2).

use crate::memory::Memory;
use payments::{
    Business, CallAddress, Delegations, Digest, FillWallet, GiveCredit, InvoiceCall, InvoiceCommand, InvoiceField,
    InvoiceId, InvoiceLine, InvoiceRefusal, Issue, IssueInvoice, LineAmount, MICRO, Party, PartyId, PartyKind,
    PayByCredit, PayBySms, PayLink, PayWithCode, PayableInvoices, PricedLines, Provenance, RegisterParty, Rial, Rules,
    SendPaymentLink, SendPaymentSms, SmsContent, Terms, Text, wallet,
};

const SHOP: PartyId = PartyId(201);
const ALI: PartyId = PartyId(101);
const ZAHRA: PartyId = PartyId(102);
const NIMA: PartyId = PartyId(103);
const GUILD: i64 = 561;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1_440 * MINUTE_MS;

fn world() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    for (id, mobile) in [(SHOP, ""), (ALI, "09121234567"), (ZAHRA, "09121234568"), (NIMA, "09121234569")] {
        let business = Business { guilds: vec![GUILD], ..Business::default() };
        let party = Party {
            id,
            kind: if id == SHOP { PartyKind::Business(business) } else { PartyKind::User },
            name: Text::from(format!("p{}", id.0)),
            password: String::new(),
            mobile: Text::from(mobile),
            mobile_verified: !mobile.is_empty(),
            joined_at_ms: 1,
            disabled: false,
            access_version: 0,
        };
        memory.run_ok(RegisterParty { party, replace: false });
        if id != SHOP {
            memory.run_ok(FillWallet { party: id, amount: Rial::new(9_000_000), at_ms: None });
        }
    }
    memory
}

fn issue(memory: &mut Memory, to: PartyId) -> InvoiceId {
    let amount = LineAmount { price: Rial::new(50_000), quantity_micro: MICRO, discount: Rial::ZERO };
    let line = InvoiceLine { id: 0, product: 0, amount, description: Text::from("book") };
    let verb = IssueInvoice {
        guild: GUILD,
        customer: Some(to),
        cellphone: Text::from(""),
        bill_number: None,
        unique: u64::try_from(memory.invoices.len()).unwrap() + 1,
        reference_number: Text::from("1"),
        lines: PricedLines::of([line], 0).unwrap(),
        terms: Terms::default(),
        issue: Issue::Really,
    };
    call(memory, SHOP, verb).unwrap().id
}

fn call<C: InvoiceCommand>(memory: &mut Memory, caller: PartyId, command: C) -> Result<C::Done, InvoiceRefusal> {
    memory.run(InvoiceCall { caller, ott: None, command })
}

fn has(memory: &Memory, party: PartyId) -> i64 {
    memory.balance_of(wallet(party)).0
}

/// The hash of the right code of an invoice's `n`th SMS.
fn code(invoice: InvoiceId, n: u8) -> Digest {
    let mut bytes = [n; 32];
    bytes[..8].copy_from_slice(&invoice.0.to_be_bytes());
    Digest(bytes)
}

const WRONG: Digest = Digest([0xFF; 32]);

fn send(memory: &mut Memory, invoice: InvoiceId, n: u8) -> Result<(), InvoiceRefusal> {
    let sms = SmsContent::Code(code(invoice, n));
    let sms = SendPaymentSms {
        invoice,
        sms,
        link: None,
        call: None,
        delegations: Delegations::default(),
        delegators: vec![],
    };
    call(memory, SHOP, sms).map(|_| ())
}

fn confirm(memory: &mut Memory, by: Option<PartyId>, invoice: InvoiceId, hash: Digest) -> Result<(), InvoiceRefusal> {
    let code = PayWithCode { invoice, hash, others: vec![], call: None };
    match by {
        Some(caller) => call(memory, caller, code).map(|_| ()),
        None => memory.run(PayBySms { code }).map(|_| ()),
    }
}

#[test]
fn three_wrong_codes_in_a_row_close_an_invoice_for_ten_minutes_whatever_is_sent_meanwhile() {
    for by in [Some(SHOP), Some(ALI), None] {
        let mut memory = world();
        let id = issue(&mut memory, ALI);
        send(&mut memory, id, 1).unwrap();
        for _ in 0..3 {
            assert_eq!(confirm(&mut memory, by, id, WRONG), Err(InvoiceRefusal::WrongCode));
        }
        // The right code is refused, and a new one is not sent.
        assert_eq!(confirm(&mut memory, by, id, code(id, 1)), Err(InvoiceRefusal::WrongCode));
        assert_eq!(send(&mut memory, id, 2), Err(InvoiceRefusal::TooManySms));
        memory.now_ms += 10 * MINUTE_MS;
        send(&mut memory, id, 3).unwrap();
        // A new code does not reset the count: the third wrong code is still the third.
        for _ in 0..2 {
            assert_eq!(confirm(&mut memory, by, id, WRONG), Err(InvoiceRefusal::WrongCode));
        }
        send(&mut memory, id, 4).unwrap();
        assert_eq!(confirm(&mut memory, by, id, WRONG), Err(InvoiceRefusal::WrongCode));
        assert_eq!(confirm(&mut memory, by, id, code(id, 4)), Err(InvoiceRefusal::WrongCode), "{by:?}");
    }
}

#[test]
fn wrong_codes_are_forgotten_after_two_days_whether_their_count_was_removed_or_not() {
    for by in [Some(SHOP), Some(ALI), None] {
        let mut memory = world();
        let id = issue(&mut memory, ALI);
        send(&mut memory, id, 1).unwrap();
        for _ in 0..2 {
            assert_eq!(confirm(&mut memory, by, id, WRONG), Err(InvoiceRefusal::WrongCode));
        }
        memory.now_ms += 2 * DAY_MS;
        send(&mut memory, id, 2).unwrap();
        // It is the first of a new count, and closes nothing.
        assert_eq!(confirm(&mut memory, by, id, WRONG), Err(InvoiceRefusal::WrongCode));
        assert_eq!(confirm(&mut memory, by, id, code(id, 2)), Ok(()), "{by:?}");
    }
}

#[test]
fn an_invoice_s_code_is_sent_three_times_in_ten_minutes() {
    let mut memory = world();
    let id = issue(&mut memory, ALI);
    for n in 1..=3 {
        send(&mut memory, id, n).unwrap();
    }
    assert_eq!(send(&mut memory, id, 4), Err(InvoiceRefusal::TooManySms));
    // The last code that was sent still pays.
    let other = issue(&mut memory, ALI);
    send(&mut memory, other, 1).unwrap();
    confirm(&mut memory, Some(ALI), id, code(id, 3)).unwrap();
    memory.now_ms += 10 * MINUTE_MS;
    send(&mut memory, other, 2).unwrap();
    // Links to other users count against their receivers.
    let link = |to| SendPaymentLink { invoice: other, to, text: Text::from("link") };
    for _ in 0..20 {
        call(&mut memory, SHOP, link(ZAHRA)).unwrap();
    }
    assert_eq!(call(&mut memory, SHOP, link(ZAHRA)), Err(InvoiceRefusal::TooManySms));
    call(&mut memory, SHOP, link(NIMA)).unwrap();
}

#[test]
fn nine_wrong_codes_a_day_close_a_customer_s_payments_by_sms_whatever_the_invoice() {
    let mut memory = world();
    let mut wrong = 0;
    while wrong < 9 {
        let id = issue(&mut memory, ALI);
        send(&mut memory, id, 1).unwrap();
        for _ in 0..2 {
            if wrong < 9 {
                assert_eq!(confirm(&mut memory, None, id, WRONG), Err(InvoiceRefusal::WrongCode));
                wrong += 1;
            }
        }
    }
    let (id, zahras) = (issue(&mut memory, ALI), issue(&mut memory, ZAHRA));
    assert_eq!(send(&mut memory, id, 1), Err(InvoiceRefusal::TooManySms));
    memory.now_ms += 30 * MINUTE_MS;
    assert_eq!(send(&mut memory, id, 1), Err(InvoiceRefusal::TooManySms), "the same day");
    send(&mut memory, zahras, 1).unwrap();
    confirm(&mut memory, None, zahras, code(zahras, 1)).unwrap();
    memory.now_ms += DAY_MS;
    send(&mut memory, id, 2).unwrap();
    confirm(&mut memory, None, id, code(id, 2)).unwrap();
}

#[test]
fn thirty_wrong_codes_a_day_close_an_issuer_s_confirmations_and_no_reply_by_sms() {
    let mut memory = world();
    let customers: Vec<PartyId> = (300..320).map(PartyId).collect();
    for (n, id) in customers.iter().enumerate() {
        let party = Party {
            id: *id,
            kind: PartyKind::User,
            name: Text::from(format!("c{n}")),
            password: String::new(),
            mobile: Text::from(format!("0912000{n:04}")),
            mobile_verified: true,
            joined_at_ms: 1,
            disabled: false,
            access_version: 0,
        };
        memory.run_ok(RegisterParty { party, replace: false });
        memory.run_ok(FillWallet { party: *id, amount: Rial::new(9_000_000), at_ms: None });
    }
    for customer in &customers[..15] {
        let id = issue(&mut memory, *customer);
        send(&mut memory, id, 1).unwrap();
        for _ in 0..2 {
            assert_eq!(confirm(&mut memory, Some(SHOP), id, WRONG), Err(InvoiceRefusal::WrongCode));
        }
    }
    let id = issue(&mut memory, customers[16]);
    assert_eq!(send(&mut memory, id, 1), Err(InvoiceRefusal::TooManySms));
    memory.now_ms += DAY_MS;
    let id = issue(&mut memory, customers[17]);
    send(&mut memory, id, 1).unwrap();
    confirm(&mut memory, Some(SHOP), id, code(id, 1)).unwrap();
}

#[test]
fn a_used_code_or_one_of_another_invoice_is_no_try() {
    let mut memory = world();
    let (paid, other, id) = (issue(&mut memory, ALI), issue(&mut memory, ALI), issue(&mut memory, ALI));
    for invoice in [paid, other, id] {
        send(&mut memory, invoice, 1).unwrap();
    }
    confirm(&mut memory, None, paid, code(paid, 1)).unwrap();
    for of in [paid, other].into_iter().cycle().take(12) {
        let code = PayWithCode { invoice: id, hash: WRONG, others: vec![(of, code(of, 1))], call: None };
        assert_eq!(memory.run(PayBySms { code }), Err(InvoiceRefusal::WrongCode));
    }
    confirm(&mut memory, None, id, code(id, 1)).unwrap();
}

fn credit(memory: &mut Memory, hash: &str, limit: i64) {
    let (hash, limit) = (Text::from(hash), Rial::new(limit));
    memory.run_ok(GiveCredit { delegator: NIMA, holder: ALI, hash, limit });
}

fn named(delegators: &[PartyId], hashes: &[&str], forced: bool) -> Delegations {
    Delegations {
        delegators: delegators.to_vec(),
        hashes: hashes.iter().map(|hash| Text::from(*hash)).collect(),
        forced,
    }
}

#[test]
fn an_sms_lists_only_credit_that_will_be_spent_and_names_nothing_that_its_caller_wrote() {
    let phish = "https://evil.example";
    for (delegations, expected) in [
        (named(&[], &["c1"], false), Ok(vec!["c1"])),
        (named(&[NIMA], &[], false), Ok(vec!["c1", "c2", "c3"])),
        (named(&[], &["c4", "c1"], false), Ok(vec!["c4", "c1"])),
        (named(&[], &[phish], false), Err(InvoiceRefusal::Invalid(InvoiceField::DelegationHash))),
        (named(&[], &["c1", phish], false), Err(InvoiceRefusal::Invalid(InvoiceField::DelegationHash))),
        (named(&[ZAHRA], &[], false), Err(InvoiceRefusal::Invalid(InvoiceField::DelegatorId))),
        (named(&[ZAHRA], &["c1"], false), Err(InvoiceRefusal::Invalid(InvoiceField::DelegationHash))),
        (named(&[], &["c1"], true), Err(InvoiceRefusal::CreditShort)),
        (named(&[], &[], false), Ok(vec![])),
    ] {
        let mut memory = world();
        for hash in ["c1", "c2", "c3", "c4"] {
            credit(&mut memory, hash, 10_000);
        }
        let id = issue(&mut memory, ALI);
        let before = has(&memory, ALI);
        let sms = SmsContent::Code(code(id, 1));
        let sms = SendPaymentSms {
            invoice: id,
            sms,
            link: None,
            call: None,
            delegations: delegations.clone(),
            delegators: vec![NIMA],
        };
        let done = call(&mut memory, SHOP, sms);
        let listed = done.map(|written| written.unwrap().credits);
        let expected = expected.map(|listed| listed.into_iter().map(Text::from).collect::<Vec<_>>());
        assert_eq!(listed, expected, "{delegations:?}");
        if listed.is_err() {
            assert!(memory.pay_codes.is_empty() && memory.messages.is_empty(), "{delegations:?}");
            // A payment that names them is refused as well: it does not silently use the wallet instead.
            let pay = PayByCredit { invoice: id, delegations, payable_invoices: PayableInvoices::Own };
            assert_eq!(call(&mut memory, ALI, pay).map(|_| ()), expected.map(|_| ()));
            assert_eq!(has(&memory, ALI), before);
        } else {
            confirm(&mut memory, None, id, code(id, 1)).unwrap();
            let spent = expected.unwrap().len() as i64 * 10_000;
            assert_eq!(before - has(&memory, ALI), 50_000 - spent);
        }
    }
}

/// second-edition.md 4.4: a callback address from the business is not replaced by others.
#[test]
fn the_call_that_a_business_wants_is_not_another_s_to_change() {
    let mut memory = world();
    let id = issue(&mut memory, ALI);
    let address = |text: &str| CallAddress { address: Text::from(text), provenance: Provenance::Other };
    let of_shop = |text: &str| Some(CallAddress { provenance: Provenance::Business, ..address(text) });
    let rounds = [
        (ALI, Some(address("http://ali/")), Some(address("http://ali/"))),
        (SHOP, Some(address("http://shop/")), of_shop("http://shop/")),
        (ALI, Some(address("http://ali/")), of_shop("http://shop/")),
        (ALI, None, of_shop("http://shop/")),
        (SHOP, Some(address("http://shop/new")), of_shop("http://shop/new")),
        (SHOP, None, None),
    ];
    for (round, (caller, given, kept)) in (1..).zip(rounds) {
        // Each SMS has a new link.
        let hash = Digest([round; 32]);
        let link =
            PayLink { hash, invoice: id, redirect_uri: None, call: given.clone(), gateway: None, ends_at_ms: None };
        let sms = SendPaymentSms {
            invoice: id,
            sms: SmsContent::Code(code(id, 1)),
            link: Some(link),
            call: given.clone(),
            delegations: Delegations::default(),
            delegators: vec![],
        };
        call(&mut memory, caller, sms).unwrap();
        assert_eq!(memory.pay_codes[&id].call, kept, "{caller:?} {given:?}");
        assert_eq!(memory.pay_links[&hash].call, kept, "{caller:?} {given:?}");
        memory.now_ms += 10 * MINUTE_MS;
    }
}

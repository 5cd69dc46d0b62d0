//! Rows of parties and invoices.

use std::sync::Arc;

use ledger::{Account, AccountKind, Rial, Step, TransferId};
use payments::{
    Amounts, ApiToken, AuditId, AuditLine, Bill, BillKey, BlockedFrom, Business, CARD_NETWORK, CallAddress,
    CallbackAttempt, CallbackAttempts, CardAttempt, CardAttemptId, CardAttemptState, CardDecline, CardReceivable,
    CardReceivableId, CardSlip, Channel, CodeCount, Counted, Credit, CreditBook, CreditId, Declined, Digest,
    FuturePayment, Handle, HeldLeg, Invoice, InvoiceId, InvoiceLine, InvoiceState, Issuance, Job, JobId, JobKind, Keys,
    Leg, LineAmount, Means, Message, MessageId, MessageState, OldSecret, Party, PartyId, PartyKind, PayCode, PayLink,
    Payment, PosKey, PosSlip, PosTerminal, PosTransaction, Provenance, Scope, Serial, SerialKey, SetOffReservation,
    SetOffSource, SsoFamilyId, Terms, Text, UniqueId, UniqueIdKey, Unsettled, UsedOtt, Voucher, VoucherKey,
    VoucherState, VoucherUse, Word, WordKey, guild_open,
};
use store::{
    After, By, Error, InvoiceFilter, InvoicePage, InvoicePageStart, InvoiceSide, MessagePage, Page, SealedCode,
    SweepAt, Swept, Writer, verify,
};

use crate::test_store::{in_each_store, now};

const SHOP: PartyId = PartyId(201);
const ALI: PartyId = PartyId(101);

fn text(text: &str) -> Text {
    Text::from(text)
}

fn party(id: PartyId, kind: PartyKind) -> Party {
    Party {
        id,
        kind,
        name: text("فروشگاه"),
        password: "hash".to_owned(),
        mobile: text("09120000000"),
        mobile_verified: true,
        joined_at_ms: 5,
        disabled: id == ALI,
        access_version: 0,
    }
}

fn payment(means: Means) -> Payment {
    let leg = Leg { credit: CreditId(3), delegator: PartyId(103), amount: Rial::new(4) };
    Payment { at_ms: 6, payer: Some(ALI), means, rest: Rial::new(5), legs: vec![leg], promised_ms: None }
}

/// The states of an invoice, with the means of payment.
fn states() -> Vec<InvoiceState> {
    let slip = CardSlip { terminal: text("LOC"), mask: text("0*0"), rrn: text("1"), tref: text("2") };
    let future = |from| InvoiceState::Future(FuturePayment { by: ALI, from, at_ms: 9 });
    vec![
        InvoiceState::Issued,
        InvoiceState::InGateway(7),
        InvoiceState::Waiting(payment(Means::Card(slip))),
        future(BlockedFrom::Wallet),
        future(BlockedFrom::Guild(561)),
        InvoiceState::SetOff(SetOffSource { invoice: InvoiceId(1), guild: 47 }),
        InvoiceState::Paid(payment(Means::Wallet)),
        InvoiceState::Paid(payment(Means::Pos(PosSlip {
            terminal: text("t"),
            reference: text("r"),
            tracking: text("k"),
        }))),
        InvoiceState::Closed(Payment { promised_ms: Some(8), ..payment(Means::Guild) }),
        InvoiceState::Canceled(None),
        InvoiceState::Canceled(Some(payment(Means::Invoice(InvoiceId(2))))),
        InvoiceState::Canceled(Some(payment(Means::Outside))),
        InvoiceState::AtNetwork(CardAttemptId(3)),
    ]
}

fn invoice(number: i64, state: InvoiceState) -> Invoice {
    let odd = number % 2 == 1;
    let amount = LineAmount { price: Rial::new(7), quantity_micro: 100_000, discount: Rial::new(1) };
    let line = |id| InvoiceLine { id, product: 3, amount, description: text("کتاب \"آبی\"") };
    let issuance = Issuance {
        issuer: SHOP,
        guild: 561,
        customer: odd.then_some(ALI),
        cellphone: text(if odd { "09120000000" } else { "" }),
        unique: u64::MAX - number.unsigned_abs(),
        reference_number: text(&format!("17{number}")),
        issued_at_ms: number,
        amounts: Amounts {
            without_discount: Rial::new(2),
            total: Rial::new(1),
            vat: Rial::new(3),
            payable: Rial::new(4_000_000_000_000_000),
        },
        rate_micro: 90_000,
        lines: vec![line(1), line(2)],
        terms: Terms {
            verification_needed: odd,
            verify_after_timeout: !odd,
            safe: odd,
            post_voucher: !odd,
            close_after_s: 600,
            delivery_at_ms: 8,
            redirect_url: odd.then(|| text("http://h")),
            description: Some(text("شرح")),
            metadata: (!odd).then(|| text("{\"k\":1}")),
        },
        replaces: odd.then_some(InvoiceId(5)),
    };
    Invoice {
        id: InvoiceId(number),
        issuance: Arc::new(issuance),
        bill_number: odd.then(|| text(&format!("B-{number}"))),
        // Only what was paid can pay another one.
        set_off: (odd && state.payment().is_some_and(|payment| payment.means != Means::Outside)).then_some(
            SetOffReservation { to: InvoiceId(6), amount: Rial::new(2), done: number % 3 == 0, freed: number % 6 == 0 },
        ),
        // An invoice with a payment has a serial number; the last one has none, as if it was canceled before its verification.
        serial: if state.payment().is_none() || number == 1_000_012 { 0 } else { number },
        state,
        verified_at_ms: odd.then_some(10),
        canceled_at_ms: 11,
        edited: false,
        unsettled: odd.then_some(Unsettled { receivable: CardReceivableId(4), at_ms: 12 }),
        transferred: Rial::new(3),
        vouchers: if odd {
            vec![VoucherUse { code: text("بن"), at_ms: 13, amount: Rial::new(4), canceled: number % 3 == 0 }]
        } else {
            vec![]
        },
        declined: odd.then_some(CardDecline { why: Declined::OtpWrong, at_ms: 14, count: 2 }),
    }
}

#[test]
fn rows_of_parties_and_invoices_come_back_as_they_went_in() {
    in_each_store("invoices", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let business = Business {
            guilds: vec![561, 47],
            api_keys: vec![(29_816, Digest([8; 32]))],
            sheba: text("12"),
            webhook_secret: vec![1, 2, 3],
            old_webhook_secret: Some(Box::new(OldSecret { sealed: vec![4, 5], until_ms: 6 })),
            returns_when_taken: true,
            client_secret: Some(Digest([9; 32])),
            redirect_uris: vec![text("https://h/back")],
            frame_origins: vec![text("https://h")],
        };
        let parties = [party(ALI, PartyKind::User), party(SHOP, PartyKind::Business(business))];
        let invoices: Vec<Invoice> =
            (1_000_001..).zip(states()).map(|(number, state)| invoice(number, state)).collect();
        let token = ApiToken {
            hash: Digest([1; 32]),
            party: SHOP,
            created_at_ms: 1,
            ends_at_ms: Some(2),
            client: Some(ALI),
            family: Some(SsoFamilyId(3)),
            scopes: Some([Scope::Profile, Scope::InvoicePay].into_iter().collect()),
        };
        let credit = Credit { id: CreditId(1), delegator: ALI, holder: SHOP, hash: text("c"), left: Rial::new(9) };
        let book = CreditBook { holder: SHOP, credits: vec![credit] };
        let bill = Bill { key: BillKey { issuer: SHOP, number: text("B") }, invoice: InvoiceId(1) };
        let serial = Serial { key: SerialKey { issuer: SHOP, year: 1405 }, last: 7 };
        let receivable = CardReceivable {
            id: CardReceivableId(4),
            invoice: InvoiceId(1),
            issuer: SHOP,
            guild: 561,
            amount: Rial::ZERO,
        };
        let code = PayCode {
            invoice: InvoiceId(1),
            mobile: text("0912"),
            hash: Digest([2; 32]),
            at_ms: 3,
            tries: 2,
            credits: vec![(CreditId(1), ALI)],
            forced: true,
            call: Some(CallAddress { address: text("http://h/c"), provenance: Provenance::Business }),
        };
        let link = PayLink {
            hash: Digest([3; 32]),
            invoice: InvoiceId(1),
            redirect_uri: Some(text("http://r")),
            call: Some(CallAddress { address: text("http://c"), provenance: Provenance::Other }),
            gateway: Some(text("PEP")),
            ends_at_ms: Some(4),
        };
        let terminal = PosTerminal { number: text("t"), merchant: text("m"), business: SHOP };
        let pos = PosTransaction {
            key: PosKey {
                terminal: text("t"),
                merchant: text("m"),
                reference: text("r"),
                tracking: text("k"),
                at_ms: 5,
            },
            amount: Rial::new(6),
            deposit_id: 7,
            claimed_by: Some(InvoiceId(1)),
        };
        let unique = UniqueId { key: UniqueIdKey { business: SHOP, unique_id: text("u") }, invoice: InvoiceId(1) };
        let ott = UsedOtt { value: -5, ends_at_ms: 6 };
        let call = Message {
            id: MessageId(9),
            channel: Channel::Call(SHOP, Provenance::Business),
            to: text("http://h/?a=1"),
            text: Some(text("")),
            state: MessageState::Queued,
            tries: 0,
            at_ms: 7,
            ended_at_ms: None,
            error: text(""),
            about: Some(1),
        };
        let answered = CallbackAttempt {
            at_ms: 8,
            status: Some(503),
            error: Some(text("the other side answered 503")),
            duration_ms: 12,
            answer: Some(text("<p>نه</p>")),
        };
        let silent = CallbackAttempt { status: None, answer: None, ..answered.clone() };
        let accepted = CallbackAttempt { status: Some(204), error: None, answer: None, ..answered.clone() };
        let called = CallbackAttempts {
            message: call.id,
            written_at_ms: call.at_ms,
            attempts: vec![answered, silent, accepted],
            next_try_at_ms: Some(60_007),
        };
        let words: Vec<Word> = ["آبی", "b-1"]
            .map(|word| Word(WordKey { issuer: SHOP, word: text(word), invoice: InvoiceId(1_000_001) }))
            .into();
        let attempts: Vec<CardAttempt> = (1..).zip(attempt_states()).map(|(id, state)| attempt(id, state)).collect();
        let keys = || Keys {
            card_attempts: attempts.iter().map(|attempt| attempt.id).collect(),
            parties: vec![ALI, SHOP],
            handles: vec![text("فروشگاه")],
            api_tokens: vec![token.hash],
            credit_books: vec![SHOP],
            invoices: invoices.iter().map(|invoice| invoice.id).collect(),
            bills: vec![bill.key.clone()],
            serials: vec![serial.key],
            card_receivables: vec![receivable.id],
            pay_codes: vec![code.invoice],
            pay_links: vec![link.hash],
            pos_terminals: vec![text("t")],
            pos_transactions: vec![pos.key.clone()],
            unique_ids: vec![unique.key.clone()],
            used_otts: vec![ott.value],
            callback_attempts: vec![call.id],
            ..Keys::default()
        };
        let handle = Handle { name: text("فروشگاه"), party: SHOP };
        for round in 0..2 {
            // The second round overwrites each row.
            let mut view = writer.view();
            writer.load(&keys(), &mut view).unwrap();
            assert_eq!(view.invoices.get(&invoices[0].id).is_some(), round == 1);
            parties.iter().for_each(|party| view.parties.put(party.id, party.clone()));
            invoices.iter().for_each(|invoice| view.invoices.put(invoice.id, invoice.clone()));
            if round == 0 {
                words.iter().for_each(|word| view.words.put(word.0.clone(), word.clone()));
                view.messages.put(call.id, call.clone());
            }
            attempts.iter().for_each(|attempt| view.card_attempts.put(attempt.id, attempt.clone()));
            view.handles.put(handle.name.clone(), handle.clone());
            view.api_tokens.put(token.hash, token);
            view.credit_books.put(SHOP, book.clone());
            view.bills.put(bill.key.clone(), bill.clone());
            view.serials.put(serial.key, serial);
            view.card_receivables.put(receivable.id, receivable);
            view.pay_codes.put(code.invoice, code.clone());
            view.pay_links.put(link.hash, link.clone());
            view.pos_terminals.put(text("t"), terminal.clone());
            view.pos_transactions.put(pos.key.clone(), pos.clone());
            view.unique_ids.put(unique.key.clone(), unique.clone());
            view.used_otts.put(ott.value, ott);
            view.callback_attempts.put(call.id, called.clone());
            let commit = writer.commit(view).unwrap();
            flusher.flush(commit).unwrap();
        }

        assert_eq!(now(reader.parties(Page { after: 0, limit: 9 })), parties);
        assert_eq!(now(reader.party(SHOP)).as_ref(), Some(&parties[1]));
        assert_eq!(now(reader.api_token(token.hash)), Some((token, parties[1].clone())));
        assert_eq!(now(reader.handle(text("فروشگاه"))), Some(handle.clone()));
        assert_eq!(now(reader.credit_book(SHOP)), Some(book.clone()));
        assert_eq!(now(reader.bill(bill.key.clone())), Some(bill.clone()));
        assert_eq!(now(reader.pay_codes(text("0912"))), std::slice::from_ref(&code));
        assert_eq!(now(reader.pay_link(link.hash)), Some(link.clone()));
        let page = |business| MessagePage {
            by: By::Call,
            before: i64::MAX,
            after: 0,
            to: None,
            business,
            state: None,
            limit: 9,
        };
        for business in [None, Some(SHOP)] {
            assert_eq!(now(reader.messages(page(business))), std::slice::from_ref(&call));
        }
        assert_eq!(now(reader.messages(page(Some(ALI)))), []);
        assert_eq!(now(reader.callback_attempts(vec![MessageId(8), call.id])), std::slice::from_ref(&called));
        for invoice in &invoices {
            assert_eq!(now(reader.invoice(invoice.id)).as_ref(), Some(invoice));
            assert_eq!(now(reader.unique_invoice(invoice.unique)).as_ref(), Some(invoice));
        }
        for attempt in &attempts {
            assert_eq!(now(reader.card_attempt(attempt.id)).as_ref(), Some(attempt));
        }
        // An invoice is found by the RRN and by the TREF of its card payment, and by no other text of it.
        for (number, found) in [("1", 1), ("2", 1), ("LOC", 0), ("", 0)] {
            assert_eq!(now(reader.invoices_by_card_payment(text(number))).len(), found, "{number}");
        }
        let listed = |filter| {
            let (side, start) = (InvoiceSide::Issued, InvoicePageStart::Offset(0));
            let page = InvoicePage { of: SHOP, side, filter, start, limit: 100, bytes: usize::MAX };
            let found = now(reader.invoices(page.clone()));
            assert!(!found.is_cut);
            // A page is cut when its rows exceed the limit of bytes, but holds at least one row.
            let cut = now(reader.invoices(InvoicePage { bytes: 0, ..page }));
            assert_eq!((&*cut.rows, cut.is_cut), (&found.rows[..found.rows.len().min(1)], found.rows.len() > 1));
            assert_eq!((cut.count, cut.payable), (found.count, found.payable));
            let ids: Vec<i64> = found.rows.iter().rev().map(|invoice| invoice.id.0 - 1_000_000).collect();
            assert_eq!(found.count.unsigned_abs() as usize, ids.len());
            (ids, found.payable, found.delegated)
        };
        let any = InvoiceFilter::default;
        let (all, payable, delegated) = listed(any());
        assert_eq!(all, (1..=13).collect::<Vec<_>>());
        // The amounts are large: a sum adds the millions and the remainders separately.
        assert_eq!((payable, delegated), (13 * 4_000_000_000_000_000, 6 * 4));
        for (filter, expected) in [
            (InvoiceFilter { paid: Some(true), ..any() }, &[7, 8, 9, 11][..]),
            (InvoiceFilter { canceled: Some(true), ..any() }, &[10, 11, 12]),
            (InvoiceFilter { waiting: Some(true), ..any() }, &[3]),
            (InvoiceFilter { closed: Some(true), ..any() }, &[9]),
            (InvoiceFilter { words: vec!["آب".into()], ..any() }, &[1]),
            (InvoiceFilter { words: vec!["آب".into(), "c".into()], ..any() }, &[]),
            (InvoiceFilter { products: vec!["b-1".into()], ..any() }, &[1]),
        ] {
            assert_eq!(listed(filter.clone()).0, expected, "{filter:?}");
        }
        let mut view = writer.view();
        writer.load(&keys(), &mut view).unwrap();
        assert_eq!(view.card_receivables.get(&receivable.id).map(|row| **row), Some(receivable));
        assert_eq!(view.serials.get(&serial.key).map(|row| **row), Some(serial));
        assert_eq!(view.pos_transactions.get(&pos.key).map(|row| &**row), Some(&pos));
        assert_eq!(view.pos_terminals.get(&text("t")).map(|row| &**row), Some(&terminal));
        assert_eq!(now(reader.pos_terminal(text("t"))), Some(terminal.clone()));
        assert_eq!(now(reader.pos_terminal(text("u"))), None);
        assert_eq!(view.unique_ids.get(&unique.key).map(|row| &**row), Some(&unique));
        assert_eq!(view.used_otts.get(&ott.value).map(|row| **row), Some(ott));
        writer.abandon().unwrap();
        // Expired rows are removed.
        writer.sweep(SweepAt::instant(700_000)).unwrap();
        let mut view = writer.view();
        writer.load(&keys(), &mut view).unwrap();
        let gone = (
            view.used_otts.get(&ott.value).is_none(),
            view.pay_links.get(&link.hash).is_none(),
            view.api_tokens.get(&token.hash).is_none(),
            view.pay_codes.get(&code.invoice).is_none(),
        );
        assert_eq!(gone, (true, true, true, true));
        writer.abandon().unwrap();
    });
}

#[test]
fn a_verification_finds_money_that_no_invoice_says_is_there_and_none_that_one_says_is() {
    in_each_store("invoices-verify", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let open = guild_open(SHOP, 561);
        let paid = Invoice {
            unsettled: None,
            set_off: None,
            ..invoice(1_000_002, InvoiceState::Paid(payment(Means::Wallet)))
        };
        let mut view = writer.view();
        writer.load(&Keys { accounts: vec![open], invoices: vec![paid.id], ..Keys::default() }, &mut view).unwrap();
        while view.ids.take() < paid.id.0 {}
        view.books.open_account(Account::open(open, AccountKind::GuildOpen));
        view.invoices.put(paid.id, paid.clone());
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let report = verify(&reader, &mut |_, _| {}).unwrap();
        assert_eq!(report.differences, 1, "{:?}", report.listed);
        let wanted = format!("account {}: has 0, and by its invoices 9 should wait there", open.0);
        assert_eq!(report.listed, [wanted]);
        let mut view = writer.view();
        writer.load(&Keys { invoices: vec![paid.id], ..Keys::default() }, &mut view).unwrap();
        view.invoices.put(paid.id, Invoice { state: InvoiceState::Issued, ..paid });
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        assert_eq!(verify(&reader, &mut |_, _| {}).unwrap().differences, 0);
    });
}

fn attempt_states() -> [CardAttemptState; 5] {
    [
        CardAttemptState::Asked,
        CardAttemptState::Unknown,
        CardAttemptState::Approved(text("net-1")),
        CardAttemptState::Declined(Declined::CardExpired),
        CardAttemptState::NotTaken,
    ]
}

fn attempt(number: i64, state: CardAttemptState) -> CardAttempt {
    let odd = number % 2 == 1;
    let leg = Leg { credit: CreditId(1), delegator: ALI, amount: Rial::new(7) };
    CardAttempt {
        id: CardAttemptId(number),
        reference: text(&format!("r-{number}")),
        invoice: InvoiceId(1_000_001),
        issuer: SHOP,
        guild: 561,
        session: Digest([5; 32]),
        payer: odd.then_some(ALI),
        card: Digest([6; 32]),
        voucher: odd.then(|| text("بن")),
        voucher_amount: Rial::new(2),
        legs: if odd { vec![HeldLeg { leg, hold: TransferId(9) }] } else { vec![] },
        rest: Rial::new(8),
        slip: CardSlip { terminal: text("1"), mask: text("627412******1234"), rrn: text("2"), tref: text("3") },
        callback: odd.then(|| CallAddress { address: text("http://h/c"), provenance: Provenance::Business }),
        asked_at_ms: 10,
        state,
        inquiries: number,
    }
}

#[test]
fn a_verification_misses_the_job_the_holds_and_the_invoice_of_an_undecided_card_payment() {
    in_each_store("card-attempts-verify", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let open = guild_open(SHOP, 561);
        let waits = Invoice { set_off: None, unsettled: None, ..invoice(1_000_002, InvoiceState::Issued) };
        let mut view = writer.view();
        let keys = || Keys { accounts: vec![open, CARD_NETWORK], invoices: vec![waits.id], ..Keys::default() };
        writer.load(&keys(), &mut view).unwrap();
        while view.ids.take() < waits.id.0 {}
        let (hold, id) = (TransferId(view.ids.take()), view.ids.take());
        let leg = Leg { credit: CreditId(1), delegator: ALI, amount: Rial::new(7) };
        let legs = vec![HeldLeg { leg, hold }];
        let undecided = CardAttempt { invoice: waits.id, legs, ..attempt(id, CardAttemptState::Unknown) };
        view.invoices.put(waits.id, waits.clone());
        view.card_attempts.put(undecided.id, undecided.clone());
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let report = verify(&reader, &mut |_, _| {}).unwrap();
        assert_eq!(report.differences, 3, "{:?}", report.listed);
        for missed in [
            format!("the job {:?} is missing", JobKind::CardAttempt(undecided.id)),
            format!("card payment {id}: its hold {} is missing", hold.0),
            format!("card payment {id}: its invoice {} does not wait for it", waits.id.0),
        ] {
            assert!(report.listed.contains(&missed), "{missed}: {:?}", report.listed);
        }
        let mut view = writer.view();
        writer.load(&keys(), &mut view).unwrap();
        view.books.open_account(Account::open(open, AccountKind::GuildOpen));
        view.books.open_account(Account::open(CARD_NETWORK, AccountKind::Nostro));
        let step = Step::Pend { debit: CARD_NETWORK, credit: open, amount: Rial::new(7), expires_at_ms: None };
        view.books.apply(&[step], 0, waits.id.0, || hold).unwrap();
        view.invoices.put(waits.id, Invoice { state: InvoiceState::AtNetwork(undecided.id), ..waits.clone() });
        let job = JobId(view.ids.take());
        view.jobs.put(job, Job::new(job, 99, JobKind::CardAttempt(undecided.id)));
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let report = verify(&reader, &mut |_, _| {}).unwrap();
        assert_eq!((report.differences, report.listed), (0, Vec::new()));
    });
}

/// A sweep removes a limited number of rows in one commit, however many have expired; the next sweep continues.
#[test]
fn a_sweep_is_short_whatever_has_piled_up() {
    const OVER: i64 = 1_750;
    in_each_store("sweep-many", |test_store| {
        let (mut writer, flusher, _reader) = test_store.open(50);
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        for value in 1..=OVER + 1 {
            // The last one has not expired.
            view.used_otts.put(value, UsedOtt { value, ends_at_ms: if value > OVER { 11 } else { 9 } });
        }
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let left = |writer: &mut Writer| {
            let mut view = writer.view();
            writer.load(&Keys { used_otts: (1..=OVER + 1).collect(), ..Keys::default() }, &mut view).unwrap();
            writer.abandon().unwrap();
            (1..=OVER + 1).filter(|value| view.used_otts.get(value).is_some()).count()
        };
        let mut counts = Vec::new();
        while writer.sweep(SweepAt::instant(10)).unwrap() == Swept::Some {
            counts.push(left(&mut writer));
        }
        assert_eq!((counts, left(&mut writer)), (vec![1_251, 751, 251], 1));
    });
}

#[test]
fn counts_of_codes_come_back_as_they_went_in_and_go_when_their_time_is_over() {
    in_each_store("code-counts", |test_store| {
        let kinds = [Counted::Invoice(InvoiceId(7)), Counted::Customer(ALI), Counted::Issuer(SHOP)];
        let count = |of: Counted, n: i64| CodeCount {
            of,
            sent: n,
            sent_since_ms: n + 1,
            in_a_row: n + 2,
            closed_until_ms: n + 3,
            day: n + 4,
            wrong: n + 5,
            ends_at_ms: 100,
        };
        let loaded = |writer: &mut Writer| {
            let mut view = writer.view();
            writer.load(&Keys { code_counts: kinds.to_vec(), ..Keys::default() }, &mut view).unwrap();
            view
        };
        for n in [10, 20] {
            let (mut writer, flusher, _reader) = test_store.open(50);
            let mut view = loaded(&mut writer);
            for of in kinds {
                view.code_counts.put(of, count(of, n));
            }
            let commit = writer.commit(view).unwrap();
            flusher.flush(commit).unwrap();
            let view = loaded(&mut writer);
            let found: Vec<_> = kinds.iter().map(|of| view.code_counts.get(of).map(|row| **row)).collect();
            assert_eq!(found, kinds.map(|of| Some(count(of, n))));
            writer.abandon().unwrap();
        }
        let (mut writer, _flusher, _reader) = test_store.open(50);
        writer.sweep(SweepAt::instant(99)).unwrap();
        assert!(loaded(&mut writer).code_counts.get(&kinds[0]).is_some());
        writer.abandon().unwrap();
        writer.sweep(SweepAt::instant(100)).unwrap();
        assert!(loaded(&mut writer).code_counts.get(&kinds[0]).is_none());
    });
}

/// Whichever of the two indexes finds them.
#[test]
fn invoices_with_one_number_of_a_card_payment_come_in_the_order_of_their_own_numbers() {
    in_each_store("card-payments", |test_store| {
        let paid = |number: i64, rrn: &str, tref: &str| {
            let slip = CardSlip { terminal: text("LOC"), mask: text("0*0"), rrn: text(rrn), tref: text(tref) };
            invoice(number, InvoiceState::Paid(payment(Means::Card(slip))))
        };
        let invoices =
            [paid(11, "8", "7"), paid(12, "7", "9"), paid(13, "9", "7"), paid(14, "7", "7"), paid(15, "8", "8")];
        let (mut writer, flusher, reader) = test_store.open(1_000);
        let mut view = writer.view();
        writer
            .load(&Keys { invoices: invoices.iter().map(|row| row.id).collect(), ..Keys::default() }, &mut view)
            .unwrap();
        invoices.iter().for_each(|row| view.invoices.put(row.id, row.clone()));
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        assert_eq!(now(reader.invoices_by_card_payment(text("7"))), invoices[..4]);
        assert_eq!(now(reader.invoices_by_card_payment(text("8"))), [invoices[0].clone(), invoices[4].clone()]);
    });
}

/// A row that contradicts itself fails the commands that need it, and no other; it is never read as zero.
#[test]
fn an_invoice_that_contradicts_itself_is_an_error_of_its_table_and_the_store_goes_on() {
    in_each_store("invoices-unsound", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let with = |id: i64, change: fn(&mut Payment), reserved: i64| {
            let mut payment = payment(Means::Wallet);
            change(&mut payment);
            let set_off =
                Some(SetOffReservation { to: InvoiceId(6), amount: Rial::new(reserved), done: false, freed: false });
            Invoice { set_off, ..invoice(id, InvoiceState::Paid(payment)) }
        };
        let unsound = [
            ("a sum of its credit does not fit", with(31, |payment| payment.legs[0].amount = Rial::MAX, 0)),
            ("credit and rest do not fit", with(33, |payment| payment.rest = Rial::MAX, 0)),
            ("more is reserved for a set-off than was received", with(35, |_| {}, 10)),
        ];
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        for (_, invoice) in &unsound {
            let mut invoice = invoice.clone();
            if let InvoiceState::Paid(payment) = &mut invoice.state
                && payment.legs[0].amount == Rial::MAX
            {
                payment.legs.push(payment.legs[0]);
            }
            view.invoices.put(invoice.id, invoice);
        }
        let sound = invoice(37, InvoiceState::Paid(payment(Means::Wallet)));
        view.invoices.put(sound.id, sound.clone());
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        for (what, invoice) in &unsound {
            let mut view = writer.view();
            let error = writer.load(&Keys { invoices: vec![invoice.id], ..Keys::default() }, &mut view).unwrap_err();
            assert!(matches!(error, Error::Corrupt { table: "invoice", .. }), "{what}: {error}");
            assert_eq!(error.after(), After::Halve, "{what}");
            let read = now(async { Ok(reader.invoice(invoice.id).await) });
            assert!(matches!(read, Err(Error::Corrupt { table: "invoice", .. })), "{what}: {read:?}");
        }
        let mut view = writer.view();
        writer.load(&Keys { invoices: vec![sound.id], ..Keys::default() }, &mut view).unwrap();
        assert_eq!(view.invoices.get(&sound.id).map(|invoice| Invoice::clone(invoice)), Some(sound));
        writer.abandon().unwrap();
    });
}

/// An earlier version stored codes in clear: in vouchers, in invoices and in the audit log.
#[test]
fn codes_of_vouchers_that_are_in_clear_are_sealed_once() {
    in_each_store("clear-codes", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let voucher = |code: &str, sealed: &str| Voucher {
            key: VoucherKey { issuer: SHOP, code: text(code) },
            sealed: sealed.as_bytes().to_vec(),
            value: Rial::new(5),
            state: VoucherState::Free,
        };
        let line = |id, action: &str, subject: &str| AuditLine {
            id: AuditId(id),
            at_ms: 5,
            by: text("api"),
            action: text(action),
            subject: text(subject),
            detail: text(""),
        };
        let invoice = invoice(1, InvoiceState::Issued);
        let vouchers = [voucher("بن", ""), voucher("it's", ""), voucher("known", "k")];
        let mut view = writer.view();
        let keys = Keys {
            vouchers: vouchers.iter().map(|voucher| voucher.key.clone()).collect(),
            invoices: vec![invoice.id],
            audit_lines: vec![AuditId(1), AuditId(2)],
            ..Keys::default()
        };
        writer.load(&keys, &mut view).unwrap();
        for voucher in vouchers {
            view.vouchers.put(voucher.key.clone(), voucher);
        }
        view.invoices.put(invoice.id, invoice.clone());
        for line in [line(1, "voucher", "it's"), line(2, "party", "it's")] {
            view.audit_lines.put(line.id, line);
        }
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let seal = |issuer: PartyId, code: &str| {
            let hash = format!("{}-{}", issuer.0, code.chars().count());
            Ok(SealedCode { hash, sealed: code.bytes().rev().collect(), shown: "…".to_owned() })
        };
        assert_eq!(writer.seal_vouchers(&seal).unwrap(), 2);
        assert_eq!(writer.seal_vouchers(&seal).unwrap(), 0);
        let reversed = |code: &str| code.bytes().rev().collect::<Vec<u8>>();
        let found = now(reader.vouchers(VoucherKey { issuer: SHOP, code: text("") }, 9));
        let mut found: Vec<_> =
            found.into_iter().map(|voucher| (voucher.key.code.to_string(), voucher.sealed)).collect();
        found.sort();
        let hash = |length| format!("{}-{length}", SHOP.0);
        let expected = [(hash(2), reversed("بن")), (hash(4), reversed("it's")), ("known".to_owned(), b"k".to_vec())];
        assert_eq!(found, expected);
        let used = now(reader.invoice(invoice.id)).unwrap().vouchers;
        assert_eq!(used, [VoucherUse { code: text(&hash(2)), ..invoice.vouchers[0].clone() }]);
        let lines = now(reader.audit_lines(Page { after: i64::MAX, limit: 9 }));
        let subjects: Vec<String> = lines.iter().map(|line| line.subject.to_string()).collect();
        assert_eq!(subjects, ["it's", "…"]);
    });
}

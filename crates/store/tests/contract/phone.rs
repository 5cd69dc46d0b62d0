//! Rows of telephone payments and of messages.

use ledger::{Account, AccountId, AccountKind, Rial, TransferId};
use payments::{
    AskedFor, CallbackAttempts, Channel, DayClose, Declined, Digest, Keys, Message, MessageId, MessageState, Otp,
    OtpKey, PayerCard, PayerCardState, PhoneEnd, PhoneOrder, PhoneOrderId, PhoneOrderKey, PhoneOtpRequest,
    PhoneOtpRequestId, PhonePayment, SentOtps, Terminal, Text,
};
use store::{By, Location, MessagePage, Page, SweepAt};

use crate::test_store::{TestStore, in_each_store, now};

fn text(text: &str) -> Text {
    Text::from(text)
}

fn phone_order(number: i64, tried: Option<PhoneEnd>, at_ms: i64) -> PhoneOrder {
    let payment = |end| PhonePayment {
        mask: text("502200******0000"),
        payer: text("09120000000"),
        amount: Some(Rial::new(7)),
        at_ms,
        end,
        refunded: if matches!(end, PhoneEnd::Paid(..)) { Rial::new(3) } else { Rial::ZERO },
    };
    PhoneOrder {
        key: PhoneOrderKey { terminal: text("t"), order: text(&format!("سفارش-{number}")) },
        sent: text(&format!(" سفارش-{number}\u{200f} ")),
        id: PhoneOrderId(number),
        asked: (number % 2 == 0).then_some(AskedFor { card: Digest([5; 32]), amount: Rial::new(7), at_ms: 6 }),
        tried: tried.map(payment),
        at_ms,
    }
}

fn otp_request(number: i64, order: &PhoneOrder) -> PhoneOtpRequest {
    let (id, card, amount) = (PhoneOtpRequestId(number), Digest([5; 32]), Rial::new(7));
    PhoneOtpRequest { id, order: order.key.clone(), order_id: order.id, card, amount, at_ms: 5 }
}

fn otp(number: u8, ends_at_ms: i64) -> Otp {
    let order = PhoneOrderKey::of(text("t"), "o");
    let key = OtpKey { card: Digest([number; 32]), order };
    Otp { key, hash: Digest([9; 32]), amount: Rial::new(7), ends_at_ms, mobile: text("09120000000") }
}

fn message(number: i64, text: Option<&str>, state: MessageState) -> Message {
    Message {
        channel: Channel::Sms,
        id: MessageId(number),
        to: Text::from("09120000000"),
        text: text.map(Text::from),
        state,
        tries: 2,
        at_ms: number,
        ended_at_ms: (state != MessageState::Queued).then_some(9),
        error: Text::from(if state == MessageState::Dead { "why" } else { "" }),
        about: (number > 1).then_some(number),
    }
}

/// The attempts of the message with this number.
fn attempts(number: i64) -> CallbackAttempts {
    let message = MessageId(number);
    CallbackAttempts { message, written_at_ms: number, attempts: Vec::new(), next_try_at_ms: None }
}

/// The keys that a batch loads from these tables.
fn phone_keys(orders: &[PhoneOrder], otps: &[Otp]) -> Keys {
    Keys {
        phone_orders: orders.iter().map(|order| order.key.clone()).collect(),
        otps: otps.iter().map(|otp| otp.key.clone()).collect(),
        otp_requests: (1..9).map(PhoneOtpRequestId).collect(),
        ..Keys::default()
    }
}

fn payer_card(sent: Vec<(i64, i64)>) -> PayerCard {
    PayerCard {
        number: Digest([5; 32]),
        sealed: vec![1, 2, 3],
        mask: text("502200******0000"),
        id: AccountId(4),
        mobile: text("09120000000"),
        expires: 140_812,
        state: PayerCardState::NotPermitted,
        per_transaction: Rial::new(1),
        daily: Rial::new(2),
        wrong_tries: 3,
        sent: SentOtps::from(sent),
        paid_day: 14_050_830,
        paid_sum: Rial::new(7),
    }
}

#[test]
fn the_passwords_that_cards_of_an_older_store_were_sent_still_count() {
    for (columns, expected) in
        [([0, 0, 0], vec![]), ([0, 8, 9], vec![(8, 1), (9, 1)]), ([7, 8, 9], vec![(7, 1), (8, 1), (9, 1)])]
    {
        let test_store = TestStore::directory("older-codes");
        {
            let (mut writer, flusher, _reader) = test_store.open(50);
            let mut view = writer.view();
            writer.load(&Keys { payer_cards: vec![Digest([5; 32])], ..Keys::default() }, &mut view).unwrap();
            view.books.open_account(Account::open(AccountId(4), AccountKind::PayerCard));
            view.payer_cards.put(Digest([5; 32]), payer_card(vec![(1, 2)]));
            let commit = writer.commit(view).unwrap();
            flusher.flush(commit).unwrap();
        }
        let TestStore::Directory(path) = &test_store else { unreachable!("it is a directory") };
        let connection = rusqlite::Connection::open(path.join("daric.db")).unwrap();
        let [first, second, third] = columns;
        connection
            .execute_batch(&format!(
                "ALTER TABLE payer_card DROP COLUMN sent_otps;
                ALTER TABLE payer_card ADD COLUMN code_first_ms INTEGER NOT NULL DEFAULT {first};
                ALTER TABLE payer_card ADD COLUMN code_second_ms INTEGER NOT NULL DEFAULT {second};
                ALTER TABLE payer_card ADD COLUMN code_third_ms INTEGER NOT NULL DEFAULT {third};
                {}",
                include_str!("../../migrations/sqlite/027_sent_otps.sql")
            ))
            .unwrap();
        drop(connection);
        std::fs::remove_file(path.join("daric.sums")).unwrap();
        let (mut writer, _flusher, _reader) = test_store.open(50);
        let mut view = writer.view();
        writer.load(&Keys { payer_cards: vec![Digest([5; 32])], ..Keys::default() }, &mut view).unwrap();
        assert_eq!(
            view.payer_cards.get(&Digest([5; 32])).map(|card| PayerCard::clone(card)),
            Some(payer_card(expected))
        );
        writer.abandon().unwrap();
    }
}

#[test]
fn rows_of_payments_by_telephone_come_back_as_they_went_in() {
    in_each_store("phone", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let terminal =
            Terminal { sequence: text("t"), merchant: text("کانون"), account: AccountId(3), disabled: true };
        let card = payer_card(vec![(4, 1), (5, 70_000)]);
        let orders = [
            phone_order(101, None, 1),
            phone_order(102, Some(PhoneEnd::Declined(Declined::OtpWrongAndLocked)), 2),
            phone_order(103, Some(PhoneEnd::Paid(AccountId(4), TransferId(1))), 3),
        ];
        let otps = [otp(1, 10), otp(2, 20)];
        let messages = [
            message(1, None, MessageState::Sent),
            message(2, Some("سلام"), MessageState::Queued),
            message(3, Some("x"), MessageState::Dead),
        ];
        let mut view = writer.view();
        let keys = Keys { day_closes: vec![()], ..phone_keys(&orders, &otps) };
        writer.load(&keys, &mut view).unwrap();
        for id in [3, 4] {
            let kind = if id == 3 { AccountKind::Merchant } else { AccountKind::PayerCard };
            view.books.open_account(Account::open(AccountId(id), kind));
        }
        view.terminals.put(text("t"), terminal.clone());
        view.payer_cards.put(card.number, card.clone());
        view.day_closes.put((), DayClose { on: true });
        orders.iter().for_each(|order| view.phone_orders.put(order.key.clone(), order.clone()));
        otps.iter().for_each(|otp| view.otps.put(otp.key.clone(), otp.clone()));
        messages.iter().for_each(|message| view.messages.put(message.id, message.clone()));
        view.otp_requests.put(PhoneOtpRequestId(1), otp_request(1, &orders[0]));
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();

        assert_eq!(now(reader.terminal(text("t"))), Some(terminal.clone()));
        assert_eq!(now(reader.terminals(text(""), 10)), std::slice::from_ref(&terminal));
        assert_eq!(now(reader.terminals(text("t"), 10)), []);
        assert_eq!(now(reader.payer_card(card.number)).map(|(card, _)| card), Some(card.clone()));
        let cards = now(reader.payer_cards(Page { after: 3, limit: 10 }));
        assert_eq!(
            cards.iter().map(|(card, account)| (card, account.kind)).collect::<Vec<_>>(),
            [(&card, AccountKind::PayerCard)]
        );
        assert_eq!(now(reader.phone_orders(Page { after: 101, limit: 10 })), orders[1..]);
        let newest: Vec<_> = orders.iter().rev().cloned().collect();
        assert_eq!(now(reader.phone_order_page(Page { after: i64::MAX, limit: 10 })), newest);
        assert_eq!(now(reader.phone_order_page(Page { after: newest[0].id.0, limit: 1 })), newest[1..2]);
        assert_eq!(now(reader.phone_order_numbered(orders[0].id)), Some(orders[0].clone()));
        assert_eq!(now(reader.phone_order_numbered(PhoneOrderId(1))), None);
        assert_eq!(now(reader.phone_order(orders[1].key.clone())), Some(orders[1].clone()));
        assert_eq!(now(reader.day_close()), Some(DayClose { on: true }));
        let page = |to: Option<&str>, state, before| {
            let (to, business) = (to.map(Text::from), None);
            let page = MessagePage { by: By::Sms, before, after: 0, to, business, state, limit: 2 };
            now(reader.messages(page)).iter().map(|message| message.id.0).collect::<Vec<_>>()
        };
        assert_eq!(page(None, None, i64::MAX), [3, 2]);
        assert_eq!(page(Some("09120000000"), None, 2), [1]);
        assert!(page(Some("09120000001"), None, i64::MAX).is_empty());
        assert_eq!(page(None, Some(MessageState::Queued), i64::MAX), [2]);
        for (after, newer) in [(1, &[3, 2][..]), (2, &[3]), (3, &[])] {
            let (by, before, to, business) = (By::Sms, i64::MAX, None, None);
            let page = MessagePage { by, before, after, to, business, state: None, limit: 9 };
            let found: Vec<i64> = now(reader.messages(page)).iter().map(|message| message.id.0).collect();
            assert_eq!(found, newer, "after {after}");
        }
        for message in &messages {
            assert_eq!(now(reader.message(message.id)).as_ref(), Some(message));
        }
        let mut view = writer.view();
        writer.load(&phone_keys(&orders, &otps), &mut view).unwrap();
        for order in &orders {
            assert_eq!(view.phone_orders.get(&order.key).map(|order| &**order), Some(order));
        }
        for otp in &otps {
            assert_eq!(view.otps.get(&otp.key).map(|otp| &**otp), Some(otp));
        }
        assert_eq!(view.otp_requests.get(&PhoneOtpRequestId(1)).map(|row| &**row), Some(&otp_request(1, &orders[0])));
        // A removed row is not found.
        view.otps.remove(otps[0].key.clone());
        writer.commit(view).unwrap();
        let mut view = writer.view();
        writer.load(&phone_keys(&orders, &otps), &mut view).unwrap();
        assert!(view.otps.get(&otps[0].key).is_none() && view.otps.get(&otps[1].key).is_some());
        writer.abandon().unwrap();
    });
}

fn newest(by: By) -> MessagePage {
    MessagePage { by, before: i64::MAX, after: 0, to: None, business: None, state: None, limit: 10 }
}

#[test]
fn a_sweep_removes_rows_that_are_not_needed_and_nothing_else() {
    const DAY_MS: i64 = 86_400_000;
    in_each_store("sweep", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let orders = [
            phone_order(101, None, 0),
            phone_order(102, Some(PhoneEnd::Declined(Declined::OtpWrong)), 1),
            phone_order(103, Some(PhoneEnd::Paid(AccountId(4), TransferId(1))), 0),
        ];
        let otps = [otp(1, 10), otp(2, 20)];
        let mut view = writer.view();
        writer.load(&phone_keys(&orders, &otps), &mut view).unwrap();
        for (number, order) in (1..).zip(&orders) {
            view.phone_orders.put(order.key.clone(), order.clone());
            view.otp_requests.put(PhoneOtpRequestId(number), otp_request(number, order));
            view.messages.put(MessageId(number), message(number, None, MessageState::Sent));
            view.callback_attempts.put(MessageId(number), attempts(number));
        }
        otps.iter().for_each(|otp| view.otps.put(otp.key.clone(), otp.clone()));
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let mut left = |now_ms| {
            writer.sweep(SweepAt::instant(now_ms)).unwrap();
            let mut view = writer.view();
            writer.load(&phone_keys(&orders, &otps), &mut view).unwrap();
            let counts = (
                orders.iter().filter(|order| view.phone_orders.get(&order.key).is_some()).count(),
                (1..4).filter(|number| view.otp_requests.get(&PhoneOtpRequestId(*number)).is_some()).count(),
                otps.iter().filter(|otp| view.otps.get(&otp.key).is_some()).count(),
            );
            writer.abandon().unwrap();
            let page = newest(By::Sms);
            let called = now(reader.callback_attempts((1..4).map(MessageId).collect()));
            assert_eq!(called.len(), now(reader.messages(page.clone())).len(), "the attempts go with their message");
            (counts, now(reader.messages(page)).len())
        };
        assert_eq!(left(9), ((3, 3, 2), 3));
        assert_eq!(left(10), ((3, 3, 1), 3));
        assert_eq!(left(DAY_MS), ((2, 2, 0), 3));
        assert_eq!(left(DAY_MS + 1), ((1, 1, 0), 3));
        assert_eq!(left(30 * DAY_MS + 2), ((1, 1, 0), 1));
    });
}

#[test]
fn a_password_is_not_in_the_files_of_a_directory_and_does_not_outlive_its_process() {
    // paystar.md 2: a password is kept in memory only.
    let path = std::env::temp_dir().join(format!("daric-otp-{}", std::process::id()));
    let test_store = Location::Directory { path: path.clone(), compact_after: 50 };
    let otps = [otp(1, i64::MAX)];
    for opened in 0..2 {
        let (mut writer, flusher, reader) = store::open(&test_store).unwrap();
        let mut view = writer.view();
        writer.load(&Keys { day_closes: vec![()], ..phone_keys(&[], &otps) }, &mut view).unwrap();
        assert!(view.otps.get(&otps[0].key).is_none(), "opened {opened} times before");
        view.otps.put(otps[0].key.clone(), otps[0].clone());
        view.day_closes.put((), DayClose { on: false });
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        assert!(now(reader.day_close()).is_some());
        for entry in std::fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            let found = std::fs::read(&path).unwrap().windows(32).any(|window| window == otps[0].hash.0);
            assert!(!found, "in {}", path.display());
        }
    }
    std::fs::remove_dir_all(path).unwrap();
}

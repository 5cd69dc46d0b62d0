//! Lists for operators: each filter in each order, page by page, as a simple model finds the same rows; and saved filters.

use ledger::{Rial, TransferId};
use payments::{
    AuditId, AuditLine, ClientId, FirstAnswer, Handle, Keys, Order, OrderKey, OrderRefusal, OrderState, Party, PartyId,
    PartyKind, PhoneOrder, PhoneOrderId, PhoneOrderKey, SavedFilter, SavedFilterKey, Text,
};
use store::{
    AUDIT, Counted, Filter, List, ListQuery, Named, ORDERS, OwnerValue, PHONE_ORDERS, PROPOSALS, Place, Reader, Sort,
};

use crate::test_store::{in_each_store, now};

/// Orders of the test, some of which have the same instant and amount.
const ORDERS_OF_TEST: i64 = 60;
/// A few rows of a page, so that there are many pages.
const LIMIT: usize = 7;

fn text(text: &str) -> Text {
    Text::from(text)
}

fn order(number: i64) -> Order {
    let client = if number % 3 == 0 { "books" } else { "drops" };
    let key = OrderKey { client: ClientId::from(client), track_id: text(&format!("Track_{number}")) };
    let state = if number % 4 == 0 { OrderState::Refused } else { OrderState::Booked(TransferId(number)) };
    let first = match state {
        OrderState::Refused => FirstAnswer::Refused(OrderRefusal::DestinationNotUsable),
        _ => FirstAnswer::Done,
    };
    Order {
        key,
        first,
        at_ms: 1_000 + number / 2,
        amount: Rial::new(1_000 * (number % 5 + 1)),
        description: text(if number % 10 == 0 { "خرید كتاب علي ۱۰۰٪" } else { "d" }),
        ..crate::order(100 + number, number, state)
    }
}

fn named<T>(of: &'static [Named<T>], name: &str) -> Option<&'static Named<T>> {
    Some(of.iter().find(|named| named.name == name).unwrap())
}

/// The numbers of the rows on all pages of a filter.
fn walked(reader: &Reader, filter: &Filter<Order>, sort: Sort) -> Vec<i64> {
    let (mut ids, mut behind) = (Vec::new(), None::<Place>);
    loop {
        let query = ListQuery { filter: filter.clone(), sort, behind, limit: LIMIT };
        let page = now(reader.listing(&ORDERS, query));
        assert!(page.rows.len() <= LIMIT && !page.is_cut);
        ids.extend(page.rows.iter().map(|row| row.id.0));
        match page.next {
            Some(next) => behind = Some(next),
            None => return ids,
        }
    }
}

type Holds = fn(&Order) -> bool;

#[test]
fn every_filter_finds_its_rows_in_every_order_and_counts_them() {
    in_each_store("lists", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        let orders: Vec<Order> = (1..=ORDERS_OF_TEST).map(order).collect();
        for chunk in orders.chunks(9) {
            let mut view = writer.view();
            let keys = Keys { orders: chunk.iter().map(|order| order.key.clone()).collect(), ..Keys::default() };
            writer.load(&keys, &mut view).unwrap();
            chunk.iter().for_each(|order| view.orders.put(order.key.clone(), order.clone()));
            flusher.flush(writer.commit(view).unwrap()).unwrap();
        }
        let all = Filter::<Order>::ALL;
        let drops = || Some(OwnerValue::Name(text("drops")));
        let tests: [(Filter<Order>, Holds); 12] = [
            (all.clone(), |_| true),
            (Filter { owner: drops(), ..all.clone() }, |o| &*o.key.client.0 == "drops"),
            (Filter { from_ms: Some(1_010), to_ms: Some(1_020), ..all.clone() }, |o| (1_010..1_020).contains(&o.at_ms)),
            (Filter { from_ms: Some(1_010), owner: drops(), ..all.clone() }, |o| {
                o.at_ms >= 1_010 && &*o.key.client.0 == "drops"
            }),
            (Filter { to_ms: Some(1_010), ..all.clone() }, |o| o.at_ms < 1_010),
            (Filter { state: named(ORDERS.states, "failed"), ..all.clone() }, |o| o.state == OrderState::Refused),
            (Filter { state: named(ORDERS.states, "undecided"), ..all.clone() }, |_| false),
            (Filter { kind: named(ORDERS.kinds, "internal"), ..all.clone() }, |_| true),
            (Filter { least: Some(2_000), most: Some(3_000), ..all.clone() }, |o| {
                (2_000..=3_000).contains(&o.amount.get())
            }),
            (Filter { text: Some(text("كتاب علی")), ..all.clone() }, |o| o.at_ms > 0 && o.description.len() > 1),
            (Filter { text: Some(text("track_1")), ..all.clone() }, |o| o.key.track_id.starts_with("Track_1")),
            (Filter { text: Some(text("k%1")), ..all.clone() }, |_| false),
        ];
        for (at, (filter, holds)) in tests.iter().enumerate() {
            let mut held: Vec<&Order> = orders.iter().filter(|order| holds(order)).collect();
            let sum = held.iter().map(|order| order.amount.get()).sum();
            let count = i64::try_from(held.len()).unwrap();
            assert_eq!(now(reader.counted(&ORDERS, filter.clone())), Counted { count, sum, is_cut: false }, "{at}");
            for sort in [Sort::Newest, Sort::Oldest, Sort::Largest, Sort::Smallest] {
                match sort {
                    Sort::Oldest => held.sort_by_key(|order| order.id.0),
                    Sort::Newest => held.sort_by_key(|order| -order.id.0),
                    Sort::Largest => held.sort_by_key(|order| (-order.amount.get(), -order.id.0)),
                    Sort::Smallest => held.sort_by_key(|order| (order.amount.get(), order.id.0)),
                }
                let expected: Vec<i64> = held.iter().map(|order| order.id.0).collect();
                assert_eq!(walked(&reader, filter, sort), expected, "filter {at}, {sort:?}");
            }
        }
    });
}

#[test]
fn a_row_that_is_written_between_two_pages_is_neither_repeated_nor_in_the_way() {
    in_each_store("lists-inserts", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        let mut write = |numbers: std::ops::Range<i64>| {
            let mut view = writer.view();
            let orders: Vec<Order> = numbers.map(order).collect();
            let keys = Keys { orders: orders.iter().map(|order| order.key.clone()).collect(), ..Keys::default() };
            writer.load(&keys, &mut view).unwrap();
            orders.into_iter().for_each(|order| view.orders.put(order.key.clone(), order));
            flusher.flush(writer.commit(view).unwrap()).unwrap();
        };
        write(1..11);
        for owner in [None, Some(OwnerValue::Name(text("drops")))] {
            let filter = Filter { owner, ..Filter::ALL };
            let page = |behind| {
                let query = ListQuery { filter: filter.clone(), sort: Sort::Newest, behind, limit: 3 };
                now(reader.listing(&ORDERS, query))
            };
            let ids = |rows: &[Order]| rows.iter().map(|row| row.id.0).collect::<Vec<_>>();
            let first = page(None);
            let second = ids(&page(first.next).rows);
            let newest = first.rows[0].id.0 - 100;
            write(newest + 1..newest + 9);
            assert_eq!(ids(&page(first.next).rows), second);
        }
    });
}

/// A list of few rows of another table, by one filter.
fn ids<T: store::Kept + Send + 'static>(
    reader: &Reader,
    list: &'static List<T>,
    filter: Filter<T>,
    id: fn(&T) -> i64,
) -> Vec<i64> {
    let query = ListQuery { filter, sort: Sort::Newest, behind: None, limit: 9 };
    now(reader.listing(list, query)).rows.iter().map(id).collect()
}

fn party(id: i64, name: &str) -> Party {
    Party {
        id: PartyId(id),
        kind: PartyKind::User,
        name: text(name),
        password: "hash".to_owned(),
        mobile: text(""),
        mobile_verified: false,
        joined_at_ms: 1,
        disabled: false,
        access_version: 0,
    }
}

#[test]
fn other_lists_have_their_owners_and_saved_filters_and_names_are_found() {
    in_each_store("lists-others", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        let phone = |number: i64, terminal: &str| PhoneOrder {
            key: PhoneOrderKey::of(text(terminal), &format!("o-{number}")),
            sent: text(&format!("o-{number}")),
            id: PhoneOrderId(number),
            asked: None,
            tried: None,
            at_ms: number,
        };
        let line = |id: i64, at_ms: i64, by: &str| AuditLine {
            id: AuditId(id),
            at_ms,
            by: text(by),
            action: text("retry job"),
            subject: text("7"),
            detail: text(""),
        };
        let key = |operator: &str, name: &str| SavedFilterKey {
            operator: text(operator),
            list: text("orders"),
            name: text(name),
        };
        let saved = |operator: &str, name: &str| SavedFilter {
            key: key(operator, name),
            query: text("state=done&text=%D8%A8"),
            at_ms: 5,
        };
        let mut view = writer.view();
        let keys = Keys {
            phone_orders: [(1, "one"), (2, "two"), (3, "one")].map(|(at, of)| phone(at, of).key).into(),
            audit_lines: [4, 5, 6].map(AuditId).into(),
            saved_filters: [("admin", "ب"), ("admin", "a"), ("maryam", "a")].map(|(of, name)| key(of, name)).into(),
            parties: [7, 8, 9].map(PartyId).into(),
            handles: ["ali", "alireza", "بهار"].map(text).into(),
            ..Keys::default()
        };
        writer.load(&keys, &mut view).unwrap();
        for order in [phone(1, "one"), phone(2, "two"), phone(3, "one")] {
            view.phone_orders.put(order.key.clone(), order);
        }
        // The clock of a sandbox goes back when it is reset, and the audit stays.
        for line in [line(4, 900, "admin"), line(5, 100, "maryam"), line(6, 200, "admin")] {
            view.audit_lines.put(line.id, line);
        }
        for filter in [saved("admin", "ب"), saved("admin", "a"), saved("maryam", "a")] {
            view.saved_filters.put(filter.key.clone(), filter);
        }
        for (id, name) in [(7, "ali"), (8, "alireza"), (9, "بهار")] {
            view.parties.put(PartyId(id), party(id, name));
            view.handles.put(text(name), Handle { name: text(name), party: PartyId(id) });
        }
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        let of = |owner: &str| Some(OwnerValue::Name(text(owner)));
        let terminal = Filter { owner: of("one"), ..Filter::ALL };
        assert_eq!(ids(&reader, &PHONE_ORDERS, terminal, |order| order.id.0), [3, 1]);
        let asked = Filter { state: named(PHONE_ORDERS.states, "asked"), to_ms: Some(3), ..Filter::ALL };
        assert_eq!(ids(&reader, &PHONE_ORDERS, asked, |order| order.id.0), [2, 1]);
        assert_eq!(ids(&reader, &AUDIT, Filter::ALL, |line| line.id.0), [6, 5, 4]);
        let late = Filter { owner: of("admin"), from_ms: Some(200), ..Filter::ALL };
        assert_eq!(ids(&reader, &AUDIT, late, |line| line.id.0), [4, 6]);
        assert_eq!(ids(&reader, &PROPOSALS, Filter::ALL, |proposal| proposal.id.0), [0; 0]);
        assert_eq!(now(reader.saved_filters(text("admin"))), [saved("admin", "a"), saved("admin", "ب")]);
        assert_eq!(now(reader.saved_filters(text("other"))), []);
        let names = |prefix: &str| -> Vec<i64> {
            now(reader.parties_named(text(prefix))).iter().map(|party| party.id.0).collect()
        };
        assert_eq!((names("ali"), names("alir"), names("ب"), names("x")), (vec![7, 8], vec![8], vec![9], vec![]));
        let mut view = writer.view();
        let gone = key("admin", "a");
        writer.load(&Keys { saved_filters: vec![gone.clone()], ..Keys::default() }, &mut view).unwrap();
        assert_eq!(view.saved_filters.get(&gone).map(|row| SavedFilter::clone(row)), Some(saved("admin", "a")));
        view.saved_filters.remove(gone);
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        assert_eq!(now(reader.saved_filters(text("admin"))), [saved("admin", "ب")]);
    });
}

//! The removal of expired rows, and the rows that are still needed.

use ledger::{AccountId, Rial, TransferId};
use payments::{
    AccessToken, BankDay, BankDayKey, ChargeTotal, ChargeTotalKey, ClientId, Digest, Grant, GrantId, GrantMonth,
    GrantMonthKey, Hold, Keys, NEVER_MS, Now, Order, OrderState, Proposal, ProposalId, ProposalState, RefreshToken,
    ReleaseSuspense, Return, Route, Service, TOKENS_REMEMBERED_MS, View,
};
use store::{Flusher, SweepAt, Swept, Writer};

use crate::test_store::in_each_store;
use crate::{grant, order};

const DAY_MS: i64 = 86_400_000;
/// The middle of a month and of a day in Tehran, 1405/08/15, in Unix milliseconds.
const NOW_MS: i64 = 1_793_953_800_000;

fn put(writer: &mut Writer, flusher: &Flusher, rows: impl FnOnce(&mut View)) {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    rows(&mut view);
    flusher.flush(writer.commit(view).unwrap()).unwrap();
}

fn view(writer: &mut Writer, keys: &Keys) -> View {
    let mut view = writer.view();
    writer.load(keys, &mut view).unwrap();
    writer.abandon().unwrap();
    view
}

fn sweep(writer: &mut Writer) {
    while writer.sweep(SweepAt::instant(NOW_MS)).unwrap() == Swept::Some {}
}

fn grants(writer: &mut Writer, ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let keys = Keys { grants: ids.map(GrantId).collect(), ..Keys::default() };
    let view = view(writer, &keys);
    keys.grants.iter().filter(|id| view.grants.get(id).is_some()).map(|id| id.0).collect()
}

fn unknown() -> OrderState {
    OrderState::Unknown(Hold { amount: TransferId(1), fee: None })
}

fn undecided() -> [OrderState; 4] {
    let hold = Hold { amount: TransferId(1), fee: None };
    let stuck = OrderState::Stuck(None, "DestinationNotUsable".into());
    [OrderState::Pending(hold), unknown(), OrderState::HeldOnFloat(TransferId(1)), stuck]
}

fn decided() -> [OrderState; 5] {
    let back = Return { ref_code: 1, reason: "closed".into(), to: AccountId(1) };
    let queued = OrderState::Queued(None);
    [OrderState::Refused, OrderState::Booked(TransferId(1)), queued, OrderState::Settled, OrderState::Returned(back)]
}

#[test]
fn a_grant_goes_when_its_tokens_have_ended_and_no_undecided_order_refers_to_it() {
    in_each_store("grants", |test_store| {
        let (mut writer, flusher, _reader) = test_store.open(50);
        let at = |id, forgotten_at_ms| Grant { forgotten_at_ms, ..grant(id, "1111111111") };
        let over = || Some(NOW_MS);
        put(&mut writer, &flusher, |view| {
            for (id, forgotten_at_ms) in
                [(1, None), (2, Some(NEVER_MS)), (3, Some(NOW_MS + 1)), (4, over()), (5, over()), (6, over())]
            {
                view.grants.put(GrantId(id), at(id, forgotten_at_ms));
            }
            // An access token keeps grant 4. Unused refresh tokens are removed with grant 5; those of other grants stay.
            for (hash, id) in [(1, 1), (4, 4)] {
                let (hash, grant) = (Digest([hash; 32]), GrantId(id));
                let created_at_ms = NOW_MS - DAY_MS;
                let token = AccessToken { hash, grant, refresh: hash, created_at_ms, revoked_at_ms: None };
                view.access_tokens.put(hash, token);
            }
            for (hash, id) in [(1, 1), (5, 5), (55, 5), (3, 3)] {
                let (hash, grant) = (Digest([hash; 32]), GrantId(id));
                view.refresh_tokens.put(hash, RefreshToken { hash, grant, dead_at_ms: None, used_at_ms: None });
            }
            let states = undecided().into_iter().chain(decided());
            for (id, state) in (10..).zip(states) {
                view.grants.put(GrantId(id), at(id, over()));
                let order = Order { grant: GrantId(id), ..order(1_000 + id, 1_000 + id, state) };
                view.orders.put(order.key.clone(), order);
            }
        });
        sweep(&mut writer);
        assert_eq!(grants(&mut writer, 1..20), [1, 2, 3, 4, 10, 11, 12, 13]);
        let hashes: Vec<Digest> = [1, 5, 55, 3].map(|hash| Digest([hash; 32])).into();
        let keys = Keys { refresh_tokens: hashes.clone(), ..Keys::default() };
        let found = view(&mut writer, &keys);
        let left: Vec<bool> = hashes.iter().map(|hash| found.refresh_tokens.get(hash).is_some()).collect();
        assert_eq!(left, [true, false, false, true]);
        // A grant that an order kept is removed after the order is decided; an access token is removed ten days after it was made.
        let mut view = writer.view();
        let key = order(1_010, 1_010, unknown()).key;
        writer.load(&Keys { orders: vec![key.clone()], ..Keys::default() }, &mut view).unwrap();
        let order = Order::clone(view.orders.get(&key).unwrap());
        view.orders.put(key, Order { state: OrderState::Refused, ..order });
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        sweep(&mut writer);
        assert_eq!(grants(&mut writer, 1..20), [1, 2, 3, 4, 11, 12, 13]);
        while writer.sweep(SweepAt::instant(NOW_MS + 9 * DAY_MS)).unwrap() == Swept::Some {}
        assert_eq!(grants(&mut writer, 1..20), [1, 2, 11, 12, 13]);
    });
}

#[test]
fn grants_that_have_piled_up_go_in_short_steps() {
    in_each_store("many-grants", |test_store| {
        const OVER: i64 = 1_200;
        let (mut writer, flusher, _reader) = test_store.open(50);
        put(&mut writer, &flusher, |view| {
            for id in 1..=OVER + 1 {
                let forgotten_at_ms = (id <= OVER).then_some(NOW_MS - TOKENS_REMEMBERED_MS);
                view.grants.put(GrantId(id), Grant { forgotten_at_ms, ..grant(id, "1111111111") });
            }
        });
        let mut counts = Vec::new();
        while writer.sweep(SweepAt::instant(NOW_MS)).unwrap() == Swept::Some {
            counts.push(grants(&mut writer, 1..=OVER + 1).len());
        }
        assert_eq!((counts, grants(&mut writer, 1..=OVER + 1)), (vec![701, 201], vec![OVER + 1]));
    });
}

// finnotech.md 1.4, step 16, and 1.7.
#[test]
fn sums_of_months_and_days_outlive_the_undecided_orders_that_count_in_them() {
    let now = Now::at(NOW_MS).unwrap().date;
    let old = Now::at(NOW_MS - 100 * DAY_MS).unwrap().date;
    let before = Now::at(NOW_MS - 50 * DAY_MS).unwrap().date;
    in_each_store("sums", |test_store| {
        let (mut writer, flusher, _reader) = test_store.open(50);
        let months: Vec<GrantMonthKey> = [(1, now), (1, before), (1, old), (2, old), (3, old)]
            .map(|(grant, date)| GrantMonthKey { grant: GrantId(grant), month: date.year_month() })
            .into();
        let periods =
            [0, now.long(), now.year_month(), before.long(), before.year_month(), old.long(), old.year_month()];
        // Account 1 has no charge; 2 is the source of an unknown one, 3 the destination of an undecided one, 4 the source of a failed one.
        let accounts = 1..=4;
        let sums: Vec<ChargeTotalKey> = accounts
            .flat_map(|account| periods.map(|period| (AccountId(account), period)))
            .map(|(account, period)| ChargeTotalKey { client: ClientId::from("drops"), account, period })
            .collect();
        let days: Vec<BankDayKey> =
            [now, before, old].map(|date| BankDayKey { bank: payments::Bank::AYANDEH, day: date.long() }).into();
        put(&mut writer, &flusher, |view| {
            months.iter().for_each(|key| view.grant_months.put(*key, GrantMonth { key: *key, orders: 1 }));
            let sum = Rial::new(1);
            sums.iter().for_each(|key| view.charge_totals.put(key.clone(), ChargeTotal { key: key.clone(), sum }));
            days.iter().for_each(|key| view.bank_days.put(*key, BankDay { key: *key, last_sequence: 1_001 }));
            let charge = |number: i64, grant, source, card, state| Order {
                service: Service::ChargeCard,
                route: Route::Card,
                grant: GrantId(grant),
                source: AccountId(source),
                destination: Some(AccountId(card)),
                ..order(number, number, state)
            };
            for order in [
                charge(101, 2, 2, 9, unknown()),
                charge(102, 9, 9, 3, OrderState::HeldOnFloat(TransferId(1))),
                charge(103, 3, 4, 9, OrderState::Refused),
                // Not a charge.
                Order { grant: GrantId(9), source: AccountId(4), ..order(104, 104, unknown()) },
            ] {
                view.orders.put(order.key.clone(), order);
            }
        });
        sweep(&mut writer);
        let keys = Keys {
            grant_months: months.clone(),
            charge_totals: sums.clone(),
            bank_days: days.clone(),
            ..Keys::default()
        };
        let found = view(&mut writer, &keys);
        let left: Vec<bool> = months.iter().map(|key| found.grant_months.get(key).is_some()).collect();
        assert_eq!(left, [true, true, false, true, false], "of grants");
        for (account, kept) in (1..).zip([5, 7, 7, 5]) {
            let left = sums.iter().filter(|key| key.account == AccountId(account));
            let left: Vec<i64> =
                left.filter(|key| found.charge_totals.get(key).is_some()).map(|key| key.period).collect();
            assert_eq!(left, periods[..kept], "of account {account}");
        }
        let left: Vec<bool> = days.iter().map(|key| found.bank_days.get(key).is_some()).collect();
        assert_eq!(left, [true, true, false], "of banks");
    });
}

#[test]
fn a_proposal_goes_ninety_days_after_it_was_decided_and_never_while_it_is_open() {
    in_each_store("proposals", |test_store| {
        let (mut writer, flusher, _reader) = test_store.open(50);
        let ended = |days: i64| NOW_MS - days * DAY_MS;
        let states = [
            ProposalState::Open,
            ProposalState::Approved("two".into(), ended(90)),
            ProposalState::Approved("two".into(), ended(90) + 1),
            ProposalState::Rejected("two".into(), ended(90)),
            ProposalState::Rejected("two".into(), ended(0)),
        ];
        let ids: Vec<ProposalId> = (1..=5).map(ProposalId).collect();
        put(&mut writer, &flusher, |view| {
            for (id, state) in ids.iter().zip(states) {
                let release = ReleaseSuspense { transfer: TransferId(1), amount: Rial::new(2), account: AccountId(3) };
                let action = payments::ProposedAction::Release(release);
                let (by, reason) = ("one".into(), "because".into());
                view.proposals.put(*id, Proposal { id: *id, action, by, reason, at_ms: ended(400), state, seen: None });
            }
        });
        sweep(&mut writer);
        let found = view(&mut writer, &Keys { proposals: ids.clone(), ..Keys::default() });
        let left: Vec<bool> = ids.iter().map(|id| found.proposals.get(id).is_some()).collect();
        assert_eq!(left, [true, false, true, false, true]);
    });
}

//! Reports: stored totals and their mark, movements, balances at an instant, and what failed or is undecided.

use std::collections::BTreeMap;

use ledger::{AccountId, Balances, TransferId};
use payments::{
    Bank, CARD_NETWORK, FoldMark, HALF_HOUR_MS, Movement, MovementKind, MovementTotals, OrderState, PaymentMeans,
    ReportDialect, TotalKey, TotalSums, day_begin_ms,
};
use store::{EntryPage, Page, Reader, TotalsBy, TotalsQuery, Wipe, Writer};

use crate::test_store::{in_each_database, in_each_store, now};
use crate::{ACCOUNTS, found, submit};

/// 30 Aban 1405, 11:00 in Tehran.
const ELEVEN_MS: i64 = 1_795_246_200_000;
const DAY_MS: i64 = 86_400_000;

fn query(by: TotalsBy) -> TotalsQuery {
    let from_ms = day_begin_ms(ELEVEN_MS);
    TotalsQuery { from_ms, to_ms: from_ms + 2 * DAY_MS, by, dialect: None, payee: None, bank: None }
}

fn movements(reader: &Reader, after: i64, limit: usize) -> Vec<Movement> {
    now(reader.movements(TransferId(after), limit))
}

/// Adds the movements after the mark, some at a time.
fn fold(writer: &mut Writer, reader: &Reader, limit: usize) {
    loop {
        let from = now(reader.fold_mark());
        let mut totals = MovementTotals::after(from);
        movements(reader, from.up_to, limit).iter().for_each(|movement| totals.add(movement));
        if totals.mark() == from {
            return;
        }
        assert!(writer.add_totals(&from, &totals.mark(), &totals.rows()).unwrap());
        assert!(!writer.add_totals(&from, &totals.mark(), &totals.rows()).unwrap(), "they are not added twice");
    }
}

/// What a query finds in totals that are added up without a store.
fn added_up(reader: &Reader, query: &TotalsQuery) -> BTreeMap<TotalKey, TotalSums> {
    let mut totals = MovementTotals::after(FoldMark::default());
    movements(reader, 0, usize::MAX).iter().for_each(|movement| totals.add(movement));
    let mut groups: BTreeMap<TotalKey, TotalSums> = BTreeMap::new();
    for (key, sums) in totals.half_hours() {
        if let Some(group) = query.group(key) {
            groups.entry(group).or_default().add(*sums);
        }
    }
    groups
}

/// What a report finds: stored totals, and the movements behind their mark.
fn reported(reader: &Reader, query: &TotalsQuery) -> BTreeMap<TotalKey, TotalSums> {
    let (mark, stored) = now(reader.totals(*query));
    let mut since = MovementTotals::after(mark);
    movements(reader, mark.up_to, usize::MAX).iter().for_each(|movement| since.add(movement));
    let since = since.half_hours().filter_map(|(key, sums)| Some((query.group(key)?, *sums)));
    let mut groups: BTreeMap<TotalKey, TotalSums> = BTreeMap::new();
    for (group, sums) in stored.into_iter().chain(since) {
        groups.entry(group).or_default().add(sums);
    }
    groups
}

#[test]
fn a_report_counts_each_movement_once_wherever_the_mark_is() {
    in_each_database("marks", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        submit(&mut writer, &flusher, ELEVEN_MS, 12);
        let wanted = added_up(&reader, &query(TotalsBy::Everything));
        assert_eq!(wanted.values().map(|sums| sums.count).sum::<i64>(), 12);
        loop {
            assert_eq!(reported(&reader, &query(TotalsBy::Everything)), wanted);
            let from = now(reader.fold_mark());
            let mut totals = MovementTotals::after(from);
            movements(&reader, from.up_to, 5).iter().for_each(|movement| totals.add(movement));
            if totals.mark() == from {
                break;
            }
            assert!(writer.add_totals(&from, &totals.mark(), &totals.rows()).unwrap());
        }
    });
}

#[test]
fn totals_are_stored_once_and_are_those_of_the_movements() {
    in_each_database("totals", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        assert_eq!(now(reader.fold_mark()), FoldMark::default());
        found(&mut writer, &flusher);
        submit(&mut writer, &flusher, ELEVEN_MS, 20);
        submit(&mut writer, &flusher, ELEVEN_MS + HALF_HOUR_MS, 3);
        fold(&mut writer, &reader, 7);
        submit(&mut writer, &flusher, ELEVEN_MS + DAY_MS, 5);
        fold(&mut writer, &reader, 4);
        let all = movements(&reader, 0, usize::MAX);
        assert_eq!(all.len(), 28 + usize::try_from(ACCOUNTS).unwrap());
        for by in [
            TotalsBy::Nothing,
            TotalsBy::HalfHour,
            TotalsBy::Day,
            TotalsBy::DayAndMeans,
            TotalsBy::Shop,
            TotalsBy::Bank,
            TotalsBy::Cycle,
            TotalsBy::Means,
            TotalsBy::Everything,
        ] {
            let day_ms = day_begin_ms(ELEVEN_MS);
            for (from_ms, to_ms) in [
                (day_ms, day_ms + 2 * DAY_MS),
                (day_ms, day_ms + DAY_MS),
                (ELEVEN_MS, ELEVEN_MS + HALF_HOUR_MS),
                (ELEVEN_MS + HALF_HOUR_MS, ELEVEN_MS + DAY_MS + HALF_HOUR_MS),
                (ELEVEN_MS, ELEVEN_MS + 5 * DAY_MS),
            ] {
                for bank in [None, Some(Bank::AYANDEH), Some(Bank::SEPAH)] {
                    let asked = TotalsQuery { from_ms, to_ms, bank, ..query(by) };
                    let (mark, stored) = now(reader.totals(asked));
                    assert_eq!(mark.up_to, all.last().unwrap().transfer.0);
                    let stored: BTreeMap<TotalKey, TotalSums> = stored.into_iter().collect();
                    assert_eq!(stored, added_up(&reader, &asked), "{asked:?}");
                }
            }
        }
        let (_, stored) = now(reader.totals(query(TotalsBy::Means)));
        let [(key, sums)] = stored[..] else { panic!("{stored:?}") };
        assert_eq!((key.dialect, key.means), (ReportDialect::Finnotech, PaymentMeans::Internal));
        assert_eq!((key.kind, sums.count), (MovementKind::Payment, 28));
        // A replaced world has no totals, and those of the one before are not added any more.
        let before = now(reader.fold_mark());
        writer.wipe(Wipe::Everything).unwrap();
        let view = writer.view();
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        let after = now(reader.fold_mark());
        assert_eq!((after.world, after.up_to), (before.world + 1, 0));
        assert_eq!(now(reader.totals(query(TotalsBy::Nothing))), (after, Vec::new()));
        let stale = FoldMark { world: before.world, ..after };
        let mut totals = MovementTotals::after(stale);
        all.iter().for_each(|movement| totals.add(movement));
        assert!(!writer.add_totals(&stale, &totals.mark(), &totals.rows()).unwrap());
        assert_eq!(now(reader.totals(query(TotalsBy::Nothing))), (after, Vec::new()));
    });
}

#[test]
fn balances_at_an_instant_are_those_after_the_last_entry_before_it() {
    in_each_store("balances-at", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        assert_eq!(now(reader.last_transfer_before(ELEVEN_MS)), TransferId(0));
        found(&mut writer, &flusher);
        submit(&mut writer, &flusher, ELEVEN_MS, 40);
        let all = movements(&reader, 0, usize::MAX);
        let accounts = now(reader.accounts(Page { after: -1, limit: 100 }));
        for at_ms in [0, 1, ELEVEN_MS, ELEVEN_MS + 1, ELEVEN_MS + 17, ELEVEN_MS + 40, i64::MAX] {
            let last = now(reader.last_transfer_before(at_ms));
            let counted = all.iter().filter(|movement| movement.transfer <= last).count();
            assert_eq!(counted, all.iter().filter(|movement| movement.at_ms < at_ms).count(), "{at_ms}");
            let first = now(reader.accounts_at(AccountId(-1), last, 3));
            let rest = now(reader.accounts_at(first[2].id, last, 100));
            let found = [first, rest].concat();
            assert_eq!(found.len(), accounts.len());
            let mut sums = (0, 0);
            for (account, then) in accounts.iter().zip(found) {
                let page = EntryPage { before_seq: i64::MAX, from_ms: i64::MIN, to_ms: at_ms, limit: 1 };
                let history = now(reader.entries(account.id, page)).unwrap();
                let balances = history.entries.first().map_or(Balances::default(), |(entry, _)| entry.after);
                assert_eq!((then.id, then.kind, then.balances), (account.id, account.kind, balances), "{at_ms}");
                sums.0 += balances.debits_posted.get();
                sums.1 += balances.credits_posted.get();
            }
            assert_eq!(sums.0, sums.1, "{at_ms}");
        }
        assert_eq!(now(reader.terminal_of(CARD_NETWORK)), None);
    });
}

#[test]
fn what_failed_or_is_undecided_is_counted_by_reason_and_age() {
    in_each_store("outcomes", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        submit(&mut writer, &flusher, ELEVEN_MS, 5);
        assert!(now(reader.failures(ELEVEN_MS, ELEVEN_MS + DAY_MS)).is_empty());
        assert!(now(reader.undecided(ELEVEN_MS)).is_empty());
        let mut view = writer.view();
        writer.load(&payments::Keys::default(), &mut view).unwrap();
        let hold = payments::Hold { amount: TransferId(1), fee: None };
        let states = [OrderState::Refused, OrderState::Unknown(hold), OrderState::Unknown(hold), OrderState::Refused];
        for (number, state) in (100..).zip(states) {
            let id = view.ids.take();
            let order = crate::order(id, ELEVEN_MS + number, state);
            view.orders.put(order.key.clone(), order);
        }
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let found = now(reader.failures(ELEVEN_MS + 101, ELEVEN_MS + 103));
        let counts: Vec<_> = found.iter().map(|found| (&found.failure, found.sums.count)).collect();
        assert_eq!(counts, [(&store::Failure::OrderUndecided, 2)]);
        let found = now(reader.failures(ELEVEN_MS, ELEVEN_MS + DAY_MS));
        let counts: Vec<_> = found.iter().map(|found| (&found.failure, found.sums.count)).collect();
        assert_eq!(counts, [(&store::Failure::OrderFailed, 2), (&store::Failure::OrderUndecided, 2)]);
        let found = now(reader.undecided(ELEVEN_MS + 2 * DAY_MS));
        let [waits] = found[..] else { panic!("{found:?}") };
        let unknown = store::Undecided::Order(payments::OrderStateCode::Unknown, Bank::AYANDEH);
        assert_eq!((waits.what, waits.age, waits.sums.count, waits.oldest_ms), (unknown, 3, 2, ELEVEN_MS + 101));
    });
}

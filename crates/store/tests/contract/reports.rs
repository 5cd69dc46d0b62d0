//! Reports: stored totals and their mark, movements, balances at an instant, and what failed or is undecided.
//!
//! What several processes do to the totals is tested on PostgreSQL.

use std::collections::BTreeMap;

use ledger::{AccountId, Balances, Rial, Step, TransferId};
use payments::{
    AuditId, AuditLine, Bank, CARD_NETWORK, FoldMark, HALF_HOUR_MS, Keys, Movement, MovementKind, MovementTotals,
    OrderState, PaymentMeans, ReportDialect, Text, TotalKey, TotalSums, day_begin_ms,
};
use store::{Commit, EntryPage, Error, Flusher, Page, Reader, TotalsBy, TotalsQuery, Wipe, Writer};

use crate::test_store::{TestStore, in_each_database, in_each_store, now, postgres};
use crate::{ACCOUNTS, found, key, submit};

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

/// Bookings from the second account to the first one.
struct Bookings<'a> {
    /// The row that causes them; 0 for none.
    cause: i64,
    /// How many numbers other rows take before.
    numbers: usize,
    /// Instant and number of transfers of each booking. Another row takes a number after it, as an audit line does.
    at: &'a [(i64, usize)],
}

impl Bookings<'_> {
    fn commit(&self, writer: &mut Writer) -> Result<Commit, Error> {
        let mut view = writer.view();
        let keys = Keys { accounts: [0, 1].map(AccountId).into(), ..Keys::default() };
        writer.load(&keys, &mut view)?;
        for _ in 0..self.numbers {
            view.ids.take();
        }
        for (at_ms, transfers) in self.at {
            let step = Step::Post { debit: AccountId(1), credit: AccountId(0), amount: Rial::new(1) };
            let ids = &mut view.ids;
            let steps = vec![step; *transfers];
            view.books.apply(&steps, *at_ms, self.cause, || TransferId(ids.take())).unwrap();
            view.ids.take();
        }
        writer.commit(view)
    }

    /// Commits them; again where a process needs more numbers first.
    fn book(&self, writer: &mut Writer, flusher: &Flusher) {
        loop {
            match self.commit(writer) {
                Err(Error::Conflict(_)) => {}
                booked => return flusher.flush(booked.unwrap()).unwrap(),
            }
        }
    }
}

/// A booking of one transfer at each of these milliseconds after eleven.
fn each_ms(ms: std::ops::Range<i64>) -> Vec<(i64, usize)> {
    ms.map(|ms| (ELEVEN_MS + ms, 1)).collect()
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
fn two_bookings_of_one_cause_count_twice_and_the_transfers_of_one_count_once() {
    in_each_database("bookings", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        // An order from the first account to the second one.
        let paid_ms = ELEVEN_MS - ELEVEN_MS % ACCOUNTS + ACCOUNTS;
        submit(&mut writer, &flusher, paid_ms, 1);
        let cause = now(reader.order(key(paid_ms))).unwrap().id.0;
        // Two refunds at one instant, one of them in two transfers, and two more on the next day.
        for at in [&[(paid_ms + 1, 2), (paid_ms + 1, 1)][..], &[(paid_ms + DAY_MS, 1)], &[(paid_ms + DAY_MS + 9, 1)]] {
            Bookings { cause, numbers: 0, at }.book(&mut writer, &flusher);
        }
        let counts = || {
            let found = reported(&reader, &query(TotalsBy::Nothing));
            let count =
                |kind| found.iter().filter(|(key, _)| key.kind == kind).map(|(_, sums)| sums.count).sum::<i64>();
            (count(MovementKind::Payment), count(MovementKind::Refund))
        };
        assert_eq!(counts(), (1, 4), "nothing is stored");
        fold(&mut writer, &reader, 1);
        assert_eq!(counts(), (1, 4), "each movement was added alone");
        let mark = now(reader.fold_mark());
        let last = *movements(&reader, 0, usize::MAX).last().unwrap();
        assert_eq!((mark.up_to, mark.last_cause, mark.last_at_ms), (last.transfer.0, cause, last.at_ms));
    });
}

#[test]
fn balances_at_an_instant_count_the_last_transfer_before_it_also_after_the_clock_was_set_back() {
    in_each_store("set-back", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        Bookings { cause: 5, numbers: 0, at: &each_ms(0..60) }.book(&mut writer, &flusher);
        writer.note_step_back(ELEVEN_MS + 59, 39).unwrap();
        Bookings { cause: 6, numbers: 0, at: &each_ms(20..100) }.book(&mut writer, &flusher);
        // Opening balances that are dated back.
        Bookings { cause: 0, numbers: 0, at: &each_ms(-9..-7) }.book(&mut writer, &flusher);
        for ms in [-ELEVEN_MS, -10, 0, 1, 15, 19, 20, 21, 25, 30, 58, 59, 60, 61, 90, 99, 100, 101] {
            counts_to_the_last_before(&reader, ELEVEN_MS + ms);
        }
        counts_to_the_last_before(&reader, i64::MAX);
        let all = movements(&reader, 0, usize::MAX);
        let behind = |at: usize, most| now(reader.transfers_after(all[at].transfer, most));
        assert_eq!((behind(2, 5), behind(all.len() - 4, 5), behind(all.len() - 1, 5)), (5, 3, 0));
        // After another step, with more numbers behind the instant than are searched.
        writer.note_step_back(ELEVEN_MS + 99, 49).unwrap();
        Bookings { cause: 7, numbers: 1_100_000, at: &each_ms(50..60) }.book(&mut writer, &flusher);
        for ms in [-1, 0, 10, 19, 20, 60, 99, 100] {
            counts_to_the_last_before(&reader, ELEVEN_MS + ms);
        }
    });
}

/// Checks that the balances at an instant count all transfers up to the last one before it, and debits and credits of each.
fn counts_to_the_last_before(reader: &Reader, at_ms: i64) {
    let all = movements(reader, 0, usize::MAX);
    let caused = all.iter().filter(|movement| movement.cause_id != 0 && movement.at_ms < at_ms);
    let before = caused.map(|movement| movement.transfer).max();
    // Others count where they were booked.
    let later = all.iter().position(|movement| Some(movement.transfer) > before && movement.at_ms >= at_ms);
    let wanted = later.unwrap_or(all.len());
    let last = now(reader.last_transfer_before(at_ms));
    let counted = all.iter().filter(|movement| movement.transfer <= last).count();
    assert_eq!(counted, wanted, "{at_ms}: {last:?}");
    let accounts = now(reader.accounts_at(AccountId(-1), last, 100));
    let sum = |of: fn(&Balances) -> Rial| accounts.iter().map(|account| of(&account.balances).get()).sum::<i64>();
    assert_eq!(sum(|balances| balances.debits_posted), sum(|balances| balances.credits_posted), "{at_ms}");
}

#[test]
fn a_number_is_complete_when_no_process_can_commit_a_lower_one() {
    let test_store = TestStore::database();
    let (mut first, flusher, reader) = test_store.open(10);
    found(&mut first, &flusher);
    let (mut second, _, _) = test_store.open(10);
    // A batch that is held up, however long, while another process commits greater numbers.
    let mut view = first.view();
    first.load(&Keys::default(), &mut view).unwrap();
    let late = AuditId(view.ids.take());
    submit(&mut second, &flusher, 0, 5);
    let last = movements(&reader, 0, usize::MAX).last().unwrap().transfer.0;
    assert!(last > late.0 && now(reader.complete_below()) <= late.0);
    let [by, action, subject, detail] = ["x"; 4].map(Text::from);
    view.audit_lines.put(late, AuditLine { id: late, at_ms: 1, by, action, subject, detail });
    first.commit(view).unwrap();
    // Sealing takes the processes' numbers away.
    let horizon = now(reader.seal_horizon());
    assert!(horizon > last);
    assert_eq!(now(reader.complete_below()), horizon);
    // A process that has just started has no numbers.
    let (_third, _, _) = test_store.open(10);
    assert_eq!(now(reader.complete_below()), horizon);
    in_each_store("complete", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        found(&mut writer, &flusher);
        let last = movements(&reader, 0, usize::MAX).last().unwrap().transfer.0;
        now(reader.seal_horizon());
        assert!(now(reader.complete_below()) > last);
    });
}

/// Statements of this database's servers that wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'daric' AND wait_event_type = 'Lock'";

#[test]
fn a_reset_beside_a_process_that_adds_totals_leaves_none_of_the_world_before() {
    let test_store = TestStore::database();
    let (mut writer, flusher, reader) = test_store.open(10);
    found(&mut writer, &flusher);
    submit(&mut writer, &flusher, ELEVEN_MS, 5);
    let (mut other, _, _) = test_store.open(10);
    let TestStore::Database(url) = &test_store else { panic!("it is a database") };
    let name = url.rsplit('/').next().unwrap();
    let waiting = || postgres().sql(name, WAITING).unwrap().trim().parse::<u32>().unwrap();
    let from = now(reader.fold_mark());
    let mut totals = MovementTotals::after(from);
    movements(&reader, 0, usize::MAX).iter().for_each(|movement| totals.add(movement));
    let (to, rows) = (totals.mark(), totals.rows());
    // Both wait for the mark, the reset behind the other process.
    let mut holding = postgres().session(name).unwrap();
    holding.run("BEGIN; SELECT * FROM report_fold FOR UPDATE").unwrap();
    std::thread::scope(|scope| {
        let adding = scope.spawn(|| other.add_totals(&from, &to, &rows));
        while waiting() < 1 {}
        let wiping = scope.spawn(|| {
            writer.wipe(Wipe::Everything)?;
            let view = writer.view();
            writer.commit(view)
        });
        while waiting() < 2 {}
        holding.run("ROLLBACK").unwrap();
        assert!(adding.join().unwrap().unwrap(), "its world was there yet");
        wiping.join().unwrap().unwrap();
    });
    let (mark, stored) = now(reader.totals(query(TotalsBy::Nothing)));
    assert_eq!((mark.world, mark.up_to, stored), (from.world + 1, 0, Vec::new()));
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

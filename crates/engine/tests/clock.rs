//! The machine's clock is set while a server runs, and while none does: on both stores statements have every row of their time.

use crate::common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::common::{BANK, Directory, NOT_HOSTED, START_MS, open_deposit, settings};
use cluster::{Cluster, FORGETFUL};
use engine::{Check, Engine, Fill, STEP_TOLERANCE_MS, Settings, TimeSource};
use ledger::{AccountId, Rial};
use payments::{CLOSE_GRACE_MS, Cycle, CycleId, Grant, Order, OrderId, SubmitTransfer, Submitted, nostro};
use store::{EntryPage, InCycle, Location, TIMEOUT};

const DAY_MS: i64 = 86_400_000;

/// A machine whose clocks go when they are told to.
#[derive(Debug)]
struct Machine {
    wall_ms: AtomicI64,
    count_ms: AtomicI64,
}

impl Machine {
    fn at(wall_ms: i64) -> Arc<Self> {
        Arc::new(Self { wall_ms: AtomicI64::new(wall_ms), count_ms: AtomicI64::new(1_000) })
    }

    fn pass(&self, ms: i64) {
        self.count_ms.fetch_add(ms, Ordering::Relaxed);
        self.set_by(ms);
    }

    fn set_by(&self, ms: i64) {
        self.wall_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl TimeSource for Machine {
    fn wall_ms(&self) -> i64 {
        self.wall_ms.load(Ordering::Relaxed)
    }

    fn count_ms(&self) -> i64 {
        self.count_ms.load(Ordering::Relaxed)
    }
}

async fn start(location: &Location, machine: &Arc<Machine>) -> Engine {
    let settings = Settings { time: machine.clone(), ..settings(common::world([]), Fill::AtStart) };
    common::start(location, settings).await
}

/// Moves money from the bank's account, now.
async fn move_money(engine: &Engine, number: u32) {
    let open = open_deposit(&format!("30040{number:05}"), 1_000 + i64::from(number), None);
    engine.run(open).await.unwrap().unwrap();
}

/// The entries of the bank's account in a time, as `(number of the entry, instant)`, newest first.
async fn statement(engine: &Engine, from_ms: i64, to_ms: i64) -> Vec<(i64, i64)> {
    let page = EntryPage { before_seq: i64::MAX, from_ms, to_ms, limit: 10_000 };
    let history = engine.reader().entries(nostro(BANK), page).await.unwrap().unwrap();
    history.entries.iter().map(|(entry, _)| (entry.seq, entry.at_ms)).collect()
}

async fn failed_checks(engine: &Engine) -> Vec<Check> {
    engine.not_ready().await.into_iter().map(|reason| reason.check).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_the_machine_s_clock_is_told_and_not_followed_until_it_is_taken_back() {
    let directory = Directory::new("step");
    let machine = Machine::at(START_MS);
    let engine = start(&directory.location(16), &machine).await;
    let clock = engine.clock();
    for step_ms in [DAY_MS, -DAY_MS, STEP_TOLERANCE_MS + 1, -STEP_TOLERANCE_MS - 1] {
        let before_ms = clock.now_ms();
        machine.set_by(step_ms);
        assert_eq!((clock.now_ms(), clock.step_ms()), (before_ms, step_ms));
        assert_eq!(failed_checks(&engine).await, [Check::Clock]);
        machine.pass(60_000);
        assert_eq!(clock.now_ms(), before_ms + 60_000, "time goes on, after a step of {step_ms}");
        machine.set_by(-step_ms);
        assert_eq!((clock.now_ms(), clock.step_ms()), (before_ms + 60_000, 0));
        assert_eq!(failed_checks(&engine).await, []);
    }
    // What time services correct is followed; so is what was slept.
    let before_ms = clock.now_ms();
    machine.set_by(STEP_TOLERANCE_MS);
    assert_eq!((clock.now_ms(), clock.step_ms()), (before_ms + STEP_TOLERANCE_MS, 0));
    machine.set_by(-300);
    assert_eq!(clock.now_ms(), before_ms + STEP_TOLERANCE_MS - 300);
    machine.pass(DAY_MS);
    assert_eq!((clock.now_ms(), clock.step_ms()), (before_ms + STEP_TOLERANCE_MS - 300 + DAY_MS, 0));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_both_stores_have_every_row_of_their_time_whatever_the_clock_did_before_a_restart() {
    let cluster = Cluster::start(&std::env::temp_dir(), FORGETFUL).unwrap();
    cluster.create_database("clock").unwrap();
    let directory = Directory::new("restart");
    let locations = [directory.location(16), Location::Database { url: cluster.url("clock"), timeout: TIMEOUT }];
    let mut found = Vec::new();
    for location in &locations {
        let mut number = 0;
        // Each is a start: how the clock stands, and how many rows come, a second after the other.
        let phases = [
            (0, 40),
            (2 * DAY_MS, 45),
            (3_600_000, 40),
            (7_200_000, 9),
            (-DAY_MS, 50),
            (10_800_000, 40),
            (3 * DAY_MS, 9),
        ];
        for (offset_ms, rows) in phases {
            let machine = Machine::at(START_MS + offset_ms);
            let engine = start(location, &machine).await;
            for _ in 0..rows {
                machine.pass(1_000);
                // A step in between changes nothing.
                machine.set_by(if number % 10 == 3 { 5 * DAY_MS } else { 0 });
                move_money(&engine, number).await;
                machine.set_by(if number % 10 == 3 { -5 * DAY_MS } else { 0 });
                number += 1;
            }
            engine.stop().await;
        }
        let engine = start(location, &Machine::at(START_MS + 4 * DAY_MS)).await;
        let all = statement(&engine, i64::MIN, i64::MAX).await;
        assert_eq!(all.len(), number as usize);
        let mut statements = Vec::new();
        for (offset_ms, rows) in phases {
            for (from_ms, to_ms) in [(0, 3_600_000), (5_500, 7_500), (-3_600_000, 20_000), (0, DAY_MS)] {
                let window = START_MS + offset_ms + from_ms..START_MS + offset_ms + to_ms;
                let expected: Vec<_> = all.iter().copied().filter(|(_, at_ms)| window.contains(at_ms)).collect();
                let seen = statement(&engine, window.start, window.end).await;
                assert_eq!(seen, expected, "{location:?}: {offset_ms} from {from_ms} to {to_ms}");
                assert!(from_ms != 0 || seen.len() >= rows, "{location:?}: {} of {rows} rows", seen.len());
                statements.push(seen);
            }
        }
        engine.stop().await;
        found.push(statements);
    }
    assert_eq!(found[0], found[1], "the same rows on both stores");
}

/// The source of the paya orders, and who sends them.
const SOURCE: &str = "300400500600";
/// 13:15 of that day.
const CUT_OFF_MS: i64 = START_MS + 135 * 60_000;

async fn open_source(engine: &Engine) -> Arc<Grant> {
    engine.run(open_deposit(SOURCE, 1_000_000_000, None)).await.unwrap().unwrap();
    Arc::new(common::grant(engine, &[SOURCE.to_owned()]).await)
}

async fn paya(engine: &Engine, grant: &Arc<Grant>, track_id: &str) -> Arc<Order> {
    let transfer = common::transfer(grant, track_id, SOURCE, NOT_HOSTED);
    let submit = SubmitTransfer { amount: Rial::new(10_000_000), ..transfer };
    match engine.run(submit).await.unwrap() {
        Ok(Submitted::Ordered(order)) => order,
        other => panic!("{track_id}: {other:?}"),
    }
}

async fn cycle(engine: &Engine, id: CycleId) -> Cycle {
    engine.reader().cycle(id).await.unwrap().unwrap()
}

/// The numbers of a cycle's orders, as its group file has them.
async fn orders(engine: &Engine, id: CycleId) -> Vec<OrderId> {
    let first = (AccountId(i64::MIN), OrderId(i64::MIN));
    let found = engine.reader().cycle_orders(id, InCycle::All, first, 1_000).await.unwrap();
    found.iter().map(|order| order.id).collect()
}

/// One process still has a moment to the cut-off, and its commit is held up; another one closes the cycle by its own clock.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_cycle_gets_no_order_from_a_process_whose_clock_is_before_the_cut_off() {
    const WAITING: &str =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'daric' AND wait_event_type = 'Lock'";
    let cluster = Cluster::start(&std::env::temp_dir(), FORGETFUL).unwrap();
    cluster.create_database("closing").unwrap();
    let location = Location::Database { url: cluster.url("closing"), timeout: TIMEOUT };
    let behind = start(&location, &Machine::at(CUT_OFF_MS - 1)).await;
    let grant = open_source(&behind).await;
    let in_time = paya(&behind, &grant, "in-time").await;
    let closing = in_time.cycle.unwrap();
    let mut holding = cluster.session("closing").unwrap();
    holding.run("BEGIN; SELECT * FROM bank_day FOR UPDATE;").unwrap();
    let slow = tokio::spawn({
        let (behind, grant) = (behind.clone(), Arc::clone(&grant));
        async move { paya(&behind, &grant, "slow").await }
    });
    let waiting = || cluster.sql("closing", WAITING).unwrap().trim().parse::<u32>().unwrap();
    while waiting() == 0 {}
    let ahead = start(&location, &Machine::at(CUT_OFF_MS + CLOSE_GRACE_MS)).await;
    // The closing waits for an order that is about to be in the cycle, or comes before it.
    while cycle(&ahead, closing).await.is_gathering() && waiting() < 2 {}
    let held_back = cycle(&ahead, closing).await.is_gathering();
    holding.run("ROLLBACK;").unwrap();
    while cycle(&ahead, closing).await.is_gathering() {}
    let in_file = orders(&ahead, closing).await;
    let slow = slow.await.unwrap();
    assert_eq!(in_file.contains(&slow.id), slow.cycle == Some(closing), "held back: {held_back}");
    let late = paya(&behind, &grant, "late").await;
    assert!(late.at_ms < CUT_OFF_MS && late.cycle.unwrap() != closing, "{late:?}");
    assert_eq!(orders(&ahead, closing).await, in_file);
    behind.stop().await;
    ahead.stop().await;
}

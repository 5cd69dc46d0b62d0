//! The machine's clock is set while a server runs, and while none does: on both stores statements have every row of their time.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cluster::{Cluster, FORGETFUL};
use engine::{Engine, Fill, STEP_TOLERANCE_MS, Settings, TimeSource};
use ledger::Rial;
use payments::{AccountNumber, Bank, Command, OpenDeposit, Rules, nostro};
use store::{EntryPage, Location, PATIENCE};

const BANK: Bank = Bank::SEPAH;
/// 2026-11-21T11:00:00+03:30.
const START_MS: i64 = 1_795_246_200_000;
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
    let location = location.clone();
    let store = tokio::task::spawn_blocking(move || store::open(&location).unwrap()).await.unwrap();
    let settings = Settings {
        rules: Rules::documented().unwrap(),
        world: Vec::new(),
        fill: Fill::AtReset,
        sms: Arc::new(rails::NoSms),
        callbacks: Arc::new(rails::HttpCallbacks::new(rails::Reach::Anywhere, Box::new(|_, _| None)).unwrap()),
        time: machine.clone(),
    };
    Engine::start(store, settings).await.unwrap()
}

/// Moves money from the bank's account, now.
async fn move_money(engine: &Engine, number: u32) {
    let open = Command::OpenDeposit(Box::new(OpenDeposit {
        bank: BANK,
        number: AccountNumber::parse(&format!("30040{number:05}")).unwrap(),
        owner: "1111111111".into(),
        first_name: "drops".into(),
        last_name: String::new(),
        account_type: "010".into(),
        approved_for: vec![],
        balance: Rial::new(1_000 + i64::from(number)),
        opened_at_ms: None,
    }));
    engine.run(open).await.unwrap().unwrap();
}

/// The entries of the bank's account in a time, as `(number of the entry, instant)`, newest first.
async fn statement(engine: &Engine, from_ms: i64, to_ms: i64) -> Vec<(i64, i64)> {
    let page = EntryPage { before_seq: i64::MAX, from_ms, to_ms, limit: 10_000 };
    let history = engine.reader().entries(nostro(BANK), page).await.unwrap().unwrap();
    history.entries.iter().map(|(entry, _)| (entry.seq, entry.at_ms)).collect()
}

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("daric-clock-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        Self(path)
    }

    fn location(&self) -> Location {
        Location::Directory { path: self.0.clone(), settle_after: 16 }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_the_machine_s_clock_is_told_and_not_followed_until_it_is_taken_back() {
    let directory = Directory::new("step");
    let machine = Machine::at(START_MS);
    let engine = start(&directory.location(), &machine).await;
    let clock = engine.clock();
    for step_ms in [DAY_MS, -DAY_MS, STEP_TOLERANCE_MS + 1, -STEP_TOLERANCE_MS - 1] {
        let before_ms = clock.now_ms();
        machine.set_by(step_ms);
        assert_eq!((clock.now_ms(), clock.step_ms()), (before_ms, step_ms));
        machine.pass(60_000);
        assert_eq!(clock.now_ms(), before_ms + 60_000, "time goes on, after a step of {step_ms}");
        machine.set_by(-step_ms);
        assert_eq!((clock.now_ms(), clock.step_ms()), (before_ms + 60_000, 0));
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
    let places = [directory.location(), Location::Database { url: cluster.url("clock"), patience: PATIENCE }];
    let mut found = Vec::new();
    for place in &places {
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
            let engine = start(place, &machine).await;
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
        let engine = start(place, &Machine::at(START_MS + 4 * DAY_MS)).await;
        let all = statement(&engine, i64::MIN, i64::MAX).await;
        assert_eq!(all.len(), number as usize);
        let mut statements = Vec::new();
        for (offset_ms, rows) in phases {
            for (from_ms, to_ms) in [(0, 3_600_000), (5_500, 7_500), (-3_600_000, 20_000), (0, DAY_MS)] {
                let window = START_MS + offset_ms + from_ms..START_MS + offset_ms + to_ms;
                let expected: Vec<_> = all.iter().copied().filter(|(_, at_ms)| window.contains(at_ms)).collect();
                let seen = statement(&engine, window.start, window.end).await;
                assert_eq!(seen, expected, "{place:?}: {offset_ms} from {from_ms} to {to_ms}");
                assert!(from_ms != 0 || seen.len() >= rows, "{place:?}: {} of {rows} rows", seen.len());
                statements.push(seen);
            }
        }
        engine.stop().await;
        found.push(statements);
    }
    assert_eq!(found[0], found[1], "the same rows on both stores");
}

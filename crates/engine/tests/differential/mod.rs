//! The same commands on every store: the same outcomes, and at the end the same rows, by their keys and as readers list them.
//!
//! Shape: a subject a file, which draws a command, runs it and tells what came of it; [`numbers`] compares the texts of the sides. At the end every
//! store is closed, opened anew and swept, so that what is over is gone on all of them, and [`rows`] and [`pages`] tell what is left.
//! Each subject names outcomes that must have come up: what is never drawn is not compared. Those that [`COMMANDS`] have not brought up are sought for
//! a while, among the subjects that name them.

mod attempts;
mod card_step;
mod cards;
mod codes;
mod consents;
mod due_work;
mod fitting;
mod gateway;
mod invoices;
mod log_in;
mod numbers;
mod operators;
mod pages;
mod phones;
mod rows;
mod side;
mod sso;
mod transfers;

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{self, Directory};
use cluster::{Cluster, FORGETFUL};
use engine::World;
use fastrand::Rng;
use payments::Keys;
use store::{Flusher, Location, Memory, Reader, SweepAt, Swept, TIMEOUT, Writer};

use numbers::{Numbers, without_claims};
use pages::Pages;
use side::{Known, Ran, Side, once_in, pick};

const COMMANDS: u64 = 3_000;
/// Commands at most: those beyond [`COMMANDS`] are of subjects of which an outcome has not come up.
const MOST_COMMANDS: u64 = 12_000;
/// Until every one-time password is over: an embedded store has them in the memory of the process.
const PASSWORDS_OVER_MIN: i64 = 5;

#[derive(Clone, Copy, Debug)]
enum Subject {
    Transfers,
    Invoices,
    Gateway,
    Codes,
    Cards,
    Phones,
    Operators,
    DueWork,
    Consents,
    Sso,
    LogIn,
    Clock,
}

impl Subject {
    const ALL: [Self; 12] = [
        Self::Transfers,
        Self::Invoices,
        Self::Gateway,
        Self::Codes,
        Self::Cards,
        Self::Phones,
        Self::Operators,
        Self::DueWork,
        Self::Consents,
        Self::Sso,
        Self::LogIn,
        Self::Clock,
    ];

    /// How its outcomes begin that must have come up.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Transfers => transfers::WORDS,
            Self::Invoices => invoices::WORDS,
            Self::Gateway => gateway::WORDS,
            Self::Codes => codes::WORDS,
            Self::Cards => cards::WORDS,
            Self::Phones => phones::WORDS,
            Self::Operators => operators::WORDS,
            Self::DueWork => due_work::WORDS,
            Self::Consents => consents::WORDS,
            Self::Sso => sso::WORDS,
            Self::LogIn => log_in::WORDS,
            Self::Clock => &["MoveClock Ok"],
        }
    }

    /// How those of its outcomes begin that have not come up.
    fn missing<'a>(self, seen: &'a BTreeSet<String>) -> impl Iterator<Item = &'static str> + 'a {
        let has_come =
            |word: &&str| seen.range((*word).to_owned()..).next().is_some_and(|came| came.starts_with(*word));
        self.words().iter().copied().filter(move |word| !has_come(word))
    }

    fn draw(random: &mut Rng) -> Self {
        match random.u64(..30) {
            0..4 => Self::Invoices,
            4..7 => Self::Gateway,
            7 => Self::Operators,
            8 | 9 => Self::Transfers,
            10 => Self::Codes,
            11 => Self::Cards,
            12 => Self::Consents,
            _ => pick(random, &Self::ALL),
        }
    }

    /// One of those of which an outcome is missing, mostly. `None`: no outcome is missing.
    fn draw_missing(random: &mut Rng, seen: &BTreeSet<String>) -> Option<Self> {
        // An outcome may need what another subject does, or that time passes.
        let any = if once_in(random, 3) { Self::Clock } else { Self::draw(random) };
        let of_missing = |subject: Self| subject.missing(seen).map(move |_| subject);
        let lacking: Vec<Self> = Self::ALL.into_iter().flat_map(of_missing).collect();
        let drawn = random.choice(&lacking).copied()?;
        Some(if random.bool() { any } else { drawn })
    }

    /// Draws one of its steps and runs it, mostly one command. Returns what it has run.
    async fn step(self, side: &mut Side, random: &mut Rng) -> Vec<Ran> {
        let came = match self {
            Self::Transfers => transfers::step(side, random).await,
            Self::Invoices => invoices::step(side, random).await,
            Self::Gateway => gateway::step(side, random).await,
            Self::Codes => codes::step(side, random).await,
            Self::Cards => cards::step(side, random).await,
            Self::Phones => phones::step(side, random).await,
            Self::Operators => operators::step(side, random).await,
            Self::DueWork => due_work::step(side, random).await,
            Self::Consents => consents::step(side, random).await,
            Self::Sso => sso::step(side, random).await,
            Self::LogIn => log_in::step(side, random).await,
            Self::Clock => {
                // Slowly, so that most of what is begun is not over at once.
                let minutes = if once_in(random, 24) { 150 } else { random.i64(1..6) };
                side.wait(minutes).await
            }
        };
        side.step_ends(came)
    }
}

fn world() -> World {
    let mut world = common::world([]);
    transfers::world(&mut world);
    invoices::world(&mut world);
    card_step::world(&mut world);
    codes::world(&mut world);
    cards::world(&mut world);
    phones::world(&mut world);
    operators::world(&mut world);
    consents::world(&mut world);
    world
}

/// A store that was opened anew, without what is over.
struct Opened {
    writer: Writer,
    reader: Reader,
    known: Known,
    now_ms: i64,
}

impl Opened {
    /// Ends a side and opens its store anew.
    async fn of(mut side: Side, location: &Location) -> Self {
        side.wait(PASSWORDS_OVER_MIN).await;
        side.engine.finish_work().await;
        side.engine.stop().await;
        let (now_ms, known) = (side.now_ms(), side.known);
        drop(side.engine);
        let location = location.clone();
        let open = move || {
            let (mut writer, flusher, reader) = once_free(&location);
            while writer.sweep(SweepAt::instant(now_ms)).unwrap() == Swept::Some {}
            commit(&mut writer, &flusher);
            Self { writer, reader, known, now_ms }
        };
        tokio::task::spawn_blocking(open).await.unwrap()
    }

    async fn pages(&self) -> Vec<String> {
        Pages::of(&self.reader, &self.known, self.now_ms).await
    }

    /// That a replay of the ledger comes to what is stored.
    fn verify(&self) {
        let report = store::verify(&self.reader, &mut |_, _| {}).unwrap();
        assert_eq!((report.differences, &report.listed), (0, &Vec::new()));
    }
}

/// Tries until the lock is free: another test starts a program, and between its fork and its exec it has our lock's file open, too.
fn once_free(location: &Location) -> (Writer, Flusher, Reader) {
    loop {
        match store::open(location) {
            Err(store::Error::InUse(_)) => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

fn commit(writer: &mut Writer, flusher: &Flusher) {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

/// That two sides tell the same; of each kind of line the first that differs is shown.
fn compare(numbers: &mut Numbers, ones: &[String], others: &[String]) {
    let mut differences = BTreeMap::new();
    for (one, other) in ones.iter().zip(others) {
        if let Err(why) = numbers.compare(&without_claims(one), &without_claims(other)) {
            differences.entry(one.split([':', '(', '{']).next()).or_insert(why);
        }
    }
    let differences: Vec<String> = differences.into_values().collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(ones.len(), others.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_commands_have_the_same_outcomes_and_leave_the_same_rows_on_each_store() {
    let seed = std::env::var("DARIC_TEST_SEED").map_or(20_261_121, |text| text.parse().unwrap());
    println!("DARIC_TEST_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let directory = Directory::new("differential");
    let cluster = Cluster::start(&std::env::temp_dir(), FORGETFUL).unwrap();
    let rows = Memory::default();
    let locations = [
        Location::Memory(rows.clone()),
        directory.location(100),
        Location::Database { url: cluster.url("postgres"), timeout: TIMEOUT },
    ];
    let [mut memory, mut sqlite, mut postgres] = [
        Side::start(&locations[0], world()).await,
        Side::start(&locations[1], world()).await,
        Side::start(&locations[2], world()).await,
    ];
    let (mut of_sqlite, mut of_postgres) = (Numbers::default(), Numbers::default());
    let (mut seen, mut commands) = (BTreeSet::new(), 0);
    let (mut subject, mut until) = (Subject::Clock, 0);
    for at in 0..MOST_COMMANDS {
        if at == COMMANDS {
            println!("sought from now on: {:?}", missing(&seen));
        }
        // Some of one subject in a row: codes and passwords live for a minute or two.
        if at >= until {
            let first = (at < COMMANDS).then(|| Subject::draw(&mut random));
            let Some(drawn) = first.or_else(|| Subject::draw_missing(&mut random, &seen)) else { break };
            (subject, until) = (drawn, at + random.u64(1..16));
        }
        let random = Rng::with_seed(random.u64(..));
        let (mut first, mut second, mut third) = (random.clone(), random.clone(), random);
        let (one, two, three) = tokio::join!(
            subject.step(&mut memory, &mut first),
            subject.step(&mut sqlite, &mut second),
            subject.step(&mut postgres, &mut third),
        );
        for (numbers, others) in [(&mut of_sqlite, &two), (&mut of_postgres, &three)] {
            for (Ran { command, outcome }, other) in one.iter().zip(others) {
                let same = numbers.compare(&without_claims(outcome), &without_claims(&other.outcome));
                same.unwrap_or_else(|why| panic!("command {at} of {subject:?}: {why}\n  {command}"));
            }
            assert_eq!(one.len(), others.len(), "command {at} of {subject:?}: {one:?} and {others:?}");
        }
        seen.extend(one.iter().map(|ran| ran.outcome.chars().take(100).collect::<String>()));
        commands = at + 1;
    }
    let [mut memory, mut sqlite, mut postgres] = [
        Opened::of(memory, &locations[0]).await,
        Opened::of(sqlite, &locations[1]).await,
        Opened::of(postgres, &locations[2]).await,
    ];
    let pages = memory.pages().await;
    compare(&mut of_sqlite, &pages, &sqlite.pages().await);
    compare(&mut of_postgres, &pages, &postgres.pages().await);
    assert!(of_sqlite.ascend() && of_postgres.ascend());
    let compare_rows = move || {
        let keys = rows::all_keys(&rows);
        let told = rows::all_rows(&mut memory.writer, &keys, &Numbers::default());
        for (opened, mut numbers) in [(&mut sqlite, of_sqlite), (&mut postgres, of_postgres)] {
            let others = rows::all_rows(&mut opened.writer, &keys, &numbers);
            compare(&mut numbers, &told, &others);
        }
        println!("{commands} commands, {} rows by key, {} lines by readers", told.len(), pages.len());
        [memory, sqlite, postgres].iter().for_each(Opened::verify);
    };
    tokio::task::spawn_blocking(compare_rows).await.unwrap();
    let missing = missing(&seen);
    assert!(missing.is_empty(), "no command came out as {missing:?}: {}", counted(&seen));
}

fn missing(seen: &BTreeSet<String>) -> Vec<&'static str> {
    Subject::ALL.into_iter().flat_map(|subject| subject.missing(seen)).collect()
}

/// Outcomes without what commands returned.
fn counted(seen: &BTreeSet<String>) -> String {
    let words = seen.iter().map(|came| came.split([' ', '{']).take(2).collect::<Vec<_>>().join(" "));
    words.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

//! The same commands on every store: the same outcomes, the same accounts, the same statements.
//!
//! Numbers of rows are no part of the comparison: processes take them in blocks where several share a database.

use crate::common;

use fastrand::Rng;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::common::network::terms;
use crate::common::{BANK, Directory, NOT_HOSTED, START_MS, drops, open_deposit, settings};
use cluster::{Cluster, FORGETFUL};
use engine::{Engine, Fill, Move, World};
use ledger::{AccountId, AccountStatus, Rial, TransferId};
use payments::{
    Audited, Command, Digest, FirstAnswer, Grant, IssueGrant, OpenDeposit, OperatorCommand, Order, OrderKey, OrderRef,
    OrderState, PlaceHold, RefreshGrant, ReleaseHold, Resolution, ResolveOrder, ReturnOrder, RevokeToken,
    SetAccountStatus, Settlement, SubmitTransfer, Submitted, Text, nostro,
};
use store::{EntryPage, Location, Memory, TIMEOUT};

const COMMANDS: u64 = 4_000;
/// What must have come out of some command.
const WORDS: [&str; 14] = [
    "booked",
    "queued",
    "pending",
    "unknown",
    "failed",
    "returned",
    "duplicate",
    "done",
    "held",
    "opened",
    "InsufficientFunds",
    "TokensEnded",
    "AccountNotEmpty",
    "OrderDecided",
];
/// Deposits that may be opened; the first three are open from the start.
const NUMBERS: u64 = 8;

fn key(track: u64) -> OrderKey {
    common::key(&format!("t-{track}"))
}

fn number(at: u64) -> String {
    format!("30040050060{at}")
}

fn open(at: u64, balance: i64, opened_at_ms: Option<i64>) -> OpenDeposit {
    open_deposit(&number(at), balance, opened_at_ms)
}

fn world() -> World {
    common::world((0..3).map(|at| open(at, 40_000_000, Some(START_MS))))
}

/// One engine, and what it calls things.
struct Side {
    engine: Engine,
    holds: Vec<TransferId>,
}

impl Side {
    async fn start(location: Location) -> Self {
        let engine = common::start(&location, settings(world(), Fill::AtStart)).await;
        engine.move_clock(Move::Set(START_MS)).await.unwrap().unwrap();
        Self { engine, holds: Vec::new() }
    }

    async fn deposit(&self, at: u64) -> Option<AccountId> {
        common::deposit(&self.engine, &number(at)).await
    }

    async fn grant(&self) -> Grant {
        let numbers: Vec<String> = (0..NUMBERS).map(number).collect();
        let grant = common::grant(&self.engine, &numbers).await;
        Grant { max_amount: Rial::new(400_000), life_ms: 3_600_000, ..grant }
    }

    /// Does a step and tells what came of it, without numbers of rows.
    async fn step(&mut self, step: &Step) -> String {
        match *step {
            Step::Transfer { track, source, ref destination, amount, network } => {
                let grant = Arc::new(self.grant().await);
                let transfer = common::transfer(&grant, &format!("t-{track}"), &number(source), destination);
                let transfer =
                    SubmitTransfer { amount: Rial::new(amount), submission: network.map(Network::terms), ..transfer };
                match self.engine.run(transfer).await.unwrap() {
                    Ok(Submitted::Ordered(order)) => shape(&order),
                    Ok(Submitted::ToNetwork(order, job)) => shape(&*self.engine.submit(order, job).await),
                    Ok(Submitted::Duplicate(order)) => format!("duplicate of {}", shape(&order)),
                    Err(why) => format!("{why:?}"),
                }
            }
            Step::Resolve { track, verdict } => {
                self.run(ResolveOrder { order: OrderRef::Key(key(track)), verdict }, |order| shape(order)).await
            }
            Step::Return { track } => {
                let reason = "حساب مقصد نامعتبر است".into();
                self.run(ReturnOrder { order: OrderRef::Key(key(track)), reason }, |order| shape(order)).await
            }
            Step::Open { at } => self.run(open(at, 4_000_000, None), |_| "opened".to_owned()).await,
            Step::AccountStatus { at, gate } => {
                let deposit = self.deposit(at).await.unwrap_or(AccountId(1));
                let command = SetAccountStatus { deposit, gate };
                // As operators do it: a verification compares statuses with the audit.
                let (by, entry) = (Text::from("admin"), command.entry());
                let money_of_day = Some(Rial::new(i64::MAX));
                let audited = Audited { by, entry, command, precondition: None, money_of_day };
                self.run(audited, |_| "done".to_owned()).await
            }
            Step::Hold { at, amount, minutes } => {
                let deposit = self.deposit(at).await.unwrap_or(AccountId(1));
                let expires_at_ms = minutes.map(|minutes| self.engine.clock().now_ms() + minutes * 60_000);
                let hold = PlaceHold { deposit, bank: BANK, amount: Rial::new(amount), expires_at_ms };
                let held = self.engine.run(hold).await.unwrap();
                self.holds.extend(held.ok());
                held.map_or_else(|why| format!("{why:?}"), |_| "held".to_owned())
            }
            Step::Release { which } => {
                let which = usize::try_from(which).unwrap() % self.holds.len().max(1);
                let hold = self.holds.get(which).copied().unwrap_or(TransferId(1));
                self.run(ReleaseHold { hold }, |()| "done".to_owned()).await
            }
            Step::Issue { hash } => {
                let (access, refresh) = (Digest([hash; 32]), Digest([hash ^ 0x80; 32]));
                let grant = self.grant().await;
                self.run(IssueGrant { grant, access, refresh }, |()| "done".to_owned()).await
            }
            Step::Refresh { used, new } => {
                let command = RefreshGrant {
                    client: drops(),
                    used: Digest([used ^ 0x80; 32]),
                    access: Digest([new; 32]),
                    refresh: Digest([new ^ 0x80; 32]),
                };
                self.run(command, |()| "done".to_owned()).await
            }
            Step::Revoke { hash } => {
                let command = RevokeToken { client: drops(), access: Digest([hash; 32]) };
                self.run(command, |()| "done".to_owned()).await
            }
            Step::Clock { minutes } => {
                let to = Move::Set(self.engine.clock().now_ms() + minutes * 60_000);
                format!("{:?}", self.engine.move_clock(to).await.unwrap())
            }
        }
    }

    /// Runs a command and tells what came of it.
    async fn run<C: Command>(&self, command: C, told: impl FnOnce(&C::Done) -> String) -> String {
        let result = self.engine.run(command).await.unwrap();
        result.map_or_else(|why| format!("{why:?}"), |done| told(&done))
    }

    /// Accounts and statements, without numbers of rows.
    async fn books(&self) -> String {
        let mut text = String::new();
        let reader = self.engine.reader();
        let bank = reader.account(nostro(BANK)).await.unwrap().unwrap();
        writeln!(text, "nostro {:?}", bank.balances).unwrap();
        for at in 0..NUMBERS {
            let Some(id) = self.deposit(at).await else { continue };
            let account = reader.account(id).await.unwrap().unwrap();
            writeln!(text, "{at} {:?} {:?}", account.gate, account.balances).unwrap();
            let middle_ms = (START_MS + self.engine.clock().now_ms()) / 2;
            for (from_ms, to_ms, before_seq) in [
                (i64::MIN, i64::MAX, i64::MAX),
                (START_MS, middle_ms, i64::MAX),
                (middle_ms, i64::MAX, account.balances.entries),
            ] {
                let page = EntryPage { before_seq, from_ms, to_ms, limit: 300 };
                for (entry, order) in reader.entries(id, page).await.unwrap().unwrap().entries {
                    let order = order.map_or_else(String::new, |order| shape(&order));
                    let store::Entry { seq, side, amount, at_ms, after, .. } = entry;
                    writeln!(text, "  {seq} {side:?} {amount:?} {at_ms} {after:?} {order}").unwrap();
                }
            }
        }
        text
    }
}

fn shape(order: &Order) -> String {
    let state = match (&order.state, order.first) {
        (OrderState::Refused, FirstAnswer::Refused(refusal)) => format!("{refusal:?}"),
        (OrderState::Refused, _) => "failed".to_owned(),
        (OrderState::Pending(_), _) => "pending".to_owned(),
        (OrderState::Unknown(_), _) => "unknown".to_owned(),
        (OrderState::HeldOnFloat(_), _) => "on float".to_owned(),
        (OrderState::Stuck(_, why), _) => format!("stuck {why}"),
        (OrderState::Booked(_), _) => "booked".to_owned(),
        (OrderState::Queued(hold), _) => format!("queued {}", hold.is_some()),
        (OrderState::Settled, _) => "settled".to_owned(),
        (OrderState::Returned(back), _) => format!("returned {}", back.reason),
    };
    let Order { key, amount, fee, at_ms, inquiry_sequence, source_number, destination_number, cycle, .. } = order;
    let track_id = &key.track_id;
    format!(
        "{state} {track_id} {amount:?} {fee:?} {at_ms} {inquiry_sequence} {source_number} {destination_number} {cycle:?}"
    )
}

/// What the network does with an order that is submitted to it.
#[derive(Clone, Copy, Debug)]
enum Network {
    Accepts,
    TellsLater,
}

impl Network {
    fn terms(self) -> payments::SubmissionTerms {
        match self {
            Self::Accepts => terms("accepted", Settlement::WhenDone),
            Self::TellsLater => terms("unknown then done after 600000", Settlement::InCycle),
        }
    }
}

#[derive(Debug)]
enum Step {
    Transfer { track: u64, source: u64, destination: String, amount: i64, network: Option<Network> },
    Resolve { track: u64, verdict: Resolution },
    Return { track: u64 },
    Open { at: u64 },
    AccountStatus { at: u64, gate: AccountStatus },
    Hold { at: u64, amount: i64, minutes: Option<i64> },
    Release { which: u64 },
    Issue { hash: u8 },
    Refresh { used: u8, new: u8 },
    Revoke { hash: u8 },
    Clock { minutes: i64 },
}

fn draw(random: &mut Rng, at: u64) -> Step {
    let hash = |random: &mut Rng| u8::try_from(random.u64(..100)).unwrap();
    let amount = |random: &mut Rng| 1 + i64::try_from(random.u64(..450_000)).unwrap();
    match random.u64(..24) {
        0 => Step::Open { at: random.u64(..NUMBERS) },
        1 => {
            let gates = [
                AccountStatus::Open,
                AccountStatus::Open,
                AccountStatus::NoDebits,
                AccountStatus::NoCredits,
                AccountStatus::Closed,
            ];
            Step::AccountStatus { at: random.u64(..NUMBERS), gate: gates[usize::try_from(random.u64(..5)).unwrap()] }
        }
        2 => {
            let minutes = (random.u64(..3) > 0).then(|| i64::try_from(1 + random.u64(..90)).unwrap());
            Step::Hold { at: random.u64(..NUMBERS), amount: amount(random), minutes }
        }
        3 => Step::Release { which: random.u64(..) },
        4 => Step::Issue { hash: hash(random) },
        5 => Step::Refresh { used: hash(random), new: hash(random) },
        6 => Step::Revoke { hash: hash(random) },
        7 => Step::Clock { minutes: i64::try_from(random.u64(..20)).unwrap() },
        20 | 21 => {
            let verdict = if random.u64(..2) == 0 { Resolution::Done } else { Resolution::Failed };
            Step::Resolve { track: at.saturating_sub(random.u64(..30)), verdict }
        }
        22 => Step::Return { track: random.u64(..(at + 1)) },
        // One in ten repeats a trackId.
        _ => Step::Transfer {
            track: if random.u64(..10) == 0 { random.u64(..(at + 1)) } else { at },
            source: random.u64(..NUMBERS),
            destination: match random.u64(..3) {
                0 => NOT_HOSTED.to_owned(),
                _ => number(random.u64(..NUMBERS)).as_str().to_owned(),
            },
            amount: amount(random),
            network: match random.u64(..6) {
                0 => Some(Network::Accepts),
                1 => Some(Network::TellsLater),
                _ => None,
            },
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_commands_have_the_same_outcomes_on_each_store() {
    let seed = std::env::var("DARIC_TEST_SEED").map_or(20_261_121, |text| text.parse().unwrap());
    println!("DARIC_TEST_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let directory = Directory::new("differential");
    let cluster = Cluster::start(&std::env::temp_dir(), FORGETFUL).unwrap();
    let mut sqlite = Side::start(directory.location(100)).await;
    let mut postgres = Side::start(Location::Database { url: cluster.url("postgres"), patience: TIMEOUT }).await;
    let mut memory = Side::start(Location::Memory(Memory::default())).await;
    let mut seen = std::collections::BTreeMap::<String, u64>::new();
    for at in 0..COMMANDS {
        let step = draw(&mut random, at);
        let one = sqlite.step(&step).await;
        for other in [&mut postgres, &mut memory] {
            assert_eq!(one, other.step(&step).await, "command {at}: {step:?}");
        }
        *seen.entry(one.split(' ').next().unwrap().to_owned()).or_default() += 1;
    }
    let books = sqlite.books().await;
    for others in [postgres.books().await, memory.books().await] {
        for (one, other) in books.lines().zip(others.lines()) {
            assert_eq!(one, other);
        }
        assert_eq!(books.lines().count(), others.lines().count());
    }
    println!("{seen:?}");
    for word in WORDS {
        assert!(seen.contains_key(word), "no command came out as {word}: {seen:?}");
    }
    assert!(books.lines().count() > 1_000, "too little was booked to compare: {}", books.lines().count());
    for side in [sqlite, postgres, memory] {
        side.engine.stop().await;
        let reader = side.engine.reader().clone();
        let report =
            tokio::task::spawn_blocking(move || store::verify(&reader, &mut |_, _| {}).unwrap()).await.unwrap();
        assert_eq!((report.differences, &report.listed), (0, &Vec::new()));
    }
}

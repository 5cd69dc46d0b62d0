//! One engine over one store, and what its commands have named so far.
//!
//! Each side draws its own commands from the same seed: as long as all sides have come to the same, they draw the same. Numbers of rows stay with
//! the side that gave them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use crate::common::{self, START_MS};
use engine::{Engine, Fill, Move, Settings, TimeSource, World};
use fastrand::Rng;
use ledger::{AccountId, TransferId};
use payments::{
    Audited, Callback, CallbackSender, Command, Digest, Grant, InvoiceId, MessageId, NotSent, Now, OperatorCommand,
    PartyId, PhoneOtpRequestId, PosKey, Precondition, ProposalId, Rial, Sending, SmsMessage, SmsSender, Text,
};
use store::Location;

/// A side's names of what its commands have made.
#[derive(Debug, Default)]
pub struct Known {
    pub deposits: BTreeMap<String, AccountId>,
    pub grant: Option<Arc<Grant>>,
    pub holds: Vec<TransferId>,
    /// How many transfers there are, and charges.
    pub orders: u64,
    pub charges: u64,
    /// Transfers that were not decided at once.
    pub undecided: Vec<u64>,
    pub invoices: Vec<InvoiceId>,
    /// Those of them that were closed.
    pub closed: Vec<InvoiceId>,
    /// Ways through the gateway.
    pub visits: Vec<Visit>,
    /// Those of them in which a password was asked for.
    pub asked: Vec<Visit>,
    /// Invoices whose codes were sent.
    pub coded: Vec<InvoiceId>,
    pub links: Vec<Digest>,
    pub slips: Vec<(PosKey, InvoiceId)>,
    pub phone_orders: u64,
    pub otp_requests: Vec<PhoneOtpRequestId>,
    pub messages: Vec<MessageId>,
    pub proposals: Vec<ProposalId>,
    /// Requests for consent, codes and tokens of Finnotech's clients.
    pub consents: Vec<Digest>,
    pub codes: Vec<Digest>,
    pub tokens: Vec<Digest>,
    /// The same of POD's users.
    pub sso_codes: Vec<Digest>,
    pub refreshes: Vec<Digest>,
    pub accesses: Vec<Digest>,
    pub sessions: Vec<Digest>,
    pub api_tokens: Vec<Digest>,
    digests: u64,
}

/// A way through the gateway: its session, what it is about, by whom, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    pub session: Digest,
    pub invoice: InvoiceId,
    pub caller: Option<PartyId>,
    /// The card that a password was asked for.
    pub card: Option<u64>,
    pub at_ms: i64,
}

/// See the module.
pub struct Side {
    pub engine: Engine,
    pub known: Known,
    /// The last command: it is shown with a difference.
    pub last: String,
}

impl Side {
    pub async fn start(location: &Location, world: World) -> Self {
        let settings = Settings {
            sms: Arc::new(TestMessages),
            callbacks: Arc::new(TestMessages),
            time: Arc::new(StoppedTime),
            ..common::settings(world, Fill::AtStart)
        };
        let engine = common::start(location, settings).await;
        engine.move_clock(Move::Set(START_MS)).await.unwrap().unwrap();
        Self { engine, known: Known::default(), last: String::new() }
    }

    /// Runs a command; what came of it, and what it returned when it was done.
    pub async fn run<C: Command>(&mut self, command: C) -> (String, Option<C::Done>) {
        self.last = format!("{command:?}");
        match self.engine.run(command).await.unwrap() {
            Ok(done) => (format!("{} done {done:?}", C::NAME), Some(done)),
            Err(why) => (format!("{} {why:?}", C::NAME), None),
        }
    }

    /// The same of a command of which only what came of it matters.
    pub async fn outcome_of<C: Command>(&mut self, command: C) -> String {
        self.run(command).await.0
    }

    /// Runs an operator's command with its line in the audit.
    pub async fn run_audited<C: OperatorCommand>(&mut self, by: &str, command: C) -> String {
        self.run_audited_on(by, command, None).await.0
    }

    /// The same of a command that expects something of the row that it replaces.
    pub async fn run_audited_on<C: OperatorCommand>(
        &mut self,
        by: &str,
        command: C,
        precondition: Option<Precondition>,
    ) -> (String, Option<C::Done>) {
        let (by, entry, money_of_day) = (Text::from(by), command.entry(), Some(Rial::new(5_000_000)));
        let (came, done) = self.run(Audited { by, entry, command, precondition, money_of_day }).await;
        (came, done.map(|replaced| replaced.done))
    }

    pub fn now_ms(&self) -> i64 {
        self.engine.clock().now_ms()
    }

    pub fn now(&self) -> Now {
        Now::at(self.now_ms()).unwrap()
    }

    /// Returns when everything is done that is due by now.
    pub async fn settle(&mut self) {
        let now_ms = self.now_ms();
        self.engine.move_clock(Move::Set(now_ms)).await.unwrap().unwrap();
    }

    pub async fn wait(&mut self, minutes: i64) -> String {
        let to = Move::Set(self.now_ms() + minutes * 60_000);
        format!("MoveClock {:?}", self.engine.move_clock(to).await.unwrap())
    }

    /// A hash that this side has not used before.
    pub fn digest(&mut self) -> Digest {
        self.known.digests += 1;
        digest(self.known.digests)
    }
}

/// The hash of a number.
pub fn digest(number: u64) -> Digest {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Digest(bytes)
}

/// One of the last few, mostly: what is older has come to its end.
pub fn recent<T: Clone>(random: &mut Rng, all: &[T]) -> Option<T> {
    let reach = if random.u8(..10) == 0 { 40 } else { 5 };
    random.choice(&all[all.len().saturating_sub(reach)..]).cloned()
}

pub fn pick<T: Clone>(random: &mut Rng, all: &[T]) -> T {
    random.choice(all).unwrap().clone()
}

/// Whether it is the one time in so many.
pub fn once_in(random: &mut Rng, times: u64) -> bool {
    random.u64(..times) == 0
}

/// The machine's time, which is the same on all sides: what worlds are made at, and claims run to.
#[derive(Debug)]
struct StoppedTime;

impl TimeSource for StoppedTime {
    fn wall_ms(&self) -> i64 {
        START_MS
    }

    fn count_ms(&self) -> i64 {
        0
    }
}

/// What leaves the process arrives, but for SMS to numbers that end with 7, which never do, and with 8, which do not yet.
#[derive(Debug)]
struct TestMessages;

impl SmsSender for TestMessages {
    fn send(&self, message: SmsMessage) -> Sending<'_> {
        let sent = match message.to.chars().last() {
            Some('7') => Err(NotSent::Never("there is no such number".to_owned())),
            Some('8') => Err(NotSent::Later("the number is busy".to_owned())),
            _ => Ok(()),
        };
        Box::pin(std::future::ready(sent)) as Pin<Box<_>>
    }
}

impl CallbackSender for TestMessages {
    fn call(&self, _callback: Callback) -> Sending<'_> {
        Box::pin(std::future::ready(Ok(())))
    }
}

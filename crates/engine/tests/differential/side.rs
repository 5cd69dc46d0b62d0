//! One engine over one store, and what its commands have named so far.
//!
//! Each side draws its own commands from the same seed: as long as all sides have come to the same, they draw the same. Numbers of rows stay with
//! the side that gave them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use crate::common::card_network::TestCards;
use crate::common::{self, START_MS};
use engine::{Engine, Fill, Move, Settings, TimeSource, World};
use fastrand::Rng;
use ledger::{AccountId, TransferId};
use payments::{
    Audited, Callback, CallbackSender, Called, Calling, CardAttemptId, Command, Digest, Grant, GrantKind, InvoiceId,
    MessageId, NamedPayer, NotSent, Now, OperatorCommand, PartyId, PayByPhone, PhoneOtpRequestId, PosKey, Precondition,
    ProposalId, Rial, Sending, SmsMessage, SmsSender, Text,
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
    /// Transfers that wait for a cycle, or did.
    pub queued: Vec<u64>,
    /// Bon cards in the order in which they were registered.
    pub bon_cards: Vec<u64>,
    pub invoices: Vec<InvoiceId>,
    /// Those of them that were closed.
    pub closed: Vec<InvoiceId>,
    /// Ways through the gateway.
    pub visits: Vec<Visit>,
    /// Those of them in which a password was asked for.
    pub asked: Vec<Visit>,
    /// Payments by cards of other banks.
    pub attempts: Vec<CardAttemptId>,
    /// Invoices whose codes were sent.
    pub coded: Vec<InvoiceId>,
    pub links: Vec<Digest>,
    pub slips: Vec<(PosKey, InvoiceId)>,
    /// When each order by telephone was first named.
    pub phone_orders: Vec<i64>,
    pub otp_requests: Vec<PhoneOtpRequestId>,
    /// The order and the card that a password by telephone was last asked for, and when it ends.
    pub asked_by_phone: Option<(Text, Option<NamedPayer>, i64)>,
    /// The last payment by telephone, if its password was wrong.
    pub mistyped: Option<PayByPhone>,
    pub messages: Vec<MessageId>,
    pub proposals: Vec<ProposalId>,
    pub operator_tokens: Vec<Text>,
    /// Requests for consent, codes and tokens of Finnotech's clients.
    pub consents: Vec<Digest>,
    pub codes: Vec<Digest>,
    pub tokens: Vec<Digest>,
    /// Those of the requests that were neither allowed nor denied, with their kinds and ends; and those of the codes that were not exchanged.
    pub open_consents: Vec<(Digest, GrantKind, i64)>,
    pub fresh_codes: Vec<Digest>,
    /// Codes of POD's users and the client of each: those that were not exchanged, and those that were.
    pub sso_codes: Vec<(Digest, PartyId)>,
    pub used_sso_codes: Vec<(Digest, PartyId)>,
    pub refreshes: Vec<Digest>,
    /// Those of the refresh tokens that have not been found to be over, and the client of each.
    pub live_refreshes: Vec<(Digest, PartyId)>,
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

/// A command that was run, and its outcome.
#[derive(Debug)]
pub struct Ran {
    pub command: String,
    pub outcome: String,
}

/// See the module.
pub struct Side {
    pub engine: Engine,
    pub known: Known,
    /// What the present step has run.
    ran: Vec<Ran>,
}

impl Side {
    pub async fn start(location: &Location, world: World) -> Self {
        let settings = Settings {
            sms: Arc::new(TestMessages),
            callbacks: Arc::new(TestMessages),
            card_network: Arc::new(TestCards::default()),
            time: Arc::new(StoppedTime),
            ..common::settings(world, Fill::AtStart)
        };
        let engine = common::start(location, settings).await;
        engine.move_clock(Move::Set(START_MS)).await.unwrap().unwrap();
        Self { engine, known: Known::default(), ran: Vec::new() }
    }

    /// Runs a command; what came of it, and what it returned when it was done.
    pub async fn run<C: Command>(&mut self, command: C) -> (String, Option<C::Done>) {
        let text = format!("{command:?}");
        let (came, done) = match self.engine.run(command).await.unwrap() {
            Ok(done) => (format!("{} done {done:?}", C::NAME), Some(done)),
            Err(why) => (format!("{} {why:?}", C::NAME), None),
        };
        self.ran.push(Ran { command: text, outcome: came.clone() });
        (came, done)
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
        let came = format!("MoveClock {:?}", self.engine.move_clock(to).await.unwrap());
        self.ran.push(Ran { command: format!("{to:?}"), outcome: came.clone() });
        came
    }

    /// What the step that ends has run, and what the step itself says came of it.
    pub fn step_ends(&mut self, came: String) -> Vec<Ran> {
        let mut ran = std::mem::take(&mut self.ran);
        if ran.last().is_none_or(|last| last.outcome != came) {
            ran.push(Ran { command: String::new(), outcome: came });
        }
        ran
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
    fn call(&self, _callback: Callback) -> Calling<'_> {
        Box::pin(std::future::ready(Called { result: Ok(()), status: Some(200), answer: Some(Text::from("{}")) }))
    }
}

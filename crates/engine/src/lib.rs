//! Where time, concurrency and durability meet.
//!
//! Shape: one [`Engine`] a process, cloned into every handler. Commands go through one bounded queue to the writer thread and come
//! back from the answering thread after the flush that makes them true; reads go to the reader pool; the clock and the cache of rights are shared.
//! Absent: wire formats and rules. It moves commands and rows, and knows the insides of neither.

mod alarm;
mod answers;
mod chain_watch;
mod change_signal;
mod claimed;
mod clock;
mod due;
mod error;
mod folding;
mod health;
mod networks;
mod outbox_worker;
mod queue;
mod queued_command;
mod rights_cache;
mod saved_world;
mod sealing;
mod settings;
mod shared;
mod slots;
mod snapshots;
mod throughput;
mod under_way;
mod world;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use payments::{
    AttemptTerms, CardAttempt, CardInMemory, CardNetwork, ClockMode, ClockWouldGoBack, Command, Digest, NetworkCard,
    NetworkTerms, Order, Party, PartyId, ShopLook, SsoFamilyId, SsoGrant, SubmissionTerms, Submitted, Text,
    TransferIntent,
};
use store::Reader;
use tokio::sync::{Notify, mpsc, oneshot, watch};

pub use chain_watch::ChainCheck;
use chain_watch::ChainWatch;
pub use change_signal::{ChangeSignal, Listening};
pub use clock::{Clock, MachineTime, Move, STEP_TOLERANCE_MS, TimeSource};
use due::{CLAIMED_FOR, RECHECK};
pub use error::{Error, WorldRefusal};
pub use health::{Check, NotReady};
use networks::Networks;
pub use outbox_worker::CodeMessage;
use outbox_worker::OutboxWorker;
use queue::{Due, Queued, WriterTask};
use queued_command::{Reply, Waiting};
pub use rights_cache::{Caller, TokenRights};
use rights_cache::{RightsCache, Sure};
pub use sealing::{ChainHead, UnwrittenLink};
pub use settings::{Fill, Settings};
use shared::Shared;
use snapshots::Snapshots;
pub use snapshots::{BYTES as SNAPSHOT_BYTES, SNAPSHOTS, SnapshotInfo, SnapshotRefusal};
pub use throughput::{Minute, ThroughputStats};
pub use world::World;

/// Commands that wait at most: what the writer does in well under a second. More than that is answered "busy".
const QUEUE: usize = 8_192;
/// Bytes that a store must have left to be ready: with less, one batch may fill the disk.
const ROOM: u64 = 1 << 20;
/// How long a readiness check waits for the writer: as long as commands wait for a database that cannot be reached.
const WRITER_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a command's rights are looked up again before its caller is told to come back.
const RIGHTS_LOOKED_UP: usize = 10;

/// The rights that a command comes with.
enum CommandRights<'a> {
    OfGrant(&'a TokenRights),
    OfParty(&'a Caller),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Engine {
    queue: mpsc::Sender<WriterTask>,
    shared: Arc<Shared>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    failed: watch::Receiver<bool>,
    outbox_worker: Arc<OutboxWorker>,
    networks: Arc<Networks>,
    /// Told when a worker has reported a job.
    reported: Arc<Notify>,
    /// Saved worlds of a sandbox.
    snapshots: Arc<Snapshots>,
}

impl Engine {
    /// Takes over an opened store and starts the writer. An empty store is filled with the settings' world.
    ///
    /// # Errors
    /// The store fails, or refuses the world.
    pub async fn start(store: (store::Writer, store::Flusher, Reader), settings: Settings) -> Result<Self, Error> {
        let (writer, flusher, reader) = store;
        let epoch = AtomicI64::new(reader.epoch().await?.unwrap_or(0));
        let mode = reader.clock().await?.unwrap_or(ClockMode::System);
        let clock = Clock::new(mode, Arc::clone(&settings.time));
        let rights_cache = RightsCache::default();
        let (catching_up, moving) = (tokio::sync::Mutex::default(), tokio::sync::Mutex::default());
        let learning = Mutex::default();
        let day_close = AtomicBool::new(reader.day_close().await?.is_some_and(|day_close| day_close.on));
        let refused = AtomicBool::new(false);
        let throughput = ThroughputStats::default();
        let chain_watch = Mutex::new(ChainWatch::new(clock.clone()));
        let shared = Arc::new(Shared {
            reader,
            clock,
            rights_cache,
            epoch,
            catching_up,
            learning,
            moving,
            day_close,
            refused,
            throughput,
            messages: ChangeSignal::default(),
            sealing: tokio::sync::Mutex::default(),
            chain_watch,
        });
        let (queue, tasks) = mpsc::channel(QUEUE);
        let (fail, failed) = watch::channel(false);
        let (started, start) = oneshot::channel();
        let theirs = Arc::clone(&shared);
        let ports = (Arc::clone(&settings.sms), Arc::clone(&settings.callbacks));
        let outbox_worker = OutboxWorker::start(ports, shared.clock.clone(), queue.downgrade());
        let reported = Arc::new(Notify::new());
        let networks = Networks::new(
            (Arc::clone(&settings.network), Arc::clone(&settings.card_network)),
            &shared.clock,
            &queue.downgrade(),
            &shared.reader,
            &reported,
        );
        let workers = (Arc::clone(&outbox_worker), Arc::clone(&networks));
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || {
            let _failed = alarm::FailOnDrop(fail.clone());
            // What workers do, they do on the runtime.
            let _runtime = runtime.enter();
            match writer::Writer::new((writer, flusher), settings, theirs, workers, fail) {
                Ok(writer) => {
                    // The receiver is dropped if the start was canceled; the queue's senders are then dropped, too.
                    let _ = started.send(Ok(()));
                    writer.run(tasks);
                }
                Err(error) => drop(started.send(Err(error))),
            }
        });
        let thread = Arc::new(Mutex::new(Some(thread.map_err(Error::Thread)?)));
        start.await.map_err(|_| Error::Unknown)??;
        tokio::spawn(due::tick(queue.downgrade(), Arc::clone(&shared), failed.clone()));
        tokio::spawn(folding::run(queue.downgrade(), Arc::clone(&shared), failed.clone()));
        Ok(Self { queue, shared, thread, failed, outbox_worker, networks, reported, snapshots: Arc::default() })
    }

    /// Has a command decided and, if it changes anything, made durable. The outcome is true when this returns.
    ///
    /// # Errors
    /// [`Error::Busy`] and [`Error::Stopping`] mean that nothing was done; [`Error::Unknown`] that it must be inquired.
    pub async fn run<C: Command>(&self, command: C) -> Result<Result<C::Done, C::Refusal>, Error> {
        match self.run_at(None, command).await? {
            Reply::Decided(result) => Ok(result),
            Reply::Failed(error) => Err(error),
            // It came with none.
            Reply::RightsChanged(_) => Err(Error::Busy),
        }
    }

    /// The same for a command that comes with a token's rights, which are sure when it is decided: if they may have changed since
    /// the rights were read, nothing is done before they have been looked up again and are the same.
    ///
    /// # Errors
    /// As [`Engine::run`], and [`Error::RightsEnded`]: they are not the same.
    pub async fn run_with<C: Command>(
        &self,
        token_rights: &TokenRights,
        command: C,
    ) -> Result<Result<C::Done, C::Refusal>, Error> {
        self.run_revalidated(CommandRights::OfGrant(token_rights), token_rights.sure(), command).await
    }

    /// The same for a command that comes from a party: the token still names it, and the party is as it was.
    ///
    /// # Errors
    /// As [`Engine::run_with`].
    pub async fn run_for<C: Command>(&self, caller: &Caller, command: C) -> Result<Result<C::Done, C::Refusal>, Error> {
        self.run_revalidated(CommandRights::OfParty(caller), caller.sure(), command).await
    }

    /// How an order would be submitted to a network; `None`: it clears in this house.
    pub fn submission_terms(&self, intent: &TransferIntent<'_>) -> Option<SubmissionTerms> {
        self.networks.terms(intent)
    }

    /// The same for terms that are known already.
    pub fn leased(&self, network: NetworkTerms) -> SubmissionTerms {
        self.networks.leased(network)
    }

    /// As [`Engine::run_with`], for an order: one that a network is asked for is returned with the network's answer, or, if that takes longer than
    /// its caller waits, as it was written.
    ///
    /// # Errors
    /// As [`Engine::run_with`].
    pub async fn run_order<C: Command<Done = Submitted>>(
        &self,
        token_rights: &TokenRights,
        command: C,
    ) -> Result<Result<Submitted, C::Refusal>, Error> {
        Ok(match self.run_with(token_rights, command).await? {
            Ok(Submitted::ToNetwork(order, job)) => Ok(Submitted::ToNetwork(self.submit(order, job).await, job)),
            decided => decided,
        })
    }

    /// Submits an order that a command has just written with this job. Returns the order with the network's answer, or, if that takes longer than its
    /// caller waits, as it was written.
    pub async fn submit(&self, order: Arc<Order>, job: payments::Job) -> Arc<Order> {
        self.networks.submit(order, job).await
    }

    /// The network of other banks' cards.
    pub fn card_network(&self) -> &Arc<dyn CardNetwork> {
        self.networks.card_network()
    }

    /// What the network of other banks' cards says of a card whose payer asks for a password; `None`: no such card can pay.
    pub async fn request_card_otp(&self, number: &str) -> Option<NetworkCard> {
        self.networks.request_otp(number).await
    }

    /// How a payment by a card of another bank would be known to its network: by a reference that no other payment has.
    pub fn attempt_terms(&self, reference: Text) -> AttemptTerms {
        self.networks.attempt_terms(reference)
    }

    /// Asks for the money of a card payment that a command has just written with this job. Returns the payment with the network's answer, or, if that
    /// takes longer than its payer waits, as it was written. The card's data are kept until the network has been asked, and nowhere else.
    pub async fn authorize(
        &self,
        attempt: Arc<CardAttempt>,
        job: payments::Job,
        card: CardInMemory,
    ) -> Arc<CardAttempt> {
        self.networks.authorize(attempt, job, card).await
    }

    async fn run_revalidated<C: Command>(
        &self,
        rights: CommandRights<'_>,
        sure: Sure,
        command: C,
    ) -> Result<Result<C::Done, C::Refusal>, Error> {
        let (mut sure, mut command) = (sure, command);
        for _ in 0..RIGHTS_LOOKED_UP {
            match self.run_at(Some(sure), command).await? {
                Reply::Decided(result) => return Ok(result),
                Reply::Failed(error) => return Err(error),
                Reply::RightsChanged(returned) => command = returned,
            }
            sure = self.look_up_again(&rights).await?;
        }
        // They change all the time: a flood of revocations.
        Err(Error::Busy)
    }

    /// The rights, if they are still the same.
    async fn look_up_again(&self, rights: &CommandRights<'_>) -> Result<Sure, Error> {
        let (now_ms, Shared { rights_cache, reader, .. }) = (self.shared.clock.now_ms(), &*self.shared);
        let sure = match rights {
            CommandRights::OfGrant(token_rights) => {
                let found = rights_cache.get(token_rights.token, reader).await?;
                let same = found.filter(|found| found.is_alive(now_ms) && found.grant == token_rights.grant);
                same.map(|found| found.sure())
            }
            CommandRights::OfParty(caller) => {
                let found = rights_cache.caller(caller.token(), reader).await?;
                let same = found.filter(|found| {
                    found.is_alive(now_ms) && found.party == caller.party && found.grant == caller.grant
                });
                same.map(|found| found.sure())
            }
        };
        sure.ok_or(Error::RightsEnded)
    }

    /// Sends a message that carries a code, whose row a command has just written. Returns when it is on its way.
    pub async fn send_code(&self, code: CodeMessage) {
        self.outbox_worker.send_code(code).await;
    }

    /// Whether the banks are closing their day.
    pub fn is_day_closing(&self) -> bool {
        self.shared.day_close.load(Ordering::Acquire)
    }

    async fn run_at<C: Command>(&self, rights: Option<Sure>, command: C) -> Result<Reply<C>, Error> {
        let (command, answer) = Waiting::queued(command);
        self.enqueue(WriterTask::Run(Queued::new(command, rights)))?;
        answer.await.map_err(|_| Error::Unknown)
    }

    /// Keeps others from moving the clock until the guard is dropped: what it shows then stays, unless it runs.
    pub async fn clock_moves(&self) -> ClockMoves<'_> {
        ClockMoves { engine: self, _one_at_a_time: self.shared.moving.lock().await }
    }

    /// Moves the clock, and returns when all work that is due by then is done, and how many jobs that were.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn move_clock(&self, to: Move) -> Result<Result<u64, ClockWouldGoBack>, Error> {
        self.clock_moves().await.move_to(to).await
    }

    /// What this process knows of the hash chains.
    pub fn chain_check(&self) -> ChainCheck {
        self.shared.chain_watch.lock().check()
    }

    /// Why commands cannot be expected to be done. Empty: the writer answers, the store can be read and has taken the last batch or takes one
    /// now, its disk has room, and the machine's clock is followed.
    pub async fn not_ready(&self) -> Vec<NotReady> {
        let mut reasons = Vec::new();
        let is_full = self.shared.reader.free_bytes().is_some_and(|free| free < ROOM);
        if is_full {
            reasons.push(NotReady::new(Check::Disk, store::Error::Full));
        }
        let refused = self.shared.refused.load(Ordering::Relaxed);
        // On a full disk nothing is tried: one small commit may find room where a batch did not.
        let writer = if refused && !is_full { self.writer_commits().await } else { self.writer_answers().await };
        if let Err(error) = writer {
            reasons.push(NotReady::new(Check::Writer, error));
        }
        if let Err(error) = self.shared.reader.ping().await {
            reasons.push(NotReady::new(Check::Store, error));
        }
        // Reading the time compares the machine's clock anew.
        self.shared.clock.system_ms();
        let step_ms = self.shared.clock.step_ms();
        if step_ms != 0 {
            let step =
                format!("the machine's clock was set by {step_ms} ms, which is not followed: set it back or restart");
            reasons.push(NotReady::new(Check::Clock, step));
        }
        reasons
    }

    /// Whether the writer takes tasks and answers them.
    async fn writer_answers(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.answered(WriterTask::Ping { reply }, answer).await
    }

    /// Whether the store takes commits again that has refused one.
    async fn writer_commits(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.answered(WriterTask::Probe { reply }, answer).await
    }

    async fn answered(&self, task: WriterTask, answer: oneshot::Receiver<Result<(), Error>>) -> Result<(), Error> {
        if !self.is_running() {
            return Err(Error::Stopping);
        }
        self.enqueue(task)?;
        let Ok(answer) = tokio::time::timeout(WRITER_TIMEOUT, answer).await else {
            return Err(Error::Unavailable(format!(
                "the writer has not answered within {} s",
                WRITER_TIMEOUT.as_secs()
            )));
        };
        answer.map_err(|_| Error::Unknown)?
    }

    /// Empties the store, fills it with the world again, and lets the clock run with the machine's time. A new world takes the place of the present
    /// one, now and at later resets.
    ///
    /// # Errors
    /// As [`Engine::run`], and a command of the world was refused ([`Error::World`]): the store is as it was.
    pub async fn reset(&self, world: Option<World>) -> Result<(), Error> {
        // A link is about the world in which it is made.
        let _no_sealing = self.shared.sealing.lock().await;
        let (reply, answer) = oneshot::channel();
        self.enqueue(WriterTask::Reset { world, reply })?;
        answer.await.map_err(|_| Error::Unknown)?
    }

    /// Adds to the present world in one commit: all commands are done, or none ([`Error::World`]).
    ///
    /// # Errors
    /// As [`Engine::run`], and a command was refused.
    pub async fn extend(&self, world: World) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(WriterTask::Extend { world, reply })?;
        answer.await.map_err(|_| Error::Unknown)?
    }

    /// Saves the present world under a name; one of the same name is replaced.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn save_snapshot(&self, name: &str) -> Result<Result<SnapshotInfo, SnapshotRefusal>, Error> {
        let most_bytes = match self.snapshots.room(name) {
            Ok(room) => room,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (reply, answer) = oneshot::channel();
        self.enqueue(WriterTask::Save { most_bytes, reply })?;
        let saved = answer.await.map_err(|_| Error::Unknown)??;
        Ok(match saved {
            Some(world) => self.snapshots.keep(name, *world),
            None => Err(SnapshotRefusal::TooLarge(most_bytes)),
        })
    }

    /// Replaces the world by a saved one, with an audit line of this author. The audit keeps the lines of the world that is replaced.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn load_snapshot(&self, name: &str, by: Text) -> Result<Result<SnapshotInfo, SnapshotRefusal>, Error> {
        let world = match self.snapshots.named(name) {
            Ok(world) => world,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let info = snapshots::info(name, &world);
        // A move of the clock ends in the world in which it began.
        let _one_at_a_time = self.shared.moving.lock().await;
        let _no_sealing = self.shared.sealing.lock().await;
        let (reply, answer) = oneshot::channel();
        self.enqueue(WriterTask::Load { world, name: name.to_owned(), by, reply })?;
        answer.await.map_err(|_| Error::Unknown)??;
        Ok(Ok(info))
    }

    /// The saved worlds, by name.
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        self.snapshots.list()
    }

    /// Forgets a saved world. `false`: there is none of this name.
    pub fn drop_snapshot(&self, name: &str) -> bool {
        self.snapshots.remove(name)
    }

    fn enqueue(&self, task: WriterTask) -> Result<(), Error> {
        self.queue.try_send(task).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Stopping,
        })
    }

    /// Committed rows.
    pub fn reader(&self) -> &Reader {
        &self.shared.reader
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// How payments go, minute by minute.
    pub fn throughput(&self) -> &ThroughputStats {
        &self.shared.throughput
    }

    /// Announces commits of this process that change messages.
    pub fn message_changes(&self) -> &ChangeSignal {
        &self.shared.messages
    }

    /// Commands that wait for the writer.
    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Learns what other processes on the same database have changed before this call: rights, the clock. Costs nothing where there
    /// is no other process.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn catch_up(&self) -> Result<(), Error> {
        Ok(self.shared.catch_up().await?)
    }

    /// The rights of a token that is alive now, by its keyed hash.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn token_rights(&self, token: Digest) -> Result<Option<Arc<TokenRights>>, Error> {
        self.catch_up().await?;
        self.remembered_token_rights(token).await
    }

    /// The same as far as this process knows: another one may have ended the rights. For [`Engine::run_with`], which makes sure.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn remembered_token_rights(&self, token: Digest) -> Result<Option<Arc<TokenRights>>, Error> {
        let token_rights = self.shared.rights_cache.get(token, &self.shared.reader).await?;
        let now_ms = self.shared.clock.now_ms();
        Ok(token_rights.filter(|token_rights| token_rights.is_alive(now_ms)))
    }

    /// The caller that a token names, by the token's keyed hash, if the token is alive now as far as this process knows. [`Engine::run_for`] validates
    /// it; a caller that only reads calls [`Engine::catch_up`] first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn remembered_caller(&self, token: Digest) -> Result<Option<Arc<Caller>>, Error> {
        let caller = self.shared.rights_cache.caller(token, &self.shared.reader).await?;
        let now_ms = self.shared.clock.now_ms();
        Ok(caller.filter(|caller| caller.is_alive(now_ms)))
    }

    /// What a family's tokens are for, if all that they rest on is there. Catch up before.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn living_grant(&self, family: SsoFamilyId) -> Result<Option<SsoGrant>, Error> {
        rights_cache::living_grant(family, &self.shared.reader).await
    }

    /// A party, as far as this process knows.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn party(&self, id: PartyId) -> Result<Option<Arc<Party>>, Error> {
        self.shared.rights_cache.party(id, &self.shared.reader).await
    }

    /// The look of a shop on payers' pages; `None`: it has none. It is cached like a party.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn look(&self, shop: PartyId) -> Result<Option<Arc<ShopLook>>, Error> {
        self.shared.rights_cache.look(shop, &self.shared.reader).await
    }

    /// Completes when the writer is gone: after [`Engine::stop`], or because the store failed.
    pub async fn ended(&self) {
        let mut failed = self.failed.clone();
        let _ = failed.wait_for(|gone| *gone).await;
    }

    /// Whether the writer still takes commands.
    pub fn is_running(&self) -> bool {
        !*self.failed.borrow()
    }

    /// Returns when what workers have done so far is written: before [`Engine::stop`].
    pub async fn finish_work(&self) {
        self.networks.finished().await;
        self.outbox_worker.written().await;
    }

    /// Lets the writer finish what has queued, and waits for it.
    pub async fn stop(&self) {
        let _ = self.queue.send(WriterTask::Stop).await;
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// The right to move the clock; see [`Engine::clock_moves`].
pub struct ClockMoves<'a> {
    engine: &'a Engine,
    _one_at_a_time: tokio::sync::MutexGuard<'a, ()>,
}

impl ClockMoves<'_> {
    /// See [`Engine::move_clock`].
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn move_to(&self, to: Move) -> Result<Result<u64, ClockWouldGoBack>, Error> {
        let (mut ran, mut began, mut claimed_ms) = (0, Instant::now(), None);
        loop {
            let (reply, answer) = oneshot::channel();
            self.engine.enqueue(WriterTask::MoveClock { to, reply })?;
            let moving = match answer.await.map_err(|_| Error::Unknown)? {
                Ok(Ok(moving)) => moving,
                Ok(Err(refusal)) => return Ok(Err(refusal)),
                Err(error) if ran > 0 && error.is_passing() => return Err(Error::Unknown),
                Err(error) => return Err(error),
            };
            ran += moving.ran;
            match moving.due {
                Due::Done => return Ok(Ok(ran)),
                Due::More => {}
                Due::Claimed(due_ms) if claimed_ms != Some(due_ms) => {
                    (claimed_ms, began) = (Some(due_ms), Instant::now());
                }
                Due::Claimed(_) if began.elapsed() > CLAIMED_FOR => return Err(Error::Unknown),
                // Many jobs may be due at one instant: as long as some of them end, there is progress.
                Due::Claimed(_) => {
                    if tokio::time::timeout(RECHECK, self.engine.reported.notified()).await.is_ok() || moving.ran > 0 {
                        began = Instant::now();
                    }
                }
            }
        }
    }
}

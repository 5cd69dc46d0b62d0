//! The writer: one thread that owns all writes.
//!
//! It takes what has queued (1 … [`MAX_BATCH`], never waiting for more), loads the rows of all commands in two rounds, decides one
//! after another on the same view, commits once, and hands all to the answering thread, which flushes and answers. While a batch is
//! flushed the next one is decided: that is the whole of group commit.
//! A batch that other processes' commits were in the way of is decided again, a bounded number of times and no longer than its callers
//! wait. When the store has to be opened anew the thread ends, and with it the process.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use payments::{
    Alarm, At, AuditEntry, ClockMode, ClockRewind, ClockWouldGoBack, Command, DayClose, Keys, MoveClock, Now, Rules,
    Text, WriteAuditLine,
};
use store::{After, Commit, Invalidation, Reader, SweepAt, Swept, Wipe};
use tokio::sync::{mpsc, watch};
use tracing::{error, warn};

use crate::answers::{Answered, Answers};
use crate::clock::{Clock, Move, STEP_TOLERANCE_MS};
use crate::error::{Error, WorldRefusal};
use crate::networks::Networks;
use crate::outbox_worker::OutboxWorker;
use crate::queue::{Due, Moving, Queued, Sender, WriterTask};
use crate::queued_command::{Decide, Decided, QueuedCommand};
use crate::rights_cache::Sure;
use crate::saved_world::SavedWorld;
use crate::settings::{Fill, Settings};
use crate::shared::{Learned, Shared};
use crate::world::World;

/// Commands of one commit at most: bounds how long the first of a batch waits for the last.
const MAX_BATCH: usize = 512;

/// How long a command waits for the store, in the queue and while its batch is tried again: callers do not wait much longer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a store may have been at rest before a start asks whether the clock is right, in milliseconds: a week.
const IDLE_MS: i64 = 7 * 86_400_000;
/// Commands that a log line names at most.
const NAMED: usize = 8;
/// How often a batch is decided at most.
const MAX_ATTEMPTS: u32 = 50;
/// First and longest pause before a batch is decided again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(200));

/// How far a batch has come.
enum Part {
    /// All of it is answered.
    Answered,
    /// One of its commands carries what the database does not take, or needs a row that cannot be read: it goes on in halves, until that one
    /// stands alone.
    Halve(Vec<Queued>),
    /// The store must be opened anew.
    Reopen,
}

/// What came of deciding commands together.
pub(crate) enum Attempt {
    /// They are decided, and know what came of them.
    Decided(Batch),
    /// Another process has changed rights or the clock meanwhile. Nothing was done.
    RightsChanged,
    /// The command at this place cannot be decided. Nothing was done, of the others either.
    Undecided(usize, Undecided),
}

/// Why a command cannot be decided.
#[derive(Debug)]
pub(crate) enum Undecided {
    /// Its own code panicked.
    Panicked,
    /// Rows that it rests on contradict themselves, or each other.
    Contradiction(&'static str),
    /// It had to be done, and was refused.
    Refused(WorldRefusal),
}

impl Undecided {
    /// Tells the operator, and says what the caller is answered.
    fn raise(self, command: &'static str) -> Error {
        match self {
            Self::Panicked => {
                error!(command, "a decision panicked; nothing was done");
                Error::Panicked
            }
            Self::Contradiction(what) => {
                metrics::counter!("daric_alarms_total", "kind" => "contradicting rows").increment(1);
                error!(
                    command,
                    error = what,
                    "rows contradict themselves; nothing was done: an operator must correct them"
                );
                Error::Contradiction(what)
            }
            Self::Refused(refusal) => Error::World(refusal),
        }
    }
}

/// A batch that is decided: the commit that it rests on.
pub(crate) struct Batch {
    pub commit: Commit,
    /// Raised when the commit is durable.
    pub alarms: Vec<Alarm>,
    /// The banks' day was closed or opened.
    day_close: Option<DayClose>,
    /// Messages were written or changed.
    messages_changed: bool,
}

/// See the module.
pub(crate) struct Writer {
    store: store::Writer,
    flusher: store::Flusher,
    answers: Answers,
    rules: Rules,
    world: World,
    shared: Arc<Shared>,
    outbox_worker: Arc<OutboxWorker>,
    networks: Arc<Networks>,
    /// The latest instant a decision was made at, and by which setting of the clock: the machine's time may step back, decisions
    /// may not.
    latest: (u64, i64),
}

impl Writer {
    pub(crate) fn new(
        (store, flusher): (store::Writer, store::Flusher),
        settings: Settings,
        shared: Arc<Shared>,
        (outbox_worker, networks): (Arc<OutboxWorker>, Arc<Networks>),
        fail: watch::Sender<bool>,
    ) -> Result<Self, Error> {
        let Settings { rules, world, fill, sms: _, callbacks: _, network: _, card_network: _, time: _ } = settings;
        let answers = Answers::start(flusher.clone(), Arc::clone(&shared), fail)?;
        let latest = (shared.clock.setting(), i64::MIN);
        let mut writer = Self { store, flusher, answers, rules, world, shared, outbox_worker, networks, latest };
        writer.with_retry(Instant::now(), Self::compare_clock)?;
        if fill == Fill::AtStart && writer.with_retry(Instant::now(), |writer| writer.store.is_empty())? {
            match writer.make_world() {
                // Another process was quicker: it is the same world.
                Err(Error::World(_)) if !writer.store.is_empty()? => {}
                made => made?,
            }
        }
        Ok(writer)
    }

    /// Compares the clock with the last instant of the store. It is followed, because there is no other; that it stands behind what was written is
    /// noted with the store, and told.
    fn compare_clock(&mut self) -> Result<(), store::Error> {
        if self.clock().mode() != ClockMode::System {
            return Ok(());
        }
        let (last_ms, now_ms) = (self.store.last_instant()?, self.clock().now_ms());
        let behind_ms = last_ms.saturating_sub(now_ms);
        if behind_ms > 0 {
            self.store.note_step_back(last_ms, behind_ms)?;
        }
        if behind_ms > STEP_TOLERANCE_MS {
            metrics::counter!("daric_alarms_total", "kind" => "clock behind").increment(1);
            error!(
                behind_ms,
                "the machine's clock stands behind the last instant of the store: it is followed, and what comes now is written with earlier instants. \
                 Stop the server and set the clock, if it is wrong"
            );
        } else if last_ms > 0 && now_ms.saturating_sub(last_ms) > IDLE_MS && !self.store.is_fresh()? {
            // A world that nothing has happened in was made with instants of its own.
            metrics::counter!("daric_alarms_total", "kind" => "clock ahead").increment(1);
            warn!(
                ahead_ms = now_ms.saturating_sub(last_ms),
                "the machine's clock stands far beyond the last instant of the store: stop the server and set the clock, if it is wrong"
            );
        }
        Ok(())
    }

    pub(crate) fn run(mut self, mut tasks: mpsc::Receiver<WriterTask>) {
        self.work(&mut tasks);
        // Jobs that are still in the queue were not run: they are refused.
        tasks.close();
        while let Some(task) = tasks.blocking_recv() {
            task.refuse();
        }
    }

    fn work(&mut self, tasks: &mut mpsc::Receiver<WriterTask>) {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        while let Some(first) = tasks.blocking_recv() {
            let mut next = Some(first);
            while let Some(task) = next.take() {
                let WriterTask::Run(queued) = task else {
                    if !self.process(&mut batch) || !self.special(task) {
                        return;
                    }
                    continue;
                };
                batch.push(queued);
                if batch.len() < MAX_BATCH {
                    next = tasks.try_recv().ok();
                }
            }
            metrics::histogram!("daric_batch_commands").record(batch.len() as f64);
            if !self.process(&mut batch) {
                return;
            }
        }
    }

    /// Decides and commits a batch. `false`: the store must be opened anew.
    fn process(&mut self, batch: &mut Vec<Queued>) -> bool {
        // A stack, the earlier half on top: commands are decided in the order in which they came.
        let mut parts: Vec<Vec<Queued>> = Vec::new();
        let mut part = self.process_part(batch);
        loop {
            match part {
                Part::Answered => {}
                Part::Halve(mut first) => {
                    let second = first.split_off(first.len() / 2);
                    parts.extend([second, first]);
                }
                Part::Reopen => {
                    parts.into_iter().flatten().for_each(|waiting| waiting.command.fail(Error::Stopping));
                    return false;
                }
            }
            let Some(mut next) = parts.pop() else { return true };
            part = self.process_part(&mut next);
        }
    }

    fn process_part(&mut self, batch: &mut Vec<Queued>) -> Part {
        let started = Instant::now();
        for waiting in batch.extract_if(.., |waiting| started.saturating_duration_since(waiting.since) > TIMEOUT) {
            // Its caller's time-out has passed.
            waiting.command.fail(Error::Busy);
        }
        loop {
            self.send_back_unsure(batch);
            let Some(since) = batch.iter().map(|waiting| waiting.since).min() else { return Part::Answered };
            let (mut commands, mut rights) = (Vec::with_capacity(batch.len()), Vec::new());
            for waiting in batch.iter_mut() {
                commands.push(waiting.command.decide());
                rights.extend(waiting.rights.as_ref());
            }
            let decided = self.with_retry(since, |writer| {
                let (setting, now) = (writer.shared.clock.setting(), writer.now());
                writer.decide(&mut commands, (&rights, setting), &now)
            });
            let decided = match decided {
                Ok(Attempt::Decided(decided)) => Ok(decided),
                Ok(Attempt::RightsChanged) => continue,
                Ok(Attempt::Undecided(at, why)) => {
                    let waiting = batch.remove(at);
                    let error = why.raise(waiting.command.decided().name());
                    waiting.command.fail(error);
                    continue;
                }
                Err(error) if error.after() == After::Halve && batch.len() > 1 => {
                    return Part::Halve(std::mem::take(batch));
                }
                Err(error) => Err(error),
            };
            metrics::histogram!("daric_commit_seconds").record(started.elapsed().as_secs_f64());
            let is_refusing = decided.as_ref().is_err_and(|error| error.after() != After::Halve);
            self.shared.refused.store(is_refusing, Ordering::Relaxed);
            let commands: Vec<(Box<dyn QueuedCommand>, Instant)> =
                batch.drain(..).map(|waiting| (waiting.command, waiting.since)).collect();
            return match decided {
                Ok(Batch { commit, alarms, day_close, messages_changed }) => {
                    if day_close.is_some() {
                        self.shared.close_day(day_close);
                    }
                    match self.answers.send(Answered { commit, commands, alarms, messages_changed }) {
                        true => Part::Answered,
                        false => Part::Reopen,
                    }
                }
                Err(error) => {
                    let after = error.after();
                    let names: Vec<&str> =
                        commands.iter().map(|(command, _)| command.decided().name()).take(NAMED).collect();
                    match after {
                        After::Again | After::Wait => warn!(%error, commands = commands.len(), "nothing was done"),
                        After::Halve if matches!(error, store::Error::Corrupt { .. }) => {
                            metrics::counter!("daric_alarms_total", "kind" => "contradicting rows").increment(1);
                            error!(%error, command = ?names, "a row cannot be read; nothing was done: an operator must correct it");
                        }
                        After::Halve => {
                            error!(%error, command = ?names, "the database does not accept the values of a command")
                        }
                        After::Inquire | After::Reopen => {
                            error!(%error, commands = commands.len(), "the outcome of these commands is unknown and must be inquired");
                        }
                    }
                    commands.into_iter().for_each(|(command, _)| command.fail(Error::of(after, &error)));
                    if after == After::Reopen { Part::Reopen } else { Part::Answered }
                }
            };
        }
    }

    /// Sends back the commands whose rights may have ended.
    fn send_back_unsure(&self, batch: &mut Vec<Queued>) {
        let rights_cache = &self.shared.rights_cache;
        for waiting in
            batch.extract_if(.., |waiting| waiting.rights.as_ref().is_some_and(|sure| rights_cache.is_unsure(sure)))
        {
            waiting.command.return_to_caller();
        }
    }

    fn now(&mut self) -> Now {
        let (now, setting) = (self.shared.clock.now(), self.shared.clock.setting());
        if self.latest.0 != setting {
            self.latest = (setting, i64::MIN);
        }
        self.latest.1 = self.latest.1.max(now.at_ms);
        if self.latest.1 > now.at_ms { Now::at(self.latest.1).unwrap_or(now) } else { now }
    }

    /// Does something with the store, again and again while others are in the way, as long as someone who asked at `since` waits.
    pub(crate) fn with_retry<T>(
        &mut self,
        since: Instant,
        mut what: impl FnMut(&mut Self) -> Result<T, store::Error>,
    ) -> Result<T, store::Error> {
        let (mut backoff, mut tried) = (BACKOFF.0, 0);
        loop {
            tried += 1;
            match what(self) {
                Err(error) if error.after() == After::Again && tried < MAX_ATTEMPTS && since.elapsed() < TIMEOUT => {
                    metrics::counter!("daric_batches_tried_again_total").increment(1);
                    thread::sleep(backoff);
                    backoff = (backoff * 2).min(BACKOFF.1);
                }
                done => return done,
            }
        }
    }

    /// Rests on these rights, and on this setting of the clock: when either has changed by the time of the first load, nothing is decided. A panic in
    /// a command's own code fails that command: what was loaded and decided is dropped with the view, so that nothing of it is left. Loading and
    /// committing are not caught: what they leave is not known.
    fn decide(
        &mut self,
        commands: &mut [&mut dyn Decide],
        (rights, setting): (&[&Sure], u64),
        now: &Now,
    ) -> Result<Attempt, store::Error> {
        let mut view = self.store.view();
        let mut keys = Keys::default();
        let machine_ms = self.shared.clock.system_ms();
        for (place, command) in commands.iter().enumerate() {
            if guarded(|| command.keys(At { now, machine_ms, rules: &self.rules }, &mut keys)).is_none() {
                return Ok(Attempt::Undecided(place, Undecided::Panicked));
            }
        }
        self.store.load(&keys, &mut view)?;
        self.catch_up()?;
        let Shared { rights_cache, clock, .. } = &*self.shared;
        if clock.setting() != setting || rights.iter().any(|sure| rights_cache.is_unsure(sure)) {
            self.store.abandon()?;
            return Ok(Attempt::RightsChanged);
        }
        let mut keys = Keys::default();
        for (place, command) in commands.iter().enumerate() {
            if guarded(|| command.more_keys(&view, At { now, machine_ms, rules: &self.rules }, &mut keys)).is_none() {
                self.store.abandon()?;
                return Ok(Attempt::Undecided(place, Undecided::Panicked));
            }
        }
        self.store.load(&keys, &mut view)?;
        for (place, command) in commands.iter_mut().enumerate() {
            let decided = guarded(|| command.decide(&mut view, At { now, machine_ms, rules: &self.rules }));
            let why = match (view.contradiction, decided) {
                (None, Some(())) => match command.take_veto() {
                    None => continue,
                    Some(refusal) => Undecided::Refused(refusal),
                },
                (Some(what), _) => Undecided::Contradiction(what),
                (None, None) => Undecided::Panicked,
            };
            self.store.abandon()?;
            return Ok(Attempt::Undecided(place, why));
        }
        let alarms = std::mem::take(&mut view.alarms);
        let day_close = view.day_closes.changed().last().map(|(_, row)| **row);
        let messages_changed = !view.messages.is_unchanged();
        let changed = store::invalidations(&view);
        let commit = self.store.commit(view)?;
        self.shared.rights_cache.invalidate(&changed);
        Ok(Attempt::Decided(Batch { commit, alarms, day_close, messages_changed }))
    }

    /// Learns what another process has changed by the time of the first load, if calls or the ticker have not yet.
    fn catch_up(&mut self) -> Result<(), store::Error> {
        if let Some(epoch) = self.store.epoch()
            && self.shared.epoch.load(Ordering::Acquire) < epoch
        {
            // They stay with the store until they are learned: a read may fail.
            let changed = |writer: &Self, what: Invalidation| what.is_in(writer.store.invalidations());
            let clock = if changed(self, Invalidation::Clock) { Some(self.store.clock()?) } else { None };
            let day_close = if changed(self, Invalidation::DayClose) { Some(self.store.day_close()?) } else { None };
            let what = self.store.invalidations().to_vec();
            self.shared.learn(epoch, Learned { what, clock, day_close });
        }
        self.store.forget_invalidations();
        Ok(())
    }

    /// The same for work that no caller's rights come with: it is simply decided again. `at`: the instant, if not the clock's.
    pub(crate) fn decide_revalidated(
        &mut self,
        commands: &mut [&mut dyn Decide],
        at: Option<&Now>,
    ) -> Result<Batch, Error> {
        let since = Instant::now();
        loop {
            let attempt = self.with_retry(since, |writer| {
                let (setting, now) = (writer.shared.clock.setting(), writer.now());
                writer.decide(commands, (&[], setting), at.unwrap_or(&now))
            })?;
            match attempt {
                Attempt::Decided(decided) => return Ok(decided),
                Attempt::RightsChanged => {}
                Attempt::Undecided(at, why) => {
                    return Err(why.raise(commands.get(at).map_or("", |command| command.name())));
                }
            }
        }
    }

    /// Returns when a commit is durable.
    pub(crate) fn flush(&self, commit: Commit) -> Result<(), store::Error> {
        self.flusher.flush(commit)?;
        // Commits of this kind are few: what they change is not looked at.
        self.shared.messages.announce();
        Ok(())
    }

    pub(crate) fn store(&mut self) -> &mut store::Writer {
        &mut self.store
    }

    pub(crate) fn outbox_worker(&self) -> &Arc<OutboxWorker> {
        &self.outbox_worker
    }

    pub(crate) fn networks(&self) -> &Arc<Networks> {
        &self.networks
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.shared.reader
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn is_clock_moving(&self) -> bool {
        self.shared.moving.try_lock().is_err()
    }

    /// Jobs that are not commands. `false`: the writer ends.
    fn special(&mut self, task: WriterTask) -> bool {
        match task {
            WriterTask::Run { .. } => true,
            WriterTask::Stop => false,
            WriterTask::MoveClock { to, reply } => answer(reply, self.move_clock(to)),
            WriterTask::RunDue { reply } => answer(reply, self.run_due()),
            WriterTask::Sweep { reply } => answer(reply, self.sweep()),
            WriterTask::AddTotals { from, to, rows, reply } => {
                answer(reply, self.store.add_totals(&from, &to, &rows).map_err(Error::from))
            }
            WriterTask::Probe { reply } => answer(reply, self.probe()),
            WriterTask::Ping { reply } => answer(reply, Ok(())),
            WriterTask::Reset { world, reply } => answer(reply, self.reset(world)),
            WriterTask::Extend { world, reply } => answer(reply, self.extend(world)),
            WriterTask::Save { most_bytes, reply } => answer(reply, self.save(most_bytes)),
            WriterTask::Load { world, name, by, reply } => answer(reply, self.load_world(&world, &name, by)),
        }
    }

    /// One leg of a move; the queue is served between two legs. Only the last leg sets the clock to its target.
    fn move_clock(&mut self, to: Move) -> Result<Result<Moving, ClockWouldGoBack>, Error> {
        let mut ran = 0;
        let until_ms = match to {
            Move::Set(at_ms) | Move::ToDueJobs(at_ms) => at_ms,
            Move::Freeze => self.now().at_ms,
            Move::Run(by_ms) => self.clock().system_ms().saturating_add(by_ms),
        };
        // A clock that goes back leaves due work where it is.
        if until_ms >= self.now().at_ms {
            match self.run_due_until(until_ms, &mut ran) {
                Ok(Due::Done) => {}
                Ok(due) => return Ok(Ok(Moving { due, ran })),
                // What ran has moved the clock: "nothing was done" would not be true.
                Err(error) if ran > 0 && error.is_passing() => return Err(Error::Unknown),
                Err(error) => return Err(error),
            }
        }
        // The time of a running clock goes on: the move is decided at the instant that it starts from.
        let now = self.now();
        let (to, shows_ms) = match to {
            Move::Set(at_ms) => (ClockMode::Frozen(at_ms), at_ms),
            // From job to job: it stays at the instant of the last one.
            Move::Freeze | Move::ToDueJobs(_) => (ClockMode::Frozen(now.at_ms), now.at_ms),
            Move::Run(by_ms) => (ClockMode::ahead(by_ms), self.clock().system_ms().saturating_add(by_ms)),
        };
        let fresh = self.with_retry(Instant::now(), |writer| writer.store.is_fresh())?;
        let rewind = if fresh { ClockRewind::Allowed } else { ClockRewind::Refused };
        let mut command = Decided::from(MoveClock { to, shows_ms, rewind });
        let decided = self.decide_revalidated(&mut [&mut command], Some(&now))?;
        self.flush(decided.commit)?;
        if let Err(refusal) = command.result()? {
            return Ok(Err(refusal));
        }
        self.shared.clock.set(to);
        Ok(Ok(Moving { due: Due::Done, ran }))
    }

    fn reset(&mut self, other: Option<World>) -> Result<(), Error> {
        let own = std::mem::take(&mut self.world);
        let (mut world, before) = match other {
            Some(other) => (other, Some(own)),
            None => (own, None),
        };
        let now = Now::at(self.clock().system_ms()).unwrap_or_else(Now::epoch);
        // One commit takes the old world away and brings the new one. It rests on nothing that others change.
        let reset = self.with_retry(Instant::now(), |writer| {
            loop {
                writer.store.wipe(Wipe::Everything)?;
                let setting = writer.shared.clock.setting();
                match writer.decide(&mut world.pieces(), (&[], setting), &now)? {
                    Attempt::Decided(decided) => return Ok(Ok(decided)),
                    Attempt::RightsChanged => {}
                    Attempt::Undecided(at, why) => return Ok(Err((at, why))),
                }
            }
        });
        let raised = |(at, why): (usize, Undecided)| why.raise(world.names().nth(at).unwrap_or_default());
        let reset = reset.map_err(Error::from).and_then(|reset| reset.map_err(raised));
        // A world that cannot be made takes the place of none.
        self.world = match (&reset, before) {
            (Err(_), Some(before)) => before,
            (Ok(_) | Err(_), _) => world,
        };
        let reset = reset?;
        self.shared.rights_cache.invalidate(&[Invalidation::All]);
        self.shared.clock.set(ClockMode::System);
        self.shared.close_day(None);
        self.shared.throughput.clear();
        Ok(self.flush(reset.commit)?)
    }

    /// Reads the present world; `None`: it takes more bytes than this. Callers learn of it when all that it has seen is durable.
    fn save(&mut self, most_bytes: usize) -> Result<Option<Box<SavedWorld>>, Error> {
        let snapshot = self.with_retry(Instant::now(), |writer| writer.store.snapshot(most_bytes))?;
        let Some(snapshot) = snapshot else { return Ok(None) };
        let nothing = self.decide_revalidated(&mut [], None)?;
        self.flush(nothing.commit)?;
        let (at_ms, clock) = (self.now().at_ms, self.clock().mode());
        Ok(Some(Box::new(SavedWorld::of(snapshot, at_ms, clock))))
    }

    /// One commit takes the present world away and brings a saved one, with a line in the audit.
    fn load_world(&mut self, world: &SavedWorld, name: &str, by: Text) -> Result<(), Error> {
        let system_ms = self.clock().system_ms();
        let (clock, tables) = (world.clock_at(system_ms), world.tables_at(system_ms));
        let now_ms = match clock {
            ClockMode::Frozen(at_ms) => at_ms,
            ClockMode::System => system_ms,
            ClockMode::Ahead(by_ms) => system_ms.saturating_add(by_ms),
        };
        let now = Now::at(now_ms).unwrap_or_else(Now::epoch);
        let entry = AuditEntry::snapshot_loaded(name, world.last_line);
        let mut line = Decided::from(WriteAuditLine { by, entry });
        let loaded = self.with_retry(Instant::now(), |writer| {
            loop {
                let replaced = writer.store.wipe(Wipe::AllButAudit);
                if let Err(error) = replaced.and_then(|()| writer.store.restore(&tables)) {
                    writer.store.abandon()?;
                    return Err(error);
                }
                let setting = writer.shared.clock.setting();
                match writer.decide(&mut [&mut line], (&[], setting), &now)? {
                    Attempt::Decided(decided) => return Ok(Some(decided)),
                    Attempt::RightsChanged => {}
                    Attempt::Undecided(..) => return Ok(None),
                }
            }
        });
        let loaded = loaded?.ok_or(Error::Panicked)?;
        self.shared.rights_cache.invalidate(&[Invalidation::All]);
        self.shared.clock.set(clock);
        self.shared.close_day(tables.day_closes.get(&()).map(|row| **row));
        self.shared.throughput.clear();
        Ok(self.flush(loaded.commit)?)
    }

    fn make_world(&mut self) -> Result<(), Error> {
        let mut world = std::mem::take(&mut self.world);
        let made = self.decide_revalidated(&mut world.pieces(), None);
        self.world = world;
        Ok(self.flush(made?.commit)?)
    }

    /// Adds to the present world, at the instant of the clock.
    fn extend(&mut self, mut world: World) -> Result<(), Error> {
        let added = self.decide_revalidated(&mut world.pieces(), None)?;
        Ok(self.flush(added.commit)?)
    }

    /// Once: what cannot be removed now is removed later, and nothing waits for it.
    fn sweep(&mut self) -> Result<Swept, Error> {
        let at = SweepAt { now_ms: self.now().at_ms, machine_ms: self.clock().system_ms() };
        Ok(self.store.sweep(at)?)
    }

    /// Whether the store takes commits.
    fn probe(&mut self) -> Result<(), Error> {
        self.store.probe()?;
        self.shared.refused.store(false, Ordering::Relaxed);
        Ok(())
    }
}

/// Runs a command's own code. `None`: it panicked, which the panic hook has told.
fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    if done.is_err() {
        metrics::counter!("daric_decision_panics_total").increment(1);
    }
    done.ok()
}

/// Answers, and tells whether the writer can go on.
fn answer<T>(reply: Sender<T>, result: Result<T, Error>) -> bool {
    let (result, goes_on) = match result {
        Err(Error::Store(error)) => {
            error!(%error, "the store failed");
            (Err(Error::of(error.after(), &error)), error.after() != After::Reopen)
        }
        result => (result, true),
    };
    let _ = reply.send(result);
    goes_on
}

/// Commands of one kind, to be decided together.
pub(crate) fn all<C: Command>(commands: &mut [Decided<C>]) -> Vec<&mut dyn Decide> {
    commands.iter_mut().map(|command| command as &mut dyn Decide).collect()
}

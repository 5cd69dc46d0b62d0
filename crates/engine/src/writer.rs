//! The writer: one thread that owns all writes.
//!
//! It takes what has queued (1 … [`MAX_BATCH`], never waiting for more), loads the rows of all commands in two rounds, decides one
//! after another on the same view, commits once, and hands all to the answering thread, which flushes and answers. While a batch is
//! flushed the next one is decided: that is the whole of group commit.
//! When the store fails the thread ends, and with it the process: what is on the disk is known only after opening it anew.

use std::sync::Arc;
use std::time::Instant;

use payments::{Back, ClockMode, Command, Keys, MoveClock, Now, Outcome, Refusal, Rules};
use store::Commit;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::error;

use crate::answers::{Answered, Answers, Reply};
use crate::clock::Clock;
use crate::sessions::Sessions;
use crate::{Error, Fill, Move, Settings};

/// Commands of one commit at most: bounds how long the first of a batch waits for the last.
const MAX_BATCH: usize = 512;

/// A command and whoever waits for its outcome.
type Waiting = (Command, Reply);
type Sender<T> = oneshot::Sender<Result<T, Error>>;

/// What the queue carries.
#[derive(Debug)]
pub(crate) enum Job {
    Run { command: Command, reply: Reply },
    MoveClock { to: Move, reply: Sender<Result<(), Refusal>> },
    Reset { reply: Sender<()> },
    Stop,
}

impl Job {
    fn refuse(self) {
        match self {
            Self::Run { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::MoveClock { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::Reset { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Stop => {}
        }
    }
}

/// Tells that the writer is gone, however it went.
pub(crate) struct FailOnDrop(pub watch::Sender<bool>);

impl Drop for FailOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(true);
    }
}

/// A batch's outcomes and the commit that they rest on.
struct Decided {
    commit: Commit,
    outcomes: Vec<Result<Outcome, Refusal>>,
}

/// See the module.
pub(crate) struct Writer {
    store: store::Writer,
    flusher: store::Flusher,
    answers: Answers,
    rules: Rules,
    world: Vec<Command>,
    clock: Clock,
    sessions: Arc<Sessions>,
    /// Nothing depends on the time yet: the next move of the clock may turn it back.
    fresh: bool,
    /// The latest instant a decision was made at: the machine's time may step back, decisions may not.
    latest_ms: i64,
}

impl Writer {
    pub(crate) fn new(
        store: store::Writer,
        flusher: store::Flusher,
        settings: Settings,
        clock: Clock,
        sessions: Arc<Sessions>,
    ) -> Result<Self, Error> {
        let Settings { rules, world, fill } = settings;
        let (empty, fresh) = (store.is_empty()?, store.is_fresh()?);
        let answers = Answers::start(flusher.clone())?;
        let mut writer = Self { store, flusher, answers, rules, world, clock, sessions, fresh, latest_ms: i64::MIN };
        if empty && fill == Fill::AtStart {
            writer.make_world()?;
        }
        Ok(writer)
    }

    pub(crate) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        self.work(&mut jobs);
        // What still stands in the queue was not touched, and is told so.
        jobs.close();
        while let Some(job) = jobs.blocking_recv() {
            job.refuse();
        }
    }

    fn work(&mut self, jobs: &mut mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        while let Some(first) = jobs.blocking_recv() {
            let mut next = Some(first);
            while let Some(job) = next.take() {
                let Job::Run { command, reply } = job else {
                    if !self.process(&mut batch) || !self.special(job) {
                        return;
                    }
                    continue;
                };
                batch.push((command, reply));
                if batch.len() < MAX_BATCH {
                    next = jobs.try_recv().ok();
                }
            }
            metrics::histogram!("daric_batch_commands").record(batch.len() as f64);
            if !self.process(&mut batch) {
                return;
            }
        }
    }

    /// Decides and commits a batch. `false`: the store failed.
    fn process(&mut self, batch: &mut Vec<Waiting>) -> bool {
        if batch.is_empty() {
            return true;
        }
        let started = Instant::now();
        let (commands, replies): (Vec<Command>, Vec<Reply>) = batch.drain(..).unzip();
        let now = self.now();
        let decided = self.decide(&commands, &now);
        metrics::histogram!("daric_commit_seconds").record(started.elapsed().as_secs_f64());
        match decided {
            Ok(Decided { commit, outcomes }) => {
                if commands.iter().any(ends_rights) {
                    self.sessions.drop_all();
                }
                let replies = replies.into_iter().zip(outcomes).collect();
                self.answers.send(Answered { commit, replies, commands })
            }
            Err(error) => {
                error!(%error, commands = commands.len(), "the store failed; what of these commands is on the disk is unknown");
                for reply in replies {
                    let _ = reply.send(Err(Error::Unknown));
                }
                false
            }
        }
    }

    fn now(&mut self) -> Now {
        let now = self.clock.now();
        self.latest_ms = self.latest_ms.max(now.at_ms);
        if self.latest_ms > now.at_ms { Now::at(self.latest_ms).unwrap_or(now) } else { now }
    }

    fn decide(&mut self, commands: &[Command], now: &Now) -> Result<Decided, store::Error> {
        let mut view = self.store.view();
        let mut keys = Keys::default();
        for command in commands {
            command.keys(now, &mut keys);
        }
        self.store.load(&keys, &mut view)?;
        let mut keys = Keys::default();
        for command in commands {
            command.more_keys(&view, &mut keys);
        }
        self.store.load(&keys, &mut view)?;
        let outcomes = commands.iter().map(|command| command.decide(&mut view, now, &self.rules)).collect();
        let commit = self.store.commit(view)?;
        Ok(Decided { commit, outcomes })
    }

    /// Jobs that are not commands. `false`: the writer ends.
    fn special(&mut self, job: Job) -> bool {
        match job {
            Job::Run { .. } => true,
            Job::Stop => false,
            Job::MoveClock { to, reply } => answer(reply, self.move_clock(to)),
            Job::Reset { reply } => answer(reply, self.reset()),
        }
    }

    fn move_clock(&mut self, to: Move) -> Result<Result<(), Refusal>, Error> {
        let (to, shows_ms) = match to {
            Move::Set(at_ms) => (ClockMode::Frozen(at_ms), at_ms),
            Move::System => (ClockMode::System, Clock::system_ms()),
        };
        let back = if self.fresh { Back::Allowed } else { Back::Refused };
        let now = self.now();
        let command = Command::MoveClock(MoveClock { to, shows_ms, back });
        let mut decided = self.decide(&[command], &now)?;
        self.flusher.flush(decided.commit)?;
        match decided.outcomes.pop() {
            Some(Err(refusal)) => Ok(Err(refusal)),
            _ => {
                // Running with the machine's time is no `set`: the first one may still go back.
                self.fresh = self.fresh && to == ClockMode::System;
                self.latest_ms = shows_ms;
                self.clock.set(to);
                Ok(Ok(()))
            }
        }
    }

    fn reset(&mut self) -> Result<(), Error> {
        self.store.wipe()?;
        self.sessions.drop_all();
        self.clock.set(ClockMode::System);
        self.latest_ms = i64::MIN;
        self.fresh = true;
        self.make_world()
    }

    fn make_world(&mut self) -> Result<(), Error> {
        let now = self.now();
        let world = std::mem::take(&mut self.world);
        let decided = self.decide(&world, &now);
        self.world = world;
        let Decided { commit, outcomes } = decided?;
        self.flusher.flush(commit)?;
        match outcomes.into_iter().find_map(Result::err) {
            Some(refusal) => Err(Error::World(refusal)),
            None => Ok(()),
        }
    }
}

/// Answers, and tells whether the writer can go on.
fn answer<T>(reply: Sender<T>, result: Result<T, Error>) -> bool {
    let goes_on = result.is_ok();
    if let Err(error) = &result {
        error!(%error, "the store failed");
    }
    let _ = reply.send(result);
    goes_on
}

/// Whether a command can end the rights of tokens that sessions are kept of.
fn ends_rights(command: &Command) -> bool {
    match command {
        Command::RevokeToken(_) | Command::RegisterClient(_) => true,
        Command::SubmitTransfer(_)
        | Command::IssueGrant(_)
        | Command::RefreshGrant(_)
        | Command::OpenDeposit(_)
        | Command::SetGate(_)
        | Command::MoveClock(_) => false,
    }
}

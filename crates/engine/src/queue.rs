//! The queue to the writer: its tasks and their replies.

use std::sync::Arc;
use std::time::Instant;

use payments::{ClockWouldGoBack, Command, FoldMark, Text, TotalRow};
use store::Swept;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Move;
use crate::error::Error;
use crate::queued_command::{QueuedCommand, Reply, Waiting};
use crate::rights_cache::Sure;
use crate::saved_world::SavedWorld;
use crate::world::World;

/// A command in the queue.
pub(crate) struct Queued {
    pub command: Box<dyn QueuedCommand>,
    /// The rights of its caller, if it has any.
    pub rights: Option<Sure>,
    pub since: Instant,
}

impl Queued {
    pub(crate) fn new(command: Box<dyn QueuedCommand>, rights: Option<Sure>) -> Self {
        Self { command, rights, since: Instant::now() }
    }
}

pub(crate) type Sender<T> = oneshot::Sender<Result<T, Error>>;

/// A task for the writer.
pub(crate) enum WriterTask {
    Run(Queued),
    MoveClock { to: Move, reply: Sender<Result<Moving, ClockWouldGoBack>> },
    RunDue { reply: Sender<More> },
    Sweep { reply: Sender<Swept> },
    AddTotals { from: FoldMark, to: FoldMark, rows: Vec<TotalRow>, reply: Sender<bool> },
    Probe { reply: Sender<()> },
    Ping { reply: Sender<()> },
    Reset { world: Option<World>, reply: Sender<()> },
    Extend { world: World, reply: Sender<()> },
    Save { most_bytes: usize, reply: Sender<Option<Box<SavedWorld>>> },
    Load { world: Arc<SavedWorld>, name: String, by: Text, reply: Sender<()> },
    Stop,
}

impl WriterTask {
    pub fn refuse(self) {
        match self {
            Self::Run(Queued { command, .. }) => command.fail(Error::Stopping),
            Self::MoveClock { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::RunDue { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Sweep { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::AddTotals { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::Probe { reply } | Self::Ping { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Reset { reply, .. } | Self::Extend { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::Save { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::Load { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::Stop => {}
        }
    }
}

/// The state of due work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    /// Nothing is due any more.
    Done,
    /// More is due, and runs after other tasks of the queue.
    More,
    /// The next due job, due at this instant in Unix milliseconds, is claimed by another process or by a worker, which will finish it soon. If the
    /// owner of the claim has died, the claim expires.
    Claimed(i64),
}

/// The progress of a move of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moving {
    pub due: Due,
    /// How many jobs it has run so far.
    pub ran: u64,
}

/// Whether more jobs may be due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum More {
    Perhaps,
    No,
}

/// Queues a command and waits for its result, as [`crate::Engine::run`] does.
pub(crate) async fn run<C: Command>(
    queue: &mpsc::Sender<WriterTask>,
    command: C,
) -> Result<Result<C::Done, C::Refusal>, Error> {
    let (command, answer) = Waiting::queued(command);
    queue.send(WriterTask::Run(Queued::new(command, None))).await.map_err(|_| Error::Stopping)?;
    match answer.await.map_err(|_| Error::Unknown)? {
        Reply::Decided(result) => Ok(result),
        Reply::Failed(error) => Err(error),
        Reply::RightsChanged(_) => Err(Error::Busy),
    }
}

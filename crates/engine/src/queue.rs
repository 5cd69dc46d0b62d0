//! What the queue to the writer carries, and what comes back from it.

use std::time::Instant;

use payments::{ClockWouldGoBack, Command};
use store::Swept;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Move;
use crate::error::Error;
use crate::in_hand::{InHand, Reply, Waiting};
use crate::sessions::Sure;

/// A command of the queue.
pub(crate) struct Queued {
    pub command: Box<dyn InHand>,
    /// Its rights, if it came with any.
    pub rights: Option<Sure>,
    pub since: Instant,
}

impl Queued {
    pub(crate) fn new(command: Box<dyn InHand>, rights: Option<Sure>) -> Self {
        Self { command, rights, since: Instant::now() }
    }
}

pub(crate) type Sender<T> = oneshot::Sender<Result<T, Error>>;

/// What the queue carries.
pub(crate) enum Job {
    Run(Queued),
    MoveClock { to: Move, reply: Sender<Result<Moving, ClockWouldGoBack>> },
    RunDue { reply: Sender<More> },
    Sweep { reply: Sender<Swept> },
    Probe { reply: Sender<()> },
    Reset { reply: Sender<()> },
    Stop,
}

impl Job {
    pub fn refuse(self) {
        match self {
            Self::Run(Queued { command, .. }) => command.fail(Error::Stopping),
            Self::MoveClock { reply, .. } => drop(reply.send(Err(Error::Stopping))),
            Self::RunDue { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Sweep { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Probe { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Reset { reply } => drop(reply.send(Err(Error::Stopping))),
            Self::Stop => {}
        }
    }
}

/// What is left of due work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    /// Nothing.
    Done,
    /// More, to be run when others have had their turn.
    More,
    /// Another process, or the courier, has the next job, which is due then, and will be done in a moment; if it died, its claim
    /// runs out.
    Claimed(i64),
}

/// How a move of the clock stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moving {
    pub due: Due,
    /// Jobs that it has run so far.
    pub ran: u64,
}

/// Whether there may be more due jobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum More {
    Perhaps,
    No,
}

/// Has a command run, as [`crate::Engine::run`] does.
pub(crate) async fn run<C: Command>(
    queue: &mpsc::Sender<Job>,
    command: C,
) -> Result<Result<C::Done, C::Refusal>, Error> {
    let (command, answer) = Waiting::queued(command);
    queue.send(Job::Run(Queued::new(command, None))).await.map_err(|_| Error::Stopping)?;
    match answer.await.map_err(|_| Error::Unknown)? {
        Reply::Decided(result) => Ok(result),
        Reply::Failed(error) => Err(error),
        Reply::RightsChanged(_) => Err(Error::Busy),
    }
}

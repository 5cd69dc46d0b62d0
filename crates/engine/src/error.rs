//! The errors of commands and reads.

use std::fmt::{Display, Formatter};

use store::After;

/// Why a command has no outcome, or a read no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The write queue is full. Nothing was done.
    #[error("the write queue is full")]
    Busy,
    /// The database cannot be reached at present. Nothing was done.
    #[error("nothing was done: {0}")]
    Unavailable(String),
    /// The database rejects a value of the command. Nothing was done; a retry fails in the same way.
    #[error("nothing was done, and cannot be: {0}")]
    Rejected(String),
    /// The decision of this command ended in a panic. Nothing was done.
    #[error("nothing was done: the decision panicked")]
    Panicked,
    /// Rows that the command reads contradict each other. Nothing was done; a retry fails in the same way.
    #[error("nothing was done: {0}")]
    Contradiction(&'static str),
    /// The rights of the command's caller have ended. Nothing was done.
    #[error("the token's rights have ended")]
    RightsEnded,
    /// The engine is stopping and did not accept the command. Nothing was done.
    #[error("the engine is stopping")]
    Stopping,
    /// The store failed while the command was being committed: its outcome must be inquired.
    #[error("the outcome is unknown: the store failed")]
    Unknown,
    /// A defect: a command had an outcome that the code excludes for its caller.
    #[error("a command had an outcome that it cannot have: {0}")]
    Unexpected(String),
    /// A read failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The writer thread could not be started.
    #[error("writer thread: {0}")]
    Thread(std::io::Error),
    /// A command of a world was refused. Nothing was done.
    #[error("the world cannot be made: {0}")]
    World(WorldRefusal),
}

/// Which command of a world was refused, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorldRefusal {
    /// The entry and its field: `deposits[2].number`; or the command's name.
    pub entry: String,
    /// Why.
    pub why: String,
}

impl Display for WorldRefusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.entry, self.why)
    }
}

impl Error {
    /// The error for an outcome or a refusal that the command cannot have. It keeps the outcome's name, not its data.
    pub fn unexpected(outcome: &impl std::fmt::Debug) -> Self {
        metrics::counter!("daric_unexpected_outcomes_total").increment(1);
        let text = format!("{outcome:?}");
        Self::Unexpected(text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned())
    }

    /// The error that callers get after a failure of the store.
    pub(crate) fn of(after: After, error: &store::Error) -> Self {
        match after {
            After::Again | After::Wait => Self::Unavailable(error.to_string()),
            After::Halve => Self::Rejected(error.to_string()),
            After::Inquire | After::Reopen => Self::Unknown,
        }
    }

    /// Whether nothing was done for certain, and a retry may succeed soon.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::Unavailable(_) | Self::Stopping => true,
            Self::Store(error) => matches!(error.after(), After::Again | After::Wait),
            Self::Rejected(_)
            | Self::Panicked
            | Self::Contradiction(_)
            | Self::Unknown
            | Self::Unexpected(_)
            | Self::RightsEnded
            | Self::Thread(_)
            | Self::World(_) => false,
        }
    }
}

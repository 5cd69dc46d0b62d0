//! Why there is no answer from a decision.

use store::After;

/// Why there is no answer from a decision.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue is full. Nothing was done.
    #[error("the write queue is full")]
    Busy,
    /// The database cannot be reached now. Nothing was done.
    #[error("nothing was done: {0}")]
    Unavailable(String),
    /// The database does not take what the command carries. Nothing was done, and the same will not go through.
    #[error("nothing was done, and cannot be: {0}")]
    Rejected(String),
    /// The decision of this command ended in a panic. Nothing was done.
    #[error("nothing was done: the decision panicked")]
    Panicked,
    /// Rows that the command rests on contradict themselves. Nothing was done, and the same will not go through.
    #[error("nothing was done: {0}")]
    Contradiction(&'static str),
    /// The rights that a command came with have ended. Nothing was done.
    #[error("the token's rights have ended")]
    RightsEnded,
    /// The engine is stopping, and did not take the command. Nothing was done.
    #[error("the engine is stopping")]
    Stopping,
    /// The store failed while the command was in hand: whether it was done must be inquired.
    #[error("the outcome is unknown: the store failed")]
    Unknown,
    /// A command had an outcome that its caller cannot get, as far as the code says: a defect.
    #[error("a command had an outcome that it cannot have: {0}")]
    Unexpected(String),
    /// A read failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The writer thread could not be started.
    #[error("writer thread: {0}")]
    Thread(std::io::Error),
    /// The world that an empty store is filled with was refused.
    #[error("the world cannot be made: {0}")]
    World(String),
}

impl Error {
    /// The error of an outcome, or a refusal, that a command cannot have. Its name is kept, what it carries is not.
    pub fn unexpected(outcome: &impl std::fmt::Debug) -> Self {
        metrics::counter!("daric_unexpected_outcomes_total").increment(1);
        let text = format!("{outcome:?}");
        Self::Unexpected(text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned())
    }

    /// What callers are told of a failure of the store.
    pub(crate) fn of(after: After, error: &store::Error) -> Self {
        match after {
            After::Again | After::Wait => Self::Unavailable(error.to_string()),
            After::Halve => Self::Rejected(error.to_string()),
            After::Inquire | After::Reopen => Self::Unknown,
        }
    }

    /// Whether nothing was done for sure, and the same may go through a little later.
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

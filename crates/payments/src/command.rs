//! The verbs.

use std::sync::Arc;

use ledger::{AccountId, TransferId};

use crate::view::{Keys, View};
use crate::{
    IssueGrant, MoveClock, Now, OpenDeposit, Order, PlaceHold, RefreshGrant, Refusal, RegisterClient, ReleaseHold,
    RevokeToken, Rules, RunJob, SetGate, SubmitTransfer,
};

/// Something that somebody wants done.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum Command {
    SubmitTransfer(Box<SubmitTransfer>),
    IssueGrant(Box<IssueGrant>),
    RefreshGrant(Box<RefreshGrant>),
    RevokeToken(Box<RevokeToken>),
    RegisterClient(Box<RegisterClient>),
    OpenDeposit(Box<OpenDeposit>),
    SetGate(SetGate),
    PlaceHold(PlaceHold),
    ReleaseHold(ReleaseHold),
    RunJob(RunJob),
    MoveClock(MoveClock),
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Done; there is nothing to say.
    Done,
    /// The order was written, booked or refused.
    Ordered(Arc<Order>),
    /// An order of this client has the trackId; nothing was done.
    Duplicate(Arc<Order>),
    /// The deposit is open under this number.
    DepositOpened(AccountId),
    /// The money is held under this number.
    Held(TransferId),
}

impl Command {
    /// Names the rows that the decision needs.
    pub fn keys(&self, now: &Now, keys: &mut Keys) {
        match self {
            Self::SubmitTransfer(command) => command.keys(now, keys),
            Self::IssueGrant(command) => command.keys(keys),
            Self::RefreshGrant(command) => command.keys(keys),
            Self::RevokeToken(command) => command.keys(keys),
            Self::RegisterClient(command) => command.keys(keys),
            Self::OpenDeposit(command) => command.keys(keys),
            Self::SetGate(command) => command.keys(keys),
            Self::PlaceHold(command) => command.keys(keys),
            Self::ReleaseHold(command) => command.keys(keys),
            Self::RunJob(command) => command.keys(keys),
            Self::MoveClock(command) => command.keys(keys),
        }
    }

    /// Names the rows that loaded rows name. There is no third round.
    pub fn more_keys(&self, view: &View, keys: &mut Keys) {
        match self {
            Self::SubmitTransfer(command) => command.more_keys(view, keys),
            Self::RefreshGrant(command) => command.more_keys(view, keys),
            Self::RevokeToken(command) => command.more_keys(view, keys),
            Self::ReleaseHold(command) => command.more_keys(view, keys),
            Self::RunJob(command) => command.more_keys(view, keys),
            Self::IssueGrant(_)
            | Self::RegisterClient(_)
            | Self::OpenDeposit(_)
            | Self::SetGate(_)
            | Self::PlaceHold(_)
            | Self::MoveClock(_) => {}
        }
    }

    /// Decides, and leaves the changed rows in the view.
    ///
    /// # Errors
    /// The first refusal in order of precedence; the view is as before.
    pub fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        match self {
            Self::SubmitTransfer(command) => command.decide(view, now, rules),
            Self::IssueGrant(command) => command.decide(view, now),
            Self::RefreshGrant(command) => command.decide(view, now),
            Self::RevokeToken(command) => command.decide(view, now),
            Self::RegisterClient(command) => command.decide(view),
            Self::OpenDeposit(command) => command.decide(view, now),
            Self::SetGate(command) => command.decide(view),
            Self::PlaceHold(command) => command.decide(view, now),
            Self::ReleaseHold(command) => command.decide(view, now),
            Self::RunJob(command) => command.decide(view, now),
            Self::MoveClock(command) => command.decide(view, now.at_ms),
        }
    }
}

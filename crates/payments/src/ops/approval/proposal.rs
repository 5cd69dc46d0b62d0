//! The row of a proposal (table `proposal`).

use schema::{Corrupt, Json, corrupt, table};
use serde::{Deserialize, Serialize};

use super::proposed_action_cell::ActionCell;
use crate::{ProposedAction, Text, Version};

/// A proposal's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProposalId(pub i64);

/// The state of a proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProposalState {
    /// Not decided yet.
    Open,
    /// Approved by this operator at this instant, in milliseconds of Unix time. The action is done.
    Approved(Text, i64),
    /// Rejected by this operator at this instant, in milliseconds of Unix time. The action is not done.
    Rejected(Text, i64),
}

/// An action that one operator has proposed and another one has to approve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// The proposal's number.
    pub id: ProposalId,
    /// The proposed action.
    pub action: ProposedAction,
    /// The operator or token that proposed it.
    pub by: Text,
    /// The reason that the proposer gave.
    pub reason: Text,
    /// When it was proposed, in milliseconds of Unix time.
    pub at_ms: i64,
    /// The state.
    pub state: ProposalState,
    /// Version of the row that the action changes, at the time of the proposal; `None`: the action changes no existing row.
    pub seen: Option<Version>,
}

table! {
    Proposal = "proposal",
    key |k: ProposalId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, act: Json(ActionCell::of(&r.action)), operator: r.by, reason: r.reason, at_ms: r.at_ms,
        state: Json(ProposalCell::of(&r.state)), is_open: r.state == ProposalState::Open, ended_at_ms: ended(&r.state),
        seen: r.seen,
    },
    make proposal(
        Proposal {
            id,
            action: ActionCell::into_action(act)?,
            by: operator,
            reason,
            at_ms,
            state: ProposalCell::into_state(state),
            seen,
        },
        is_open,
        ended_at_ms,
    )?
}

/// When a proposal was decided, in milliseconds of Unix time; `None`: it is open.
fn ended(state: &ProposalState) -> Option<i64> {
    match state {
        ProposalState::Open => None,
        ProposalState::Approved(_, at_ms) | ProposalState::Rejected(_, at_ms) => Some(*at_ms),
    }
}

fn proposal(proposal: Proposal, is_open: bool, ended_at_ms: Option<i64>) -> Result<Proposal, Corrupt> {
    if ended(&proposal.state) == ended_at_ms && is_open == ended_at_ms.is_none() {
        Ok(proposal)
    } else {
        Err(corrupt("proposal", "whether it is open is not what its state says"))
    }
}

#[derive(Serialize, Deserialize)]
enum ProposalCell {
    Open,
    Approved(String, i64),
    Rejected(String, i64),
}

impl ProposalCell {
    fn of(state: &ProposalState) -> Self {
        match state {
            ProposalState::Open => Self::Open,
            ProposalState::Approved(by, at_ms) => Self::Approved(by.to_string(), *at_ms),
            ProposalState::Rejected(by, at_ms) => Self::Rejected(by.to_string(), *at_ms),
        }
    }

    fn into_state(Json(cell): Json<Self>) -> ProposalState {
        match cell {
            Self::Open => ProposalState::Open,
            Self::Approved(by, at_ms) => ProposalState::Approved(Text::from(by), at_ms),
            Self::Rejected(by, at_ms) => ProposalState::Rejected(Text::from(by), at_ms),
        }
    }
}

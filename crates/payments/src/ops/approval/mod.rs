//! Actions that need two operators: one proposes, another approves.
//!
//! ```text
//! proposed ──(another operator approves)──► approved: the action runs in the same commit
//!     └─────(another operator or the proposer rejects)──► rejected
//! ```
//! Proposing and deciding are operator commands: the audit line of each is written in its commit.

mod decide;
mod proposal;
mod propose;
mod proposed_action;
mod proposed_action_cell;
mod run;

pub use decide::{Approval, DecideProposal, DecideRefusal};
pub use proposal::{Proposal, ProposalId, ProposalState};
pub use propose::{Propose, ProposeRefusal};
pub use proposed_action::ProposedAction;
pub use run::ProposedActionRefusal;

//! What takes two operators.
//!
//! ```text
//! proposed ──(another operator says yes)──► approved: done in the same commit
//!     └─────(another says no, or its own author)──► rejected
//! ```
//! What an operator changes is written with the change: there is no one without the other.

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

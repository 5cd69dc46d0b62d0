//! What takes two operators.
//!
//! ```text
//! proposed ──(another operator says yes)──► approved: done in the same commit
//!     └─────(another says no, or its own author)──► rejected
//! ```
//! What an operator changes is written with the change: there is no one without the other.

mod act;
mod act_cell;
mod decide;
mod proposal;
mod propose;
mod run;

pub use act::Act;
pub use decide::{DecideProposal, DecideRefusal, Say};
pub use proposal::{Proposal, ProposalId, ProposalState};
pub use propose::{Propose, ProposeRefusal};
pub use run::ActRefusal;

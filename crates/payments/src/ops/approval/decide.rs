//! Approving or rejecting a proposal.

use std::sync::Arc;

use crate::identity::operator::{are_independent, is_admin, role_of};
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Command, OperatorCommand, OperatorToken, Parts, Proposal, ProposalState, ProposedActionRefusal,
    Text,
};

impl Proposal {
    /// Checks that the row which the proposal changes still has the version that it had when it was proposed.
    ///
    /// # Errors
    /// [`DecideRefusal::Stale`], with the parts that have changed.
    fn check_seen(&self, view: &View) -> Result<(), DecideRefusal> {
        let changed = self.seen.as_ref().zip(self.action.replaces(view)).and_then(|(seen, row)| seen.changed(&row));
        changed.map_or(Ok(()), |parts| Err(DecideRefusal::Stale(parts)))
    }
}

/// An operator's decision about a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Approval {
    /// Approves: the action runs in the same commit.
    Yes,
    /// Rejects: the action never runs.
    No,
}

/// Why a decision about a proposal is refused, in order of precedence. The proposal stays open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecideRefusal {
    /// There is no such proposal, or its content is not what the operator has read.
    ProposalUnknown,
    /// The proposal is already approved or rejected.
    ProposalDecided,
    /// The author is a token. Only an operator in the console decides; a token may only reject its own proposal.
    ConsoleNeeded,
    /// Only an admin may decide this proposal; its proposer may still reject it.
    AdminNeeded,
    /// A proposer may not approve their own proposal.
    OwnProposal,
    /// The proposer no longer has the role that the action needs.
    AuthorGone,
    /// Proposer and approver are not independent: one person may be behind both names.
    NotIndependent,
    /// The row that the action changes has changed since the proposal, in these parts.
    Stale(Parts),
    /// The action itself is refused.
    ProposedAction(ProposedActionRefusal),
}

/// Approves or rejects a proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecideProposal {
    /// The proposal as the operator has read it.
    pub proposal: Arc<Proposal>,
    /// The operator who decides.
    pub by: Text,
    /// The decision.
    pub approval: Approval,
}

impl Command for DecideProposal {
    type Done = ();
    type Refusal = DecideRefusal;
    const NAME: &'static str = "DecideProposal";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        keys.proposals.push(self.proposal.id);
        keys.author(&self.by);
        keys.author(&self.proposal.by);
        self.proposal.action.keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        keys.behind_author(&self.proposal.by, view);
        self.proposal.action.more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<DecideRefusal>> {
        let now = at.now;
        let known = view.proposals.get(&self.proposal.id).map(|known| Proposal::clone(known));
        let known = known.ok_or(DecideRefusal::ProposalUnknown)?;
        if known.state != ProposalState::Open {
            return Err(DecideRefusal::ProposalDecided.into());
        }
        // The operator has decided about this content, and the number may belong to a proposal with other content.
        let as_read = Proposal { state: known.state.clone(), ..Proposal::clone(&self.proposal) };
        if known != as_read {
            return Err(DecideRefusal::ProposalUnknown.into());
        }
        let is_own = known.by == self.by;
        if OperatorToken::of_author(&self.by).is_some() && !(is_own && self.approval == Approval::No) {
            return Err(DecideRefusal::ConsoleNeeded.into());
        }
        if known.action.needs_admin() && !is_own && !is_admin(view, &self.by, now) {
            return Err(DecideRefusal::AdminNeeded.into());
        }
        let by = Text::clone(&self.by);
        let state = match self.approval {
            Approval::Yes if is_own => return Err(DecideRefusal::OwnProposal.into()),
            Approval::Yes if role_of(view, &known.by, now) < Some(known.action.least_role()) => {
                return Err(DecideRefusal::AuthorGone.into());
            }
            Approval::Yes if !are_independent(view, &known.by, &self.by, now) => {
                return Err(DecideRefusal::NotIndependent.into());
            }
            Approval::Yes => {
                known.action.check(view).map_err(DecideRefusal::ProposedAction)?;
                known.check_seen(view)?;
                known.action.run(&known.by, view, at).map_err(DecideRefusal::ProposedAction)?;
                ProposalState::Approved(by, now.at_ms)
            }
            Approval::No => ProposalState::Rejected(by, now.at_ms),
        };
        view.proposals.put(known.id, Proposal { state, action: known.action.decided(), ..known });
        Ok(())
    }
}

impl OperatorCommand for DecideProposal {
    fn entry(&self) -> AuditEntry {
        let entry = self.proposal.action.entry();
        let decision = if self.approval == Approval::Yes { "approve" } else { "reject" };
        AuditEntry { action: Text::from(format!("{decision} {}", entry.action)), ..entry }
    }
}

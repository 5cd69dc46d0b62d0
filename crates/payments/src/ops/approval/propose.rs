//! Proposing an action that needs two operators.

use crate::identity::operator::is_admin;
use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Command, OperatorCommand, Proposal, ProposalId, ProposalState, ProposedAction,
    ProposedActionRefusal, Text, Version, Versioned,
};

/// Why an action is not proposed, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProposeRefusal {
    /// Only an admin may propose this action.
    AdminNeeded,
    /// The action would be refused if it ran now.
    ProposedAction(ProposedActionRefusal),
}

/// Writes a proposal, if its action could run now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Propose {
    /// The action.
    pub action: ProposedAction,
    /// The operator or token that proposes.
    pub by: Text,
    /// The reason, for the approver and the audit.
    pub reason: Text,
}

impl Command for Propose {
    type Done = ProposalId;
    type Refusal = ProposeRefusal;
    const NAME: &'static str = "Propose";

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.action.keys(at, keys);
        keys.author(&self.by);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        keys.behind_author(&self.by, view);
        self.action.more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<ProposalId, Denial<ProposeRefusal>> {
        if self.action.needs_admin() && !is_admin(view, &self.by, now) {
            return Err(ProposeRefusal::AdminNeeded.into());
        }
        self.action.check(view).map_err(ProposeRefusal::ProposedAction)?;
        let Self { action, by, reason } = self.clone();
        let seen = action.replaces(view).map(|row| Version::of(&row));
        let id = ProposalId(view.ids.take());
        view.proposals.put(id, Proposal { id, action, by, reason, at_ms: now.at_ms, state: ProposalState::Open, seen });
        Ok(id)
    }
}

impl OperatorCommand for Propose {
    fn entry(&self) -> AuditEntry {
        let entry = self.action.entry();
        let action = Text::from(format!("propose {}", entry.action));
        let entry = match &self.action {
            ProposedAction::Operator(_)
            | ProposedAction::MakeToken(_)
            | ProposedAction::RefundInvoice(_)
            | ProposedAction::RefundPhone(_) => entry.because(&self.reason),
            ProposedAction::Resolve(_)
            | ProposedAction::ResolveCard(_)
            | ProposedAction::Release(_)
            | ProposedAction::ResetFactor(_) => AuditEntry { detail: Text::clone(&self.reason), ..entry },
        };
        AuditEntry { action, ..entry }
    }

    fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        self.action.replaces(view)
    }
}

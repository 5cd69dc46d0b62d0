//! Operators: who may look at the house and change it, what they did, and what takes two of them.
//!
//! ```text
//! proposed ──(another operator says yes)──► approved: done in the same commit
//!     └─────(another says no, or its own author)──► rejected
//! ```
//! What an operator changes is written with the change: there is no one without the other.

use std::sync::Arc;

use ledger::{AccountId, Rial, Step, TransferId};

use crate::booking::{SUSPENSE, apply, refusal_of};
use crate::view::{Keys, View};
use crate::{Command, Now, OrderId, Outcome, Refusal, ResolveOrder, Rules, Text};

/// What an operator may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Look.
    Viewer,
    /// Look, and do the daily work.
    Operator,
    /// All of that, and say who else may.
    Admin,
}

/// Somebody who runs this server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    /// One of all operators.
    pub name: Text,
    /// Argon2 hash; empty: nobody logs in under this name.
    pub password: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may do nothing any more.
    pub disabled: bool,
    /// Since when it may do that, in milliseconds of Unix time: since it is known, or is enabled again.
    pub since_ms: i64,
}

/// Makes an operator, or changes its record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterOperator {
    /// The record; an empty password of one that is replaced: the one that it had.
    pub operator: Operator,
    /// Whether an operator of that name must, or must not, exist.
    pub replace: bool,
}

impl RegisterOperator {
    fn keys(&self, keys: &mut Keys) {
        keys.operators.push(Text::clone(&self.operator.name));
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        let mut operator = self.operator.clone();
        match (view.operators.get(&operator.name), self.replace) {
            (Some(_), false) => return Err(Refusal::OperatorExists),
            (None, true) => return Err(Refusal::OperatorUnknown),
            (None, false) => operator.since_ms = now.at_ms,
            (Some(known), true) => {
                let again = known.disabled && !operator.disabled;
                // Another instant than before, also where the clock stands.
                operator.since_ms = if again { now.at_ms.max(known.since_ms + 1) } else { known.since_ms };
                if operator.password.is_empty() {
                    operator.password.clone_from(&known.password);
                }
            }
        }
        view.operators.put(Text::clone(&operator.name), operator);
        Ok(Outcome::Done)
    }
}

/// An audit line's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AuditId(pub i64);

/// Something that an operator did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditLine {
    /// Its number.
    pub id: AuditId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Who.
    pub by: Text,
    /// What, in one word.
    pub action: Text,
    /// With what: a number or name.
    pub subject: Text,
    /// More, for the reader; no secret.
    pub detail: Text,
}

/// What stands in an audit line beside who and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deed {
    /// One word.
    pub action: Text,
    /// A number or name.
    pub subject: Text,
    /// No secret.
    pub detail: Text,
}

/// Something that an operator does: the command, if it is one, and the line that tells of it, in one commit. What is refused leaves no line.
#[derive(Clone, Debug)]
pub struct Operate {
    /// Who.
    pub by: Text,
    /// What is written of it.
    pub deed: Deed,
    /// What is done; `None`: it is done elsewhere.
    pub command: Option<Box<Command>>,
}

impl Command {
    /// What is done, whoever operates.
    pub fn wanted(&self) -> &Self {
        match self {
            Self::Operate(Operate { command: Some(command), .. }) => command.wanted(),
            command => command,
        }
    }
}

impl Operate {
    pub(crate) fn keys(&self, now: &Now, rules: &Rules, keys: &mut Keys) {
        if let Some(command) = &self.command {
            command.keys(now, rules, keys);
        }
    }

    pub(crate) fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        if let Some(command) = &self.command {
            command.more_keys(view, now, rules, keys);
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        let outcome = self.command.as_ref().map_or(Ok(Outcome::Done), |command| command.decide(view, now, rules))?;
        let (id, Deed { action, subject, detail }) = (AuditId(view.ids.take()), self.deed.clone());
        let (at_ms, by) = (now.at_ms, Text::clone(&self.by));
        view.audit_lines.put(id, AuditLine { id, at_ms, by, action, subject, detail });
        Ok(outcome)
    }
}

/// Gives money in suspense to whose it is. Each entry once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseSuspense {
    /// The transfer that put it there.
    pub transfer: TransferId,
    /// How much that was.
    pub amount: Rial,
    /// Whose it is.
    pub account: AccountId,
}

/// Money that was given out of suspense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Released {
    /// The transfer that had put it there.
    pub transfer: TransferId,
    /// The transfer that gave it.
    pub by: TransferId,
}

impl ReleaseSuspense {
    fn keys(&self, keys: &mut Keys) {
        keys.released.push(self.transfer);
        keys.accounts.extend([SUSPENSE, self.account]);
    }

    /// Whether it can be done now.
    fn check(&self, view: &View) -> Result<(), Refusal> {
        if view.released.get(&self.transfer).is_some() {
            return Err(Refusal::ReleasedBefore);
        }
        let to = view.books.account(self.account).filter(|account| account.kind.is_a_customers());
        if to.is_none_or(|account| !account.gate.takes_credits()) {
            return Err(Refusal::DestinationNotUsable);
        }
        Ok(())
    }

    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        self.check(view)?;
        let step = Step::Post { debit: SUSPENSE, credit: self.account, amount: self.amount };
        // Of no order: what an order's own transfers come to stays as it is.
        let by = apply(view, &[step], now, OrderId(0)).map_err(refusal_of)?[0];
        view.released.put(self.transfer, Released { transfer: self.transfer, by });
        Ok(Outcome::Done)
    }
}

/// What takes two operators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// An order leaves the unknown.
    Resolve(ResolveOrder),
    /// Money leaves suspense.
    Release(ReleaseSuspense),
}

impl Act {
    fn keys(&self, keys: &mut Keys) {
        match self {
            Self::Resolve(act) => act.keys(keys),
            Self::Release(act) => act.keys(keys),
        }
    }

    fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        match self {
            Self::Resolve(act) => act.more_keys(view, now, rules, keys),
            Self::Release(_) => {}
        }
    }

    fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        match self {
            Self::Resolve(act) => act.decide(view, now, rules),
            Self::Release(act) => act.decide(view, now),
        }
    }

    /// Whether it could be done now: nobody proposes what cannot.
    fn check(&self, view: &View) -> Result<(), Refusal> {
        match self {
            Self::Resolve(act) => act.check(view),
            Self::Release(act) => act.check(view),
        }
    }

    /// Whether both are about the same order, or the same money.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resolve(one), Self::Resolve(other)) => one.order == other.order,
            (Self::Release(one), Self::Release(other)) => one.transfer == other.transfer,
            _ => false,
        }
    }
}

/// A proposal's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProposalId(pub i64);

/// How a proposal stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProposalState {
    /// Nobody has said yes or no.
    Open,
    /// Done, because this operator said yes at this instant, in milliseconds of Unix time.
    Approved(Text, i64),
    /// Not done, because this operator said no.
    Rejected(Text, i64),
}

/// Something that an operator wants done and another one has to agree to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// Its number.
    pub id: ProposalId,
    /// What.
    pub act: Act,
    /// Who.
    pub by: Text,
    /// Why.
    pub reason: Text,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// How it stands.
    pub state: ProposalState,
}

/// Proposes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Propose {
    /// What.
    pub act: Act,
    /// Who.
    pub by: Text,
    /// Why.
    pub reason: Text,
}

/// What an operator says to a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Say {
    /// It shall be done.
    Yes,
    /// It shall not.
    No,
}

/// Says yes or no to a proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecideProposal {
    /// Which, as it was read.
    pub proposal: Arc<Proposal>,
    /// Who.
    pub by: Text,
    /// Yes or no.
    pub say: Say,
}

impl Propose {
    fn decide(&self, view: &mut View, now: &Now) -> Result<Outcome, Refusal> {
        self.act.check(view)?;
        let Self { act, by, reason } = self.clone();
        let id = ProposalId(view.ids.take());
        view.proposals.put(id, Proposal { id, act, by, reason, at_ms: now.at_ms, state: ProposalState::Open });
        Ok(Outcome::Proposed(id))
    }
}

impl DecideProposal {
    fn keys(&self, keys: &mut Keys) {
        keys.proposals.push(self.proposal.id);
        self.proposal.act.keys(keys);
    }

    fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        let known = view.proposals.get(&self.proposal.id).map(|known| Proposal::clone(known));
        let known = known.ok_or(Refusal::ProposalUnknown)?;
        // Whoever decides has read this content; under the same number there may be another.
        let as_read = Proposal { state: known.state.clone(), ..Proposal::clone(&self.proposal) };
        if known != as_read {
            return Err(Refusal::ProposalUnknown);
        }
        if known.state != ProposalState::Open {
            return Err(Refusal::ProposalDecided);
        }
        let by = Text::clone(&self.by);
        let (state, outcome) = match self.say {
            Say::Yes if known.by == self.by => return Err(Refusal::OwnProposal),
            Say::Yes => {
                let outcome = self.proposal.act.decide(view, now, rules)?;
                (ProposalState::Approved(by, now.at_ms), outcome)
            }
            Say::No => (ProposalState::Rejected(by, now.at_ms), Outcome::Done),
        };
        view.proposals.put(known.id, Proposal { state, ..known });
        Ok(outcome)
    }
}

/// The verbs of operators among themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum OperatorVerb {
    Register(RegisterOperator),
    Release(ReleaseSuspense),
    Propose(Propose),
    Decide(DecideProposal),
}

impl OperatorVerb {
    pub(crate) fn keys(&self, keys: &mut Keys) {
        match self {
            Self::Register(verb) => verb.keys(keys),
            Self::Release(verb) => verb.keys(keys),
            Self::Propose(verb) => verb.act.keys(keys),
            Self::Decide(verb) => verb.keys(keys),
        }
    }

    pub(crate) fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        if let Self::Decide(verb) = self {
            verb.proposal.act.more_keys(view, now, rules, keys);
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        match self {
            Self::Register(verb) => verb.decide(view, now),
            Self::Release(verb) => verb.decide(view, now),
            Self::Propose(verb) => verb.decide(view, now),
            Self::Decide(verb) => verb.decide(view, now, rules),
        }
    }
}

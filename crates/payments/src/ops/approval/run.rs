//! Checking and running an action that needs two operators: a dispatch to the command of each kind.

use std::fmt;

use crate::identity::operator::versioned;
use crate::ops::audit::rials;
use crate::view::{Keys, View};
use crate::{
    At, AuditEntry, Command, FactorUnknown, OperatorCommand, OperatorTokenRefusal, ProposedAction, RecordRefusal,
    RefundInvoiceRefusal, RefundPhoneRefusal, ReleaseRefusal, ResolveCardRefusal, ResolveRefusal, Text, Versioned,
};

/// Why an action that needs two operators is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ProposedActionRefusal {
    /// The order is not decided.
    Resolve(ResolveRefusal),
    /// The payment by card stays as it is.
    ResolveCard(ResolveCardRefusal),
    /// The money stays in suspense.
    Release(ReleaseRefusal),
    /// The invoice is not refunded.
    RefundInvoice(RefundInvoiceRefusal),
    /// The payment by telephone is not refunded.
    RefundPhone(RefundPhoneRefusal),
    /// The operator's record is not written.
    Operator(RecordRefusal),
    /// The second factor is not removed.
    ResetFactor(FactorUnknown),
    /// The token is not made.
    MakeToken(OperatorTokenRefusal),
}

/// Prints the reason without the name of the variant.
impl fmt::Debug for ProposedActionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(why) => why.fmt(f),
            Self::ResolveCard(why) => why.fmt(f),
            Self::Release(why) => why.fmt(f),
            Self::RefundInvoice(why) => why.fmt(f),
            Self::RefundPhone(why) => why.fmt(f),
            Self::Operator(why) => why.fmt(f),
            Self::ResetFactor(why) => why.fmt(f),
            Self::MakeToken(why) => why.fmt(f),
        }
    }
}

impl ProposedAction {
    /// Names the rows that the action needs.
    pub(super) fn keys(&self, at: At<'_>, keys: &mut Keys) {
        match self {
            Self::Resolve(action) => action.keys(at, keys),
            Self::ResolveCard(action) => action.keys(at, keys),
            Self::Release(action) => action.keys(at, keys),
            Self::RefundInvoice(action) => action.keys(at, keys),
            Self::RefundPhone(action) => action.keys(at, keys),
            Self::Operator(action) => action.keys(keys),
            Self::ResetFactor(action) => action.keys(keys),
            Self::MakeToken(action) => action.keys(keys),
        }
    }

    /// Names further rows, which depend on the rows loaded first.
    pub(super) fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        match self {
            Self::Resolve(action) => action.more_keys(view, at, keys),
            Self::ResolveCard(action) => action.more_keys(view, at, keys),
            Self::RefundInvoice(action) => action.more_keys(view, at, keys),
            Self::RefundPhone(action) => action.more_keys(view, at, keys),
            Self::Release(_) | Self::Operator(_) | Self::ResetFactor(_) | Self::MakeToken(_) => {}
        }
    }

    /// Runs the action; `author`: who proposed it.
    ///
    /// # Errors
    /// The action is refused.
    pub(super) fn run(
        &self,
        author: &Text,
        view: &mut View,
        At { now, rules, .. }: At<'_>,
    ) -> Result<(), ProposedActionRefusal> {
        match self {
            Self::Resolve(action) => {
                action.resolve(view, now, rules).map(|_| ()).map_err(ProposedActionRefusal::Resolve)
            }
            Self::ResolveCard(action) => {
                action.resolve(view, now, rules).map(|_| ()).map_err(ProposedActionRefusal::ResolveCard)
            }
            Self::Release(action) => action.release(view, now).map_err(ProposedActionRefusal::Release),
            Self::RefundInvoice(action) => {
                action.refund(view, now).map(|_| ()).map_err(ProposedActionRefusal::RefundInvoice)
            }
            Self::RefundPhone(action) => {
                action.refund(view, now).map(|_| ()).map_err(ProposedActionRefusal::RefundPhone)
            }
            Self::Operator(action) => action.register(author, view, now).map_err(ProposedActionRefusal::Operator),
            Self::ResetFactor(action) => action.reset(view).map_err(ProposedActionRefusal::ResetFactor),
            Self::MakeToken(action) => action.issue(author, view, now).map_err(ProposedActionRefusal::MakeToken),
        }
    }

    /// Checks whether the action could run now. An action that could not run is not proposed.
    pub(super) fn check(&self, view: &View) -> Result<(), ProposedActionRefusal> {
        match self {
            Self::Resolve(action) => action.check(view).map_err(ProposedActionRefusal::Resolve),
            Self::ResolveCard(action) => action.check(view).map(|_| ()).map_err(ProposedActionRefusal::ResolveCard),
            Self::Release(action) => action.check(view).map_err(ProposedActionRefusal::Release),
            Self::RefundInvoice(action) => action.check(view).map_err(ProposedActionRefusal::RefundInvoice),
            Self::RefundPhone(action) => action.check(view).map_err(ProposedActionRefusal::RefundPhone),
            Self::Operator(action) => action.check(view).map_err(ProposedActionRefusal::Operator),
            Self::ResetFactor(action) => action.check(view).map_err(ProposedActionRefusal::ResetFactor),
            Self::MakeToken(action) => action.check(view).map_err(ProposedActionRefusal::MakeToken),
        }
    }

    /// The existing row that the action replaces. Money in suspense and undecided card payments have none: each is decided once and never changes before.
    pub fn replaces<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        match self {
            Self::Resolve(action) => action.order.order(view).map(|row| Versioned::Order(row)),
            Self::RefundInvoice(action) => action.replaces(view),
            Self::RefundPhone(action) => action.replaces(view),
            Self::ResolveCard(_) | Self::Release(_) | Self::ResetFactor(_) | Self::MakeToken(_) => None,
            Self::Operator(action) => versioned(&action.operator.name, view),
        }
    }

    /// The audit entry of the action.
    pub(super) fn entry(&self) -> AuditEntry {
        match self {
            Self::Resolve(action) => action.entry(),
            Self::ResolveCard(action) => action.entry(),
            Self::Release(action) => {
                let detail = format!("{} to {}", rials(action.amount), action.account.0);
                AuditEntry { detail: Text::from(detail), ..action.entry() }
            }
            Self::RefundInvoice(action) => action.entry(),
            Self::RefundPhone(action) => action.entry(),
            Self::Operator(action) => action.entry(),
            Self::ResetFactor(action) => AuditEntry::new("reset second factor", &action.operator, ""),
            Self::MakeToken(action) => action.entry(),
        }
    }
}

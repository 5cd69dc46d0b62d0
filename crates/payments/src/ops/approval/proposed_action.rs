//! The actions that need two operators.

use crate::{
    Digest, IssueOperatorToken, RefundInvoice, RefundPhonePayment, RegisterOperator, ReleaseSuspense, ResetFactor,
    ResolveCardAttempt, ResolveOrder, Role,
};

/// An action that needs two operators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProposedAction {
    /// Decides an order whose outcome is unknown.
    Resolve(ResolveOrder),
    /// Decides a payment by another bank's card whose network does not tell its outcome.
    ResolveCard(ResolveCardAttempt),
    /// Moves money out of suspense.
    Release(ReleaseSuspense),
    /// Refunds all or a part of what was paid for an invoice.
    RefundInvoice(RefundInvoice),
    /// Refunds all or a part of a payment by telephone.
    RefundPhone(RefundPhonePayment),
    /// Makes an operator or changes its record. Only admins propose and approve it.
    Operator(RegisterOperator),
    /// Removes an operator's second factor. Only admins propose and approve it.
    ResetFactor(ResetFactor),
    /// Makes a token of the operators' API. Only admins propose and approve it.
    MakeToken(IssueOperatorToken),
}

impl ProposedAction {
    /// The lowest role that may propose and approve this action.
    pub(super) fn least_role(&self) -> Role {
        if self.needs_admin() { Role::Admin } else { Role::Operator }
    }

    /// Whether only admins may propose and approve this action.
    pub fn needs_admin(&self) -> bool {
        match self {
            Self::Resolve(_)
            | Self::ResolveCard(_)
            | Self::Release(_)
            | Self::RefundInvoice(_)
            | Self::RefundPhone(_) => false,
            Self::Operator(_) | Self::ResetFactor(_) | Self::MakeToken(_) => true,
        }
    }

    /// The action as it is stored after the decision: without the hashes of passwords and tokens, which are not needed any more.
    pub(super) fn decided(self) -> Self {
        match self {
            Self::MakeToken(action) => Self::MakeToken(IssueOperatorToken { hash: Digest([0; 32]), ..action }),
            Self::Operator(mut action) => {
                action.operator.password.clear();
                Self::Operator(action)
            }
            other => other,
        }
    }

    /// Whether two actions have the same kind and the same subject: order, card payment, money in suspense, invoice, telephone
    /// payment, operator or token.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resolve(one), Self::Resolve(other)) => one.order == other.order,
            (Self::ResolveCard(one), Self::ResolveCard(other)) => one.attempt == other.attempt,
            (Self::Release(one), Self::Release(other)) => one.transfer == other.transfer,
            (Self::RefundInvoice(one), Self::RefundInvoice(other)) => one.invoice == other.invoice,
            (Self::RefundPhone(one), Self::RefundPhone(other)) => one.order == other.order,
            (Self::Operator(one), Self::Operator(other)) => one.operator.name == other.operator.name,
            (Self::ResetFactor(one), Self::ResetFactor(other)) => one.operator == other.operator,
            (Self::MakeToken(one), Self::MakeToken(other)) => one.name == other.name,
            _ => false,
        }
    }
}

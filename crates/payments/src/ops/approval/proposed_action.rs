//! What takes two operators, as it is proposed and stored.

use crate::{
    Digest, IssueOperatorToken, RegisterOperator, ReleaseSuspense, ResetFactor, ResolveCardAttempt, ResolveOrder, Role,
};

/// What takes two operators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProposedAction {
    /// An order leaves the unknown.
    Resolve(ResolveOrder),
    /// A payment by a card of another bank leaves the unknown.
    ResolveCard(ResolveCardAttempt),
    /// Money leaves suspense.
    Release(ReleaseSuspense),
    /// An operator is made, or its record changes. Admins alone propose and approve it.
    Operator(RegisterOperator),
    /// An operator's second factor is taken away. Admins alone propose and approve it.
    ResetFactor(ResetFactor),
    /// A token of the operator's API is made. Admins alone propose and approve it.
    MakeToken(IssueOperatorToken),
}

impl ProposedAction {
    /// Who may propose and approve it.
    pub(super) fn least_role(&self) -> Role {
        if self.needs_admin() { Role::Admin } else { Role::Operator }
    }

    /// Whether only admins propose and approve it.
    pub fn needs_admin(&self) -> bool {
        match self {
            Self::Resolve(_) | Self::ResolveCard(_) | Self::Release(_) => false,
            Self::Operator(_) | Self::ResetFactor(_) | Self::MakeToken(_) => true,
        }
    }

    /// As it is kept once it is decided: hashes are needed no longer.
    pub(super) fn decided(self) -> Self {
        match self {
            Self::MakeToken(act) => Self::MakeToken(IssueOperatorToken { hash: Digest([0; 32]), ..act }),
            Self::Operator(mut act) => {
                act.operator.password.clear();
                Self::Operator(act)
            }
            other => other,
        }
    }

    /// Whether both are about the same order, payment, money, operator or token.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resolve(one), Self::Resolve(other)) => one.order == other.order,
            (Self::ResolveCard(one), Self::ResolveCard(other)) => one.attempt == other.attempt,
            (Self::Release(one), Self::Release(other)) => one.transfer == other.transfer,
            (Self::Operator(one), Self::Operator(other)) => one.operator.name == other.operator.name,
            (Self::ResetFactor(one), Self::ResetFactor(other)) => one.operator == other.operator,
            (Self::MakeToken(one), Self::MakeToken(other)) => one.name == other.name,
            _ => false,
        }
    }
}

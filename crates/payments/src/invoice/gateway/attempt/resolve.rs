//! An operator's decision of a payment by a card of another bank whose network does not say what became of it.

use std::sync::Arc;

use super::decide::{Outcome, decide, decision_keys};
use super::resolution::ResolveCardAttempt;
use super::row::CardAttempt;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, InvoiceRefusal, Now, OperatorCommand, Resolution, Rules, Text};

/// Why a payment is not decided, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResolveCardRefusal {
    /// There is no such payment.
    PaymentUnknown,
    /// The payment is already decided.
    PaymentDecided,
    /// The ledger, or the rows that wait for the payment, do not allow the decision.
    NotBooked(InvoiceRefusal),
}

impl ResolveCardAttempt {
    /// The payment, if it exists and is undecided.
    pub(crate) fn check(&self, view: &View) -> Result<Arc<CardAttempt>, ResolveCardRefusal> {
        let attempt = view.card_attempts.get(&self.attempt).ok_or(ResolveCardRefusal::PaymentUnknown)?;
        if attempt.state.is_undecided() { Ok(Arc::clone(attempt)) } else { Err(ResolveCardRefusal::PaymentDecided) }
    }

    /// Posts what the payment holds, or releases it.
    pub(crate) fn resolve(
        &self,
        view: &mut View,
        now: &Now,
        rules: &Rules,
    ) -> Result<Arc<CardAttempt>, ResolveCardRefusal> {
        let attempt = self.check(view)?;
        let outcome = match self.resolution {
            // The network's own number is not known; the slip's reference is the best that is.
            Resolution::Done => Outcome::Approved(Text::clone(&attempt.slip.rrn)),
            Resolution::Failed => Outcome::NotTaken,
        };
        decide(&attempt, outcome, view, now, rules).map_err(ResolveCardRefusal::NotBooked)
    }
}

impl Command for ResolveCardAttempt {
    type Done = Arc<CardAttempt>;
    type Refusal = ResolveCardRefusal;
    const NAME: &'static str = "ResolveCardAttempt";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.card_attempts.push(self.attempt);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        decision_keys(self.attempt, view, now, keys);
    }

    fn decide(
        &self,
        view: &mut View,
        At { now, rules, .. }: At<'_>,
    ) -> Result<Arc<CardAttempt>, Denial<ResolveCardRefusal>> {
        Ok(self.resolve(view, now, rules)?)
    }
}

impl OperatorCommand for ResolveCardAttempt {
    fn entry(&self) -> AuditEntry {
        let resolution = match self.resolution {
            Resolution::Done => "done",
            Resolution::Failed => "failed",
        };
        AuditEntry::new("resolve card payment", &self.attempt.0.to_string(), resolution)
    }
}

//! A payer's step in a session, and the command that runs it.

use std::fmt::Debug;

use super::step::Step;
use crate::invoice::credit::spend;
use crate::invoice::effects;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, GatewayRefusal, Measured, PayerVisit, StepBy};

/// The command of a payer's step in a session. [`GatewayStep`] adds the visit.
pub trait GatewayCommand: Debug + Send + 'static {
    /// What the caller gets.
    type Done: Debug + Send + 'static;
    /// Why this step is refused, beyond the checks of session and invoice.
    type Refusal: Debug + Send + 'static;
    /// The command's name in logs.
    const NAME: &'static str;
    /// Which browsers may take the step.
    const BY: StepBy = StepBy::Payer;

    /// Names the rows that the step needs in addition to session and invoice.
    fn keys(&self, _visit: &PayerVisit, _keys: &mut Keys) {}

    /// Names the rows that loaded rows refer to, in addition to those of session and invoice.
    fn more_keys(&self, _visit: &PayerVisit, _view: &View, _keys: &mut Keys) {}

    /// Decides the step.
    ///
    /// # Errors
    /// The first refusal in order of precedence, and whether the rows that were written are kept.
    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        at: At<'_>,
    ) -> Result<Self::Done, Denial<GatewayRefusal<Self::Refusal>>>;

    /// The step as a payment, for the metrics; `None`: it is no payment, or repeats one.
    fn measure(&self, _result: &Result<Self::Done, GatewayRefusal<Self::Refusal>>) -> Option<Measured> {
        None
    }
}

/// A payer's step in a session. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewayStep<C> {
    /// The payer, the session and the invoice.
    pub visit: PayerVisit,
    /// The command.
    pub command: C,
}

impl<C: GatewayCommand> Command for GatewayStep<C> {
    type Done = C::Done;
    type Refusal = GatewayRefusal<C::Refusal>;
    const NAME: &'static str = C::NAME;

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.gateway_sessions.push(self.visit.session);
        keys.invoices.push(self.visit.invoice.0);
        self.command.keys(&self.visit, keys);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        let visit = &self.visit;
        if let Some(invoice) = view.invoices.get(&visit.invoice.0) {
            effects::keys_of(invoice, now, keys);
        }
        if let Some(session) = view.gateway_sessions.get(&visit.session) {
            keys.vouchers.extend(session.voucher.as_ref().map(|code| visit.voucher(code)));
            keys.credit_books.extend(session.holder);
            spend::available_funds_keys(session.credits.iter().map(|(_, delegator)| *delegator), keys);
        }
        keys.accounts.extend(visit.caller.map(crate::wallet));
        self.command.more_keys(visit, view, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<C::Done, Denial<Self::Refusal>> {
        let step = self.visit.step(C::BY, view, at.now)?;
        self.command.decide(step, view, at)
    }

    fn measure(&self, result: &Result<C::Done, Self::Refusal>) -> Option<Measured> {
        self.command.measure(result)
    }
}

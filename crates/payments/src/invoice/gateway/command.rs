//! What a step of a payer is, and the command that takes it.

use std::fmt::Debug;

use super::step::Step;
use crate::invoice::credit::spend;
use crate::invoice::effects;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, GatewayRefusal, Measured, PayerVisit, StepBy};

/// A step of a payer in a session.
pub trait GatewayCommand: Debug + Send + 'static {
    /// What comes of it.
    type Done: Debug + Send + 'static;
    /// Why this step is refused, where the session and its invoice are as they should be.
    type Refusal: Debug + Send + 'static;
    /// What it is called in logs.
    const NAME: &'static str;
    /// Who may take it.
    const BY: StepBy = StepBy::Payer;

    /// Names the rows that it needs beside session and invoice.
    fn keys(&self, _visit: &PayerVisit, _keys: &mut Keys) {}

    /// Names the rows that loaded rows name, beside those of session and invoice.
    fn more_keys(&self, _visit: &PayerVisit, _view: &View, _keys: &mut Keys) {}

    /// Takes it.
    ///
    /// # Errors
    /// The first refusal in order of precedence, and whether what was written stays.
    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        at: At<'_>,
    ) -> Result<Self::Done, Denial<GatewayRefusal<Self::Refusal>>>;

    /// What it came to as a payment; `None`: it is none, or repeats one.
    fn measure(&self, _result: &Result<Self::Done, GatewayRefusal<Self::Refusal>>) -> Option<Measured> {
        None
    }
}

/// A step of a visit. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewayStep<C> {
    /// Who, and where.
    pub visit: PayerVisit,
    /// What is done.
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

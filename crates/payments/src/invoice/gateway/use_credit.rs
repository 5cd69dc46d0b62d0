//! Applying a credit to a session. No money is moved.

use std::sync::Arc;

use super::step::{Step, keep_session};
use crate::view::{Denial, Keys, View};
use crate::{At, GatewayCommand, GatewayRefusal, GatewaySession, PayerVisit, Text};

/// Most credits that a session can spend; further ones are ignored.
const CREDITS: usize = 20;

/// Adds a credit of the payer to those that the session spends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseCredit {
    /// The credit's name.
    pub hash: Text,
}

/// The payer has no such credit, or nothing is left of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CreditUnknown;

impl GatewayCommand for UseCredit {
    type Done = Arc<GatewaySession>;
    type Refusal = CreditUnknown;
    const NAME: &'static str = "UseCredit";

    fn keys(&self, visit: &PayerVisit, keys: &mut Keys) {
        keys.credit_books.extend(visit.caller);
    }

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<CreditUnknown>>> {
        let caller = step.visit.caller.ok_or(GatewayRefusal::LogIn)?;
        step.payable(view, now)?;
        let held = view.credit_books.get(&caller).map_or(&[][..], |book| &book.credits);
        let credit = held.iter().find(|credit| credit.hash == self.hash && credit.left.is_positive());
        let credit = credit.ok_or(GatewayRefusal::Step(CreditUnknown))?;
        let mut session = GatewaySession::clone(&step.session);
        if session.holder != Some(caller) {
            session.credits.clear();
        }
        session.holder = Some(caller);
        let chosen = (credit.id, credit.delegator);
        if !session.credits.contains(&chosen) && session.credits.len() < CREDITS {
            session.credits.push(chosen);
        }
        Ok(keep_session(view, session))
    }
}

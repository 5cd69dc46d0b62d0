//! A sandbox's card payment, which asks no network.

use std::convert::Infallible;
use std::sync::Arc;

use ledger::Rial;

use super::shares::Shares;
use super::step::{Step, measured};
use super::take::{By, take};
use crate::view::{Denial, View};
use crate::{At, CARD_NETWORK, CallAddress, CardSlip, GatewayCommand, GatewayRefusal, GatewaySession, Means, Measured};

/// A sandbox's card payment, which asks no network: the card network owes the money, as for other cards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayLocally {
    /// The numbers of the card payment, for the receipt and the invoice.
    pub slip: CardSlip,
    /// The call to the shop's address, with all its parameters.
    pub callback: Option<CallAddress>,
}

/// This is the first step of its session, which has neither voucher nor credit.
impl GatewayCommand for PayLocally {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "PayLocally";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, rules, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<Infallible>>> {
        step.payable(view, now)?;
        let rest = step.invoice.amounts.payable;
        let shares = Shares { voucher: Rial::ZERO, legs: Vec::new(), rest };
        let by = By { from: CARD_NETWORK, means: Means::Card(self.slip.clone()), owed: Some(rest) };
        Ok(take(&step, (shares, by), self.callback.as_ref(), view, now, Some(rules))?)
    }

    fn measure(&self, result: &Result<Arc<GatewaySession>, GatewayRefusal<Infallible>>) -> Option<Measured> {
        result.as_ref().ok().and_then(|session| measured(session))
    }
}

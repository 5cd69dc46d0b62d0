//! Paying from the payer's wallet what voucher and credit leave.

use std::sync::Arc;

use ledger::Rial;

use super::shares::shares;
use super::step::{Step, measured};
use super::take::{By, take};
use crate::invoice::effects::available;
use crate::view::{Denial, View};
use crate::{
    At, CallAddress, GATEWAY_HOLD, GatewayCommand, GatewayRefusal, GatewaySession, InvoiceRefusal, Means, Measured,
    VoucherGone, wallet,
};

/// Pays from the payer's wallet what voucher and credit leave. If they leave nothing, the payer need not be logged in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PayFromWallet {
    /// The rest that the payer was shown, in rials; `None`: it is not compared.
    pub shown: Option<Rial>,
    /// The call to the shop's address, with all its parameters.
    pub callback: Option<CallAddress>,
}

/// Why the wallet does not pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotTaken {
    /// The session's voucher can no longer be used.
    Voucher,
    /// The rest to pay is not the amount that the payer was shown.
    AmountChanged,
    /// The wallet, or a delegator's, does not have the money.
    Insufficient,
}

impl From<VoucherGone> for NotTaken {
    fn from(_: VoucherGone) -> Self {
        Self::Voucher
    }
}

impl GatewayCommand for PayFromWallet {
    type Done = Arc<GatewaySession>;
    type Refusal = NotTaken;
    const NAME: &'static str = "PayFromWallet";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<NotTaken>>> {
        let caller = step.visit.caller;
        let found = shares(&step, view);
        if caller.is_none() && !found.as_ref().is_ok_and(|shares| shares.rest == Rial::ZERO) {
            return Err(GatewayRefusal::LogIn.into());
        }
        step.payable(view, now)?;
        let shares = found?;
        if self.shown.is_some_and(|shown| shown != shares.rest) {
            return Err(GatewayRefusal::Step(NotTaken::AmountChanged).into());
        }
        let from = caller.map_or(GATEWAY_HOLD, wallet);
        if caller.is_some() && available(view, from) < shares.rest {
            return Err(GatewayRefusal::Step(NotTaken::Insufficient).into());
        }
        let by = By { from, means: Means::Wallet, owed: None };
        let taken = take(&step, (shares, by), self.callback.as_ref(), view, now, None);
        Ok(taken.map_err(|why| match why {
            InvoiceRefusal::Insufficient => GatewayRefusal::Step(NotTaken::Insufficient),
            why => why.into(),
        })?)
    }

    fn measure(&self, result: &Result<Arc<GatewaySession>, GatewayRefusal<NotTaken>>) -> Option<Measured> {
        match result {
            Ok(session) => measured(session),
            Err(GatewayRefusal::Step(NotTaken::Insufficient)) => Some(Measured::DECLINED),
            Err(_) => None,
        }
    }
}

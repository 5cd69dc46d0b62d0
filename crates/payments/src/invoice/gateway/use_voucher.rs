//! Applying a voucher to a session. No money is moved.

use std::sync::Arc;

use super::step::{Step, change_voucher, keep_session};
use crate::view::{Denial, Keys, View};
use crate::{At, GatewayCommand, GatewayRefusal, GatewaySession, PayerVisit, Text, Voucher, VoucherState};

/// Reserves a voucher of the issuer for the session; the one that it had is free again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseVoucher {
    /// Keyed hash of the voucher's code.
    pub code: Text,
}

/// There is no such voucher, or this session cannot have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VoucherUnknown;

impl GatewayCommand for UseVoucher {
    type Done = Arc<GatewaySession>;
    type Refusal = VoucherUnknown;
    const NAME: &'static str = "UseVoucher";

    fn keys(&self, visit: &PayerVisit, keys: &mut Keys) {
        keys.vouchers.push(visit.voucher(&self.code));
    }

    fn more_keys(&self, visit: &PayerVisit, view: &View, keys: &mut Keys) {
        keys.invoices.extend(Voucher::wanted_for(view, &visit.voucher(&self.code)));
    }

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<VoucherUnknown>>> {
        step.payable(view, now)?;
        let Step { session, invoice, visit } = step;
        let key = visit.voucher(&self.code);
        let usable = |voucher: &&Arc<Voucher>| voucher.is_free_for(&session.hash, view, now);
        let voucher = view.vouchers.get(&key).filter(usable).map(|voucher| Voucher::clone(voucher));
        let voucher = voucher.ok_or(GatewayRefusal::Step(VoucherUnknown))?;
        if session.voucher.as_ref() != Some(&key.code) {
            change_voucher(&session, invoice.issuer, VoucherState::Free, view);
        }
        let state = VoucherState::Reserved(session.hash, session.ends_at_ms, invoice.id);
        view.vouchers.put(key.clone(), Voucher { state, ..voucher });
        Ok(keep_session(view, GatewaySession { voucher: Some(key.code), ..GatewaySession::clone(&session) }))
    }
}

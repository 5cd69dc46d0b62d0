//! Choosing how to pay, going back: nothing here moves money.

use std::convert::Infallible;
use std::sync::Arc;

use super::take::{Shares, shares};
use super::{
    CARD_MINIMUM, CREDITS, GatewayCommand, GatewayRefusal, GatewaySession, PayerVisit, SESSION_MS, SessionState, Step,
    StepBy, VoucherGone, change_voucher, keep_session, leave_card_step,
};
use crate::invoice::effects::keep;
use crate::invoice::{Invoice, InvoiceState, NotInvoiced, Voucher, VoucherState};
use crate::view::{Denial, Keys, View};
use crate::{At, Now, Text};

/// Applies one voucher of the issuer, in the place of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseVoucher {
    /// The keyed hash of its code.
    pub code: Text,
}

/// There is no such voucher, or not for this session.
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

/// Applies a credit of the payer, beside those that are applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseCredit {
    /// Its name.
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

/// Opens the card step: no other session can pay meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenCardStep;

impl GatewayCommand for OpenCardStep {
    type Done = Arc<GatewaySession>;
    type Refusal = VoucherGone;
    const NAME: &'static str = "OpenCardStep";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<VoucherGone>>> {
        Ok(open_card_step(&step, view, now)?)
    }
}

/// See [`OpenCardStep`].
pub(super) fn open_card_step<R: From<VoucherGone>>(
    step: &Step<'_>,
    view: &mut View,
    now: &Now,
) -> Result<Arc<GatewaySession>, GatewayRefusal<R>> {
    step.payable(view, now)?;
    let Shares { rest, .. } = shares(step, view)?;
    if rest < CARD_MINIMUM {
        return Err(NotInvoiced::BelowCardMinimum.into());
    }
    let Step { session, invoice, .. } = step;
    let until_ms = now.at_ms.saturating_add(SESSION_MS);
    change_voucher(session, invoice.issuer, VoucherState::Reserved(session.hash, until_ms, invoice.id), view);
    keep(view, Invoice { state: InvoiceState::InGateway(until_ms), ..Invoice::clone(invoice) });
    let opened =
        GatewaySession { card_until_ms: Some(until_ms), ends_at_ms: until_ms, ..GatewaySession::clone(session) };
    Ok(keep_session(view, opened))
}

/// The payer goes back without having paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CancelVisit;

impl GatewayCommand for CancelVisit {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "CancelVisit";
    const BY: StepBy = StepBy::Browser;

    fn decide(
        &self,
        Step { session, invoice, .. }: Step<'_>,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<GatewaySession>, Denial<GatewayRefusal<Infallible>>> {
        change_voucher(&session, invoice.issuer, VoucherState::Free, view);
        leave_card_step(&session, &invoice, view, now);
        Ok(keep_session(view, GatewaySession { state: SessionState::Canceled, ..GatewaySession::clone(&session) }))
    }
}

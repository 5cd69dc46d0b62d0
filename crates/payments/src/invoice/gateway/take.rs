//! Taking the money: voucher, credit and the rest, posted together (pod.md 3.0, payment legs).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use ledger::{AccountId, Rial};

use super::{
    GatewayCommand, GatewayRefusal, GatewaySession, Receipt, SessionState, Step, VoucherGone, change_voucher,
    keep_session, measured,
};
use crate::invoice::accounts::{CARD_NETWORK, GATEWAY_HOLD, wallet};
use crate::invoice::effects::{Taken, available, moved, paid, post, purse, taken_by_card};
use crate::invoice::pay::spent;
use crate::invoice::{
    CardSlip, Credit, Invoice, Leg, Means, NotInvoiced, PartyId, Payment, VoucherKey, VoucherState, VoucherUse, legs,
};
use crate::outgoing::write_call;
use crate::view::{Denial, View};
use crate::{At, CallAddress, Measured, Now, Rules, Text};

/// A payment of a sandbox, done without asking anybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayLocally {
    /// What its card leaves behind.
    pub slip: CardSlip,
    /// Whom to call, with all that it is told.
    pub callback: Option<CallAddress>,
}

/// It is the first step of a session, which has neither voucher nor credit.
impl GatewayCommand for PayLocally {
    type Done = Arc<GatewaySession>;
    type Refusal = Infallible;
    const NAME: &'static str = "PayLocally";

    fn decide(
        &self,
        step: Step<'_>,
        view: &mut View,
        At { now, rules }: At<'_>,
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

/// Pays the rest from the payer's wallet. Where nothing is left to pay, nobody has to be known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PayFromWallet {
    /// What the payer was shown to be left; `None`: whatever is.
    pub shown: Option<Rial>,
    /// Whom to call, with all that it is told.
    pub callback: Option<CallAddress>,
}

/// Why the wallet does not pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotTaken {
    /// The voucher does not pay any more.
    Voucher,
    /// More or less is left to pay than the payer was shown.
    AmountChanged,
    /// The wallet does not have the money.
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
            NotInvoiced::Insufficient => GatewayRefusal::Step(NotTaken::Insufficient),
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

/// What pays how much of an invoice.
pub(super) struct Shares {
    /// What the session's voucher takes off.
    pub voucher: Rial,
    /// What credit pays.
    pub legs: Vec<Leg>,
    /// What is left for wallet or card.
    pub rest: Rial,
}

/// What voucher and credit of a session pay now, and what is left.
pub(super) fn shares<R: From<VoucherGone>>(step: &Step<'_>, view: &View) -> Result<Shares, GatewayRefusal<R>> {
    let Step { session, invoice, visit } = step;
    if session.holder.is_some() && !session.credits.is_empty() && session.holder != visit.caller {
        return Err(GatewayRefusal::LogIn);
    }
    let payable = invoice.amounts.payable;
    let voucher = match &session.voucher {
        None => Rial::ZERO,
        Some(code) => {
            let key = VoucherKey { issuer: invoice.issuer, code: Text::clone(code) };
            let reserved = view
                .vouchers
                .get(&key)
                .filter(|voucher| matches!(voucher.state, VoucherState::Reserved(by, ..) if by == session.hash));
            reserved.ok_or(GatewayRefusal::Step(VoucherGone.into()))?.value.min(payable)
        }
    };
    let still = payable.checked_sub(voucher).ok_or(NotInvoiced::Internal)?;
    let book = session.holder.and_then(|holder| view.credit_books.get(&holder));
    let held = book.map_or(&[][..], |book| &book.credits);
    let chosen = session.credits.iter().filter_map(|(id, _)| held.iter().find(|credit| credit.id == *id));
    let candidates: Vec<&Credit> = chosen.collect();
    let wallets: BTreeMap<PartyId, Rial> =
        candidates.iter().map(|credit| (credit.delegator, purse(view, credit.delegator))).collect();
    let legs = legs(&candidates, still, &wallets);
    let rest = legs.iter().try_fold(still, |rest, leg| rest.checked_sub(leg.amount)).ok_or(NotInvoiced::Internal)?;
    Ok(Shares { voucher, legs, rest })
}

/// What pays the rest.
pub(super) struct By {
    /// Where it comes from.
    pub from: AccountId,
    /// How it is called.
    pub means: Means,
    /// Of card money, what its network owes of it; `None`: it is here.
    pub owed: Option<Rial>,
}

/// Posts all legs, and ends the session with its receipt. Everything but the money was looked at before.
pub(super) fn take(
    step: &Step<'_>,
    (shares, by): (Shares, By),
    callback: Option<&CallAddress>,
    view: &mut View,
    now: &Now,
    rules: Option<&Rules>,
) -> Result<Arc<GatewaySession>, NotInvoiced> {
    let Step { session, invoice, visit } = step;
    let Shares { voucher, legs, rest } = shares;
    let (taken, to) = match invoice.terms.verification_needed {
        true => (Taken::ToBeVerified, GATEWAY_HOLD),
        false => (Taken::ForGood, invoice.open_account()),
    };
    let by_credit = legs.iter().filter_map(|leg| moved(wallet(leg.delegator), to, leg.amount));
    let steps: Vec<_> = by_credit.chain(moved(by.from, to, rest)).collect();
    post(view, &steps, now, invoice.id)?;
    if let Some(book) = session.holder.and_then(|holder| view.credit_books.get(&holder).cloned())
        && !legs.is_empty()
    {
        let book = spent(&book, &legs, view);
        view.credit_books.put(book.holder, book);
    }
    let mut vouchers = invoice.vouchers.clone();
    if let Some(code) = &session.voucher {
        change_voucher(session, invoice.issuer, VoucherState::Used(invoice.id), view);
        let (code, at_ms) = (Text::clone(code), now.at_ms);
        vouchers.push(VoucherUse { code, at_ms, amount: voucher, canceled: false });
    }
    let slip = match &by.means {
        Means::Card(slip) => Some(slip.clone()),
        _ => None,
    };
    let credit = legs.iter().try_fold(Rial::ZERO, |sum, leg| sum.checked_add(leg.amount));
    let credit = view.sound(credit, "gateway_session: what credit pays does not fit");
    let receipt = Receipt { at_ms: now.at_ms, slip, voucher, credit, rest };
    let payment = Payment { at_ms: now.at_ms, payer: visit.caller, means: by.means, rest, legs, promised_ms: None };
    let on_its_way = match (by.owed, rules) {
        (Some(owed), Some(rules)) => Some(taken_by_card(view, invoice, owed, now, rules)),
        _ => None,
    };
    if let Some(call) = callback {
        write_call(view, invoice.issuer, call, now);
    }
    paid(view, &Invoice { on_its_way, vouchers, ..Invoice::clone(invoice) }, payment, taken, now);
    Ok(keep_session(view, GatewaySession { state: SessionState::Took(receipt), ..GatewaySession::clone(session) }))
}

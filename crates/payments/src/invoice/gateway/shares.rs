//! How much of an invoice voucher, credit and the rest pay.

use std::collections::BTreeMap;

use ledger::Rial;

use super::step::Step;
use crate::invoice::credit::available_funds;
use crate::view::View;
use crate::{Credit, GatewayRefusal, InvoiceRefusal, Leg, PartyId, Text, VoucherGone, VoucherKey, VoucherState, legs};

/// How much of an invoice voucher, credit and the rest pay.
pub(super) struct Shares {
    /// What the session's voucher takes off, in rials.
    pub voucher: Rial,
    /// The parts that credit pays.
    pub legs: Vec<Leg>,
    /// What is left for wallet or card, in rials.
    pub rest: Rial,
}

/// What the session's voucher and credit pay now, and what is left. An error if the credit is another party's, or the voucher is gone.
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
    let still = payable.checked_sub(voucher).ok_or(InvoiceRefusal::Internal)?;
    let book = session.holder.and_then(|holder| view.credit_books.get(&holder));
    let held = book.map_or(&[][..], |book| &book.credits);
    let chosen = session.credits.iter().filter_map(|(id, _)| held.iter().find(|credit| credit.id == *id));
    let candidates: Vec<&Credit> = chosen.collect();
    let wallets: BTreeMap<PartyId, Rial> =
        candidates.iter().map(|credit| (credit.delegator, available_funds(view, credit.delegator))).collect();
    let (legs, rest) = legs(&candidates, still, wallets);
    Ok(Shares { voucher, legs, rest })
}

//! Paying an invoice: from a wallet and by credit, outside of the platform, at a terminal of the shop (pod.md 3.2, 3.3, 3.6, 3.9).
//!
//! Order of refusals: the invoice, the caller's right, the invoice's state, the service's own rules, money.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::Rial;

use super::accounts::{CARD_NETWORK, wallet};
use super::call::measured;
use super::effects::{Taken, enabled, invoice, moved, paid, payable, post, purse, purse_keys, taken_by_card};
use super::{
    Credit, CreditBook, Delegations, Invoice, InvoiceId, Leg, Means, NotInvoiced, PartyId, Payer, Payment, PosKey,
    PosSlip, PosTransaction, legs,
};
use crate::view::{Denial, Keys, View};
use crate::{At, InvoiceCommand, Measured, Now, SsoConsent, SsoConsentKey, Text};

/// Whose invoices a service pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Those issued to the caller.
    Own,
    /// Anybody's.
    Any,
}

/// Pays from the caller's wallet, and first by the credit that is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByCredit {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Credit to be spent first.
    pub delegations: Delegations,
    /// Whether it must be the caller's own.
    pub whose: Whose,
}

impl InvoiceCommand for PayByCredit {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayByCredit";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.accounts.push(wallet(caller));
        if !self.delegations.is_none() {
            keys.credit_books.push(caller);
        }
    }

    fn more_keys(&self, caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        let held = view.credit_books.get(&caller).map_or(&[][..], |book| &book.credits);
        purse_keys(self.delegations.candidates(caller, held).iter().map(|credit| credit.delegator), keys);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = invoice(view, self.invoice)?;
        if self.whose == Whose::Own && invoice.customer != Some(caller) {
            return Err(NotInvoiced::NotForCaller.into());
        }
        payable(view, &invoice, Payer::Party(caller), now)?;
        let book = view.credit_books.get(&caller).map(Arc::clone);
        let held = book.as_ref().map_or(&[][..], |book| &book.credits);
        // What is named and is not there would silently be the wallet's to pay.
        if let Some(field) = self.delegations.misnamed(caller, held) {
            return Err(NotInvoiced::Invalid(field).into());
        }
        let candidates = self.delegations.candidates(caller, held);
        let forced = self.delegations.forced;
        Ok(pay_from_wallet(view, &invoice, caller, (&candidates, book.as_deref(), forced), now)?)
    }

    fn measure(&self, result: &Result<Arc<Invoice>, NotInvoiced>) -> Option<Measured> {
        measured(result)
    }
}

/// Pays from a party's wallet what its credit does not pay. `of`: the candidates in their order, the book that they are of, and whether
/// nothing else may pay.
pub(super) fn pay_from_wallet(
    view: &mut View,
    invoice: &Invoice,
    payer: PartyId,
    (candidates, book, forced): (&[&Credit], Option<&CreditBook>, bool),
    now: &Now,
) -> Result<Arc<Invoice>, NotInvoiced> {
    let payable = invoice.amounts.payable;
    let wallets: BTreeMap<PartyId, Rial> =
        candidates.iter().map(|credit| (credit.delegator, purse(view, credit.delegator))).collect();
    let legs = legs(candidates, payable, &wallets);
    let delegated = legs.iter().try_fold(Rial::ZERO, |sum, leg| sum.checked_add(leg.amount));
    let rest = delegated.and_then(|delegated| payable.checked_sub(delegated)).ok_or(NotInvoiced::Internal)?;
    if forced && rest.is_positive() {
        return Err(NotInvoiced::CreditShort);
    }
    let to = invoice.open_account();
    let by_credit = legs.iter().filter_map(|leg| moved(wallet(leg.delegator), to, leg.amount));
    let steps: Vec<_> = by_credit.chain(moved(wallet(payer), to, rest)).collect();
    post(view, &steps, now, invoice.id)?;
    if let (Some(book), false) = (book, legs.is_empty()) {
        let book = spent(book, &legs, view);
        view.credit_books.put(book.holder, book);
    }
    let payment = Payment { at_ms: now.at_ms, payer: Some(payer), means: Means::Wallet, rest, legs, promised_ms: None };
    Ok(paid(view, invoice, payment, Taken::ForGood, now))
}

/// A book of credits after some of them were spent.
pub(super) fn spent(book: &CreditBook, legs: &[Leg], view: &mut View) -> CreditBook {
    let mut book = book.clone();
    for leg in legs {
        if let Some(credit) = book.credits.iter_mut().find(|credit| credit.id == leg.credit) {
            let left = credit.left.checked_sub(leg.amount).filter(|left| *left >= Rial::ZERO);
            credit.left = view.sound(left, "credit_book: a leg is more than its credit");
        }
    }
    book
}

/// Pays an invoice of the caller's from its customer's wallet, by the customer's standing permission (second-edition.md 4.8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayByPermission {
    /// Which invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for PayByPermission {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayByPermission";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn more_keys(&self, caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        if let Some(customer) = view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer) {
            keys.parties.push(customer);
            keys.sso_consents.push(SsoConsentKey { party: customer, client: caller });
        }
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let customer = invoice.customer.ok_or(NotInvoiced::NoCustomer)?;
        enabled(view, customer)?;
        let key = SsoConsentKey { party: customer, client: caller };
        let consent = view.sso_consents.get(&key).map(|consent| **consent).ok_or(NotInvoiced::NoPermission)?;
        let standing = consent.standing().ok_or(NotInvoiced::NoPermission)?;
        let standing = standing.with_payment(invoice.amounts.payable, now).ok_or(NotInvoiced::PermissionShort)?;
        let paid = pay_from_wallet(view, &invoice, customer, (&[], None, false), now)?;
        view.sso_consents.put(key, SsoConsent { standing: Some(standing), ..consent });
        Ok(paid)
    }
}

/// Notes that an invoice was paid without this platform: no money is moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayOutside {
    /// Which invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for PayOutside {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayOutside";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let payment = Payment {
            at_ms: now.at_ms,
            payer: None,
            means: Means::Outside,
            rest: Rial::ZERO,
            legs: Vec::new(),
            promised_ms: None,
        };
        Ok(paid(view, &invoice, payment, Taken::ForGood, now))
    }
}

/// An invoice that the caller has issued.
pub(super) fn of_issuer(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, NotInvoiced> {
    let invoice = invoice(view, id)?;
    if invoice.issuer == caller { Ok(invoice) } else { Err(NotInvoiced::NotPermitted) }
}

/// Claims a payment that was made at a terminal of the shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByPos {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// The payment.
    pub transaction: PosKey,
}

impl InvoiceCommand for PayByPos {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayByPos";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, _caller: PartyId, keys: &mut Keys) {
        keys.pos_transactions.push(self.transaction.clone());
        keys.pos_terminals.push(Text::clone(&self.transaction.terminal));
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, rules }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let terminal = view.pos_terminals.get(&self.transaction.terminal);
        let mine = terminal.is_some_and(|t| t.business == caller && t.merchant == self.transaction.merchant);
        let payable = invoice.amounts.payable;
        let fits = |found: &&Arc<PosTransaction>| {
            mine && found.deposit_id == invoice.id.0 && found.amount == payable && found.claimed_by.is_none()
        };
        let found = view.pos_transactions.get(&self.transaction).filter(fits).cloned();
        let found = found.ok_or(NotInvoiced::PosUnknown)?;
        post(view, &Vec::from_iter(moved(CARD_NETWORK, invoice.open_account(), payable)), now, invoice.id)?;
        let claimed = PosTransaction { claimed_by: Some(invoice.id), ..PosTransaction::clone(&found) };
        view.pos_transactions.put(self.transaction.clone(), claimed);
        let [terminal, reference, tracking] =
            [&self.transaction.terminal, &self.transaction.reference, &self.transaction.tracking].map(Text::clone);
        let means = Means::Pos(PosSlip { terminal, reference, tracking });
        let payment =
            Payment { at_ms: now.at_ms, payer: None, means, rest: payable, legs: Vec::new(), promised_ms: None };
        let on_its_way = Some(taken_by_card(view, &invoice, payable, now, rules));
        Ok(paid(view, &Invoice { on_its_way, ..Invoice::clone(&invoice) }, payment, Taken::ForGood, now))
    }

    fn measure(&self, result: &Result<Arc<Invoice>, NotInvoiced>) -> Option<Measured> {
        measured(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CreditId, Ids};

    #[test]
    fn a_leg_beyond_its_credit_is_a_contradiction_and_leaves_no_credit_at_nothing() {
        let (delegator, holder) = (PartyId(103), PartyId(201));
        let credit = Credit { id: CreditId(1), delegator, holder, hash: Text::from("h"), left: Rial::new(5) };
        let book = CreditBook { holder, credits: vec![credit] };
        for (amount, left, contradiction) in
            [(5, 0, None), (4, 1, None), (6, 0, Some("credit_book: a leg is more than its credit"))]
        {
            let mut view = View::new(Ids::from(1));
            let legs = [Leg { credit: CreditId(1), delegator, amount: Rial::new(amount) }];
            assert_eq!(spent(&book, &legs, &mut view).credits[0].left, Rial::new(left), "{amount}");
            assert_eq!(view.contradiction, contradiction, "{amount}");
        }
    }
}

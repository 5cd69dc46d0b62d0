//! Paying an invoice with a code, by a call.

use std::sync::Arc;

use super::counting::{count_right, count_wrong, counted_keys, is_closed};
use super::pay_code::OF_PAY_CODE;
use crate::invoice::call::measured;
use crate::invoice::credit::available_funds_keys;
use crate::invoice::effects::payable;
use crate::invoice::find::{enabled, invoice, of_either, verified_mobile};
use crate::invoice::pay::pay_from_wallet;
use crate::ops::message::write_call;
use crate::view::{Denial, Keys, View};
use crate::wrong_tries::WrongTries;
use crate::{
    At, CallAddress, Counted, Credit, Digest, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, Measured, Now,
    PartyId, PayCode, Payer, Text,
};

/// Pays an invoice with a code, from the customer's wallet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayWithCode {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Keyed hash of the code that came back.
    pub hash: Digest,
    /// Keyed hash of the same text for each other invoice whose code went to this number: such a code, used or not, is not counted as wrong.
    pub others: Vec<(InvoiceId, Digest)>,
    /// The call to make when the code has paid.
    pub call: Option<CodeCall>,
}

/// The call that follows a payment by a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeCall {
    /// The address as the code's row has it. If another code with another address was sent in the meantime, no call is made.
    pub stored: CallAddress,
    /// The same address, with the parameters of the call.
    pub called: CallAddress,
}

impl PayWithCode {
    /// Names the codes that the decision compares.
    pub(super) fn rows(&self, keys: &mut Keys) {
        keys.pay_codes.push(self.invoice);
        keys.pay_codes.extend(self.others.iter().map(|(invoice, _)| *invoice));
    }

    /// Names the rows that the loaded invoice and its code refer to.
    pub(super) fn more_rows(&self, view: &View, keys: &mut Keys) {
        counted_keys(self.invoice, view, keys);
        keys.parties.extend(view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer));
        let Some(code) = view.pay_codes.get(&self.invoice) else { return };
        available_funds_keys(code.credits.iter().map(|(_, delegator)| *delegator), keys);
        if !code.credits.is_empty() {
            keys.credit_books.extend(view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer));
        }
    }

    /// Pays. `caller` is the party that confirms by a call; `None`: the code came back by SMS.
    pub(super) fn pay(
        &self,
        caller: Option<PartyId>,
        view: &mut View,
        now: &Now,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = match caller {
            Some(caller) => of_either(view, self.invoice, caller)?,
            None => invoice(view, self.invoice)?,
        };
        payable(view, &invoice, caller.map_or(Payer::Gateway, Payer::Party), now)?;
        let customer = invoice.customer.ok_or(InvoiceRefusal::NoCustomer)?;
        let mut counted = vec![Counted::Invoice(invoice.id), Counted::Customer(customer)];
        // Wrong codes that come back by SMS must not close the issuer.
        counted.extend((caller == Some(invoice.issuer)).then_some(Counted::Issuer(invoice.issuer)));
        if is_closed(&counted, view, now) {
            return Err(InvoiceRefusal::WrongCode.into());
        }
        // A code is valid only while the customer's verified number is the one that it was sent to.
        let mobile = verified_mobile(view, customer);
        let is_open = |code: &&Arc<PayCode>| code.is_open(now.at_ms) && mobile.as_ref() == Some(&code.mobile);
        let code = view.pay_codes.get(&self.invoice).filter(is_open).map(Arc::clone);
        if code.as_ref().is_none_or(|code| code.hash != self.hash) {
            if let Some(code) = &code {
                let tries = WrongTries::counted(code.tries).and_one(OF_PAY_CODE, now).count;
                if !self.is_of_another(&code.mobile, view) {
                    view.pay_codes.put(self.invoice, PayCode { tries, ..PayCode::clone(code) });
                    count_wrong(&counted, view, now);
                }
            }
            return Err(Denial::Declined(InvoiceRefusal::WrongCode));
        }
        let code = code.ok_or(InvoiceRefusal::WrongCode)?;
        count_right(invoice.id, view, now);
        enabled(view, customer)?;
        let book = view.credit_books.get(&customer).map(Arc::clone);
        let held = book.as_ref().map_or(&[][..], |book| &book.credits);
        let credit = |(id, _): &(crate::CreditId, PartyId)| held.iter().find(|credit| credit.id == *id);
        let candidates: Vec<&Credit> = code.credits.iter().filter_map(credit).collect();
        let paid = pay_from_wallet(view, &invoice, customer, (&candidates, book.as_deref(), code.forced), now)?;
        if let Some(call) = self.call.as_ref().filter(|call| code.call.as_ref() == Some(&call.stored)) {
            write_call(view, invoice.issuer, invoice.id.0, &call.called, now);
        }
        Ok(paid)
    }

    /// Whether the text is the code of another invoice that this number was sent.
    fn is_of_another(&self, mobile: &Text, view: &View) -> bool {
        self.others.iter().any(|(invoice, hash)| {
            view.pay_codes.get(invoice).is_some_and(|code| code.mobile == *mobile && code.hash == *hash)
        })
    }
}

/// The command as a call.
impl InvoiceCommand for PayWithCode {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayWithCode";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, _caller: PartyId, keys: &mut Keys) {
        self.rows(keys);
    }

    fn more_keys(&self, _caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        self.more_rows(view, keys);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        self.pay(Some(caller), view, now)
    }

    fn measure(&self, result: &Result<Arc<Invoice>, InvoiceRefusal>) -> Option<Measured> {
        measured(result)
    }
}

//! Issuing an invoice (pod.md 3.11).

use std::sync::Arc;

use super::effects::keep;
use super::words::index;
use crate::view::{Denial, Keys, View};
use crate::{
    At, Bill, BillKey, BillNumber, Invoice, InvoiceCommand, InvoiceId, InvoiceLine, InvoiceRefusal, InvoiceState,
    Issuance, Now, PartyId, PricedLines, Terms, Text,
};

/// Whether an invoice is issued, or only previewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Issue {
    /// The invoice is written.
    Really,
    /// The invoice is returned without a number and not written.
    Preview,
}

/// Issues an invoice, or previews it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueInvoice {
    /// The guild in which the issuer is paid.
    pub guild: i64,
    /// The party that it is issued to; `None`: any payer.
    pub customer: Option<PartyId>,
    /// A mobile number that the issuer gives; empty: none.
    pub cellphone: Text,
    /// The issuer's bill number; `None`: none.
    pub bill_number: Option<BillNumber>,
    /// 64 random bits that links name the invoice by.
    pub unique: u64,
    /// The request's reference number.
    pub reference_number: Text,
    /// The lines with their amounts; line numbers are assigned when the invoice is issued.
    pub lines: PricedLines,
    /// The issuer's terms.
    pub terms: Terms,
    /// Whether the invoice is issued or previewed.
    pub issue: Issue,
}

impl IssueInvoice {
    fn bill(&self, issuer: PartyId) -> Option<BillKey> {
        self.bill_number.as_ref().map(|number| number.key(issuer))
    }

    fn invoice(&self, issuer: PartyId, id: InvoiceId, lines: Vec<InvoiceLine>, now: &Now) -> Invoice {
        let issuance = Issuance {
            issuer,
            guild: self.guild,
            customer: self.customer,
            cellphone: Text::clone(&self.cellphone),
            unique: self.unique,
            reference_number: Text::clone(&self.reference_number),
            issued_at_ms: now.at_ms,
            amounts: self.lines.amounts(),
            rate_micro: self.lines.rate_micro(),
            lines,
            terms: self.terms.clone(),
            replaces: None,
        };
        Invoice::issued(id, self.bill_number.as_ref().map(|number| Text::clone(number.sent())), issuance)
    }
}

impl InvoiceCommand for IssueInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "IssueInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        None
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.parties.push(caller);
        keys.parties.extend(self.customer);
        keys.bills.extend(self.bill(caller));
    }

    fn more_keys(&self, caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        let bill = self.bill(caller).and_then(|key| view.bills.get(&key).map(|bill| bill.invoice));
        keys.invoices.extend(bill);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let of_guild = view.parties.get(&caller).is_some_and(|party| party.is_of_guild(self.guild));
        if self.customer == Some(caller) {
            return Err(InvoiceRefusal::IssuedToSelf.into());
        }
        if self.customer.is_some_and(|customer| view.parties.get(&customer).is_none()) {
            return Err(InvoiceRefusal::PartyUnknown.into());
        }
        if !of_guild {
            return Err(InvoiceRefusal::GuildForeign.into());
        }
        let bill = self.bill(caller);
        if let Some(known) = bill.as_ref().and_then(|key| view.bills.get(key)) {
            let canceled = view.invoices.get(&known.invoice).map(|invoice| &invoice.state);
            let of_canceled = matches!(canceled, Some(InvoiceState::Canceled(_)));
            let why = if of_canceled { InvoiceRefusal::BillNumberOfCanceled } else { InvoiceRefusal::BillNumberUsed };
            return Err(why.into());
        }
        if self.issue == Issue::Preview {
            return Ok(Arc::new(self.invoice(caller, InvoiceId(0), self.lines.lines().to_vec(), now)));
        }
        let lines = self.lines.numbered(&mut view.ids);
        // Taken after the lines' numbers, so that it is greater: a store continues from the greatest number among its rows, and lines are no rows.
        let id = InvoiceId(view.ids.take());
        let invoice = self.invoice(caller, id, lines, now);
        if let Some(key) = bill {
            view.bills.put(key.clone(), Bill { key, invoice: id });
        }
        index(view, &invoice);
        Ok(keep(view, invoice))
    }
}

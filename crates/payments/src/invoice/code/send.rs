//! Sending a customer an SMS to pay an invoice with.

use std::sync::Arc;

use ledger::Rial;

use super::counting::{count_sending, counted_keys};
use crate::invoice::credit::{available_funds, available_funds_keys};
use crate::invoice::effects::payable;
use crate::invoice::find::{of_either, verified_mobile};
use crate::invoice::link::given_by;
use crate::ops::message::{write_code, write_sms};
use crate::view::{Denial, Keys, View};
use crate::{
    At, CallAddress, Counted, Credit, Delegations, Digest, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal,
    MessageId, Now, PartyId, PayCode, PayLink, Payer, Provenance, Text, legs,
};

/// Most credits that an SMS lists and its code spends.
const CREDITS: usize = 3;

/// The content of an SMS to a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SmsContent {
    /// A code, given by its keyed hash, and possibly a link. The text is sent from memory and not stored.
    Code(Digest),
    /// A link without anything secret. The text is stored.
    Text(Text),
}

/// Sends a customer an SMS to pay an invoice with. The result is the code whose SMS is to be sent; `None`: the SMS has no code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendPaymentSms {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The content of the SMS.
    pub sms: SmsContent,
    /// The link in the SMS, if there is one.
    pub link: Option<PayLink>,
    /// The call to make when the code or the link has paid.
    pub call: Option<CallAddress>,
    /// Credit to spend first when the code comes back.
    pub delegations: Delegations,
    /// Delegators of the customer's credits, as read before the decision: their wallets are loaded.
    pub delegators: Vec<PartyId>,
}

/// A code that was written, and whose SMS has to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeWritten {
    /// The message to send.
    pub message: MessageId,
    /// The number to send it to.
    pub mobile: Text,
    /// The invoice that the code pays.
    pub invoice: Arc<Invoice>,
    /// The credits that pay first, by their names.
    pub credits: Vec<Text>,
    /// When the code expires, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl SendPaymentSms {
    /// The credits that the code will spend, at most [`CREDITS`].
    ///
    /// # Errors
    /// A delegation names no credit of the customer, or only credit may pay and does not cover the invoice.
    fn usable<'a>(
        &self,
        customer: PartyId,
        held: &'a [Credit],
        invoice: &Invoice,
        view: &View,
    ) -> Result<Vec<&'a Credit>, InvoiceRefusal> {
        if self.delegations.is_none() {
            return Ok(Vec::new());
        }
        if let Some(field) = self.delegations.misnamed(customer, held) {
            return Err(InvoiceRefusal::Invalid(field));
        }
        let candidates = self.delegations.candidates(customer, held);
        let wallets =
            candidates.iter().map(|credit| (credit.delegator, available_funds(view, credit.delegator))).collect();
        let (legs, _) = legs(&candidates, invoice.amounts.payable, wallets);
        let spent = |credit: &&&Credit| legs.iter().any(|leg| leg.credit == credit.id);
        let credits: Vec<&Credit> = candidates.iter().filter(spent).copied().take(CREDITS).collect();
        let sum = legs.iter().take(CREDITS).try_fold(Rial::ZERO, |sum, leg| sum.checked_add(leg.amount));
        if self.delegations.forced && sum.is_none_or(|sum| sum < invoice.amounts.payable) {
            return Err(InvoiceRefusal::CreditShort);
        }
        Ok(credits)
    }
}

impl InvoiceCommand for SendPaymentSms {
    type Done = Option<CodeWritten>;
    const NAME: &'static str = "SendPaymentSms";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, _caller: PartyId, keys: &mut Keys) {
        keys.pay_codes.push(self.invoice);
    }

    fn more_keys(&self, _caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        let customer = view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer);
        keys.parties.extend(customer);
        counted_keys(self.invoice, view, keys);
        if !self.delegations.is_none() {
            keys.credit_books.extend(customer);
            available_funds_keys(self.delegators.iter().copied(), keys);
        }
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Option<CodeWritten>, Denial<InvoiceRefusal>> {
        let invoice = of_either(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let customer = invoice.customer.ok_or(InvoiceRefusal::NoCustomer)?;
        let mobile = verified_mobile(view, customer).ok_or(InvoiceRefusal::MobileNotVerified)?;
        let book = view.credit_books.get(&customer).map(Arc::clone);
        let held = book.as_ref().map_or(&[][..], |book| &book.credits);
        let credits = self.usable(customer, held, &invoice, view)?;
        let counted = [Counted::Invoice(invoice.id), Counted::Customer(customer), Counted::Issuer(invoice.issuer)];
        count_sending(&counted, view, now)?;
        // Only the business itself may replace an address that it has given (second-edition.md 4.4).
        let is_its_own = |call: &&CallAddress| call.provenance == Provenance::Business && caller != invoice.issuer;
        let known = view.pay_codes.get(&invoice.id).and_then(|code| code.call.as_ref().filter(is_its_own).cloned());
        let call = known.or_else(|| given_by(self.call.as_ref(), caller, invoice.issuer));
        if let Some(link) = &self.link {
            let link = PayLink { call: call.clone(), ..link.clone() };
            view.pay_links.put(link.hash, link);
        }
        let hash = match &self.sms {
            SmsContent::Text(text) => {
                write_sms(view, &mobile, text, Some(invoice.id.0), now);
                return Ok(None);
            }
            SmsContent::Code(hash) => *hash,
        };
        let code = PayCode {
            invoice: invoice.id,
            mobile: Text::clone(&mobile),
            hash,
            at_ms: now.at_ms,
            tries: 0,
            credits: credits.iter().map(|credit| (credit.id, credit.delegator)).collect(),
            forced: self.delegations.forced,
            call,
        };
        let (message, ends_at_ms) = (write_code(view, &mobile, Some(invoice.id.0), now), code.ends_at_ms());
        view.pay_codes.put(invoice.id, code);
        // The names that the delegators gave the credits, never the caller's text: the SMS speaks in the platform's name.
        let hashes = credits.iter().map(|credit| Text::clone(&credit.hash)).collect();
        Ok(Some(CodeWritten { message, mobile, invoice, credits: hashes, ends_at_ms }))
    }
}

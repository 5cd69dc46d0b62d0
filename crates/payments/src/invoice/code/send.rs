//! Sending a customer an SMS to pay with.

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

/// Credits that an SMS lists, and that its code spends, at most.
const CREDITS: usize = 3;

/// What an SMS to a customer carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SmsContent {
    /// A code, of which this is the keyed hash; and perhaps a link. Its text is sent from memory.
    Code(Digest),
    /// A link and nothing to be kept from anybody: this text.
    Text(Text),
}

/// Sends a customer an SMS to pay with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendPaymentSms {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// What it carries.
    pub carried: SmsContent,
    /// The link that is in it.
    pub link: Option<PayLink>,
    /// Who is called when its code has paid.
    pub call: Option<CallAddress>,
    /// Credit to be spent first, should the code come back.
    pub delegations: Delegations,
    /// Whose money that credit may be: those who have given any to the customer, as known before the decision.
    pub purses: Vec<PartyId>,
}

/// A code that was written, and whose SMS is still to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeWritten {
    /// The message.
    pub message: MessageId,
    /// Whom it goes to.
    pub mobile: Text,
    /// What it is about.
    pub invoice: Arc<Invoice>,
    /// The credits that pay first.
    pub credits: Vec<Text>,
    /// When the code ends, in milliseconds of Unix time.
    pub ends_at_ms: i64,
}

impl SendPaymentSms {
    /// The credits that will be spent, [`CREDITS`] at most.
    ///
    /// # Errors
    /// Something names no credit of the customer, or nothing else may pay and they do not.
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
            available_funds_keys(self.purses.iter().copied(), keys);
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
        // What the business has given is its own to change (second-edition.md 4.4).
        let is_its_own = |call: &&CallAddress| call.provenance == Provenance::Business && caller != invoice.issuer;
        let known = view.pay_codes.get(&invoice.id).and_then(|code| code.call.as_ref().filter(is_its_own).cloned());
        let call = known.or_else(|| given_by(self.call.as_ref(), caller, invoice.issuer));
        if let Some(link) = &self.link {
            let link = PayLink { call: call.clone(), ..link.clone() };
            view.pay_links.put(link.hash, link);
        }
        let hash = match &self.carried {
            SmsContent::Text(text) => {
                write_sms(view, &mobile, text, now);
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
        let (message, ends_at_ms) = (write_code(view, &mobile, now), code.ends_at_ms());
        view.pay_codes.put(invoice.id, code);
        // As they are named by who gave them, never as the caller wrote them: the SMS speaks in the platform's name.
        let hashes = credits.iter().map(|credit| Text::clone(&credit.hash)).collect();
        Ok(Some(CodeWritten { message, mobile, invoice, credits: hashes, ends_at_ms }))
    }
}

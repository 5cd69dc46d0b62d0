//! Paying by SMS: a code, or a link, goes to the customer (pod.md 3.1, 3.4, 3.5, 3.10, 7).

use std::sync::Arc;

use ledger::Rial;

use super::call::measured;
use super::code_count::{Counted, count_right, count_sending, count_wrong, is_closed};
use super::effects::{enabled, invoice, keys_of, payable, purse, purse_keys};
use super::pay::{of_issuer, pay_from_wallet};
use super::row::given_by;
use super::{
    Credit, Delegations, Invoice, InvoiceId, NotInvoiced, PAY_CODE_TRIES, PartyId, PayCode, PayLink, Payer, legs,
};
use crate::outgoing::{write_call, write_code, write_sms};
use crate::view::{Denial, Keys, View};
use crate::{At, CallAddress, Command, Digest, InvoiceCommand, Measured, MessageId, Now, Provenance, Text};

/// Credits that an SMS lists, and that its code spends, at most.
const CREDITS: usize = 3;

/// What an SMS to a customer carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Carried {
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
    pub carried: Carried,
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

/// Names the counts of an invoice's codes.
fn counted_keys(invoice: InvoiceId, view: &View, keys: &mut Keys) {
    keys.code_counts.push(Counted::Invoice(invoice));
    if let Some(invoice) = view.invoices.get(&invoice) {
        keys.code_counts.push(Counted::Issuer(invoice.issuer));
        keys.code_counts.extend(invoice.customer.map(Counted::Customer));
    }
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
    ) -> Result<Vec<&'a Credit>, NotInvoiced> {
        if self.delegations.is_none() {
            return Ok(Vec::new());
        }
        if let Some(field) = self.delegations.misnamed(customer, held) {
            return Err(NotInvoiced::Invalid(field));
        }
        let candidates = self.delegations.candidates(customer, held);
        let wallets = candidates.iter().map(|credit| (credit.delegator, purse(view, credit.delegator))).collect();
        let legs = legs(&candidates, invoice.amounts.payable, &wallets);
        let spent = |credit: &&&Credit| legs.iter().any(|leg| leg.credit == credit.id);
        let credits: Vec<&Credit> = candidates.iter().filter(spent).copied().take(CREDITS).collect();
        let sum = legs.iter().take(CREDITS).try_fold(Rial::ZERO, |sum, leg| sum.checked_add(leg.amount));
        if self.delegations.forced && sum.is_none_or(|sum| sum < invoice.amounts.payable) {
            return Err(NotInvoiced::CreditShort);
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
            purse_keys(self.purses.iter().copied(), keys);
        }
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Option<CodeWritten>, Denial<NotInvoiced>> {
        let invoice = of_either(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let customer = invoice.customer.ok_or(NotInvoiced::NoCustomer)?;
        let mobile = verified_mobile(view, customer).ok_or(NotInvoiced::MobileNotVerified)?;
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
            Carried::Text(text) => {
                write_sms(view, &mobile, text, now);
                return Ok(None);
            }
            Carried::Code(hash) => *hash,
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

fn verified_mobile(view: &View, party: PartyId) -> Option<Text> {
    view.parties.get(&party)?.verified_mobile().cloned()
}

/// An invoice that the caller has issued, or that was issued to the caller.
fn of_either(view: &View, id: InvoiceId, caller: PartyId) -> Result<Arc<Invoice>, NotInvoiced> {
    let invoice = invoice(view, id)?;
    let either = invoice.issuer == caller || invoice.customer == Some(caller);
    if either { Ok(invoice) } else { Err(NotInvoiced::NotPermitted) }
}

/// Pays with a code from the customer's wallet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayWithCode {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Keyed hash of the code as it came back.
    pub hash: Digest,
    /// The same for other invoices that the number was sent codes for: one of theirs, used or not, is no try.
    pub others: Vec<(InvoiceId, Digest)>,
    /// Who is called when it has paid.
    pub call: Option<CodeCall>,
}

/// The call of a code that has paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeCall {
    /// As the code has it: another code, sent in between, has another one.
    pub given: CallAddress,
    /// The same with all that it is told.
    pub told: CallAddress,
}

impl PayWithCode {
    fn rows(&self, keys: &mut Keys) {
        keys.pay_codes.push(self.invoice);
        keys.pay_codes.extend(self.others.iter().map(|(invoice, _)| *invoice));
    }

    fn more_rows(&self, view: &View, keys: &mut Keys) {
        counted_keys(self.invoice, view, keys);
        keys.parties.extend(view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer));
        let Some(code) = view.pay_codes.get(&self.invoice) else { return };
        purse_keys(code.credits.iter().map(|(_, delegator)| *delegator), keys);
        if !code.credits.is_empty() {
            keys.credit_books.extend(view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer));
        }
    }

    /// `caller`: who confirms by a call; `None`: the code came back by SMS.
    fn pay(&self, caller: Option<PartyId>, view: &mut View, now: &Now) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = match caller {
            Some(caller) => of_either(view, self.invoice, caller)?,
            None => invoice(view, self.invoice)?,
        };
        payable(view, &invoice, caller.map_or(Payer::Gateway, Payer::Party), now)?;
        let customer = invoice.customer.ok_or(NotInvoiced::NoCustomer)?;
        let mut counted = vec![Counted::Invoice(invoice.id), Counted::Customer(customer)];
        // Replies by SMS must not close a shop.
        counted.extend((caller == Some(invoice.issuer)).then_some(Counted::Issuer(invoice.issuer)));
        if is_closed(&counted, view, now) {
            return Err(NotInvoiced::WrongCode.into());
        }
        // A code is the customer's while the number is that it went to.
        let mobile = verified_mobile(view, customer);
        let is_open = |code: &&Arc<PayCode>| code.is_open(now.at_ms) && mobile.as_ref() == Some(&code.mobile);
        let code = view.pay_codes.get(&self.invoice).filter(is_open).map(Arc::clone);
        if code.as_ref().is_none_or(|code| code.hash != self.hash) {
            if let Some(code) = &code {
                let tries = (code.tries + 1).min(PAY_CODE_TRIES);
                if !self.is_of_another(&code.mobile, view) {
                    view.pay_codes.put(self.invoice, PayCode { tries, ..PayCode::clone(code) });
                    count_wrong(&counted, view, now);
                }
            }
            return Err(Denial::Declined(NotInvoiced::WrongCode));
        }
        let code = code.ok_or(NotInvoiced::WrongCode)?;
        count_right(invoice.id, view, now);
        enabled(view, customer)?;
        let book = view.credit_books.get(&customer).map(Arc::clone);
        let held = book.as_ref().map_or(&[][..], |book| &book.credits);
        let credit = |(id, _): &(super::CreditId, PartyId)| held.iter().find(|credit| credit.id == *id);
        let candidates: Vec<&Credit> = code.credits.iter().filter_map(credit).collect();
        let paid = pay_from_wallet(view, &invoice, customer, (&candidates, book.as_deref(), code.forced), now)?;
        if let Some(call) = self.call.as_ref().filter(|call| code.call.as_ref() == Some(&call.given)) {
            write_call(view, invoice.issuer, &call.told, now);
        }
        Ok(paid)
    }

    /// Whether it is the code of another invoice that this number was sent.
    fn is_of_another(&self, mobile: &Text, view: &View) -> bool {
        self.others.iter().any(|(invoice, hash)| {
            view.pay_codes.get(invoice).is_some_and(|code| code.mobile == *mobile && code.hash == *hash)
        })
    }
}

/// By a call.
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
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        self.pay(Some(caller), view, now)
    }

    fn measure(&self, result: &Result<Arc<Invoice>, NotInvoiced>) -> Option<Measured> {
        measured(result)
    }
}

/// By an SMS, whose sender the platform need not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayBySms {
    /// With which code.
    pub code: PayWithCode,
}

impl Command for PayBySms {
    type Done = Arc<Invoice>;
    type Refusal = NotInvoiced;
    const NAME: &'static str = "PayBySms";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.invoices.push(self.code.invoice);
        self.code.rows(keys);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.code.invoice) {
            keys_of(invoice, now, keys);
        }
        self.code.more_rows(view, keys);
    }

    fn decide(&self, view: &mut View, At { now, .. }: At<'_>) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        self.code.pay(None, view, now)
    }

    fn measure(&self, result: &Result<Arc<Invoice>, NotInvoiced>) -> Option<Measured> {
        measured(result)
    }
}

/// Sends somebody else a link to pay with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendPaymentLink {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Who shall pay.
    pub to: PartyId,
    /// The SMS.
    pub text: Text,
}

impl InvoiceCommand for SendPaymentLink {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "SendPaymentLink";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.parties.push(self.to);
        keys.code_counts.extend([Counted::Customer(self.to), Counted::Issuer(caller)]);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        invoice(view, self.invoice)?;
        view.parties.get(&self.to).ok_or(NotInvoiced::PartyUnknown)?;
        let invoice = of_either(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let mobile = verified_mobile(view, self.to).ok_or(NotInvoiced::MobileNotVerified)?;
        count_sending(&[Counted::Customer(self.to), Counted::Issuer(caller)], view, now)?;
        write_sms(view, &mobile, &self.text, now);
        Ok(invoice)
    }
}

/// Makes a link that anybody can pay with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MakePayLink {
    /// The link.
    pub link: PayLink,
}

impl InvoiceCommand for MakePayLink {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "MakePayLink";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.link.invoice)
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let link = &self.link;
        let invoice = of_issuer(view, link.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        view.pay_links.put(link.hash, link.made_by(caller, invoice.issuer));
        Ok(invoice)
    }
}

//! A call about an invoice: its one-time token, and what it wants.
//!
//! A token is used up whatever becomes of the call, and a wrong code is counted.

use std::sync::Arc;

use super::effects::keys_of;
use super::issue::{IssueInvoice, ReduceInvoice};
use super::pay::{PayByCredit, PayByPos};
use super::promise::{PayInFuture, SetOff, TransferOut};
use super::sms::{PayWithCode, SendPaymentLink, SendPaymentSms};
use super::{Invoice, InvoiceId, NotInvoiced, PartyId, PayLink, TakingId, UsedOtt};
use super::{life, pay, promise, settle, sms};
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Measured, MessageId, Now, Rules, Text};

/// What a call wants.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum InvoiceVerb {
    /// Nothing but to use up its token.
    Nothing,
    Issue(Box<IssueInvoice>),
    PayByCredit(PayByCredit),
    /// It is paid from its customer's wallet, by the customer's standing permission.
    PayByPermission(InvoiceId),
    /// It was paid without this platform.
    PayOutside(InvoiceId),
    PayByPos(Box<PayByPos>),
    PayInFuture(PayInFuture),
    SetOff(SetOff),
    SendPaymentSms(Box<SendPaymentSms>),
    PayWithCode(PayWithCode),
    SendPaymentLink(SendPaymentLink),
    MakeLink(Box<PayLink>),
    Verify(InvoiceId),
    VerifyAndClose(InvoiceId),
    Close(InvoiceId),
    Cancel(InvoiceId),
    Reduce(Box<ReduceInvoice>),
    TransferOut(TransferOut),
}

/// A call about an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoicing {
    /// Who calls; `None`: somebody whom the platform need not know, by SMS.
    pub caller: Option<PartyId>,
    /// The one-time token that it came with.
    pub ott: Option<UsedOtt>,
    /// What it wants.
    pub verb: InvoiceVerb,
}

/// What came of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvoiceDone {
    /// There is nothing to tell.
    Nothing,
    /// The invoice as it stands now.
    Invoice(Arc<Invoice>),
    /// A code was written, and its SMS shall be sent.
    CodeWritten {
        /// The message.
        message: MessageId,
        /// Whom it goes to.
        mobile: Text,
        /// What it is about.
        invoice: Arc<Invoice>,
        /// The credits that pay first.
        credits: Vec<Text>,
        /// When the code ends, in milliseconds of Unix time.
        ends_at_ms: i64,
    },
}

impl Invoicing {
    /// The invoice that is changed, if it is one that is there.
    fn invoice(&self) -> Option<InvoiceId> {
        match &self.verb {
            InvoiceVerb::Nothing | InvoiceVerb::Issue(_) | InvoiceVerb::SetOff(_) => None,
            InvoiceVerb::PayByCredit(verb) => Some(verb.invoice),
            InvoiceVerb::PayByPos(verb) => Some(verb.invoice),
            InvoiceVerb::PayInFuture(verb) => Some(verb.invoice),
            InvoiceVerb::SendPaymentSms(verb) => Some(verb.invoice),
            InvoiceVerb::PayWithCode(verb) => Some(verb.invoice),
            InvoiceVerb::SendPaymentLink(verb) => Some(verb.invoice),
            InvoiceVerb::MakeLink(link) => Some(link.invoice),
            InvoiceVerb::Reduce(verb) => Some(verb.invoice),
            InvoiceVerb::TransferOut(verb) => Some(verb.invoice),
            InvoiceVerb::PayOutside(id)
            | InvoiceVerb::PayByPermission(id)
            | InvoiceVerb::Verify(id)
            | InvoiceVerb::VerifyAndClose(id)
            | InvoiceVerb::Close(id)
            | InvoiceVerb::Cancel(id) => Some(*id),
        }
    }
}

impl Command for Invoicing {
    type Done = InvoiceDone;
    type Refusal = NotInvoiced;

    fn name(&self) -> &'static str {
        "Invoicing"
    }

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.used_otts.extend(self.ott.map(|ott| ott.value));
        keys.invoices.extend(self.invoice());
        match (&self.verb, self.caller) {
            (InvoiceVerb::Issue(verb), Some(caller)) => verb.keys(caller, keys),
            (InvoiceVerb::PayByCredit(verb), Some(caller)) => verb.keys(caller, keys),
            (InvoiceVerb::PayInFuture(verb), Some(caller)) => verb.keys(caller, keys),
            (InvoiceVerb::SetOff(verb), Some(caller)) => verb.keys(caller, keys),
            (InvoiceVerb::TransferOut(verb), Some(caller)) => verb.keys(caller, keys),
            (InvoiceVerb::PayByPos(verb), _) => verb.keys(keys),
            (InvoiceVerb::PayWithCode(verb), _) => verb.keys(keys),
            (InvoiceVerb::SendPaymentLink(verb), Some(caller)) => verb.keys(caller, keys),
            _ => {}
        }
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = self.invoice().and_then(|id| view.invoices.get(&id)) {
            keys_of(invoice, now, keys);
        }
        match (&self.verb, self.caller) {
            (InvoiceVerb::Issue(verb), Some(caller)) => verb.more_keys(caller, view, keys),
            (InvoiceVerb::PayByCredit(verb), Some(caller)) => verb.more_keys(caller, view, keys),
            (InvoiceVerb::SetOff(verb), _) => {
                let both = [verb.creditor, verb.debtor];
                both.iter().filter_map(|id| view.invoices.get(id)).for_each(|invoice| keys_of(invoice, now, keys));
            }
            (InvoiceVerb::PayByPermission(id), Some(caller)) => pay::permission_keys(*id, caller, view, keys),
            (InvoiceVerb::SendPaymentSms(verb), _) => verb.more_keys(view, keys),
            (InvoiceVerb::PayWithCode(verb), _) => verb.more_keys(view, keys),
            (InvoiceVerb::Reduce(verb), _) => verb.more_keys(view, keys),
            _ => {}
        }
    }

    fn decide(&self, view: &mut View, At { now, rules }: At<'_>) -> Result<InvoiceDone, Denial<NotInvoiced>> {
        let Some(ott) = self.ott else { return self.run(view, now, rules) };
        if view.used_otts.get(&ott.value).is_some() {
            return Err(NotInvoiced::TokenUsed.into());
        }
        view.used_otts.put(ott.value, ott);
        // Whatever becomes of the call, its token stays used up.
        view.attempt_or_decline(|view| self.run(view, now, rules)).map_err(Denial::Declined)
    }

    fn measure(&self, result: &Result<InvoiceDone, NotInvoiced>) -> Option<Measured> {
        match (&self.verb, result) {
            (InvoiceVerb::PayByCredit(_) | InvoiceVerb::PayByPos(_) | InvoiceVerb::PayWithCode(_), result) => {
                match result {
                    Ok(InvoiceDone::Invoice(invoice)) => Some(Measured::done(invoice.amounts.payable)),
                    Ok(InvoiceDone::Nothing | InvoiceDone::CodeWritten { .. }) => None,
                    Err(NotInvoiced::NotPayable(_)) => None,
                    Err(_) => Some(Measured::DECLINED),
                }
            }
            _ => None,
        }
    }
}

impl Invoicing {
    fn run(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<InvoiceDone, Denial<NotInvoiced>> {
        let caller = self.caller.ok_or(NotInvoiced::NotPermitted);
        let invoice = match &self.verb {
            InvoiceVerb::Nothing => return Ok(InvoiceDone::Nothing),
            InvoiceVerb::SendPaymentSms(verb) => return Ok(verb.decide(caller?, view, now)?),
            InvoiceVerb::PayWithCode(verb) => return Ok(InvoiceDone::Invoice(verb.decide(self.caller, view, now)?)),
            InvoiceVerb::Issue(verb) => verb.decide(caller?, view, now),
            InvoiceVerb::PayByCredit(verb) => verb.decide(caller?, view, now),
            InvoiceVerb::PayByPermission(id) => pay::pay_by_permission(*id, caller?, view, now),
            InvoiceVerb::PayOutside(id) => pay::pay_outside(*id, caller?, view, now),
            InvoiceVerb::PayByPos(verb) => verb.decide(caller?, view, now, rules),
            InvoiceVerb::PayInFuture(verb) => verb.decide(caller?, view, now),
            InvoiceVerb::SetOff(verb) => verb.decide(caller?, view, now, rules),
            InvoiceVerb::SendPaymentLink(verb) => verb.decide(caller?, view, now),
            InvoiceVerb::MakeLink(link) => sms::make_link(link, caller?, view, now),
            InvoiceVerb::Verify(id) => life::verify(*id, caller?, view, now),
            InvoiceVerb::VerifyAndClose(id) => life::verify_and_close(*id, caller?, view, now),
            InvoiceVerb::Close(id) => life::close(*id, caller?, view, now),
            InvoiceVerb::Cancel(id) => life::cancel(*id, caller?, view, now),
            InvoiceVerb::Reduce(verb) => verb.decide(caller?, view, now),
            InvoiceVerb::TransferOut(verb) => verb.decide(caller?, view, now),
        }?;
        Ok(InvoiceDone::Invoice(invoice))
    }
}

/// What the clock does with an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InvoiceJob {
    /// An hour has passed since the gateway took the money.
    VerificationTimeOut,
    /// The day of a future payment has come.
    FutureDue,
    /// The card network has settled; another invoice may pay this one.
    SetOffDue,
    /// It was paid long enough ago to be closed.
    CloseTimeOut,
}

impl InvoiceJob {
    pub(crate) fn more_keys(id: InvoiceId, view: &View, now: &Now, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&id) {
            keys_of(invoice, now, keys);
        }
    }

    pub(crate) fn run(self, id: InvoiceId, view: &mut View, now: &Now, rules: &Rules) -> Result<(), NotInvoiced> {
        match self {
            Self::VerificationTimeOut => life::verification_timed_out(id, view, now),
            Self::FutureDue => promise::future_due(id, view, now),
            Self::SetOffDue => promise::set_off_due(id, view, now, rules),
            Self::CloseTimeOut => life::close_timed_out(id, view, now),
        }
    }
}

/// Names what the settlement of a taking touches.
pub(crate) fn taking_keys(id: TakingId, view: &View, keys: &mut Keys) {
    settle::keys_of(id, view, keys);
}

/// Settles a taking.
pub(crate) fn settle_taking(id: TakingId, view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
    settle::settle(id, view, now)
}

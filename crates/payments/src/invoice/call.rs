//! A call about an invoice: its caller, its one-time token, and the command.
//!
//! The token is used up even if the command is refused, and a wrong code stays counted.

use std::fmt::Debug;
use std::sync::Arc;

use super::effects::keys_of;
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Invoice, InvoiceId, InvoiceRefusal, Measured, Now, PartyId, UsedOtt};

/// The command of a call about an invoice. [`InvoiceCall`] adds the caller and the one-time token.
pub trait InvoiceCommand: Debug + Send + 'static {
    /// What the caller gets.
    type Done: Debug + Send + 'static;
    /// The command's name in logs.
    const NAME: &'static str;

    /// The existing invoice that the command changes; `None`: there is none, or the command names its rows itself.
    fn invoice(&self) -> Option<InvoiceId>;

    /// Names the rows that the command needs in addition to its invoice.
    fn keys(&self, _caller: PartyId, _keys: &mut Keys) {}

    /// Names the rows that loaded rows refer to, in addition to those of its invoice.
    fn more_keys(&self, _caller: PartyId, _view: &View, _now: &Now, _keys: &mut Keys) {}

    /// Decides the command.
    ///
    /// # Errors
    /// The first refusal in order of precedence, and whether the rows that were written are kept.
    fn decide(&self, caller: PartyId, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<InvoiceRefusal>>;

    /// The command as a payment, for the metrics; `None`: it is no payment, or repeats one.
    fn measure(&self, _result: &Result<Self::Done, InvoiceRefusal>) -> Option<Measured> {
        None
    }
}

/// The measurement of a payment by a call.
pub(super) fn measured(result: &Result<Arc<Invoice>, InvoiceRefusal>) -> Option<Measured> {
    match result {
        Ok(invoice) => Some(Measured::done(invoice.amounts.payable)),
        Err(InvoiceRefusal::NotPayable(_)) => None,
        Err(_) => Some(Measured::DECLINED),
    }
}

/// A call about an invoice. See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceCall<C> {
    /// The party that calls.
    pub caller: PartyId,
    /// The one-time token of the call; `None`: the call needs none.
    pub ott: Option<UsedOtt>,
    /// The command.
    pub command: C,
}

/// Uses up the one-time token of a call that changes nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpendOtt;

impl InvoiceCommand for SpendOtt {
    type Done = ();
    const NAME: &'static str = "SpendOtt";

    fn invoice(&self) -> Option<InvoiceId> {
        None
    }

    fn decide(&self, _caller: PartyId, _view: &mut View, _at: At<'_>) -> Result<(), Denial<InvoiceRefusal>> {
        Ok(())
    }
}

impl<C: InvoiceCommand> Command for InvoiceCall<C> {
    type Done = C::Done;
    type Refusal = InvoiceRefusal;
    const NAME: &'static str = C::NAME;

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.used_otts.extend(self.ott.map(|ott| ott.value));
        keys.invoices.extend(self.command.invoice());
        self.command.keys(self.caller, keys);
    }

    fn more_keys(&self, view: &View, At { now, .. }: At<'_>, keys: &mut Keys) {
        if let Some(invoice) = self.command.invoice().and_then(|id| view.invoices.get(&id)) {
            keys_of(invoice, now, keys);
        }
        self.command.more_keys(self.caller, view, now, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<C::Done, Denial<InvoiceRefusal>> {
        let Some(ott) = self.ott else { return self.command.decide(self.caller, view, at) };
        if view.used_otts.get(&ott.value).is_some() {
            return Err(InvoiceRefusal::TokenUsed.into());
        }
        view.used_otts.put(ott.value, ott);
        // The token stays used up even if the command is refused.
        view.attempt_or_decline(|view| self.command.decide(self.caller, view, at)).map_err(Denial::Declined)
    }

    fn measure(&self, result: &Result<C::Done, InvoiceRefusal>) -> Option<Measured> {
        self.command.measure(result)
    }
}

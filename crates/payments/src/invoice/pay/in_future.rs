//! Registering a payment for a future day: the money is blocked at once (pod.md 3.8).

use std::sync::Arc;

use crate::invoice::effects::{Taken, arm_for, available, keep, moved, origin, paid, payable, post};
use crate::invoice::find::invoice;
use crate::view::{Denial, Keys, View};
use crate::{
    At, BlockedFrom, CivilDate, FuturePayment, Invoice, InvoiceCommand, InvoiceId, InvoiceJob, InvoiceRefusal,
    InvoiceState, Means, Now, PartyId, Payer, Payment, blocked, tehran_midnight_ms,
};

/// Registers a payment for a future day, and blocks its money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayInFuture {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The day; the invoice is paid at its first instant in Tehran.
    pub date: CivilDate,
    /// The account that pays: the caller's wallet, or one of its guilds.
    pub from: BlockedFrom,
}

impl InvoiceCommand for PayInFuture {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayInFuture";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.parties.push(caller);
        keys.accounts.extend([blocked(caller), origin(caller, &self.from)]);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = invoice(view, self.invoice)?;
        if invoice.customer != Some(caller) {
            return Err(InvoiceRefusal::NotForCaller.into());
        }
        match &invoice.state {
            InvoiceState::Future(future) if future.by == caller => return Err(InvoiceRefusal::FutureTwice.into()),
            _ => payable(view, &invoice, Payer::Party(caller), now)?,
        }
        if let BlockedFrom::Guild(guild) = self.from
            && !view.parties.get(&caller).is_some_and(|party| party.is_of_guild(guild))
        {
            return Err(InvoiceRefusal::GuildForeign.into());
        }
        let at_ms = tehran_midnight_ms(self.date).ok_or(InvoiceRefusal::NotAfterToday)?;
        if self.date <= now.date {
            return Err(InvoiceRefusal::NotAfterToday.into());
        }
        let (source, payable) = (origin(caller, &self.from), invoice.amounts.payable);
        if available(view, source) < payable {
            return Err(InvoiceRefusal::BlockShort.into());
        }
        post(view, &Vec::from_iter(moved(source, blocked(caller), payable)), now, invoice.id)?;
        arm_for(view, at_ms, InvoiceJob::FutureDue, invoice.id);
        let state = InvoiceState::Future(FuturePayment { by: caller, from: self.from.clone(), at_ms });
        Ok(keep(view, invoice.in_state(state)))
    }
}

/// Pays an invoice with the blocked money, if the day of its future payment has come.
pub(crate) fn future_due(id: InvoiceId, view: &mut View, now: &Now) -> Result<(), InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    let InvoiceState::Future(future) = &invoice.state else { return Ok(()) };
    if future.at_ms > now.at_ms {
        return Ok(());
    }
    let payable = invoice.amounts.payable;
    post(view, &Vec::from_iter(moved(blocked(future.by), invoice.open_account(), payable)), now, id)?;
    let means = match future.from {
        BlockedFrom::Wallet => Means::Wallet,
        BlockedFrom::Guild(_) => Means::Guild,
    };
    let payment = Payment {
        at_ms: now.at_ms,
        payer: Some(future.by),
        means,
        rest: payable,
        legs: Vec::new(),
        promised_ms: Some(future.at_ms),
    };
    paid(view, &invoice, payment, Taken::ForGood, now);
    Ok(())
}

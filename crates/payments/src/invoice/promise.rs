//! Payments that are promised: on a day to come, or by another invoice (pod.md 3.7, 3.8). Their money is blocked at once.

use std::sync::Arc;

use ledger::Rial;

use super::accounts::{blocked, guild_free, wallet};
use super::effects::{Taken, arm_for, available, invoice, keep, keys_of, moved, origin, paid, payable, post, received};
use super::life::free_steps;
use super::{
    BlockedFrom, FuturePayment, Invoice, InvoiceId, InvoiceJob, InvoiceState, Means, NotInvoiced, NotPayable, PartyId,
    Payer, Payment, Pledge, SetOffSource,
};
use crate::view::{Denial, Keys, View};
use crate::{At, CivilDate, InvoiceCommand, Now, Rules, tehran_midnight_ms};

/// Registers a payment for a day to come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayInFuture {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// The day, whose first instant in Tehran is when it is paid.
    pub date: CivilDate,
    /// Whose money.
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
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = invoice(view, self.invoice)?;
        if invoice.customer != Some(caller) {
            return Err(NotInvoiced::NotForCaller.into());
        }
        match &invoice.state {
            InvoiceState::Future(future) if future.by == caller => return Err(NotInvoiced::FutureTwice.into()),
            _ => payable(view, &invoice, Payer::Party(caller), now)?,
        }
        if let BlockedFrom::Guild(guild) = self.from
            && !view.parties.get(&caller).is_some_and(|party| party.is_of_guild(guild))
        {
            return Err(NotInvoiced::GuildForeign.into());
        }
        let at_ms = tehran_midnight_ms(self.date).ok_or(NotInvoiced::NotAfterToday)?;
        if self.date <= now.date {
            return Err(NotInvoiced::NotAfterToday.into());
        }
        let (source, payable) = (origin(caller, &self.from), invoice.amounts.payable);
        if available(view, source) < payable {
            return Err(NotInvoiced::BlockShort.into());
        }
        post(view, &Vec::from_iter(moved(source, blocked(caller), payable)), now, invoice.id)?;
        arm_for(view, at_ms, InvoiceJob::FutureDue, invoice.id);
        let state = InvoiceState::Future(FuturePayment { by: caller, from: self.from.clone(), at_ms });
        Ok(keep(view, Invoice { state, ..Invoice::clone(&invoice) }))
    }
}

/// The day of a future payment has come.
pub(super) fn future_due(id: InvoiceId, view: &mut View, now: &Now) -> Result<(), NotInvoiced> {
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

/// Has an unpaid invoice that was issued to the caller be paid by a paid one that the caller has issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOff {
    /// The unpaid one.
    pub creditor: InvoiceId,
    /// The paid one.
    pub debtor: InvoiceId,
}

impl InvoiceCommand for SetOff {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "SetOff";

    fn invoice(&self) -> Option<InvoiceId> {
        None
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.invoices.extend([self.creditor, self.debtor]);
        keys.accounts.push(blocked(caller));
    }

    fn more_keys(&self, _caller: PartyId, view: &View, now: &Now, keys: &mut Keys) {
        let both = [self.creditor, self.debtor];
        both.iter().filter_map(|id| view.invoices.get(id)).for_each(|invoice| keys_of(invoice, now, keys));
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, rules }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let to = view.invoices.get(&self.creditor).map(Arc::clone).ok_or(NotInvoiced::CreditorUnknown)?;
        let by = view.invoices.get(&self.debtor).map(Arc::clone).ok_or(NotInvoiced::DebtorUnknown)?;
        if to.customer != Some(caller) || by.issuer != caller || to.id == by.id {
            return Err(NotInvoiced::NotPermitted.into());
        }
        if let InvoiceState::SetOff(_) = to.state {
            return Err(NotInvoiced::SetOffPending.into());
        }
        payable(view, &to, Payer::Party(caller), now)?;
        match by.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(_) => return Err(NotPayable::Closed.into()),
            InvoiceState::Waiting(_) => return Err(NotPayable::Waiting.into()),
            InvoiceState::Payed(_) => {}
            _ => return Err(NotInvoiced::SourceNotPayed.into()),
        }
        if by.pledge.is_some() {
            return Err(NotInvoiced::SetOffPending.into());
        }
        let payable = to.amounts.payable;
        if received(&by, view) < payable {
            return Err(NotInvoiced::Insufficient.into());
        }
        post(view, &Vec::from_iter(moved(by.open_account(), blocked(caller), payable)), now, to.id)?;
        arm_for(view, rules.set_off_ms(now), InvoiceJob::SetOffDue, to.id);
        let pledge = Some(Pledge { to: to.id, amount: payable, done: false, freed: false });
        keep(view, Invoice { pledge, ..Invoice::clone(&by) });
        let state = InvoiceState::SetOff(SetOffSource { invoice: by.id, guild: by.guild });
        Ok(keep(view, Invoice { state, ..Invoice::clone(&to) }))
    }
}

/// The card network has settled: what waits for it is paid, if the money of its source was among that.
pub(super) fn set_off_due(id: InvoiceId, view: &mut View, now: &Now, rules: &Rules) -> Result<(), NotInvoiced> {
    let invoice = invoice(view, id)?;
    let (InvoiceState::SetOff(source), Some(customer)) = (&invoice.state, invoice.customer) else { return Ok(()) };
    let by = self::invoice(view, source.invoice)?;
    if by.on_its_way.is_some_and(|on_its_way| on_its_way.at_ms <= now.at_ms) {
        // It is being settled at this very moment: behind that.
        arm_for(view, now.at_ms, InvoiceJob::SetOffDue, id);
        return Ok(());
    }
    if !by.is_settled() {
        arm_for(view, rules.set_off_ms(now), InvoiceJob::SetOffDue, id);
        return Ok(());
    }
    let payable = invoice.amounts.payable;
    // What is left of its source is withdrawable from now on: no closing is waited for (003_0631e51326d2a326.txt, 29800). That of a safe one is
    // its payer's to close.
    let freed = !by.terms.safe;
    let mut steps = Vec::from_iter(moved(blocked(customer), invoice.open_account(), payable));
    if freed {
        steps.extend(free_steps(&by, view));
    }
    post(view, &steps, now, id)?;
    let pledge = by.pledge.map(|pledge| Pledge { done: true, freed, ..pledge });
    keep(view, Invoice { pledge, ..Invoice::clone(&by) });
    let means = Means::Invoice(by.id);
    let payment =
        Payment { at_ms: now.at_ms, payer: Some(customer), means, rest: payable, legs: Vec::new(), promised_ms: None };
    paid(view, &invoice, payment, Taken::ForGood, now);
    Ok(())
}

/// Transfers money out of a closed invoice to its payer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransferOut {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// How much.
    pub amount: Rial,
    /// Whose money: the business's wallet, or what is free in one of its guilds.
    pub from: BlockedFrom,
    /// The business's own name of the transfer: one of all its.
    pub unique_id: Option<crate::Text>,
}

impl TransferOut {
    fn key(&self, caller: PartyId) -> Option<super::UniqueIdKey> {
        let unique_id = self.unique_id.clone()?;
        Some(super::UniqueIdKey { business: caller, unique_id })
    }
}

impl InvoiceCommand for TransferOut {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "TransferOut";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.parties.push(caller);
        keys.unique_ids.extend(self.key(caller));
        keys.accounts.push(match self.from {
            BlockedFrom::Wallet => wallet(caller),
            BlockedFrom::Guild(guild) => guild_free(caller, guild),
        });
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let invoice = super::pay::of_issuer(view, self.invoice, caller)?;
        let payment = match &invoice.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(payment) => payment,
            _ => return Err(NotInvoiced::NotClosed.into()),
        };
        let outside = payment.means == Means::Outside;
        let transferred = invoice.transferred.checked_add(self.amount);
        let received = received(&invoice, view);
        let within = transferred.filter(|sum| outside || *sum <= received);
        let transferred = within.ok_or(NotInvoiced::Invalid(super::InvoiceField::Amount))?;
        if let BlockedFrom::Guild(guild) = self.from
            && !view.parties.get(&caller).is_some_and(|party| party.is_of_guild(guild))
        {
            return Err(NotInvoiced::GuildForeign.into());
        }
        let key = self.key(caller);
        if key.as_ref().is_some_and(|key| view.unique_ids.get(key).is_some()) {
            return Err(NotInvoiced::UniqueIdUsed.into());
        }
        if let Some(key) = &key
            && outside
        {
            view.unique_ids.put(key.clone(), super::UniqueId { key: key.clone(), invoice: invoice.id });
        }
        if outside {
            return Ok(invoice);
        }
        let source = origin(caller, &self.from);
        if available(view, source) < self.amount {
            let why = match self.from {
                BlockedFrom::Wallet => NotInvoiced::Insufficient,
                BlockedFrom::Guild(_) => NotInvoiced::GuildShort,
            };
            return Err(why.into());
        }
        let target = super::effects::refund_target(&invoice);
        // What goes from a wallet to itself goes nowhere.
        if source != target {
            post(view, &Vec::from_iter(moved(source, target, self.amount)), now, invoice.id)?;
        }
        if let Some(key) = key {
            view.unique_ids.put(key.clone(), super::UniqueId { key, invoice: invoice.id });
        }
        Ok(keep(view, Invoice { transferred, ..Invoice::clone(&invoice) }))
    }
}

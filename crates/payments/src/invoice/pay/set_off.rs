//! Paying an invoice by another one (set-off): the money is blocked at once (pod.md 3.7).

use std::sync::Arc;

use crate::invoice::close::free_steps;
use crate::invoice::effects::{Taken, arm_for, keep, keys_of, moved, paid, payable, post, received};
use crate::invoice::find::invoice;
use crate::invoice::state::LiveState;
use crate::view::{Denial, Keys, View};
use crate::{
    At, Invoice, InvoiceCommand, InvoiceId, InvoiceJob, InvoiceRefusal, InvoiceState, Means, NotPayable, Now, PartyId,
    Payer, Payment, Rules, SetOffReservation, SetOffSource, blocked,
};

/// Registers a set-off: an unpaid invoice of which the caller is the customer will be paid by a paid one that the caller has issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOff {
    /// The unpaid invoice.
    pub creditor: InvoiceId,
    /// The paid invoice.
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
        At { now, rules, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let to = view.invoices.get(&self.creditor).map(Arc::clone).ok_or(InvoiceRefusal::CreditorUnknown)?;
        let by = view.invoices.get(&self.debtor).map(Arc::clone).ok_or(InvoiceRefusal::DebtorUnknown)?;
        if to.customer != Some(caller) || by.issuer != caller || to.id == by.id {
            return Err(InvoiceRefusal::NotPermitted.into());
        }
        if let InvoiceState::SetOff(_) = to.state {
            return Err(InvoiceRefusal::SetOffPending.into());
        }
        payable(view, &to, Payer::Party(caller), now)?;
        match by.state.live()? {
            LiveState::Waiting(_) => return Err(NotPayable::Waiting.into()),
            LiveState::Paid(_) => {}
            LiveState::Issued
            | LiveState::InGateway(_)
            | LiveState::AtNetwork(_)
            | LiveState::Future(_)
            | LiveState::SetOff(_) => {
                return Err(InvoiceRefusal::SourceNotPaid.into());
            }
        }
        if by.set_off.is_some() {
            return Err(InvoiceRefusal::SetOffPending.into());
        }
        let payable = to.amounts.payable;
        if received(&by, view) < payable {
            return Err(InvoiceRefusal::Insufficient.into());
        }
        post(view, &Vec::from_iter(moved(by.open_account(), blocked(caller), payable)), now, to.id)?;
        arm_for(view, rules.set_off_ms(now), InvoiceJob::SetOffDue, to.id);
        let set_off = Some(SetOffReservation { to: to.id, amount: payable, done: false, freed: false });
        keep(view, Invoice { set_off, ..Invoice::clone(&by) });
        let state = InvoiceState::SetOff(SetOffSource { invoice: by.id, guild: by.guild });
        Ok(keep(view, to.in_state(state)))
    }
}

/// How long a set-off waits before it looks again for a card settlement that is late, in milliseconds: an hour.
const LATE_MS: i64 = 3_600_000;

/// Pays an invoice by its set-off, if the card money of the paid invoice is settled; otherwise schedules the job again.
pub(crate) fn set_off_due(id: InvoiceId, view: &mut View, now: &Now, rules: &Rules) -> Result<(), InvoiceRefusal> {
    let invoice = invoice(view, id)?;
    let (InvoiceState::SetOff(source), Some(customer)) = (&invoice.state, invoice.customer) else { return Ok(()) };
    let by = self::invoice(view, source.invoice)?;
    if let Some(unsettled) = by.unsettled.filter(|unsettled| unsettled.at_ms <= now.at_ms) {
        // The settlement is due at this instant, or is late: then its job has failed, and is retried or listed for operators.
        let after_ms = if unsettled.at_ms == now.at_ms { 1 } else { LATE_MS };
        arm_for(view, now.at_ms.saturating_add(after_ms), InvoiceJob::SetOffDue, id);
        return Ok(());
    }
    if !by.is_settled() {
        arm_for(view, rules.set_off_ms(now), InvoiceJob::SetOffDue, id);
        return Ok(());
    }
    let payable = invoice.amounts.payable;
    // The rest of the paying invoice is withdrawable from now on, before it is closed (003_0631e51326d2a326.txt, 29800). A safe invoice is left to
    // its payer to close.
    let freed = !by.terms.safe;
    let mut steps = Vec::from_iter(moved(blocked(customer), invoice.open_account(), payable));
    if freed {
        steps.extend(free_steps(&by, view));
    }
    post(view, &steps, now, id)?;
    let set_off = by.set_off.map(|set_off| SetOffReservation { done: true, freed, ..set_off });
    keep(view, Invoice { set_off, ..Invoice::clone(&by) });
    let means = Means::Invoice(by.id);
    let payment =
        Payment { at_ms: now.at_ms, payer: Some(customer), means, rest: payable, legs: Vec::new(), promised_ms: None };
    paid(view, &invoice, payment, Taken::ForGood, now);
    Ok(())
}

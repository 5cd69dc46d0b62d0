//! Transferring money of a closed invoice to its payer.

use std::sync::Arc;

use ledger::Rial;

use super::effects::{available, keep, moved, origin, post, received};
use crate::view::{Denial, Keys, View};
use crate::{
    At, BlockedFrom, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, InvoiceState, Means, NotPayable, PartyId,
    guild_free, wallet,
};

/// Transfers money of a closed invoice to its payer. For an invoice that was paid outside the platform nothing is moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransferOut {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The amount, in rials.
    pub amount: Rial,
    /// The account that pays: the business's wallet, or what it can withdraw in one of its guilds.
    pub from: BlockedFrom,
    /// The business's unique id of the transfer: an id that was used before is refused.
    pub unique_id: Option<crate::Text>,
}

impl TransferOut {
    fn key(&self, caller: PartyId) -> Option<crate::UniqueIdKey> {
        let unique_id = self.unique_id.clone()?;
        Some(crate::UniqueIdKey { business: caller, unique_id })
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
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = crate::invoice::find::of_issuer(view, self.invoice, caller)?;
        // Before the amount: what a repeated transfer has moved is not there any more, and its caller must learn that it was made.
        let key = self.key(caller);
        if key.as_ref().is_some_and(|key| view.unique_ids.get(key).is_some()) {
            return Err(InvoiceRefusal::UniqueIdUsed.into());
        }
        let payment = match &invoice.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(payment) => payment,
            _ => return Err(InvoiceRefusal::NotClosed.into()),
        };
        let outside = payment.means == Means::Outside;
        let transferred = invoice.transferred.checked_add(self.amount);
        let received = received(&invoice, view);
        let within = transferred.filter(|sum| outside || *sum <= received);
        let transferred = within.ok_or(InvoiceRefusal::Invalid(crate::InvoiceField::Amount))?;
        if let BlockedFrom::Guild(guild) = self.from
            && !view.parties.get(&caller).is_some_and(|party| party.is_of_guild(guild))
        {
            return Err(InvoiceRefusal::GuildForeign.into());
        }
        if let Some(key) = &key
            && outside
        {
            view.unique_ids.put(key.clone(), crate::UniqueId { key: key.clone(), invoice: invoice.id });
        }
        if outside {
            return Ok(invoice);
        }
        let source = origin(caller, &self.from);
        if available(view, source) < self.amount {
            let why = match self.from {
                BlockedFrom::Wallet => InvoiceRefusal::Insufficient,
                BlockedFrom::Guild(_) => InvoiceRefusal::GuildShort,
            };
            return Err(why.into());
        }
        let target = crate::invoice::refund::refund_target(&invoice);
        // A transfer from a wallet to itself moves nothing.
        if source != target {
            post(view, &Vec::from_iter(moved(source, target, self.amount)), now, invoice.id)?;
        }
        if let Some(key) = key {
            view.unique_ids.put(key.clone(), crate::UniqueId { key, invoice: invoice.id });
        }
        Ok(keep(view, Invoice { transferred, ..Invoice::clone(&invoice) }))
    }
}

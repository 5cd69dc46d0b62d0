//! Paying an invoice by its customer's standing permission (second-edition.md 4.8).

use std::sync::Arc;

use super::from_wallet::pay_from_wallet;
use crate::invoice::effects::payable;
use crate::invoice::find::{enabled, of_issuer};
use crate::view::{Denial, Keys, View};
use crate::{At, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, Now, PartyId, Payer, SsoConsent, SsoConsentKey};

/// Pays an invoice that the caller has issued from its customer's wallet, by the customer's standing permission (second-edition.md 4.8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayByPermission {
    /// The invoice.
    pub invoice: InvoiceId,
}

impl InvoiceCommand for PayByPermission {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayByPermission";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn more_keys(&self, caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        if let Some(customer) = view.invoices.get(&self.invoice).and_then(|invoice| invoice.customer) {
            keys.parties.push(customer);
            keys.sso_consents.push(SsoConsentKey { party: customer, client: caller });
        }
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let customer = invoice.customer.ok_or(InvoiceRefusal::NoCustomer)?;
        enabled(view, customer)?;
        let key = SsoConsentKey { party: customer, client: caller };
        let consent = view.sso_consents.get(&key).map(|consent| **consent).ok_or(InvoiceRefusal::NoPermission)?;
        let standing = consent.standing().ok_or(InvoiceRefusal::NoPermission)?;
        let standing = standing.with_payment(invoice.amounts.payable, now).ok_or(InvoiceRefusal::PermissionShort)?;
        let paid = pay_from_wallet(view, &invoice, customer, (&[], None, false), now)?;
        view.sso_consents.put(key, SsoConsent { standing: Some(standing), ..consent });
        Ok(paid)
    }
}

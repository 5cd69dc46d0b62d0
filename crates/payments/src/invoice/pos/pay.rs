//! Paying an invoice by a payment that was made at a terminal.

use std::sync::Arc;

use crate::invoice::call::measured;
use crate::invoice::effects::{Taken, moved, paid, payable, post, taken_by_card};
use crate::invoice::find::of_issuer;
use crate::view::{Denial, Keys, View};
use crate::{
    At, CARD_NETWORK, Invoice, InvoiceCommand, InvoiceId, InvoiceRefusal, Means, Measured, PartyId, Payer, Payment,
    PosKey, PosSlip, PosTransaction, Text,
};

/// Pays an invoice by a payment that was made at a terminal of its issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayByPos {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The payment at the terminal.
    pub transaction: PosKey,
}

impl InvoiceCommand for PayByPos {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "PayByPos";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn keys(&self, _caller: PartyId, keys: &mut Keys) {
        keys.pos_transactions.push(self.transaction.clone());
        keys.pos_terminals.push(Text::clone(&self.transaction.terminal));
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, rules, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<InvoiceRefusal>> {
        let invoice = of_issuer(view, self.invoice, caller)?;
        payable(view, &invoice, Payer::Party(caller), now)?;
        let terminal = view.pos_terminals.get(&self.transaction.terminal);
        let mine = terminal.is_some_and(|t| t.business == caller && t.merchant == self.transaction.merchant);
        let payable = invoice.amounts.payable;
        let fits = |found: &&Arc<PosTransaction>| {
            mine && found.deposit_id == invoice.id.0 && found.amount == payable && found.claimed_by.is_none()
        };
        let found = view.pos_transactions.get(&self.transaction).filter(fits).cloned();
        let found = found.ok_or(InvoiceRefusal::PosUnknown)?;
        post(view, &Vec::from_iter(moved(CARD_NETWORK, invoice.open_account(), payable)), now, invoice.id)?;
        let claimed = PosTransaction { claimed_by: Some(invoice.id), ..PosTransaction::clone(&found) };
        view.pos_transactions.put(self.transaction.clone(), claimed);
        let [terminal, reference, tracking] =
            [&self.transaction.terminal, &self.transaction.reference, &self.transaction.tracking].map(Text::clone);
        let means = Means::Pos(PosSlip { terminal, reference, tracking });
        let payment =
            Payment { at_ms: now.at_ms, payer: None, means, rest: payable, legs: Vec::new(), promised_ms: None };
        let unsettled = Some(taken_by_card(view, &invoice, payable, now, rules));
        Ok(paid(view, &Invoice { unsettled, ..Invoice::clone(&invoice) }, payment, Taken::ForGood, now))
    }

    fn measure(&self, result: &Result<Arc<Invoice>, InvoiceRefusal>) -> Option<Measured> {
        measured(result)
    }
}

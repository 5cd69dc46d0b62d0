//! Reporting a payment at a terminal.

use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand, PosTransaction};

/// This payment was reported before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PosTransactionExists;

/// Reports a payment at a shop's terminal. A payment that was reported before is not changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportPos {
    /// The payment.
    pub transaction: PosTransaction,
}

impl Command for ReportPos {
    type Done = ();
    type Refusal = PosTransactionExists;
    const NAME: &'static str = "ReportPos";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.pos_transactions.push(self.transaction.key.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<PosTransactionExists>> {
        let PosTransaction { key, .. } = &self.transaction;
        if view.pos_transactions.get(key).is_some() {
            return Err(PosTransactionExists.into());
        }
        view.pos_transactions.put(key.clone(), self.transaction.clone());
        Ok(())
    }
}

impl OperatorCommand for ReportPos {
    fn entry(&self) -> AuditEntry {
        let PosTransaction { key, amount, .. } = &self.transaction;
        AuditEntry::new("pos payment", &key.reference, &rials(*amount))
    }
}

//! Making a voucher of a business.

use ledger::Rial;

use crate::ops::audit::rials;
use crate::view::{Denial, Keys, View};
use crate::{At, AuditEntry, Command, OperatorCommand, Text, Voucher, VoucherKey, VoucherState};

/// Why a voucher is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VoucherRefusal {
    /// The issuer is not a business.
    NoBusiness,
    /// The issuer has a voucher with that code.
    VoucherExists,
}

/// Makes a voucher of a business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueVoucher {
    /// The issuer and the code's hash.
    pub key: VoucherKey,
    /// Its code, encrypted.
    pub sealed: Vec<u8>,
    /// What the audit shows of the code.
    pub shown: Text,
    /// The most that it takes off, in rials.
    pub value: Rial,
}

impl Command for IssueVoucher {
    type Done = ();
    type Refusal = VoucherRefusal;
    const NAME: &'static str = "IssueVoucher";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.parties.push(self.key.issuer);
        keys.vouchers.push(self.key.clone());
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<(), Denial<VoucherRefusal>> {
        let business = view.parties.get(&self.key.issuer).and_then(|party| party.business());
        business.ok_or(VoucherRefusal::NoBusiness)?;
        if view.vouchers.get(&self.key).is_some() {
            return Err(VoucherRefusal::VoucherExists.into());
        }
        let (key, sealed, value) = (self.key.clone(), self.sealed.clone(), self.value);
        view.vouchers.put(self.key.clone(), Voucher { key, sealed, value, state: VoucherState::Free });
        Ok(())
    }
}

impl OperatorCommand for IssueVoucher {
    fn entry(&self) -> AuditEntry {
        AuditEntry::new("voucher", &self.shown, &rials(self.value))
    }
}

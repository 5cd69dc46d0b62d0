//! Vouchers: what an issuer takes less for its invoices on the gateway (pod.md 3.0, 5.2).
//!
//! ```text
//! free ──(applied in a session)──► reserved ──(paid)──► used
//!   ▲                                  │                  │
//!   └─(the session, or its invoice, ends)┴───(refunded)───┘
//! ```
//! Nothing is posted for a voucher: its issuer granted it, and simply receives less.

use ledger::Rial;

use super::{Invoice, InvoiceId, InvoiceState, PartyId};
use crate::audit::{AuditEntry, OperatorCommand, rials};
use crate::view::{Denial, Keys, View};
use crate::{At, Command, Digest, Now, Text};
use schema::{Json, table};
use serde::{Deserialize, Serialize};

/// What names a voucher.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VoucherKey {
    /// Who grants it.
    pub issuer: PartyId,
    /// The keyed hash of its code, in hexadecimal digits: what payers type is as good as money.
    pub code: Text,
}

/// How a voucher stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VoucherState {
    /// It can be applied.
    Free,
    /// A session, by its keyed hash, has it until an instant in milliseconds of Unix time, or until its invoice is paid otherwise.
    Reserved(Digest, i64, InvoiceId),
    /// It has paid for an invoice.
    Used(InvoiceId),
}

/// A voucher: good once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voucher {
    /// What names it.
    pub key: VoucherKey,
    /// Its code, encrypted.
    pub sealed: Vec<u8>,
    /// What it takes off at most.
    pub value: Rial,
    /// How it stands.
    pub state: VoucherState,
}

impl Voucher {
    /// Whether a session may have it.
    pub(super) fn is_free_for(&self, session: &Digest, view: &View, now: &Now) -> bool {
        let is_over = |invoice: &InvoiceId| !view.invoices.get(invoice).is_some_and(|invoice| invoice.keeps_vouchers());
        match &self.state {
            VoucherState::Free => true,
            VoucherState::Reserved(holder, until_ms, invoice) => {
                holder == session || now.at_ms >= *until_ms || is_over(invoice)
            }
            VoucherState::Used(_) => false,
        }
    }

    /// The invoice that a voucher is reserved for.
    pub(super) fn wanted_for(view: &View, key: &VoucherKey) -> Option<InvoiceId> {
        match view.vouchers.get(key)?.state {
            VoucherState::Reserved(_, _, invoice) => Some(invoice),
            VoucherState::Free | VoucherState::Used(_) => None,
        }
    }
}

impl Invoice {
    /// Whether vouchers that are reserved for it are kept: until it is paid, or withdrawn.
    pub fn keeps_vouchers(&self) -> bool {
        matches!(self.state, InvoiceState::Issued | InvoiceState::InGateway(_))
    }
}

/// What a voucher has taken off an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoucherUse {
    /// The keyed hash of its code.
    pub code: Text,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// How much.
    pub amount: Rial,
    /// Whether it was given back.
    pub canceled: bool,
}

/// Names the vouchers that a refund of the invoice gives back.
pub(super) fn keys_of(invoice: &Invoice, keys: &mut Keys) {
    let used = invoice.vouchers.iter().filter(|used| !used.canceled);
    keys.vouchers.extend(used.map(|used| VoucherKey { issuer: invoice.issuer, code: Text::clone(&used.code) }));
}

/// Makes the vouchers of an invoice good again.
pub(super) fn give_back(invoice: &Invoice, view: &mut View) -> Vec<VoucherUse> {
    let given = |used: &VoucherUse| {
        if used.canceled {
            return used.clone();
        }
        let key = VoucherKey { issuer: invoice.issuer, code: Text::clone(&used.code) };
        let voucher = view.vouchers.get(&key).filter(|voucher| voucher.state == VoucherState::Used(invoice.id));
        if let Some(voucher) = voucher.map(|voucher| Voucher::clone(voucher)) {
            view.vouchers.put(key, Voucher { state: VoucherState::Free, ..voucher });
        }
        VoucherUse { canceled: true, ..used.clone() }
    };
    invoice.vouchers.iter().map(given).collect()
}

/// Has the vouchers of an invoice belong to what takes its place.
pub(super) fn move_over(old: &Invoice, to: InvoiceId, view: &mut View) {
    for used in old.vouchers.iter().filter(|used| !used.canceled) {
        let key = VoucherKey { issuer: old.issuer, code: Text::clone(&used.code) };
        if let Some(voucher) = view.vouchers.get(&key).map(|voucher| Voucher::clone(voucher)) {
            view.vouchers.put(key, Voucher { state: VoucherState::Used(to), ..voucher });
        }
    }
}

/// Why a voucher is not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VoucherRefusal {
    /// Its issuer is no business.
    NoBusiness,
    /// The issuer has a voucher of that code.
    VoucherExists,
}

/// Makes a voucher.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueVoucher {
    /// What names it.
    pub key: VoucherKey,
    /// Its code, encrypted.
    pub sealed: Vec<u8>,
    /// What the audit shows of its code.
    pub shown: Text,
    /// What it takes off at most.
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

table! {
    Voucher = "voucher",
    key |k: VoucherKey| { issuer: k.issuer, code: k.code },
    of |r| r.key.clone(),
    row |r| {
        issuer: r.key.issuer, code: r.key.code, value: r.value, state: Json(VoucherCell::of(&r.state)), sealed: r.sealed,
    },
    make Voucher { key: VoucherKey { issuer, code }, sealed, value, state: VoucherCell::into_state(state) }
}

#[derive(Serialize, Deserialize)]
enum VoucherCell {
    Free,
    Reserved([u8; 32], i64, i64),
    Used(i64),
}

impl VoucherCell {
    fn of(state: &VoucherState) -> Self {
        match state {
            VoucherState::Free => Self::Free,
            VoucherState::Reserved(session, until_ms, invoice) => Self::Reserved(session.0, *until_ms, invoice.0),
            VoucherState::Used(invoice) => Self::Used(invoice.0),
        }
    }

    fn into_state(Json(cell): Json<Self>) -> VoucherState {
        match cell {
            Self::Free => VoucherState::Free,
            Self::Reserved(session, until_ms, invoice) => {
                VoucherState::Reserved(Digest(session), until_ms, InvoiceId(invoice))
            }
            Self::Used(invoice) => VoucherState::Used(InvoiceId(invoice)),
        }
    }
}

//! The row of a voucher.

use ledger::Rial;
use schema::{Json, table};
use serde::{Deserialize, Serialize};

use crate::{Digest, InvoiceId, PartyId, Text};

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

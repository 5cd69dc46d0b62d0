//! The row of a voucher.

use ledger::Rial;
use schema::{Json, table};
use serde::{Deserialize, Serialize};

use crate::{Digest, InvoiceId, PartyId, Text};

/// The key of a voucher.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VoucherKey {
    /// The business that granted it.
    pub issuer: PartyId,
    /// Keyed hash of the code, in hexadecimal digits. The code itself is as good as money.
    pub code: Text,
}

/// The state of a voucher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VoucherState {
    /// A session can reserve it.
    Free,
    /// Reserved by the session with this keyed hash, until an instant in milliseconds of Unix time, or until this invoice is paid or canceled.
    Reserved(Digest, i64, InvoiceId),
    /// Used on this invoice.
    Used(InvoiceId),
}

/// A voucher, which can be used once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voucher {
    /// The issuer and the code's hash.
    pub key: VoucherKey,
    /// Its code, encrypted.
    pub sealed: Vec<u8>,
    /// The most that it takes off, in rials.
    pub value: Rial,
    /// Its state.
    pub state: VoucherState,
}

/// The use of a voucher on an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoucherUse {
    /// Keyed hash of the voucher's code.
    pub code: Text,
    /// When it was used, in milliseconds of Unix time.
    pub at_ms: i64,
    /// What it took off, in rials.
    pub amount: Rial,
    /// Whether the use was undone by a refund or a cancellation.
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

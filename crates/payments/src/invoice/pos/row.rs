//! The rows of a shop's terminal and of a payment at a terminal.

use ledger::Rial;
use schema::table;

use crate::{InvoiceId, PartyId, Text};

/// The fields that identify a transaction of a terminal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PosKey {
    /// The terminal's number.
    pub terminal: Text,
    /// The network's number of the shop.
    pub merchant: Text,
    /// The terminal's retrieval reference.
    pub reference: Text,
    /// The terminal's trace number.
    pub tracking: Text,
    /// When the payment was made, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// A transaction of a terminal, as its network reports it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosTransaction {
    /// The transaction's key.
    pub key: PosKey,
    /// The amount, in rials.
    pub amount: Rial,
    /// The deposit id that was typed at the terminal; the payment can pay the invoice with this number only.
    pub deposit_id: i64,
    /// The invoice that it has paid; `None`: none yet.
    pub claimed_by: Option<InvoiceId>,
}

/// A terminal of a shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosTerminal {
    /// The terminal's number.
    pub number: Text,
    /// The network's number of the shop.
    pub merchant: Text,
    /// The business that it belongs to.
    pub business: PartyId,
}

table! {
    PosTerminal = "pos_terminal",
    key |k: Text| { number: *k },
    of |r| Text::clone(&r.number),
    row |r| { number: r.number, merchant: r.merchant, business: r.business },
    make PosTerminal { number, merchant, business }
}

table! {
    PosTransaction = "pos_transaction",
    key |k: PosKey| { terminal: k.terminal, merchant: k.merchant, reference: k.reference, tracking: k.tracking, at_ms: k.at_ms },
    of |r| r.key.clone(),
    row |r| {
        terminal: r.key.terminal, merchant: r.key.merchant, reference: r.key.reference, tracking: r.key.tracking,
        at_ms: r.key.at_ms, amount: r.amount, deposit_id: r.deposit_id, claimed_by: r.claimed_by.map(|id| id.0),
    },
    make PosTransaction {
        key: PosKey { terminal, merchant, reference, tracking, at_ms }, amount, deposit_id,
        claimed_by: Option::map(claimed_by, InvoiceId),
    }
}

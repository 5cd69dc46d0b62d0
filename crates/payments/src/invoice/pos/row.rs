//! The rows of a shop's terminal and of a payment at it.

use ledger::Rial;
use schema::table;

use crate::{InvoiceId, PartyId, Text};

/// What tells one transaction of a terminal from all others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PosKey {
    /// The terminal.
    pub terminal: Text,
    /// The merchant.
    pub merchant: Text,
    /// Its retrieval reference.
    pub reference: Text,
    /// Its trace.
    pub tracking: Text,
    /// When it was, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// A transaction of a terminal, as its network knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosTransaction {
    /// Which.
    pub key: PosKey,
    /// How much was paid.
    pub amount: Rial,
    /// What the payer, or the shop, has typed for a deposit id.
    pub deposit_id: i64,
    /// The invoice that it has paid.
    pub claimed_by: Option<InvoiceId>,
}

/// A terminal of a shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosTerminal {
    /// Its number.
    pub number: Text,
    /// The network's number of the shop.
    pub merchant: Text,
    /// Whose it is.
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

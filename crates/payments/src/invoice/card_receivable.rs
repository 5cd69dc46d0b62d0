//! The row of card money that the network has not settled yet.

use ledger::Rial;
use schema::table;

use crate::{InvoiceId, PartyId};

/// Number of a card receivable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CardReceivableId(pub i64);

/// Card money that the network has to settle. The settlement removes the row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardReceivable {
    /// The receivable's number.
    pub id: CardReceivableId,
    /// The invoice that the card paid, or the smaller invoice that has replaced it.
    pub invoice: InvoiceId,
    /// The business that issued the invoice.
    pub issuer: PartyId,
    /// The guild in which the business is paid.
    pub guild: i64,
    /// What the network owes, in rials; zero for a card that is hosted here.
    pub amount: Rial,
}

table! {
    CardReceivable = "taking",
    key |k: CardReceivableId| { id: *k },
    of |r| r.id,
    row |r| { id: r.id, invoice: r.invoice, issuer: r.issuer, guild: r.guild, amount: r.amount },
    make CardReceivable { id, invoice, issuer, guild, amount }
}

//! The row of card money that the network has to settle.

use ledger::Rial;
use schema::table;

use crate::{InvoiceId, PartyId};

/// The number of a taking of card money.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CardReceivableId(pub i64);

/// Card money that the network has to settle. Gone when it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardReceivable {
    /// Its number.
    pub id: CardReceivableId,
    /// For which invoice it was taken, or what has taken that one's place.
    pub invoice: InvoiceId,
    /// Who issued that.
    pub issuer: PartyId,
    /// In which guild.
    pub guild: i64,
    /// What the network owes; nothing, where the card is hosted here.
    pub amount: Rial,
}

table! {
    CardReceivable = "taking",
    key |k: CardReceivableId| { id: *k },
    of |r| r.id,
    row |r| { id: r.id, invoice: r.invoice, issuer: r.issuer, guild: r.guild, amount: r.amount },
    make CardReceivable { id, invoice, issuer, guild, amount }
}

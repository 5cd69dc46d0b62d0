//! The row of a card.

use ledger::AccountId;
use schema::{codes, table};

use crate::{ClientId, Digest, Text};

/// The kind of a card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CardKind {
    /// A client's float card, through which the client charges bon cards.
    Float,
    /// A holder's bon card, which is charged.
    Bon,
}

/// A card. The row has its number twice, keyed hash and encrypted: the hash for look-ups, the encrypted number for replies that must print it.
/// Neither can be read without the server's key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// Keyed hash of the card's number.
    pub number: Digest,
    /// The card's number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// The ledger account.
    pub id: AccountId,
    /// Float card or bon card.
    pub kind: CardKind,
    /// The clients that may charge the card and look it up.
    pub approved_for: Vec<ClientId>,
    /// Whether the card is active; an inactive card cannot be charged.
    pub active: bool,
    /// The card that replaces this one.
    pub replaced_by: Option<Digest>,
}

impl Card {
    /// Whether the client may charge the card and look it up.
    pub fn is_approved_for(&self, client: &ClientId) -> bool {
        self.approved_for.contains(client)
    }
}

codes!(CardKind = "card" { 1 => CardKind::Float, 2 => CardKind::Bon, });

table! {
    Card = "card",
    key |k: Digest| { number: *k },
    of |r| r.number,
    row |r| {
        number: r.number, sealed: r.sealed, mask: r.mask, id: r.id, kind: r.kind, approved_for: r.approved_for,
        active: r.active, replaced_by: r.replaced_by,
    },
    make Card { number, sealed, mask, id, kind, approved_for, active, replaced_by }
}

//! The row of a card.

use ledger::AccountId;
use schema::{codes, table};

use crate::{ClientId, Digest, Text};

/// What a card is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CardKind {
    /// A client's own, from which it charges others.
    Float,
    /// A holder's, to be charged.
    Bon,
}

/// A card. Its number is here twice, and neither can be read without the server's key: hashed for look-ups, sealed for the replies
/// that must print it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// Keyed hash of its number.
    pub number: Digest,
    /// Its number, encrypted.
    pub sealed: Vec<u8>,
    /// First six and last four digits.
    pub mask: Text,
    /// Its ledger account.
    pub id: AccountId,
    /// What it is for.
    pub kind: CardKind,
    /// The clients that may charge it and look at it.
    pub approved_for: Vec<ClientId>,
    /// Inactive ones cannot be charged.
    pub active: bool,
    /// The card that has taken its place.
    pub replaced_by: Option<Digest>,
}

impl Card {
    /// Whether the client may use it.
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

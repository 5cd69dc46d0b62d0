//! The row of a business's own number of an invoice.

use schema::table;
use text::number::identifier;

use crate::{InvoiceId, PartyId, Text};

/// A business's own number of an invoice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BillKey {
    /// Whose.
    pub issuer: PartyId,
    /// The number, [folded](fold).
    pub number: Text,
}

impl BillKey {
    /// The key of a number as it was sent: `۱۲` and `12` are one (second-edition.md 1.1).
    pub fn of(issuer: PartyId, number: &str) -> Self {
        Self { issuer, number: Text::from(identifier(number)) }
    }
}

/// A business's own number of an invoice: as it was sent, and as it is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BillNumber {
    sent: Text,
    compared: Text,
}

impl BillNumber {
    /// A number as it was sent.
    pub fn of(sent: Text) -> Self {
        Self { compared: Text::from(identifier(&sent)), sent }
    }

    /// As it was sent.
    pub fn sent(&self) -> &Text {
        &self.sent
    }

    /// Its key at a business.
    pub fn key(&self, issuer: PartyId) -> BillKey {
        BillKey { issuer, number: Text::clone(&self.compared) }
    }
}

/// Which invoice has a business's own number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bill {
    /// The number.
    pub key: BillKey,
    /// The invoice.
    pub invoice: InvoiceId,
}

table! {
    Bill = "bill",
    key |k: BillKey| { issuer: k.issuer, number: k.number },
    of |r| r.key.clone(),
    row |r| { issuer: r.key.issuer, number: r.key.number, invoice: r.invoice },
    make Bill { key: BillKey { issuer, number }, invoice }
}

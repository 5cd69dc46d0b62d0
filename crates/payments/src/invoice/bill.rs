//! The row that finds an invoice by its issuer's bill number.

use schema::table;
use text::number::identifier;

use crate::{InvoiceId, PartyId, Text};

/// The key of a bill number: the issuer, and the number in the form in which it is compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BillKey {
    /// The business that issued the invoice.
    pub issuer: PartyId,
    /// The number as [`identifier`] reduces it.
    pub number: Text,
}

impl BillKey {
    /// The key of a number as it was sent: `۱۲` and `12` are the same number (second-edition.md 1.1).
    pub fn of(issuer: PartyId, number: &str) -> Self {
        Self { issuer, number: Text::from(identifier(number)) }
    }
}

/// A business's bill number of an invoice, as it was sent and as it is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BillNumber {
    sent: Text,
    compared: Text,
}

impl BillNumber {
    /// Takes a number as it was sent.
    pub fn of(sent: Text) -> Self {
        Self { compared: Text::from(identifier(&sent)), sent }
    }

    /// The number as it was sent.
    pub fn sent(&self) -> &Text {
        &self.sent
    }

    /// The key of this number at a business.
    pub fn key(&self, issuer: PartyId) -> BillKey {
        BillKey { issuer, number: Text::clone(&self.compared) }
    }
}

/// The invoice that has a bill number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bill {
    /// The bill number.
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

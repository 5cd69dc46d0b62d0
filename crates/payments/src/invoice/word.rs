//! The row of a word that an invoice is found by.

use schema::table;

use crate::{InvoiceId, PartyId, Text};

/// A word of an invoice, or one of its products, for its issuer to find it by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WordKey {
    /// The issuer.
    pub issuer: PartyId,
    /// In small letters; `#` and a number: a product.
    pub word: Text,
    /// The invoice.
    pub invoice: InvoiceId,
}

/// See [`WordKey`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word(pub WordKey);

table! {
    Word = "invoice_word",
    key |k: WordKey| { issuer: k.issuer, word: k.word, invoice: k.invoice },
    of |r| r.0.clone(),
    row |r| { issuer: r.0.issuer, word: r.0.word, invoice: r.0.invoice },
    make Word(WordKey { issuer, word, invoice })
}

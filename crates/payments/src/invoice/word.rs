//! The row of a word by which an invoice is found.

use schema::table;

use crate::{InvoiceId, PartyId, Text};

/// A word or product of an invoice, by which its issuer finds it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WordKey {
    /// The issuer.
    pub issuer: PartyId,
    /// The word in lower case; `#` and a number stand for a product.
    pub word: Text,
    /// The invoice.
    pub invoice: InvoiceId,
}

/// The index entry of a word. See [`WordKey`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word(pub WordKey);

table! {
    Word = "invoice_word",
    key |k: WordKey| { issuer: k.issuer, word: k.word, invoice: k.invoice },
    of |r| r.0.clone(),
    row |r| { issuer: r.0.issuer, word: r.0.word, invoice: r.0.invoice },
    make Word(WordKey { issuer, word, invoice })
}

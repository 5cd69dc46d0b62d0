//! The words by which an invoice is found.

use std::collections::BTreeSet;

use text::fold;

use crate::view::View;
use crate::{Invoice, Text, Word, WordKey};

/// Most different words of an invoice that are indexed: enough for as many lines as a call may have. Further words of longer texts are left out, so
/// that one call does not write tens of thousands of rows.
const WORDS: usize = 1_024;
/// Letters of a word that are indexed.
const LETTERS: usize = 32;

/// Writes the words by which an invoice is found.
pub(super) fn index(view: &mut View, invoice: &Invoice) {
    for word in words_of(invoice) {
        let key = WordKey { issuer: invoice.issuer, word: Text::from(word), invoice: invoice.id };
        view.words.put(key.clone(), Word(key));
    }
}

fn words_of(invoice: &Invoice) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let texts = invoice.bill_number.iter().chain(&invoice.terms.description);
    for text in texts.chain(invoice.lines.iter().map(|line| &line.description)) {
        for word in words(text) {
            if found.len() == WORDS {
                break;
            }
            found.insert(word);
        }
    }
    found.extend(invoice.lines.iter().filter(|line| line.product > 0).map(|line| product_word(line.product)));
    found
}

/// The words of a text, folded, in lower case, and cut to the indexed length.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let parts = folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let words: Vec<String> =
        parts.map(|part| part.chars().flat_map(char::to_lowercase).take(LETTERS).collect()).collect();
    words.into_iter()
}

/// The index word of a product.
pub fn product_word(product: i64) -> String {
    format!("#{product}")
}

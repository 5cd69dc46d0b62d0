//! The words that an invoice is found by.

use std::collections::BTreeSet;

use text::fold;

use crate::view::View;
use crate::{Invoice, Text, Word, WordKey};

/// Different words of an invoice that it is found by: those of as many lines as a call may have. The rest of a longer text is not in the
/// index, so that one call does not write tens of thousands of rows.
const WORDS: usize = 1_024;
/// Letters of a word that it is found by.
const LETTERS: usize = 32;

/// Writes what an invoice is found by.
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

/// The words of a text, folded and in small letters, cut to what is kept of each.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let parts = folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let words: Vec<String> =
        parts.map(|part| part.chars().flat_map(char::to_lowercase).take(LETTERS).collect()).collect();
    words.into_iter()
}

/// What stands for a product among the words.
pub fn product_word(product: i64) -> String {
    format!("#{product}")
}

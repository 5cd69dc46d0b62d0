//! The byte order mark that some programs write before a text (second-edition.md 1.3).

/// The mark in UTF-8.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A body without a leading byte order mark.
pub fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(&MARK).unwrap_or(body)
}

//! The README and the pages of the book.

use std::fs;
use std::path::{Path, PathBuf};

/// Before the generated part of a page.
const GENERATED: &str = "<!-- from ";

/// A page, with its path in the checkout.
pub struct Page {
    pub name: String,
    pub text: String,
}

impl Page {
    /// A page of the checkout.
    pub fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), text }
    }

    /// The part that is written by hand.
    pub fn by_hand(&self) -> &str {
        self.text.split_once(GENERATED).map_or(&self.text, |(head, _)| head)
    }
}

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The README, and all pages of the book in the order of their names.
pub fn pages() -> Vec<Page> {
    let (mut names, mut folders) = (Vec::new(), vec!["docs".to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap().map(Result::unwrap) {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(name);
            } else if name.ends_with(".md") {
                names.push(name);
            }
        }
    }
    names.sort();
    names.insert(0, "README.md".to_owned());
    names.iter().map(|name| Page::read(name)).collect()
}

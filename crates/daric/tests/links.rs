//! Every relative link of the documents leads to a page, and to a heading that is there; the book lists all of its pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::harness::documents::{Page, pages, root};

/// Documents beside the book that have links.
const BESIDE: [&str; 5] = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/llms.txt"];
/// Folders of which `llms.txt` names each page.
const NAMED: [&str; 4] = ["docs/tutorials/", "docs/how-to/", "docs/reference/", "docs/explanation/"];

static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").unwrap());
static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"`[^`]*`").unwrap());

/// The lines of a document that are no code blocks.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !fence && !in_code
    })
}

/// The addresses that a document links to, in text and not in code.
fn links(text: &str) -> Vec<String> {
    let text: Vec<String> = lines(text).map(|line| CODE.replace_all(line, "``").into_owned()).collect();
    text.iter().flat_map(|line| LINK.captures_iter(line)).map(|found| found[1].to_owned()).collect()
}

/// The anchors of a document's headings, as GitHub and mdbook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lines(text).filter(|line| line.starts_with('#')) {
        let words = LINK.replace_all(line.trim_start_matches('#').trim(), "]").to_lowercase();
        let kept = words.chars().filter(|sign| sign.is_alphanumeric() || [' ', '-', '_'].contains(sign));
        let anchor: String = kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect();
        let again = (1..).map(|number| format!("{anchor}-{number}")).find(|other| !found.contains(other));
        found.insert(if found.contains(&anchor) { again.unwrap_or_default() } else { anchor });
    }
    found
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// What is wrong with a link of a document.
fn fault(page: &Page, link: &str) -> Option<String> {
    if ["http://", "https://", "mailto:"].iter().any(|elsewhere| link.starts_with(elsewhere)) {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = Path::new(&page.name).parent().unwrap();
    let target = if file.is_empty() { PathBuf::from(&page.name) } else { plain(&folder.join(file)) };
    let Ok(text) = fs::read_to_string(root().join(&target)) else {
        return (!root().join(&target).is_dir()).then(|| format!("{}: no file {link}", page.name));
    };
    let is_there = anchor.is_empty() || anchors(&text).contains(anchor);
    (!is_there).then(|| format!("{}: no heading {link}", page.name))
}

#[test]
fn every_relative_link_leads_to_a_page_and_a_heading() {
    let documents: Vec<Page> = pages().into_iter().chain(BESIDE.map(Page::read)).collect();
    let all: Vec<(&Page, String)> =
        documents.iter().flat_map(|page| links(&page.text).into_iter().map(move |link| (page, link))).collect();
    assert!(all.len() > 100, "only {} links", all.len());
    let wrong: Vec<String> = all.iter().filter_map(|(page, link)| fault(page, link)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_book_lists_each_page_once() {
    let summary = links(&Page::read("docs/SUMMARY.md").text);
    let listed: BTreeSet<String> = summary.iter().map(|link| format!("docs/{link}")).collect();
    assert_eq!(listed.len(), summary.len(), "a page is listed twice");
    let names = pages().into_iter().map(|page| page.name);
    let there: BTreeSet<String> = names.filter(|name| name.starts_with("docs/") && name != "docs/SUMMARY.md").collect();
    assert_eq!(listed, there, "docs/SUMMARY.md against the pages");
}

#[test]
fn the_page_for_programs_names_each_page_of_the_four_parts() {
    let named: BTreeSet<String> =
        links(&Page::read("docs/llms.txt").text).iter().map(|link| format!("docs/{link}")).collect();
    let pages = pages().into_iter().filter(|page| NAMED.iter().any(|folder| page.name.starts_with(folder)));
    let missing: Vec<String> = pages.map(|page| page.name).filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "docs/llms.txt does not name {missing:?}");
}

#[test]
fn links_and_headings_are_found_outside_of_code() {
    let text = "# A `b`: c\n## A\n## A\n```\n# no\n[no](no)\n```\n[x](y.md#z) `[no](no)`\n";
    assert_eq!(links(text), ["y.md#z"]);
    assert_eq!(anchors(text), ["a-b-c", "a", "a-1"].map(str::to_owned).into());
}

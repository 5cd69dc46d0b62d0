//! The licences of the crates in the binary.
//!
//! Shape: the packages' sources → one text, in which each licence is printed once, below the names of the crates that it holds for.
//! A crate without the text of its licence is an error, and no package is made; only the text of Apache-2.0, which names no holder, is added.

use std::collections::BTreeMap;
use std::path::Path;

use cargo_metadata::Package;
use walkdir::WalkDir;

use super::files::{Outcome, read};

/// Beginnings of the names of files with licences.
const BEGINNINGS: [&str; 6] = ["copying", "copyright", "licence", "license", "notice", "unlicense"];
/// The licence whose text is the same for all holders, and Debian's file of it: some crates name it and do not contain it.
const APACHE: (&str, &str) = ("Apache-2.0", "/usr/share/common-licenses/Apache-2.0");
/// Directories of a crate's sources that the binary does not contain.
const NOT_IN_BINARY: [&str; 4] = ["assets", "benches", "examples", "tests"];
const HEAD: &str = "Daric contains the following software. Each text holds for the packages that are named above it.
The package libsqlite3-sys contains SQLite, which is in the public domain.
";

/// The licences of all packages from a registry.
///
/// # Errors
/// A package has no text of its licence, or a file cannot be read.
pub fn third_party(packages: &[Package]) -> Outcome<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages.iter().filter(|package| package.source.is_some()) {
        let licence = package.license.as_deref().unwrap_or("see its text");
        let mut found = licences(package)?;
        if found.is_empty() && licence == APACHE.0 {
            found.push((licence.to_owned(), text_of(Path::new(APACHE.1))?));
        }
        if found.is_empty() {
            return Err(format!("{} {} has no text of its licence ({licence})", package.name, package.version).into());
        }
        for (file, text) in found {
            let holder = format!("{} {} ({licence}): {file}", package.name, package.version);
            texts.entry(text).or_default().push(holder);
        }
    }
    let mut parts: Vec<(Vec<String>, String)> = texts.into_iter().map(|(text, holders)| (holders, text)).collect();
    parts.sort();
    let line = "=".repeat(80);
    let parts = parts.iter().map(|(holders, text)| format!("\n{line}\n{}\n{line}\n\n{text}\n", holders.join("\n")));
    Ok(HEAD.to_owned() + &parts.collect::<String>())
}

/// The files of a package with licences: their paths in it, and their texts.
fn licences(package: &Package) -> Outcome<Vec<(String, String)>> {
    let folder = package.manifest_path.parent().ok_or("a manifest is in no directory")?;
    let mut found = Vec::new();
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        !entry.file_type().is_dir() || entry.depth() == 0 || !NOT_IN_BINARY.contains(&&*name)
    });
    for entry in files {
        let entry = entry?;
        if entry.file_type().is_file() && is_licence(&entry.file_name().to_string_lossy()) {
            let path = entry.path().strip_prefix(folder)?.to_string_lossy().into_owned();
            found.push((path, text_of(entry.path())?));
        }
    }
    Ok(found)
}

fn text_of(path: &Path) -> Outcome<String> {
    Ok(String::from_utf8_lossy(&read(path)?).replace("\r\n", "\n").trim().to_owned())
}

fn is_licence(name: &str) -> bool {
    let name = name.to_lowercase();
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) && !name.ends_with(".rs")
}

//! Reading and writing files, with errors that name them.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::tools::ROOT;

/// What a step of packaging gives, or why it failed.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// What watches over a server: alert rules and a dashboard, below `packaging/` and in packages.
pub const WATCHING: [&str; 2] = ["prometheus/daric.rules.yml", "grafana/daric.json"];

/// The bytes of a file.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The bytes of a file of the checkout.
///
/// # Errors
/// The file cannot be read.
pub fn of_checkout(path: &str) -> Outcome<Vec<u8>> {
    read(&Path::new(ROOT).join(path))
}

/// A text below `packaging/`, in which `@VERSION@` is the version.
///
/// # Errors
/// The file cannot be read, or is no text.
pub fn packaging(path: &str, version: &str) -> Outcome<String> {
    let text = String::from_utf8(of_checkout(&format!("packaging/{path}"))?)?;
    Ok(text.replace("@VERSION@", version))
}

/// Writes a file.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}

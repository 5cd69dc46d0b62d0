//! `cargo xtask book`: the book as HTML, in `target/book`.
//!
//! It uses the `mdbook` on the path, or else builds the one named here, once, below `target/tools`. Arguments go to `mdbook build`: `--open` opens the book.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{cargo, run};

/// The version that is installed if there is none.
const VERSION: &str = "0.5.4";
/// The root of the checkout.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Builds the book.
pub fn book(arguments: &[String]) -> Result<(), String> {
    let docs = Path::new(ROOT).join("docs");
    run(Command::new(mdbook()?).arg("build").arg(docs).args(arguments))
}

/// The program `mdbook`.
fn mdbook() -> Result<PathBuf, String> {
    if Command::new("mdbook").arg("--version").output().is_ok() {
        return Ok(PathBuf::from("mdbook"));
    }
    let tools = Path::new(ROOT).join("target/tools");
    let program = tools.join("bin/mdbook");
    if !program.exists() {
        let mut install = cargo();
        install.args(["install", "--locked", "--version", VERSION, "--no-default-features", "--features", "search"]);
        run(install.arg("--root").arg(tools).arg("mdbook"))?;
    }
    Ok(program)
}

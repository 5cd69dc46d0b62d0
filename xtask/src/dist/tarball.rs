//! The tarball, for any distribution.
//!
//! Shape: one directory, whose files `docs/installing.md` says where to put.

use super::dependencies::TARGET;
use super::files::{Outcome, WATCHING, of_checkout, packaging};
use super::release::Release;
use super::tree::{FILE, PROGRAM, Tree, gzip};

/// The tarball.
///
/// # Errors
/// A file of the checkout cannot be read.
pub fn tarball(release: &Release) -> Outcome<(String, Vec<u8>)> {
    let name = format!("daric-{}-{TARGET}", release.version);
    let mut tree = Tree::default();
    let mut text = |path: &str, bytes: &[u8]| tree.file(format!("{name}/{path}"), FILE, bytes);
    // By hand, a program is installed beside those of the distribution.
    let unit = packaging("systemd/daric.service", &release.version)?.replace("/usr/bin/", "/usr/local/bin/");
    text("LICENSE", &release.licence);
    text("README.md", &of_checkout("README.md")?);
    text("INSTALLING.md", &of_checkout("docs/installing.md")?);
    text("THIRD-PARTY", release.third_party.as_bytes());
    text("daric.toml", packaging("daric.toml", &release.version)?.as_bytes());
    text("systemd/daric.service", unit.as_bytes());
    text("systemd/sysusers.conf", packaging("systemd/sysusers.conf", &release.version)?.as_bytes());
    for file in WATCHING {
        text(file, packaging(file, &release.version)?.as_bytes());
    }
    for (shell, completions) in &release.completions {
        text(&format!("completions/daric.{shell}"), completions);
    }
    for (page, roff) in &release.man_pages {
        text(&format!("man/{page}"), roff);
    }
    tree.file(format!("{name}/daric"), PROGRAM, release.binary.bytes.as_slice());
    Ok((format!("{name}.tar.gz"), gzip(&tree.tar("", release.epoch())?)?))
}

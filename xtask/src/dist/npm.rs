//! The npm package.
//!
//! Shape: a tarball of the binary, the module of `kits/node`, and a `package.json`: what `packaging/npm` says about the binary, and the
//! kit about its module.
//! Installed, `daric` is the binary itself. A checkout without the kit gives a package of the binary alone.

use serde_json::{Map, Value};

use super::files::{Outcome, packaging};
use super::kits;
use super::release::Release;
use super::tree::{FILE, PROGRAM, Tree, gzip};

/// What the kit says about its module.
const OF_KIT: [&str; 6] = ["engines", "exports", "main", "module", "type", "types"];

/// The npm package.
///
/// # Errors
/// A file of the checkout cannot be read.
pub fn npm(release: &Release) -> Outcome<(String, Vec<u8>)> {
    let kit = kits::node()?;
    let mut description: Map<String, Value> = serde_json::from_str(&packaging("npm/package.json", &release.version)?)?;
    description.extend(kit.description.into_iter().filter(|(key, _)| OF_KIT.contains(&key.as_str())));
    let mut tree = Tree::default();
    tree.file("package/bin/daric", PROGRAM, release.binary.bytes.as_slice());
    tree.file("package/LICENSE", FILE, release.licence.as_slice());
    tree.file("package/THIRD-PARTY", FILE, release.third_party.as_str());
    tree.file("package/README.md", FILE, packaging("npm/README.md", &release.version)?);
    tree.file("package/package.json", FILE, serde_json::to_string_pretty(&description)? + "\n");
    for (path, bytes) in kit.files {
        tree.file(format!("package/{path}"), FILE, bytes);
    }
    Ok((format!("daric-{}.tgz", release.version), gzip(&tree.tar("", release.epoch())?)?))
}

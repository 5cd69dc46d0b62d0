//! The Python wheel.
//!
//! Shape: a zip of the binary as a script, the pytest plugin of `kits/python`, and the metadata of both.
//! Installed, `daric` is the binary itself. A checkout without the kit gives a wheel of the binary alone.

use std::io::{Cursor, Write as _};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::files::{Outcome, packaging};
use super::kits;
use super::release::Release;
use super::tree::{FILE, PROGRAM, Tree};

/// Level of compression: the highest.
const LEVEL: i64 = 9;

/// The wheel.
///
/// # Errors
/// A file of the checkout cannot be read.
pub fn wheel(release: &Release) -> Outcome<(String, Vec<u8>)> {
    let version = &release.version;
    let tag = format!("py3-none-manylinux_{}_x86_64", release.binary.glibc.joined("_"));
    let info = format!("daric-{version}.dist-info");
    let kit = kits::python()?;
    let mut tree = Tree::default();
    tree.file(format!("daric-{version}.data/scripts/daric"), PROGRAM, release.binary.bytes.as_slice());
    tree.file(format!("{info}/METADATA"), FILE, packaging("python/METADATA", version)?);
    tree.file(format!("{info}/WHEEL"), FILE, packaging("python/WHEEL", version)?.replace("@TAG@", &tag));
    tree.file(format!("{info}/licenses/LICENSE"), FILE, release.licence.as_slice());
    tree.file(format!("{info}/licenses/THIRD-PARTY"), FILE, release.third_party.as_str());
    if !kit.entry_points.is_empty() {
        tree.file(format!("{info}/entry_points.txt"), FILE, kit.entry_points);
    }
    for (path, bytes) in kit.files {
        tree.file(path, FILE, bytes);
    }
    let record = format!("{info}/RECORD");
    tree.file(record.as_str(), FILE, listed(&tree, &record));
    Ok((format!("daric-{version}-{tag}.whl"), zipped(&tree)?))
}

/// Each file with its sum and size, and the list itself without.
fn listed(tree: &Tree, record: &str) -> String {
    let lines = tree.files().map(|(path, _, bytes)| {
        format!("{path},sha256={},{}\n", BASE64URL_NOPAD.encode(&Sha256::digest(bytes)), bytes.len())
    });
    lines.collect::<String>() + &format!("{record},,\n")
}

/// The files with the first date that a zip can have: it has no place for a time zone.
fn zipped(tree: &Tree) -> Outcome<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default());
    for (path, mode, bytes) in tree.files() {
        archive.start_file(path, options.unix_permissions(mode))?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

//! The sums of the packages, as `sha256sum --check` reads them.

use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::files::{Outcome, read};

/// The name of the file with the sums.
pub const FILE: &str = "SHA256SUMS";

/// A line for each file of the directory, sorted by name.
///
/// # Errors
/// A file cannot be read.
pub fn sums(directory: &Path) -> Outcome<String> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<Outcome<Vec<_>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    let line = |path: &Path| -> Outcome<String> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{}  {name}\n", HEXLOWER.encode(&Sha256::digest(read(path)?))))
    };
    paths.iter().map(|path| line(path)).collect()
}

//! Secrets in files: those that a setting names, and systemd's credentials.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::{SettingsError, wrong};

/// The file of a credential below `$CREDENTIALS_DIRECTORY`; `None`: systemd has passed none of this name.
pub(super) fn credential(name: &str) -> Option<PathBuf> {
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY")?;
    Some(Path::new(&directory).join(name)).filter(|path| path.exists())
}

/// The lines of a file that are not empty. Errors contain nothing of them.
pub(super) fn lines(path: &Path) -> Result<Vec<Zeroizing<String>>, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
    let text = Zeroizing::new(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(|line| Zeroizing::new(line.to_owned())).collect())
}

//! A restored copy beside the store, which replaces it with one rename.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use super::files::{DatabaseHead, FILE, LOG, at};
use super::schema::Mark;
use super::{acknowledged, sums};
use crate::Error;

/// The name of a copy that is being made.
pub(super) const COPYING: &str = "daric.db.copying";
/// The name of a complete copy, which will replace `daric.db` and its log.
pub(super) const RESTORED: &str = "daric.db.restored";
/// The name of its checksums, which will replace `daric.sums`.
pub(super) const RESTORED_SUMS: &str = "daric.sums.restored";
/// Files that belong to `daric.db`, and are kept with it when it is replaced.
pub(super) const BESIDE: [&str; 3] = [LOG, sums::FILE, acknowledged::FILE];
/// A file that every start creates again.
pub(super) const SHARED_MEMORY: &str = "daric.db-shm";

/// Whether a directory contains a store.
pub(crate) fn is_store(directory: &Path) -> bool {
    directory.join(FILE).exists() || directory.join(RESTORED).exists()
}

/// Puts a restored copy in place. The log of the previous store is removed first, because it does not belong to the copy.
pub(super) fn finish_restore(directory: &Path) -> Result<(), Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let (restored, store) = (directory.join(RESTORED), directory.join(FILE));
    if restored.exists() {
        // The present files are removed for the copy, so it must be complete.
        let head = File::open(&restored).and_then(|file| Ok((DatabaseHead::read(&file)?, file.metadata()?.len())));
        let (head, bytes) = head.map_err(at(&restored))?;
        if head.is_none_or(|head| head.bytes > bytes || head.mark != Mark::Closed.application()) {
            let what = "it is not the whole copy of a restore. Remove it, or restore again";
            return Err(at(&restored)(std::io::Error::other(what)));
        }
        for name in BESIDE.into_iter().chain([SHARED_MEMORY]) {
            remove(&directory.join(name)).map_err(unusable)?;
        }
        // Without them, the start makes them.
        match fs::rename(directory.join(RESTORED_SUMS), directory.join(sums::FILE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(error)),
            Ok(()) | Err(_) => {}
        }
        fs::rename(&restored, &store).and_then(|()| sync_directory(directory)).map_err(unusable)?;
    }
    // Otherwise a new, empty store would take the place of the one that was to be restored.
    if !store.exists() && directory.join(COPYING).exists() {
        return Err(Error::RestoreUnfinished(directory.to_owned()));
    }
    Ok(())
}

pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn sync_directory(directory: &Path) -> std::io::Result<()> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    File::open(directory)?.sync_all()
}

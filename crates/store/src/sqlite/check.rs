//! What the files of a store say before SQLite opens one of them.
//!
//! SQLite makes a database that is missing, drops a log from its first damaged frame on, and takes every page as it is, without a word. So
//! its files are looked at first, and nothing is changed by that: the log against what was acknowledged, the pages against their sums.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::acknowledged::{self, Acknowledged};
use super::digest::{self, Ended, Ending};
use super::sums::{self, Damage};
use super::{FILE, LOG, flush, log};
use crate::Error;

/// How every SQLite database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What belongs to a store.
const FILES: [&str; 5] = [FILE, LOG, sums::FILE, acknowledged::FILE, flush::FILE];

/// Names the file of an error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { path: path.clone(), source }
}

/// A file of a directory, to be read.
pub(super) fn open(directory: &Path, name: &str) -> Result<Option<(PathBuf, File)>, Error> {
    let path = directory.join(name);
    match File::open(&path) {
        Ok(file) => Ok(Some((path, file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&path)(error)),
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) damage: Damage,
    /// The database's file is a whole backup, of a database of so many bytes.
    pub(super) backup: Option<u64>,
}

/// Looks at all files of a directory that no process has open, and at up to `limit` pages of its database.
///
/// # Errors
/// As [`check_log`]; or `daric.db` is no database.
pub(super) fn look(directory: &Path, limit: u64) -> Result<Looked, Error> {
    for name in FILES {
        let path = directory.join(name);
        if path.is_dir() {
            return Err(at(&path)(ErrorKind::IsADirectory.into()));
        }
    }
    let in_log = check_log(directory)?;
    let Some((path, database)) = open(directory, FILE)? else { return Ok(Looked::default()) };
    let mut backup = None;
    let damage = match open(directory, sums::FILE)? {
        Some((path_of_sums, file)) => {
            let sums = sums::read(&file).map_err(at(&path_of_sums))?;
            sums::compare(&sums, &database, &in_log, limit).map_err(at(&path))?
        }
        None if digest::is_at_the_end_of(&database).map_err(at(&path))? => {
            let Ended { ending, database } = digest::read(&database, |_, _| Ok(())).map_err(at(&path))?;
            if ending != Ending::Whole {
                let what =
                    "its digest is another than that of what is in it. Take another copy of the backup".to_owned();
                return Err(Error::NoBackup { path, what });
            }
            backup = Some(database);
            Damage::default()
        }
        None => Damage::default(),
    };
    if damage.count() == 0 && !in_log.contains(&1) && !is_database(&database).map_err(at(&path))? {
        return Err(Error::NotADatabase(path));
    }
    Ok(Looked { damage, backup })
}

/// Whether a file begins as a database, or is empty.
fn is_database(file: &File) -> io::Result<bool> {
    let mut begin = [0; MAGIC.len()];
    Ok(match file.read_at(&mut begin, 0)? {
        0 => true,
        _ => begin == *MAGIC,
    })
}

/// Refuses a directory whose database is gone, and a log that ends before what was acknowledged. Also beside a running server: the note is read
/// before the log, which only grows or starts over. Returns the pages that the log has.
pub(super) fn check_log(directory: &Path) -> Result<HashSet<u32>, Error> {
    let bytes = |name: &str| match std::fs::metadata(directory.join(name)) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(at(&directory.join(name))(error)),
    };
    let noted = Acknowledged::noted(directory).map_err(at(&directory.join(acknowledged::FILE)))?;
    if bytes(FILE)? == 0 && (noted.frames > 0 || bytes(LOG)? > 0 || bytes(sums::FILE)? > 0) {
        return Err(Error::DatabaseGone(directory.to_owned()));
    }
    let mut in_log = HashSet::new();
    let found = match open(directory, LOG)? {
        Some((path, log)) => {
            let pages = |number, _| {
                in_log.insert(number);
            };
            log::Cursor::default().advance(&log, |_, _| 0, pages).map_err(at(&path))?
        }
        None => log::Found::default(),
    };
    match acknowledged::missing(noted, &found) {
        0 => Ok(in_log),
        missing => Err(Error::LogCutShort { path: directory.join(LOG), missing, acknowledged: noted.frames }),
    }
}

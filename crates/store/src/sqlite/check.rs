//! Checks of a store's files before SQLite opens one of them.
//!
//! SQLite silently creates a missing database, drops a log from its first damaged frame on, and accepts every page as it is. So
//! the files are checked first, without changing them: the log against the acknowledged frames, the pages against their checksums.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rusqlite::Connection;
use tracing::info;

use super::acknowledged::{self, Acknowledged, Note};
use super::digest::{self, Ended, Ending};
use super::files::FILE;
use super::files::LOG;
use super::files::{DatabaseHead, at, open};
use super::log_position::{After, Generation};
use super::schema::{self, Mark};
use super::sums::{self, Damage, Head};
use super::{flush, foreign, log};
use crate::Error;

/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The files of a store.
const FILES: [&str; 5] = [FILE, LOG, sums::FILE, acknowledged::FILE, flush::FILE];

/// The result of the checks.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) damage: Damage,
    /// Whether there is a file of checksums.
    pub(super) has_sums: bool,
    /// The size of the database in bytes, if its file is a complete backup.
    pub(super) backup: Option<u64>,
}

/// Checks all files of a directory that no process has open, and up to `limit` pages of its database.
///
/// # Errors
/// As [`check_log`]; or `daric.db` is not a database.
pub(super) fn look(directory: &Path, limit: u64) -> Result<Looked, Error> {
    let in_log = check_log(directory)?;
    if !in_log.is_empty() {
        check_state(directory)?;
    }
    check_pages(directory, &in_log, limit)
}

/// Records what [`look`] refuses, and removes the notes that cause the refusal. A missing database is not accepted.
pub(super) fn accept(directory: &Path) -> Result<Looked, Error> {
    let mut found = Vec::new();
    match check_log(directory) {
        Ok(_) => {}
        Err(error) if error.is_a_loss() => found.push(error.to_string()),
        Err(error) => return Err(error),
    }
    match foreign::none(directory) {
        Err(error @ Error::ForeignWrites(_)) => found.push(error.to_string()),
        none => none?,
    }
    let (_, in_log) = read_log(directory)?;
    if !in_log.is_empty() {
        check_state(directory)?;
    }
    let looked = check_pages(directory, &in_log, u64::MAX)?;
    if looked.damage.count() > 0 {
        found.push(looked.damage.what());
    }
    if found.is_empty() {
        info!("nothing is refused: --accept-loss changes nothing");
        return Ok(looked);
    }
    super::accepted::record(directory, &found)?;
    for name in [sums::FILE, acknowledged::FILE, foreign::FILE] {
        let path = directory.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&path)(error)),
            Ok(()) | Err(_) => {}
        }
    }
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(at(directory))?;
    Ok(looked)
}

fn are_files(directory: &Path) -> Result<(), Error> {
    for name in FILES {
        let path = directory.join(name);
        let found = match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            found => found.map_err(at(&path))?,
        };
        if found.is_dir() {
            return Err(at(&path)(ErrorKind::IsADirectory.into()));
        }
        // SQLite follows a link, and would create its log beside the target.
        if !found.is_file() {
            let what = "it is a link, or no file. Link the whole directory, or put the file here";
            return Err(at(&path)(io::Error::other(what)));
        }
    }
    Ok(())
}

fn check_pages(directory: &Path, in_log: &HashSet<u32>, limit: u64) -> Result<Looked, Error> {
    let Some((path, database)) = open(directory, FILE)? else { return Ok(Looked::default()) };
    let mut looked = Looked::default();
    match open(directory, sums::FILE)? {
        Some((path_of_sums, file)) => {
            let sums = sums::read(&file).map_err(at(&path_of_sums))?;
            looked.damage = sums::compare(&sums, &database, in_log, limit).map_err(at(&path))?;
            looked.has_sums = true;
        }
        None if digest::is_at_the_end_of(&database).map_err(at(&path))? => {
            let Ended { ending, database } = digest::read(&database, |_, _| Ok(())).map_err(at(&path))?;
            if ending != Ending::Whole {
                let what =
                    "its digest is another than that of what is in it. Take another copy of the backup".to_owned();
                return Err(Error::NoBackup { path, what });
            }
            looked.backup = Some(database);
        }
        None => {}
    }
    if looked.damage.count() == 0 && !in_log.contains(&1) && !is_database(&database).map_err(at(&path))? {
        return Err(Error::NotADatabase(path));
    }
    Ok(looked)
}

/// Whether a file begins like a database, or is empty.
fn is_database(file: &File) -> io::Result<bool> {
    let mut begin = [0; MAGIC.len()];
    Ok(match file.read_at(&mut begin, 0)? {
        0 => true,
        _ => begin == *MAGIC,
    })
}

/// Refuses a directory whose database is missing, or lacks files that belong to it; files that are of different times; and a log that ends before the
/// last acknowledged frame. It also works beside a running server. Returns the pages that are in the log.
pub(super) fn check_log(directory: &Path) -> Result<HashSet<u32>, Error> {
    are_files(directory)?;
    let state = || -> Result<_, Error> {
        let sums = Head::in_directory(directory).map_err(at(&directory.join(sums::FILE)))?;
        Ok(((mark(directory)?, sums), generation(directory)?))
    };
    loop {
        let before = state()?;
        let checked = check_files(directory, before.0);
        // Otherwise a server has meanwhile opened or closed the store, moved pages of the log into the database, or started the log over, and frames
        // were read up to where the header of another filling allowed.
        if state()? == before {
            return checked;
        }
    }
}

/// The generation of the log's present filling, if there is one.
fn generation(directory: &Path) -> Result<Option<Generation>, Error> {
    match open(directory, LOG)? {
        Some((path, log)) => log::generation(&log).map_err(at(&path)),
        None => Ok(None),
    }
}

/// The mark in the header of the database's file, regardless of the log.
fn mark(directory: &Path) -> Result<Option<u32>, Error> {
    match open(directory, FILE)? {
        Some((path, file)) => Ok(DatabaseHead::read(&file).map_err(at(&path))?.map(|head| head.mark)),
        None => Ok(None),
    }
}

fn check_files(directory: &Path, (mark, sums): (Option<u32>, Option<Head>)) -> Result<HashSet<u32>, Error> {
    let bytes = |name: &str| match std::fs::metadata(directory.join(name)) {
        Ok(file) => Ok(Some(file.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&directory.join(name))(error)),
    };
    let note = Acknowledged::noted(directory).map_err(at(&directory.join(acknowledged::FILE)))?;
    let Note { position: noted, stamp } = note.unwrap_or_default();
    if bytes(FILE)?.unwrap_or(0) == 0 {
        let beside = [LOG, sums::FILE, acknowledged::FILE, flush::FILE].map(bytes);
        if beside.into_iter().collect::<Result<Vec<_>, _>>()?.iter().any(Option::is_some) {
            return Err(Error::DatabaseGone(directory.to_owned()));
        }
    }
    let (found, in_log) = read_log(directory)?;
    let mixed = |what| Err(Error::Mixed { directory: directory.to_owned(), what });
    let gone = |name, what| Err(Error::BelongingGone { path: directory.join(name), what });
    let is_closed = mark == Some(Mark::Closed.application());
    if is_closed && found.frames > 0 && !is_in_database(directory)? {
        return mixed("daric.db was closed, and the log beside it has other pages");
    }
    let missing = if noted.frames > 0 { acknowledged::missing(noted, &found) } else { Some(0) };
    match missing {
        None => return mixed("acknowledged is of another log than daric.db-wal"),
        Some(missing @ 1..) => {
            return Err(Error::LogCutShort { path: directory.join(LOG), missing, acknowledged: noted.frames });
        }
        Some(0) => {}
    }
    if mark == Some(Mark::Opened.application()) {
        if note.is_none() {
            return gone(acknowledged::FILE, "how much of the log callers were told is not known");
        }
        if found.generation.is_none() {
            return gone(LOG, "what was committed last, and callers were told, was in it");
        }
        if bytes(sums::FILE)?.unwrap_or(0) == 0 {
            return gone(sums::FILE, "the pages of daric.db cannot be compared");
        }
    }
    // A damaged head is reported together with the pages.
    let Some(Head { stamp: of_sums, taken }) = sums else { return Ok(in_log) };
    if noted.frames > 0 && (of_sums.file != stamp.file || of_sums.state < stamp.state) {
        return mixed("daric.sums is older than acknowledged, or another store's");
    }
    if let (true, Some(generation)) = (mark == Some(Mark::Opened.application()), found.generation) {
        if of_sums.file != stamp.file {
            return mixed("acknowledged is of another time, or another store's");
        }
        match generation.after(taken.generation) {
            After::Same if found.frames < taken.frames => {
                let missing = taken.frames - found.frames;
                return Err(Error::LogCutShort { path: directory.join(LOG), missing, acknowledged: taken.frames });
            }
            After::Same | After::Next => {}
            After::Other => return mixed("daric.db-wal is another log than the one that daric.sums has taken in"),
        }
    }
    Ok(in_log)
}

/// Whether a closed database has every page of the log in the same version: closing was interrupted before the log was emptied, or before the mark.
fn is_in_database(directory: &Path) -> Result<bool, Error> {
    let (Some((path, database)), Some((path_of_log, log))) = (open(directory, FILE)?, open(directory, LOG)?) else {
        return Ok(false);
    };
    let mut last: BTreeMap<u32, u64> = BTreeMap::new();
    // Opening and closing change the header in the first page.
    let plain = |number: u32, page: &[u8]| match number {
        1 => sums::sum(1, &without_marks(page)),
        number => sums::sum(number, page),
    };
    let walked = log::Cursor::default().advance(&log, plain, |number, sum| {
        last.insert(number, sum);
    });
    walked.map_err(at(&path_of_log))?;
    let mut same = 0;
    let compared = sums::each_page(&database, u64::MAX, |number, page| {
        same += usize::from(last.get(&number).is_some_and(|sum| *sum == plain(number, page)));
    });
    compared.map_err(at(&path))?;
    Ok(same == last.len())
}

/// The first page of a database without the mark (opened or closed) and the fields of the last writer.
fn without_marks(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    for range in [24..28, 68..72, 92..100] {
        if let Some(bytes) = page.get_mut(range) {
            bytes.fill(0);
        }
    }
    page
}

/// Refuses a database that knows a later state of its checksums than their file has, by itself or by its log; and a log that has started over since
/// the checksums took pages in, and states another state than theirs. A log begins with a commit that states the checksums' state at that time, so an
/// older copy of database and checksums does not accept a later log, and a newer one no older log.
fn check_state(directory: &Path) -> Result<(), Error> {
    let Some(Head { stamp, taken }) = Head::in_directory(directory).map_err(at(&directory.join(sums::FILE)))? else {
        return Ok(());
    };
    let is_next = generation(directory)?.is_some_and(|now| now.after(taken.generation) == After::Next);
    // Other faults of the database are reported when it is opened; 0 means that it does not know a state.
    let known = |opened: Result<Connection, Error>| {
        opened.and_then(|connection| schema::state_of_sums(&connection)).ok().filter(|known| *known > 0)
    };
    let (by_log, alone) =
        (known(super::connect::open_unchanged(directory)), known(super::connect::open_alone(directory)));
    let what = match (by_log, alone) {
        (Some(by_log), _) if by_log > stamp.state => "daric.db and daric.sums are older than the log beside them",
        (Some(by_log), _) if is_next && by_log != stamp.state => {
            "daric.db and daric.sums are newer than the log beside them"
        }
        (_, Some(alone)) if alone > stamp.state => "daric.sums is older than daric.db",
        _ => return Ok(()),
    };
    Err(Error::Mixed { directory: directory.to_owned(), what })
}

/// The end of the log's last commit, and the pages that are in the log.
fn read_log(directory: &Path) -> Result<(log::Found, HashSet<u32>), Error> {
    let mut in_log = HashSet::new();
    let Some((path, log)) = open(directory, LOG)? else { return Ok((log::Found::default(), in_log)) };
    let pages = |number, _| {
        in_log.insert(number);
    };
    let found = log::Cursor::default().advance(&log, |_, _| 0, pages).map_err(at(&path))?;
    Ok((found, in_log))
}

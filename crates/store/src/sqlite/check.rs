//! What the files of a store say before SQLite opens one of them.
//!
//! SQLite makes a database that is missing, drops a log from its first damaged frame on, and takes every page as it is, without a word. So
//! its files are looked at first, and nothing is changed by that: the log against what was acknowledged, the pages against their sums.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use tracing::info;

use super::acknowledged::{self, Acknowledged, Note};
use super::digest::{self, Ended, Ending};
use super::schema::Mark;
use super::sums::{self, Damage, Stamp};
use super::{FILE, LOG, flush, foreign, log};
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
    /// There is a file of sums.
    pub(super) has_sums: bool,
    /// The database's file is a whole backup, of a database of so many bytes.
    pub(super) backup: Option<u64>,
}

/// Looks at all files of a directory that no process has open, and at up to `limit` pages of its database.
///
/// # Errors
/// As [`check_log`]; or `daric.db` is no database.
pub(super) fn look(directory: &Path, limit: u64) -> Result<Looked, Error> {
    are_files(directory)?;
    check_pages(directory, &check_log(directory)?, limit)
}

/// Writes down what [`look`] refuses, and removes the notes that say so. What is not there any more at all is not accepted.
pub(super) fn accept(directory: &Path) -> Result<Looked, Error> {
    are_files(directory)?;
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
        if path.is_dir() {
            return Err(at(&path)(ErrorKind::IsADirectory.into()));
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

/// Whether a file begins as a database, or is empty.
fn is_database(file: &File) -> io::Result<bool> {
    let mut begin = [0; MAGIC.len()];
    Ok(match file.read_at(&mut begin, 0)? {
        0 => true,
        _ => begin == *MAGIC,
    })
}

/// Refuses a directory whose database is gone, files that belong to it and are not there, and a log that ends before what was acknowledged. Also
/// beside a running server: the note is read before the log, which only grows or starts over. Returns the pages that the log has.
pub(super) fn check_log(directory: &Path) -> Result<HashSet<u32>, Error> {
    loop {
        let mark = mark(directory)?;
        let checked = check_files(directory, mark);
        // Else a server has opened or closed it meanwhile.
        if self::mark(directory)? == mark {
            return checked;
        }
    }
}

/// What the header in the file of the database says, whatever the log says.
fn mark(directory: &Path) -> Result<Option<u32>, Error> {
    match open(directory, FILE)? {
        Some((path, file)) => Ok(Head::read(&file).map_err(at(&path))?.map(|head| head.mark)),
        None => Ok(None),
    }
}

fn check_files(directory: &Path, mark: Option<u32>) -> Result<HashSet<u32>, Error> {
    let bytes = |name: &str| match std::fs::metadata(directory.join(name)) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(at(&directory.join(name))(error)),
    };
    let note = Acknowledged::noted(directory).map_err(at(&directory.join(acknowledged::FILE)))?;
    let Note { place: noted, stamp } = note.unwrap_or_default();
    if bytes(FILE)? == 0 && (noted.frames > 0 || bytes(LOG)? > 0 || bytes(sums::FILE)? > 0) {
        return Err(Error::DatabaseGone(directory.to_owned()));
    }
    let (found, in_log) = read_log(directory)?;
    let missing = acknowledged::missing(noted, &found);
    if missing > 0 {
        return Err(Error::LogCutShort { path: directory.join(LOG), missing, acknowledged: noted.frames });
    }
    if noted.frames > 0 && found.frames > 0 {
        let path_of_sums = directory.join(sums::FILE);
        let belongs = match Stamp::in_directory(directory).map_err(at(&path_of_sums))? {
            Some(sums) => sums.file == stamp.file && sums.state >= stamp.state,
            // A process that commits has made sums first.
            None => bytes(sums::FILE)? > 0 || mark != Some(Mark::Closed.application()),
        };
        if !belongs {
            return Err(Error::OlderDatabase(directory.to_owned()));
        }
    }
    if mark == Some(Mark::Opened.application()) {
        let gone = |name, what| Err(Error::BelongingGone { path: directory.join(name), what });
        if note.is_none() {
            return gone(acknowledged::FILE, "how much of the log callers were told is not known");
        }
        if found.generation.is_none() {
            return gone(LOG, "what was committed last, and callers were told, was in it");
        }
        if bytes(sums::FILE)? == 0 {
            return gone(sums::FILE, "the pages of daric.db cannot be compared");
        }
    }
    Ok(in_log)
}

/// How far the log goes, and the pages that it has.
fn read_log(directory: &Path) -> Result<(log::Found, HashSet<u32>), Error> {
    let mut in_log = HashSet::new();
    let Some((path, log)) = open(directory, LOG)? else { return Ok((log::Found::default(), in_log)) };
    let pages = |number, _| {
        in_log.insert(number);
    };
    let found = log::Cursor::default().advance(&log, |_, _| 0, pages).map_err(at(&path))?;
    Ok((found, in_log))
}

/// What the header of a database says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// How long its file is.
    pub(super) bytes: u64,
    /// The application that it belongs to, see [`Mark`].
    pub(super) mark: u32,
}

impl Head {
    /// `None`: the file is shorter than a header.
    pub(super) fn read(file: &File) -> io::Result<Option<Self>> {
        let mut head = [0; sums::HEADER];
        match file.read_exact_at(&mut head, 0) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        // https://sqlite.org/fileformat2.html#the_database_header: 1 stands for 65,536, which does not fit.
        let page_bytes = match u16::from_be_bytes([head[16], head[17]]) {
            1 => 65_536,
            bytes => u64::from(bytes),
        };
        Ok(Some(Self { bytes: u64::from(word(28)) * page_bytes, mark: word(68) }))
    }
}

//! The files of a store: their names, and how they are opened.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::Error;

/// The length of the database's header, in bytes.
pub(super) const HEADER: usize = 100;
/// The name of the database's file.
pub(crate) const FILE: &str = "daric.db";
/// The name of its write-ahead log.
pub(crate) const LOG: &str = "daric.db-wal";
/// The name of the file that the process locks which uses the store.
pub(crate) const LOCK: &str = "lock";

/// Adds the name of the file to an error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { path: path.clone(), source }
}

/// Opens a file of a directory for reading; `None` if it does not exist.
pub(super) fn open(directory: &Path, name: &str) -> Result<Option<(PathBuf, File)>, Error> {
    let path = directory.join(name);
    match File::open(&path) {
        Ok(file) => Ok(Some((path, file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&path)(error)),
    }
}

/// The fields of a database's header.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseHead {
    /// The length of the database in bytes, by its header.
    pub(super) bytes: u64,
    /// The application id, see [`Mark`].
    pub(super) mark: u32,
}

impl DatabaseHead {
    /// Reads the header; `None`: the file is shorter than a header.
    pub(super) fn read(file: &File) -> io::Result<Option<Self>> {
        let mut head = [0; HEADER];
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

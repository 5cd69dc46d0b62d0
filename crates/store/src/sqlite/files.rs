//! Files of a store: their names, and how they are opened.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::Error;

/// Bytes of the database's header.
pub(super) const HEADER: usize = 100;
/// The database's file in its directory.
pub(crate) const FILE: &str = "daric.db";
/// Its write-ahead log.
pub(crate) const LOG: &str = "daric.db-wal";
/// The file that the process has locked which the store belongs to.
pub(crate) const LOCK: &str = "lock";

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

/// What the header of a database says.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseHead {
    /// How long its file is.
    pub(super) bytes: u64,
    /// The application that it belongs to, see [`Mark`].
    pub(super) mark: u32,
}

impl DatabaseHead {
    /// `None`: the file is shorter than a header.
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

//! A sum of each page of the database, in a file beside it.
//!
//! SQLite takes what it reads from the disk for what was written there: a flipped bit is another balance. The log has sums of its own, the
//! database has none. All pages reach the database through checkpoints, which take their pages from the log, so the sums cost commits
//! nothing.
//! Order: the log is flushed; the sums of its pages are written and flushed; the pages are copied and flushed; only then may the log start
//! over. So at any moment, after any crash, a page of the database is what its sum says, or the log still has it.
//! Limits: 8 bytes a page. What changes the file beside us, another program included, is found as damage.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::hash::Hasher as _;
use std::io::{ErrorKind, Read as _, Result as IoResult};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use siphasher::sip::SipHasher13;

use super::log::{Cursor, Found};
use crate::Error;

/// The file in the store's directory.
pub(super) const FILE: &str = "daric.sums";
/// Bytes of a sum.
const SUM: usize = 8;
/// Where the database's header has the size of a page.
const PAGE_SIZE_AT: usize = 16;
/// Bytes of the database's header.
const HEADER: usize = 100;
/// Bytes of the database read at a time.
const CHUNK: usize = 1 << 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Sums {
    file: File,
    /// Kept open: closing it would take back the locks that SQLite holds on the same file in this process.
    database: File,
    log: File,
    cursor: Cursor,
}

/// Pages that are not as they were written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Damage {
    /// How many.
    pub(crate) pages: u64,
    /// The first of them.
    pub(crate) listed: Vec<u32>,
}

impl Damage {
    /// # Errors
    /// There is some.
    pub(crate) fn none(&self) -> Result<(), Error> {
        match self.listed.first() {
            Some(first) => Err(Error::Damaged { pages: self.pages, first: *first }),
            None => Ok(()),
        }
    }
}

/// Damaged pages that are listed by number at most.
const LISTED: usize = 100;

impl Sums {
    /// The sums of a directory. `None`: there are none yet, and [`Sums::make`] makes them.
    pub(super) fn open(directory: &Path) -> IoResult<Option<File>> {
        match OpenOptions::new().read(true).write(true).open(directory.join(FILE)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Those in a file, of a database and its log.
    pub(super) fn new(file: File, database: File, log: File) -> Self {
        Self { file, database, log, cursor: Cursor::default() }
    }

    /// Sums of a database as it stands, whose log is empty. Under another name until they are whole.
    pub(super) fn make(directory: &Path, database: File, log: File) -> IoResult<Self> {
        let (path, making) = (directory.join(FILE), directory.join("daric.sums.new"));
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&making)?;
        let mut sums = Vec::new();
        each_page(&database, u64::MAX, |number, page| sums.extend_from_slice(&sum(number, page).to_le_bytes()))?;
        file.write_all_at(&sums, 0)?;
        file.sync_data()?;
        std::fs::rename(&making, &path)?;
        File::open(directory)?.sync_all()?;
        Ok(Self::new(file, database, log))
    }

    /// Takes in what commits have appended to the log since the last call. Until this returns, no checkpoint may copy it.
    pub(super) fn take_in(&mut self) -> IoResult<Found> {
        let mut cursor = self.cursor;
        let mut sums: BTreeMap<u32, u64> = BTreeMap::new();
        let found = cursor.advance(&self.log, sum, |number, sum| {
            sums.insert(number, sum);
        })?;
        if !sums.is_empty() {
            // A frame that a power failure takes back must not have a sum.
            self.log.sync_data()?;
            self.write(&sums)?;
            self.file.sync_data()?;
        }
        self.cursor = cursor;
        Ok(found)
    }

    /// Neighbours are written together.
    fn write(&self, sums: &BTreeMap<u32, u64>) -> IoResult<()> {
        let mut run: (u32, Vec<u8>) = (0, Vec::new());
        for (number, sum) in sums {
            let (first, bytes) = &mut run;
            if u64::from(*number) != u64::from(*first) + (bytes.len() / SUM) as u64 {
                self.file.write_all_at(bytes, place(*first))?;
                bytes.clear();
                *first = *number;
            }
            bytes.extend_from_slice(&sum.to_le_bytes());
        }
        self.file.write_all_at(&run.1, place(run.0))
    }

    /// Compares up to `limit` pages of the database, whose log is empty.
    pub(super) fn check(&self, limit: u64) -> IoResult<Damage> {
        let mut sums = Vec::new();
        (&self.file).read_to_end(&mut sums)?;
        let mut damage = Damage::default();
        each_page(&self.database, limit, |number, page| {
            let at = place(number) as usize;
            let written = sums
                .get(at..at + SUM)
                .map_or(0, |bytes| bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)));
            // Pages that were never written are holes.
            let is_whole = if written == 0 { page.iter().all(|byte| *byte == 0) } else { written == sum(number, page) };
            if !is_whole {
                damage.pages += 1;
                if damage.listed.len() < LISTED {
                    damage.listed.push(number);
                }
            }
        })?;
        Ok(damage)
    }
}

/// Where a page's sum is; pages count from 1.
fn place(number: u32) -> u64 {
    u64::from(number.saturating_sub(1)) * SUM as u64
}

/// The sum of a page, which is never 0: that is a page without one. Its number is part of it, so that two pages cannot change places.
fn sum(number: u32, page: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write_u32(number);
    hasher.write(page);
    hasher.finish().max(1)
}

/// Gives the pages of a database file, in order, up to `limit` of them. A last one that is cut short is given as it is.
fn each_page(file: &File, limit: u64, mut page: impl FnMut(u32, &[u8])) -> IoResult<()> {
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    if length < HEADER as u64 {
        return Ok(());
    }
    file.read_exact_at(&mut header, 0)?;
    let page_bytes = match u16::from_be_bytes([header[PAGE_SIZE_AT], header[PAGE_SIZE_AT + 1]]) {
        1 => 65_536,
        bytes if bytes >= 512 && bytes.is_power_of_two() => usize::from(bytes),
        // A header that is damaged itself: the size that our files have.
        _ => 4_096,
    };
    let end = length.min(limit.saturating_mul(page_bytes as u64));
    let mut chunk = vec![0; CHUNK];
    let (mut at, mut number) = (0u64, 0u32);
    while at < end {
        let bytes = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
        file.read_exact_at(&mut chunk[..bytes], at)?;
        for content in chunk[..bytes].chunks(page_bytes) {
            number += 1;
            page(number, content);
        }
        at += bytes as u64;
    }
    Ok(())
}

//! A checksum for each page of the database, in a file beside it.
//!
//! SQLite accepts every page that it reads from the disk: a flipped bit can change a balance. The log has checksums of its own, the
//! database has none. All pages reach the database through checkpoints, which copy them from the log, so the checksums cost commits
//! nothing.
//! Order: the log is flushed; the checksums of its pages are written and flushed; the pages are copied and flushed; only then may the log start
//! over. So at any moment, after any crash, a page of the database agrees with its checksum, or the log still has it.
//! Format: a head of 48 bytes ([`Head`]), then 8 bytes a page: its CRC-32, and 16 bits that verify the other bits, so that
//! a damaged checksum can be distinguished from a damaged page.
//! Limits: a change by any other program is reported as damage, too.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions};
use std::hash::Hasher as _;
use std::io::{ErrorKind, Read as _, Result as IoResult};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use siphasher::sip::SipHasher13;

use super::files::DatabaseHead;
use super::files::{HEADER, LOG};
use super::log::{Content, Cursor};
use super::log_position::Generation;
use super::log_position::{LogPosition, Stamp};
use crate::Error;

/// The file in the store's directory.
pub(super) const FILE: &str = "daric.sums";
/// The first bytes of the file: name and version of the format.
const MAGIC: [u8; SUM] = *b"daricsm3";
/// The length of a checksum, in bytes.
const SUM: usize = 8;
/// The length of the head, in bytes.
const HEAD: usize = 6 * SUM;
/// The bits of a checksum that verify the others.
const CHECK: u64 = 0xffff;
/// The offset of the page size in the database's header.
const PAGE_SIZE_AT: usize = 16;
/// How many bytes of the database are read at a time.
const CHUNK: usize = 1 << 20;

/// The head of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Head {
    pub(super) stamp: Stamp,
    /// The position up to which the log has been taken in. Pages of earlier fillings of the log are in the database.
    pub(super) taken: LogPosition,
}

impl Head {
    /// The head of a new file.
    fn draw(state: u64) -> IoResult<Self> {
        let mut file = [0; SUM];
        getrandom::fill(&mut file).map_err(std::io::Error::other)?;
        Ok(Self { stamp: Stamp { file: u64::from_le_bytes(file), state }, taken: LogPosition::default() })
    }

    /// The head in the bytes of a file; `None`: it is damaged.
    fn of(sums: &[u8]) -> Option<Self> {
        let word = |at: usize| sums.get(at * SUM..(at + 1) * SUM)?.try_into().ok().map(u64::from_le_bytes);
        let stamp = Stamp { file: word(1)?, state: word(2)? };
        let taken = LogPosition { generation: Generation(word(3)?), frames: u32::try_from(word(4)?).ok()? };
        let head = Self { stamp, taken };
        (sums.get(..HEAD)? == head.bytes()).then_some(head)
    }

    /// The head of a directory's file; `None`: there is no file, or its head is damaged.
    pub(super) fn in_directory(directory: &Path) -> IoResult<Option<Self>> {
        match File::open(directory.join(FILE)) {
            Ok(file) => Self::read(&file),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(file: &File) -> IoResult<Option<Self>> {
        let mut head = [0; HEAD];
        let read = file.read_at(&mut head, 0)?;
        Ok(Self::of(&head[..read]))
    }

    fn bytes(self) -> [u8; HEAD] {
        let Self { stamp, taken } = self;
        let words = [u64::from_le_bytes(MAGIC), stamp.file, stamp.state, taken.generation.0, u64::from(taken.frames)];
        let mut hasher = SipHasher13::new_with_keys(0, 2);
        words.iter().for_each(|word| hasher.write_u64(*word));
        let mut head = [0; HEAD];
        for (bytes, word) in head.chunks_exact_mut(SUM).zip(words.into_iter().chain([hasher.finish()])) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        head
    }
}

/// The open file of checksums; see the module.
#[derive(Debug)]
pub(super) struct Sums {
    file: File,
    /// The stamp that is in the file, and on the disk.
    stamp: Arc<Mutex<Stamp>>,
    taken: LogPosition,
    /// Kept open: closing it would release the locks that SQLite holds on the same file in this process.
    database: File,
    log: File,
    cursor: Cursor,
}

/// Damaged pages, and damaged checksums.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Damage {
    /// The number of pages of the database that differ from their checksums.
    pages: u64,
    /// The numbers of the first ones.
    listed: Vec<u32>,
    /// The number of pages that were compared with a checksum.
    compared: u64,
    /// The number of pages with a checksum that are beyond the end of the database.
    missing: u64,
    /// The number of damaged checksums; their pages cannot be compared.
    sums: u64,
    /// The number of pages whose checksums are beyond the end of the file.
    unsummed: u64,
    /// Whether the head of the file of checksums is damaged.
    head: bool,
}

impl Damage {
    /// The number of findings.
    pub(crate) fn count(&self) -> u64 {
        self.pages + self.missing + self.of_sums()
    }

    /// The number of pages that were compared with a checksum.
    pub(crate) fn compared(&self) -> u64 {
        self.compared
    }

    fn of_sums(&self) -> u64 {
        self.sums + self.unsummed + u64::from(self.head)
    }

    /// Checks that there is no damage.
    ///
    /// # Errors
    /// There is damage.
    pub(crate) fn none(&self, directory: &Path) -> Result<(), Error> {
        match self.count() {
            0 => Ok(()),
            _ => Err(Error::Damaged { directory: directory.to_owned(), what: self.what() }),
        }
    }

    /// Which file is damaged, how, and what to do.
    pub(crate) fn what(&self) -> String {
        let Self { pages, missing, compared, .. } = *self;
        let mut found = self.of_the_sums();
        if pages > 1 && pages > compared / 3 {
            found.push(format!(
                "{pages} of {compared} pages of daric.db are not as daric.sums says, so many that the two files may not belong together: if \
                 one of them was replaced, put the right one back"
            ));
        } else if let Some(first) = self.listed.first() {
            found.push(format!(
                "{pages} of {compared} pages of daric.db are not as they were written (the first is page {first}): the disk or another \
                 program has changed daric.db"
            ));
        }
        if missing > 0 {
            found.push(format!("daric.db is cut short: {missing} pages that were written are behind its end"));
        }
        let to_do = if pages + missing == 0 {
            "The pages of daric.db that could be compared are as they were written. Run `daric verify`; where it finds nothing else, start \
             with --accept-loss, which makes daric.sums anew"
        } else {
            "`daric verify` says more. Restore a backup, or start with --accept-loss to go on with what is there"
        };
        format!("{}. {to_do}", found.join("; "))
    }

    fn of_the_sums(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.head {
            found.push("daric.sums is damaged: it does not begin as a file of sums does".to_owned());
        }
        if self.sums > 0 {
            found.push(format!("daric.sums is damaged: {} of its sums are not as they were written", self.sums));
        }
        if self.unsummed > 0 {
            found.push(format!(
                "daric.sums is cut short: it ends before the sums of {} pages of daric.db",
                self.unsummed
            ));
        }
        found
    }

    /// One line for each finding.
    pub(crate) fn lines(&self) -> Vec<String> {
        let pages = self.listed.iter().map(|page| format!("page {page} of daric.db: not as it was written"));
        let missing = (self.missing > 0).then(|| format!("daric.db: cut short by {} pages", self.missing));
        pages.chain(missing).chain(self.of_the_sums()).collect()
    }

    /// Compares a page with its checksum as it is in the file.
    pub(super) fn judge(&mut self, number: u32, page: &[u8], written: Option<u64>) {
        match written {
            None if page.iter().any(|byte| *byte != 0) => self.unsummed += 1,
            Some(written) if written != 0 && written != checked(number, written) => self.sums += 1,
            // Pages that were never written are holes.
            None | Some(0) if page.iter().all(|byte| *byte == 0) => self.is_whole(),
            Some(written) if written == sum(number, page) => self.is_whole(),
            None | Some(_) => self.page(number),
        }
    }

    /// Counts a page that is unchanged.
    pub(super) fn is_whole(&mut self) {
        self.compared += 1;
    }

    /// Counts a page that has changed.
    pub(super) fn page(&mut self, number: u32) {
        self.compared += 1;
        self.pages += 1;
        if self.listed.len() < LISTED {
            self.listed.push(number);
        }
    }
}

/// How many damaged pages are listed by number at most.
const LISTED: usize = 100;

impl Sums {
    /// Opens the checksums of a directory; `None`: there are none yet, and [`Sums::make`] makes them.
    pub(super) fn open(directory: &Path) -> IoResult<Option<File>> {
        match OpenOptions::new().read(true).write(true).open(directory.join(FILE)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The checksums in a file, for a database and its log.
    pub(super) fn new(file: File, database: File, log: File) -> IoResult<Self> {
        let Head { stamp, taken } = Head::read(&file)?
            .ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "it does not begin as a file of sums does"))?;
        Ok(Self { file, stamp: Arc::new(Mutex::new(stamp)), taken, database, log, cursor: Cursor::default() })
    }

    /// The position up to which the log has been taken in.
    pub(super) fn taken(&self) -> LogPosition {
        self.taken
    }

    /// The mark in the header of the database's file, regardless of the log.
    pub(super) fn mark_in_database(&self) -> Result<Option<u32>, Error> {
        let head =
            DatabaseHead::read(&self.database).map_err(|source| Error::Beside { name: super::files::FILE, source })?;
        Ok(head.map(|head| head.mark))
    }

    /// The stamp of the file, shared: it changes when pages are taken in.
    pub(super) fn stamp(&self) -> Arc<Mutex<Stamp>> {
        Arc::clone(&self.stamp)
    }

    /// Makes the checksums of a database whose log is empty, from the state that it records. The file has another name until it is complete.
    pub(super) fn make(directory: &Path, database: File, log: File, state: u64) -> IoResult<Self> {
        let (path, making) = (directory.join(FILE), directory.join("daric.sums.new"));
        let file = write_sums(&making, &database, state)?;
        std::fs::rename(&making, &path)?;
        File::open(directory)?.sync_all()?;
        Self::new(file, database, log)
    }

    /// Takes in the pages that commits have appended to the log since the last call; `committed` is the position up to which this process has made the
    /// commits. No checkpoint may copy these pages before this returns.
    pub(super) fn take_in(&mut self, committed: Option<LogPosition>) -> Result<(), Error> {
        let mut cursor = self.cursor;
        let of_log = |source| Error::Beside { name: LOG, source };
        let (sums, taken) = match committed {
            Some(position) => (self.sums_of_last(&mut cursor, position).map_err(of_log)?, position),
            None => self.sums_of_whole(&mut cursor).map_err(of_log)?,
        };
        if !sums.is_empty() {
            // A frame that a power failure can undo must not have a checksum.
            self.log.sync_data().map_err(|source| Error::Beside { name: LOG, source })?;
            let mut stamp = *self.stamp.lock();
            stamp.state = stamp.state.wrapping_add(1);
            let written = self.file.write_all_at(&Head { stamp, taken }.bytes(), 0);
            let written = written.and_then(|()| self.write(&sums)).and_then(|()| self.file.sync_data());
            written.map_err(|source| Error::Beside { name: FILE, source })?;
            *self.stamp.lock() = stamp;
            self.taken = taken;
        }
        self.cursor = cursor;
        Ok(())
    }

    /// The checksums of the last versions of the pages that this process has committed; only these are read, since a log has most pages many times.
    fn sums_of_last(&self, cursor: &mut Cursor, position: LogPosition) -> IoResult<BTreeMap<u32, u64>> {
        let mut page = Vec::new();
        let pages = cursor.advance_to(&self.log, position)?.into_iter();
        let sums = pages.map(|(number, Content { at, bytes })| {
            page.resize(bytes, 0);
            self.log.read_exact_at(&mut page, at)?;
            Ok((number, sum(number, &page)))
        });
        sums.collect()
    }

    /// The checksums of the whole log that another process has left: only the log's own checksums show where its last complete commit ends.
    fn sums_of_whole(&self, cursor: &mut Cursor) -> IoResult<(BTreeMap<u32, u64>, LogPosition)> {
        let mut sums = BTreeMap::new();
        let found = cursor.advance(&self.log, sum, |number, sum| {
            sums.insert(number, sum);
        })?;
        Ok((sums, LogPosition { generation: found.generation.unwrap_or_default(), frames: found.frames }))
    }

    /// Writes checksums; those of neighbouring pages are written together.
    fn write(&self, sums: &BTreeMap<u32, u64>) -> IoResult<()> {
        let mut run: (u32, Vec<u8>) = (1, Vec::new());
        for (number, sum) in sums {
            let (first, bytes) = &mut run;
            if u64::from(*number) != u64::from(*first) + (bytes.len() / SUM) as u64 {
                self.file.write_all_at(bytes, offset(*first))?;
                bytes.clear();
                *first = *number;
            }
            bytes.extend_from_slice(&sum.to_le_bytes());
        }
        self.file.write_all_at(&run.1, offset(run.0))
    }
}

/// Writes the checksums of a database to a new file, and flushes it.
pub(super) fn write_sums(path: &Path, database: &File, state: u64) -> IoResult<File> {
    let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
    let mut sums = Head::draw(state)?.bytes().to_vec();
    each_page(database, u64::MAX, |number, page| sums.extend_from_slice(&sum(number, page).to_le_bytes()))?;
    file.write_all_at(&sums, 0)?;
    file.sync_data()?;
    Ok(file)
}

/// Compares up to `limit` pages of a database with the bytes of its file of checksums. Pages that the log has may be of any version, and are left
/// out.
pub(super) fn compare(sums: &[u8], database: &File, in_log: &HashSet<u32>, limit: u64) -> IoResult<Damage> {
    let mut damage = Damage { head: Head::of(sums).is_none(), ..Damage::default() };
    let mut last = 0;
    each_page(database, limit, |number, page| {
        last = number;
        if in_log.contains(&number) {
            return;
        }
        damage.judge(number, page, written(sums, number));
    })?;
    if u64::from(last) < limit {
        let count = sums.len().saturating_sub(HEAD) / SUM;
        let behind = last.saturating_add(1)..u32::try_from(count + 1).unwrap_or(u32::MAX);
        let is_missing = |number: &u32| {
            let sum = written(sums, *number).filter(|sum| *sum != 0 && *sum == checked(*number, *sum));
            sum.is_some() && !in_log.contains(number)
        };
        damage.missing = behind.filter(is_missing).count() as u64;
    }
    Ok(damage)
}

/// The checksum of a page in the file; `None`: the file ends before it.
pub(super) fn written(sums: &[u8], number: u32) -> Option<u64> {
    let at = usize::try_from(offset(number)).ok()?;
    let bytes = sums.get(at..at + SUM)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

/// All bytes of a file of checksums.
pub(super) fn read(mut file: &File) -> IoResult<Vec<u8>> {
    let mut sums = Vec::new();
    file.read_to_end(&mut sums)?;
    Ok(sums)
}

/// The offset of a page's checksum; pages count from 1.
fn offset(number: u32) -> u64 {
    HEAD as u64 + u64::from(number.saturating_sub(1)) * SUM as u64
}

/// The checksum of a page. It is never 0, which stands for a page without one. It covers the page's number, so that swapped pages are noticed.
pub(super) fn sum(number: u32, page: &[u8]) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(page);
    checked(number, (u64::from(hasher.finalize()) << 32) | (CHECK + 1))
}

/// A checksum with the bits that verify it.
fn checked(number: u32, sum: u64) -> u64 {
    let sum = sum & !CHECK;
    let mut hasher = SipHasher13::new_with_keys(0, 1);
    hasher.write_u32(number);
    hasher.write_u64(sum);
    sum | (hasher.finish() & CHECK)
}

/// Passes up to `limit` pages of a database file to `page`, in order. A last page that is cut short is passed as it is.
pub(super) fn each_page(file: &File, limit: u64, mut page: impl FnMut(u32, &[u8])) -> IoResult<()> {
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    if length < HEADER as u64 {
        return Ok(());
    }
    file.read_exact_at(&mut header, 0)?;
    let page_bytes = match u16::from_be_bytes([header[PAGE_SIZE_AT], header[PAGE_SIZE_AT + 1]]) {
        1 => 65_536,
        bytes if bytes >= 512 && bytes.is_power_of_two() => usize::from(bytes),
        // The header itself is damaged: the page size that our files have.
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

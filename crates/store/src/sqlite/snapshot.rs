//! The expected pages of a snapshot that a backup copies beside a running server.
//!
//! A page of a snapshot comes from the database or from the log. The file of checksums has that of the last version taken in, which may be older than
//! the snapshot, or newer; the log has all other versions that a snapshot can see. So a page is correct if its checksum is the one in the file before
//! the snapshot, the one right after it began, or one of a version in the log. If the log started over while the snapshot began, it is begun again.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use rusqlite::Connection;

use super::files::FILE;
use super::files::LOG;
use super::files::at;
use super::files::open;
use super::log::{self, Cursor};
use super::log_position::Generation;
use super::sums::{self, Damage};
use crate::Error;

/// The bytes of the first page that the copying changes: format, change counter, schema cookie, and the last writer's version.
const CHANGED: [std::ops::Range<usize>; 4] = [18..20, 24..28, 40..44, 92..100];

/// The expected pages; see the module.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The file of checksums, before the snapshot and after it began.
    sums: [Vec<u8>; 2],
    in_log: HashMap<u32, Vec<u64>>,
    /// The allowed versions of the first page.
    first: Vec<Vec<u8>>,
    /// Kept open: closing it would release the locks that SQLite holds on the same file.
    _database: File,
}

impl Snapshot {
    /// Begins a read transaction; `None`: the store has no checksums yet.
    pub(super) fn begin(source: &Connection, directory: &Path) -> Result<Option<Self>, Error> {
        let log = open(directory, LOG)?;
        let generation = || -> Result<Option<Generation>, Error> {
            match &log {
                Some((path, log)) => log::generation(log).map_err(at(path)),
                None => Ok(None),
            }
        };
        let before = loop {
            let (before, sums) = (generation()?, sums_of(directory)?);
            // The snapshot lasts from the first read to the end of the transaction.
            source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
            if generation()? == before {
                break sums;
            }
            source.execute_batch("ROLLBACK")?;
        };
        let (Some(before), Some(after)) = (before, sums_of(directory)?) else { return Ok(None) };
        let path = directory.join(FILE);
        let database = File::open(&path).map_err(at(&path))?;
        let mut snapshot =
            Self { sums: [before, after], in_log: HashMap::new(), first: Vec::new(), _database: database };
        snapshot.read_first().map_err(at(&path))?;
        if let Some((path, log)) = &log {
            snapshot.read_log(log).map_err(at(path))?;
        }
        Ok(Some(snapshot))
    }

    fn read_first(&mut self) -> std::io::Result<()> {
        let Self { sums, first, _database: database, .. } = self;
        sums::each_page(database, 1, |number, page| {
            let sum = Some(sums::sum(number, page));
            if sums.iter().any(|sums| sums::written(sums, number) == sum) {
                first.push(page.to_vec());
            }
        })
    }

    fn read_log(&mut self, log: &File) -> std::io::Result<()> {
        let Self { in_log, first, .. } = self;
        let mut firsts: HashMap<u64, Vec<u8>> = HashMap::new();
        let firsts_read = std::cell::RefCell::new(&mut firsts);
        let sum_of = |number, page: &[u8]| {
            let sum = sums::sum(number, page);
            if number == 1 {
                firsts_read.borrow_mut().insert(sum, page.to_vec());
            }
            sum
        };
        Cursor::default().advance(log, sum_of, |number, sum| in_log.entry(number).or_default().push(sum))?;
        first.extend(firsts.into_values());
        Ok(())
    }

    /// Compares a copy of the snapshot with the expected pages.
    pub(super) fn compare(&self, copy: &File) -> std::io::Result<Damage> {
        let mut damage = Damage::default();
        sums::each_page(copy, u64::MAX, |number, page| {
            let sum = sums::sum(number, page);
            let is_whole = if number == 1 {
                self.first.iter().any(|first| unchanged(first) == unchanged(page))
            } else {
                let in_log = self.in_log.get(&number).is_some_and(|sums| sums.contains(&sum));
                in_log || self.sums.iter().any(|sums| sums::written(sums, number) == Some(sum))
            };
            match (is_whole, number) {
                (true, _) => damage.is_whole(),
                (false, 1) => damage.page(1),
                (false, _) => damage.judge(number, page, sums::written(&self.sums[1], number)),
            }
        })?;
        Ok(damage)
    }
}

/// The first page without the bytes that the copying changes.
fn unchanged(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    for range in CHANGED {
        if let Some(bytes) = page.get_mut(range) {
            bytes.fill(0);
        }
    }
    page
}

fn sums_of(directory: &Path) -> Result<Option<Vec<u8>>, Error> {
    match open(directory, sums::FILE)? {
        Some((path, file)) => sums::read(&file).map(Some).map_err(at(&path)),
        None => Ok(None),
    }
}

//! The write-ahead log is bounded whatever readers do, and removed when the store is closed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use payments::{Digest, Keys, Tries};
use rusqlite::Connection;

use super::files::FILE;
use super::{Flusher, Loss, Reader, Writer, open_with};
use crate::Error;

/// The length of the log, in pages, at which a checkpoint starts in these tests.
pub(super) const START_AT: i32 = 50;
/// The length of a page and its header in the log, in bytes.
const FRAME: u64 = 4_096 + 24;

pub(super) struct Home(pub(super) PathBuf);

impl Home {
    /// A new directory. Tests that run at the same time may use the same name.
    pub(super) fn new(name: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("daric-log-{name}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(self.0.join("daric.db-wal")).map_or(0, |file| file.len())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn commit(writer: &mut Writer, flusher: &Flusher, number: u64) {
    commit_rows(writer, flusher, number, 40);
}

/// Commits rows of which nearly each is on a page of its own.
pub(super) fn commit_rows(writer: &mut Writer, flusher: &Flusher, number: u64, rows: u64) {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    for row in 0..rows {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&(number * 1_000 + row).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        let key = Digest(key);
        view.log_in_tries.put(key, Tries { key, wrong: 1, locked_until_ms: 0, ends_at_ms: i64::MAX });
    }
    let ticket = writer.commit(view).unwrap();
    flusher.flush(ticket).unwrap();
}

pub(super) fn count(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT count(*) FROM log_in_tries", [], |row| row.get(0)).unwrap()
}

/// Reads overlap, so that at each moment one is in progress that began before the last commit.
#[test]
fn the_log_is_bounded_under_reads_that_overlap_without_end() {
    let home = Home::new("bounded");
    let (mut writer, flusher, reader) = open_with(&home.0, 64, START_AT, Loss::Refuse).unwrap();
    let reader: Arc<Reader> = Arc::new(reader);
    let ending = Arc::new(AtomicBool::new(false));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for _ in 0..3 {
        let (reader, ending) = (Arc::clone(&reader), Arc::clone(&ending));
        runtime.spawn(async move {
            while !ending.load(Ordering::Relaxed) {
                // It holds its snapshot until another commit has come.
                let seen = reader.run(|reads| {
                    let began = Instant::now();
                    reads.ping()?;
                    reads.hold(Duration::from_millis(15).saturating_sub(began.elapsed()))
                });
                let _ = seen.await;
            }
        });
    }
    let mut longest = 0;
    for number in 0..600 {
        commit(&mut writer, &flusher, number);
        longest = longest.max(home.log_bytes());
    }
    ending.store(true, Ordering::Relaxed);
    drop(runtime);
    // Commits go on until the admitted reads have ended: as many as the disk can take in that time. Without a bound the log grew to more than three
    // times this.
    let most = u64::try_from(START_AT).unwrap() * 240 * FRAME;
    assert!(longest < most, "the log grew to {longest} bytes");
    assert_eq!(count(&home.0.join(FILE)), 600 * 40);
}

/// A backup in another process holds a snapshot: the log grows meanwhile, and reads are answered.
#[test]
fn the_log_starts_over_when_a_snapshot_outside_of_the_process_ends_and_no_read_waits_for_it() {
    let home = Home::new("outside");
    let (mut writer, flusher, reader) = open_with(&home.0, 64, START_AT, Loss::Refuse).unwrap();
    let reader = Arc::new(reader);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let outside = Connection::open(home.0.join(FILE)).unwrap();
    outside.execute_batch("BEGIN; SELECT count(*) FROM log_in_tries").unwrap();
    for number in 0..200 {
        commit(&mut writer, &flusher, number);
        // At any moment, also when no commit follows.
        if number % 10 == 9 {
            let began = Instant::now();
            runtime.block_on(reader.run(|reads| reads.ping())).unwrap();
            assert!(began.elapsed() < Duration::from_secs(1), "a read waited {:?}", began.elapsed());
        }
    }
    let grown = home.log_bytes();
    assert!(grown > u64::try_from(START_AT).unwrap() * 6 * FRAME, "{grown} bytes");
    outside.execute_batch("COMMIT").unwrap();
    for number in 2_000..2_400 {
        commit(&mut writer, &flusher, number);
    }
    assert!(home.log_bytes() < grown * 2, "it grew on: {} bytes after {grown}", home.log_bytes());
}

#[test]
fn a_closed_store_is_its_database_file_alone() {
    let home = Home::new("closed");
    let (mut writer, flusher, reader) = open_with(&home.0, 64, START_AT * 100, Loss::Refuse).unwrap();
    for number in 0..20 {
        commit(&mut writer, &flusher, number);
    }
    assert!(home.log_bytes() > 0);
    drop((writer, flusher, reader));
    assert_eq!(home.log_bytes(), 0);
    let copy = home.0.join("copy.db");
    std::fs::copy(home.0.join(FILE), &copy).unwrap();
    assert_eq!(count(&copy), 800);
}

#[test]
fn a_read_that_takes_too_long_ends_and_the_next_one_does_not_wait_for_it() {
    let home = Home::new("slow");
    let (_writer, _flusher, reader) = open_with(&home.0, 64, START_AT, Loss::Refuse).unwrap();
    let reader = Arc::new(reader);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let began = Instant::now();
    let endless = runtime.block_on(reader.run(|reads| reads.count_without_end()));
    assert!(matches!(endless, Err(Error::Unavailable(_))), "{endless:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    runtime.block_on(reader.run(|reads| reads.ping())).unwrap();
    // A read that panics fails alone.
    let panicked: Result<(), Error> = runtime.block_on(reader.run(|_| panic!("a read")));
    assert!(matches!(panicked, Err(Error::ReaderStopped)));
    for _ in 0..8 {
        runtime.block_on(reader.run(|reads| reads.ping())).unwrap();
    }
}

#[test]
fn a_database_of_another_program_is_left_as_it_is() {
    let home = Home::new("foreign");
    std::fs::create_dir_all(&home.0).unwrap();
    let path = home.0.join(FILE);
    for (application, table) in [(0, "theirs"), (7, "settled"), (7, "theirs")] {
        let _ = std::fs::remove_file(&path);
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(&format!("PRAGMA application_id = {application}; CREATE TABLE {table} (a)")).unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        assert!(
            matches!(open_with(&home.0, 64, START_AT, Loss::Refuse), Err(Error::ForeignFile)),
            "{application} {table}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    // A file that is not an SQLite database is refused as well.
    std::fs::write(&path, b"no database at all, but long enough to be read by a program that opens it").unwrap();
    assert!(open_with(&home.0, 64, START_AT, Loss::Refuse).is_err());
}

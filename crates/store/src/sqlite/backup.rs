//! Backups of a store in a directory, and their restore.
//!
//! A backup is one file: an SQLite database without a log. SQLite's backup interface copies it from one snapshot, which has everything
//! that was committed before the backup began, including pages that are only in the log. The server continues: its commits are appended to the log,
//! which cannot start over meanwhile. `VACUUM INTO` would copy the same rows, but it sorts every index, and so holds the snapshot several times as
//! long. Each page of the copy is compared with its checksum ([`super::snapshot`]). A file gets its final name after it was verified, got its digest
//! ([`super::digest`]) and was flushed.
//!
//! A restore compares the file with its digest, copies and verifies it beside the store, and puts the copy in place with one rename ([`RESTORED`]),
//! which the next start completes if it is interrupted.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::OFlags;

use super::checkpoint::keep_log;
use super::files::{DatabaseHead, FILE, LOCK, at};
use super::restored::{BESIDE, COPYING, RESTORED, RESTORED_SUMS, finish_restore, is_store, remove, sync_directory};
use super::{
    Reader,
    check::check_log,
    connect::{of_database, open_reader},
    digest::{self, Ended, Ending},
    flush::Progress,
    foreign, lock,
    schema::{self, Mark},
    snapshot::Snapshot,
    sums, tail,
};
use crate::{COMPACT_AFTER, Error, Report, verify};

/// The suffix of a backup that is not complete.
const UNFINISHED: &str = ".unfinished";
/// The offset of the two bytes in a database's header that say whether it has a log: 2 and 2
/// (<https://sqlite.org/fileformat2.html#the_database_header>).
const FORMAT_AT: u64 = 18;
/// How many pages are copied between two checks of whether a process has opened the store: a few milliseconds of work.
const STEP: std::ffi::c_int = 1_024;
/// How many numbers a restored store skips: orders after the backup had some of them, and no number may be given twice. A server
/// gives fewer in a day, and a million restores fit into the range of numbers.
const LEFT_OUT: i64 = 1_000_000_000;

/// The stage of a backup or a restore.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Pages are being copied.
    Copying,
    /// Transfers of the copy are being replayed.
    Verifying,
}

/// What a restore does with an existing store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// It refuses to restore.
    Refuse,
    /// It moves the store's files to a directory `replaced-…` in the data directory.
    Replace,
}

/// What a restore does with a file without a digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undigested {
    /// It refuses to restore.
    Refuse,
    /// It accepts the file.
    Take,
}

/// The progress callback: the stage, how much of it is done, and of how much.
type OnProgress<'a> = &'a mut dyn FnMut(Stage, u64, u64);

/// Copies the store of a directory, on which a server may be running, to a new file, and verifies the copy. If the report has
/// differences, no file is made.
///
/// # Errors
/// There is no store, the file exists, or one of the two cannot be used.
pub fn backup(directory: &Path, file: &Path, progress: OnProgress<'_>) -> Result<Report, Error> {
    let of = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::File { path, source }
    };
    if !is_store(directory) {
        let source = std::io::Error::new(ErrorKind::NotFound, "there is no store in it");
        return Err(Error::Directory { path: directory.to_owned(), source });
    }
    let mut name = file.as_os_str().to_owned();
    name.push(UNFINISHED);
    let unfinished = PathBuf::from(name);
    let target = Target::create(&unfinished, file)?;
    if file.exists() {
        return Err(Error::BackupExists(file.to_owned()));
    }
    // A store that was copied by hand has no lock file until its first start.
    let opened = || match fs::metadata(directory.join(LOCK)).and_then(|lock| lock.modified()) {
        Ok(at) => Ok(Some(at)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(of(directory)(error)),
    };
    let before = opened()?;
    // Frames that the log has lost would be missing in the backup, too.
    check_log(directory)?;
    foreign::none(directory)?;
    let of_store = of_database(&directory.join(FILE));
    let source = Connection::open_with_flags(directory.join(FILE), READ_ONLY)?;
    // The log of a process that has failed must be left to the next start.
    keep_log(&source)?;
    schema::check_owner(&source).map_err(&of_store)?;
    let snapshot = Snapshot::begin(&source, directory).map_err(&of_store)?;
    let sums = sums::Head::in_directory(directory).map_err(of(directory))?;
    if snapshot.is_some() && schema::state_of_sums(&source)? > sums.unwrap_or_default().stamp.state {
        let what = "daric.db and daric.sums are older than the log beside them";
        return Err(Error::Mixed { directory: directory.to_owned(), what });
    }
    copy(&source, &unfinished, progress, &mut || {
        // A start needs the log for itself.
        if opened()? == before { Ok(()) } else { Err(Error::BackupDisturbed) }
    })?;
    if let Some(snapshot) = &snapshot {
        // Pages that the disk has changed must not become part of a backup.
        snapshot.compare(&target.file).map_err(of(&unfinished))?.none(directory)?;
    }
    source.execute_batch("COMMIT")?;
    drop((source, snapshot));
    let connection = Connection::open(&unfinished)?;
    schema::check_version(&connection)?;
    one_file(&connection)?;
    schema::mark(&connection, Mark::Closed)?;
    drop(connection);
    let report = check(&unfinished, progress)?;
    if report.differences > 0 {
        return Ok(report);
    }
    digest::append(&target.file).and_then(|()| target.file.sync_all()).map_err(of(&unfinished))?;
    if file.exists() {
        return Err(Error::BackupExists(file.to_owned()));
    }
    fs::rename(&unfinished, file).map_err(of(file))?;
    sync_directory(file.parent().unwrap_or(Path::new("."))).map_err(of(file))?;
    Ok(report)
}

/// Verifies a backup and puts its store into a directory on which no server is running. If the report has differences, the
/// directory is unchanged.
///
/// # Errors
/// The file is not a backup or has changed since it was made, a process uses the directory, or there is a store in it.
pub fn restore(
    file: &Path,
    directory: &Path,
    (existing, undigested): (Existing, Undigested),
    progress: OnProgress<'_>,
) -> Result<Report, Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let no_backup = |what: String| Error::NoBackup { path: file.to_owned(), what };
    let source = File::open(file).map_err(at(file))?;
    let _lock = lock(directory)?;
    if is_store(directory) && existing == Existing::Refuse {
        return Err(Error::StoreExists(directory.to_owned()));
    }
    let copying = directory.join(COPYING);
    let target = Target::create(&copying, directory)?;
    take_backup(&source, &target.file, undigested, progress)
        .map_err(at(file))?
        .map_err(|what| no_backup(what.to_owned()))?;
    let mut connection = Connection::open(&copying)?;
    let ready = one_file(&connection).and_then(|()| Ok(schema::is_ours(&connection)?));
    match ready {
        Ok(true) => {}
        Ok(false) => return Err(no_backup("it is not a store of this program".to_owned())),
        Err(error) => return Err(no_backup(error.to_string())),
    }
    check_pages(&connection).map_err(no_backup)?;
    schema::migrate(&mut connection)?;
    schema::mark(&connection, Mark::Closed)?;
    connection.execute("UPDATE id_block SET next = next + ? WHERE id = 1", [LEFT_OUT])?;
    let state = schema::state_of_sums(&connection)?;
    drop(connection);
    let report = check(&copying, progress)?;
    if report.differences > 0 {
        return Ok(report);
    }
    // The header says that the database has a log, as the first start would set it, because the checksum of the first page is computed here.
    target.file.write_all_at(&[2, 2], FORMAT_AT).and_then(|()| target.file.sync_all()).map_err(at(&copying))?;
    if is_store(directory) {
        put_aside(directory).map_err(unusable)?;
    }
    // With these checksums, the first start notices changes by the disk from now on.
    let sums = directory.join(RESTORED_SUMS);
    sums::write_sums(&sums, &target.file, state).map_err(at(&sums))?;
    fs::rename(&copying, directory.join(RESTORED)).and_then(|()| sync_directory(directory)).map_err(unusable)?;
    finish_restore(directory)?;
    Ok(report)
}

/// Copies the database of a backup; the inner error says what is wrong with the file.
fn take_backup(
    source: &File,
    target: &File,
    undigested: Undigested,
    progress: OnProgress<'_>,
) -> std::io::Result<Result<(), &'static str>> {
    let of = source.metadata()?.len();
    let Ended { ending, database } = digest::read(source, |at, bytes| {
        target.write_all_at(bytes, at)?;
        progress(Stage::Copying, at + bytes.len() as u64, of);
        Ok(())
    })?;
    let head = DatabaseHead::read(source)?;
    Ok(match (ending, undigested) {
        (Ending::Whole, _) => Ok(()),
        _ if head.as_ref().is_none_or(|head| head.bytes != database) => Err(
            "it is cut short, or its end is damaged: it has neither all its pages nor a digest behind them. Restore another copy of it",
        ),
        (Ending::Changed, _) => Err(
            "it is not as it was made: its digest is another. The disk or a transfer has changed it; restore another copy of it",
        ),
        (Ending::Bare, Undigested::Take) => Ok(()),
        (Ending::Bare, Undigested::Refuse) if head.is_some_and(|head| head.mark == Mark::Opened.application()) => Err(
            "it is a daric.db whose server was running or had been killed, and what the log beside it held (daric.db-wal) is not in it. Put all \
             files of its directory together and start on them, or restore a backup; --without-digest takes the file as it is",
        ),
        (Ending::Bare, Undigested::Refuse) => Err(
            "it has no digest: whether it is as it was made is not known. It is no file that `daric backup` of this \
             version has made; --without-digest \
             takes the file as it is",
        ),
    })
}

/// Links the files of a store into a directory of their own.
fn put_aside(directory: &Path) -> std::io::Result<()> {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let aside = directory.join(format!("replaced-{now_ms}"));
    fs::create_dir(&aside)?;
    for name in BESIDE.into_iter().chain([FILE]) {
        match fs::hard_link(directory.join(name), aside.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    sync_directory(&aside)
}

const READ_ONLY: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// A file that is being written; dropping it removes the file, unless it was renamed.
struct Target {
    path: PathBuf,
    /// Held for its lock: of two writers of the same file, one fails.
    file: File,
}

impl Target {
    /// Creates the file; `whole` is the name for the error when another process is writing it.
    fn create(path: &Path, whole: &Path) -> Result<Self, Error> {
        let of = |source| Error::File { path: path.to_owned(), source };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            // A symbolic link under this name is not followed, so that no other file is overwritten.
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)
            .map_err(of)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::BackupUnderWay(whole.to_owned())),
            Err(TryLockError::Error(error)) => return Err(of(error)),
        }
        file.set_len(0).map_err(of)?;
        Ok(Self { path: path.to_owned(), file })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // A file that cannot be removed has a name that says that it is not complete.
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut path = self.path.as_os_str().to_owned();
            path.push(end);
            drop(remove(Path::new(&path)));
        }
    }
}

/// Copies all pages of the source's snapshot. `go_on` is called between steps and can end the copy.
fn copy(
    source: &Connection,
    target: &Path,
    progress: OnProgress<'_>,
    go_on: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut target = Connection::open(target)?;
    // An incomplete file is removed; a complete one is flushed before it gets its name.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    let steps = Backup::new(source, &mut target)?;
    loop {
        go_on()?;
        let step = steps.step(STEP)?;
        let at = steps.progress();
        let pages = |pages: std::ffi::c_int| u64::try_from(pages).unwrap_or_default();
        progress(Stage::Copying, pages(at.pagecount - at.remaining), pages(at.pagecount));
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(Error::Failed),
        }
    }
    Ok(())
}

/// Removes the log beside the file.
fn one_file(connection: &Connection) -> Result<(), Error> {
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE")?;
    Ok(())
}

/// Replays a copy, as `daric verify` does.
fn check(copy: &Path, progress: OnProgress<'_>) -> Result<Report, Error> {
    let connection = open_reader(copy)?;
    check_pages(&connection).map_err(|what| Error::NoBackup { path: copy.to_owned(), what })?;
    let (state, _) = tail::recover(&connection, COMPACT_AFTER)?;
    let directory = copy.parent().unwrap_or(Path::new("."));
    let state = Arc::new(RwLock::new(state));
    let reader = Reader::new(directory, (Vec::new(), connection), state, Arc::<Progress>::default(), Arc::default())?;
    verify(&crate::Reader::Sqlite(Arc::new(reader)), &mut |done, of| progress(Stage::Verifying, done, of))
}

/// Checks the structure of every page; the error is SQLite's text.
fn check_pages(connection: &Connection) -> Result<(), String> {
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found.as_deref() {
        Ok("ok") => Ok(()),
        Ok(what) => Err(what.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use payments::{Digest, Keys, Tries};

    use super::*;
    use crate::sqlite::{Flusher, Loss, Writer, checkpoint, open_with};

    /// A closed store that takes several steps to copy.
    fn store(name: &str) -> PathBuf {
        store_of(name, 80_000)
    }

    /// A closed store of a few pages.
    fn small(name: &str) -> PathBuf {
        store_of(name, 1_000)
    }

    fn store_of(name: &str, rows: u64) -> PathBuf {
        let home = std::env::temp_dir().join(format!("daric-backup-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&home));
        let (mut writer, flusher, _reader) = open_with(&home, 64, checkpoint::START_AT_PAGES, Loss::Refuse).unwrap();
        put(&mut writer, &flusher, 0..rows);
        home
    }

    fn put(writer: &mut Writer, flusher: &Flusher, rows: std::ops::Range<u64>) {
        let key = |row: u64| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&row.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
            Digest(key)
        };
        let keys: Vec<Digest> = rows.map(key).collect();
        let mut view = writer.view();
        writer.load(&Keys { log_in_tries: keys.clone(), ..Keys::default() }, &mut view).unwrap();
        for key in keys {
            view.log_in_tries.put(key, Tries { key, wrong: 1, locked_until_ms: 0, ends_at_ms: i64::MAX });
        }
        let ticket = writer.commit(view).unwrap();
        flusher.flush(ticket).unwrap();
    }

    #[test]
    fn a_server_that_starts_during_a_backup_is_not_kept_waiting_by_it() {
        let home = store("disturbed");
        let file = home.join("copy");
        let at_lock = || fs::metadata(home.join(LOCK)).unwrap().modified().unwrap();
        let (before, mut starting) = (at_lock(), None);
        let disturbed = backup(&home, &file, &mut |_, _, _| {
            if starting.is_none() {
                let home = home.clone();
                starting = Some(std::thread::spawn(move || {
                    open_with(&home, 64, checkpoint::START_AT_PAGES, Loss::Refuse)
                        .map(|_| ())
                        .map_err(|error| error.to_string())
                }));
                while at_lock() == before {
                    std::thread::yield_now();
                }
            }
        });
        assert!(matches!(disturbed, Err(Error::BackupDisturbed)), "{disturbed:?}");
        assert_eq!(starting.unwrap().join().unwrap(), Ok(()));
        assert!(!file.exists() && !home.join("copy.unfinished").exists());
        fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn a_backup_of_a_closed_store_is_one_file_and_of_two_backups_to_one_name_one_is_made() {
        let home = store("closed");
        let file = home.join("copy");
        let mut second = None;
        let made = backup(&home, &file, &mut |_, _, _| {
            if second.is_none() {
                second = Some(backup(&home, &file, &mut |_, _, _| {}));
            }
        });
        assert_eq!(made.unwrap().differences, 0);
        assert!(matches!(second, Some(Err(Error::BackupUnderWay(_)))), "{second:?}");
        assert!(matches!(backup(&home, &file, &mut |_, _, _| {}), Err(Error::BackupExists(_))));
        let beside: Vec<_> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside.iter().filter(|name| name.to_string_lossy().starts_with("copy")).count(), 1, "{beside:?}");
        fs::remove_dir_all(home).unwrap();
    }

    fn scattered(number: u64) -> u64 {
        let mixed = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 7
    }

    fn restored(file: &Path, home: &Path, undigested: Undigested) -> Result<(), String> {
        drop(fs::remove_dir_all(home));
        let report = restore(file, home, (Existing::Refuse, undigested), &mut |_, _, _| {});
        report.map(|report| assert_eq!(report.differences, 0)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_backup_that_is_not_as_it_was_made_is_refused() {
        let home = small("flipped");
        let (file, changed, there) = (home.join("copy"), home.join("changed"), home.join("there"));
        backup(&home, &file, &mut |_, _, _| {}).unwrap();
        let whole = fs::read(&file).unwrap();
        let refused = |name: &str, bytes: &[u8], says: &str| {
            fs::write(&changed, bytes).unwrap();
            for undigested in [Undigested::Refuse, Undigested::Take] {
                let said = restored(&changed, &there, undigested).unwrap_err();
                assert!(said.contains("changed cannot be restored: ") && said.contains(says), "{name}: {said}");
                assert!(!there.join(FILE).exists(), "{name}");
            }
        };
        for number in 0..300 {
            let mut bytes = whole.clone();
            // Every second flip is in the last 80 bytes: the digest, and some bytes before it.
            let within = if number % 2 == 0 { bytes.len() } else { 80 };
            let at = bytes.len() - 1 - scattered(number) as usize % within;
            bytes[at] ^= 1 << (number % 8);
            refused(&format!("a bit of byte {at}"), &bytes, "estore another copy");
        }
        let (one, other) = (4_096 * 3, 4_096 * 4);
        let mut swapped = whole.clone();
        swapped[one..one + 4_096].copy_from_slice(&whole[other..other + 4_096]);
        swapped[other..other + 4_096].copy_from_slice(&whole[one..one + 4_096]);
        refused("two pages changed places", &swapped, "its digest is another");
        for cut in [0, 1, 63, 64, 65, 4_096, whole.len() / 2, whole.len() - 1] {
            if cut != 64 {
                refused(&format!("{cut} bytes cut"), &whole[..whole.len() - cut.max(1)], "estore another copy");
            }
        }
        // Without its digest the file is complete, as far as a check can tell.
        let bare = &whole[..whole.len() - 64];
        fs::write(&changed, bare).unwrap();
        let said = restored(&changed, &there, Undigested::Refuse).unwrap_err();
        assert!(said.contains("it has no digest") && said.contains("--without-digest"), "{said}");
        restored(&changed, &there, Undigested::Take).unwrap();
        // A database whose log was left behind is not accepted as a backup either.
        let opened = open_with(&there, 64, checkpoint::START_AT_PAGES, Loss::Refuse).unwrap();
        fs::copy(there.join(FILE), &changed).unwrap();
        drop(opened);
        let said = restored(&changed, &there, Undigested::Refuse).unwrap_err();
        assert!(said.contains("a daric.db whose server was running") && said.contains("daric.db-wal"), "{said}");
        restored(&changed, &there, Undigested::Take).unwrap();
        drop(open_with(&there, 64, checkpoint::START_AT_PAGES, Loss::Refuse).unwrap());
        let directory = restored(&home, &there, Undigested::Take).unwrap_err();
        assert!(directory.contains(home.to_str().unwrap()) && directory.contains("s a directory"), "{directory}");
        fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn what_the_disk_changes_between_a_restore_and_the_first_start_is_noticed() {
        let home = small("restored");
        let (file, there) = (home.join("copy"), home.join("there"));
        backup(&home, &file, &mut |_, _, _| {}).unwrap();
        restored(&file, &there, Undigested::Refuse).unwrap();
        let flip = |path: &Path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 16;
            fs::write(path, bytes).unwrap();
        };
        flip(&there.join(FILE));
        let opened = || open_with(&there, 64, checkpoint::START_AT_PAGES, Loss::Refuse).map(|_| ());
        assert!(matches!(opened(), Err(Error::Damaged { .. })));
        // The same for a backup that was put in place by hand.
        fs::remove_dir_all(&there).unwrap();
        fs::create_dir(&there).unwrap();
        fs::copy(&file, there.join(FILE)).unwrap();
        flip(&there.join(FILE));
        assert!(matches!(opened(), Err(Error::NoBackup { .. })));
        flip(&there.join(FILE));
        opened().unwrap();
        opened().unwrap();
        fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn a_backup_beside_a_server_does_not_copy_what_the_disk_has_changed() {
        let home = store("damaged");
        let (mut writer, flusher, _reader) = open_with(&home, 64, 50, Loss::Refuse).unwrap();
        let file = home.join("copy");
        put(&mut writer, &flusher, 80_000..80_040);
        let length = fs::metadata(home.join(FILE)).unwrap().len();
        // Pages that the log has are not read from the database.
        let in_log = check_log(&home).unwrap();
        assert!(in_log.len() > 20);
        let places = (0..60).map(|number| 4_096 + scattered(number) % (length - 4_096));
        for at in places.filter(|at| !in_log.contains(&u32::try_from(at / 4_096 + 1).unwrap())) {
            let database = OpenOptions::new().read(true).write(true).open(home.join(FILE)).unwrap();
            let mut byte = [0];
            database.read_exact_at(&mut byte, at).unwrap();
            database.write_all_at(&[byte[0] ^ 1], at).unwrap();
            let made = backup(&home, &file, &mut |_, _, _| {});
            let refused = matches!(made, Err(Error::Damaged { .. } | Error::Unreadable { .. }));
            assert!(refused, "a bit of byte {at}: {made:?}");
            assert!(!file.exists());
            database.write_all_at(&byte, at).unwrap();
        }
        fs::remove_dir_all(home).unwrap();
    }

    /// Checkpoints end, and logs start over, at any moment of a backup.
    #[test]
    fn a_backup_beside_many_checkpoints_is_not_refused() {
        let home = small("checkpoints");
        let (mut writer, flusher, _reader) = open_with(&home, 64, 20, Loss::Refuse).unwrap();
        let ending = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let stop = Arc::clone(&ending);
        let commits = std::thread::spawn(move || {
            let mut number = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                // The same rows again and again, so that each of their pages has many versions.
                put(&mut writer, &flusher, number % 50 * 40..number % 50 * 40 + 40);
                number += 1;
            }
            number
        });
        for round in 0..60 {
            for _ in 0..50 {
                check_log(&home).unwrap_or_else(|error| panic!("round {round}: {error}"));
            }
            let file = home.join(format!("copy-{round}"));
            assert_eq!(backup(&home, &file, &mut |_, _, _| {}).unwrap().differences, 0, "round {round}");
            fs::remove_file(file).unwrap();
        }
        ending.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(commits.join().unwrap() > 60);
        fs::remove_dir_all(home).unwrap();
    }
}

//! Backups of a store in a directory, and putting them back.
//!
//! A backup is one file: an SQLite database without a log. It is copied by SQLite's backup interface from one snapshot, which holds everything
//! that was committed before it began, also what is in the log only. The server goes on: its commits are appended to the log, which cannot
//! start over meanwhile. A copy by `VACUUM INTO` would hold the same, but sorts each index anew, which keeps the snapshot several times as long.
//! A file gets its name when it is verified and flushed.
//!
//! A restore copies and verifies beside the store, and puts the copy in place with one rename ([`RESTORED`]), which a restart completes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::checkpoint::keep_log;
use super::{
    FILE, LOCK, LOG, Reader, acknowledged, check_acknowledged, flush::Progress, lock, open_reader, schema, sums, tail,
};
use crate::{Error, Report, SETTLE_AFTER, verify};

/// Ends the name of a backup that is not whole yet.
const UNFINISHED: &str = ".unfinished";
/// A copy that is being made beside a store.
const COPYING: &str = "daric.db.copying";
/// A copy that is whole, and takes the place of `daric.db` and its log.
const RESTORED: &str = "daric.db.restored";
/// Files that belong to `daric.db`, and are kept with it where it is replaced.
const BESIDE: [&str; 3] = [LOG, sums::FILE, acknowledged::FILE];
/// One that every start makes anew.
const SHARED_MEMORY: &str = "daric.db-shm";
/// Pages that are copied between two looks at who has opened the store: a few milliseconds' work.
const STEP: std::ffi::c_int = 1_024;
/// Numbers that a restored store leaves out: orders that came after the backup had some of them, and a number is given once. A server
/// gives fewer in a day, and there is room for a million restores.
const LEFT_OUT: i64 = 1_000_000_000;

/// What a backup or a restore is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Pages are copied.
    Copying,
    /// Transfers of the copy are replayed.
    Verifying,
}

/// What happens to a store that is where a backup is to be put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Nothing is restored.
    Refuse,
    /// Its files are moved to a directory `replaced-…` beside it.
    Replace,
}

/// Called with a stage, and how much of how much of it is done.
type Tell<'a> = &'a mut dyn FnMut(Stage, u64, u64);

/// Copies the store of a directory, which a server may be running on, to a new file, and verifies the copy. Where the report has
/// differences, there is no file.
///
/// # Errors
/// There is no store, the file exists, or one of the two cannot be used.
pub fn backup(directory: &Path, file: &Path, progress: Tell<'_>) -> Result<Report, Error> {
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
    let opened = || fs::metadata(directory.join(LOCK)).and_then(|lock| lock.modified()).map_err(of(directory));
    let before = opened()?;
    // What the log has lost would be missing in the backup, too.
    check_acknowledged(directory)?;
    let source = Connection::open_with_flags(directory.join(FILE), READ_ONLY)?;
    // What a process that has failed has left in the log is for the next start to judge.
    keep_log(&source)?;
    schema::check_owner(&source)?;
    copy(&source, &unfinished, progress, &mut || {
        // A start needs the log for itself.
        if opened()? == before { Ok(()) } else { Err(Error::BackupDisturbed) }
    })?;
    drop(source);
    let connection = Connection::open(&unfinished)?;
    schema::check_version(&connection)?;
    one_file(&connection)?;
    drop(connection);
    let report = check(&unfinished, progress)?;
    if report.differences > 0 {
        return Ok(report);
    }
    target.file.sync_all().map_err(of(&unfinished))?;
    if file.exists() {
        return Err(Error::BackupExists(file.to_owned()));
    }
    fs::rename(&unfinished, file).map_err(of(file))?;
    sync_directory(file.parent().unwrap_or(Path::new("."))).map_err(of(file))?;
    Ok(report)
}

/// Puts the store of a backup into a directory that no server is running on, after it was verified. Where the report has differences, the
/// directory is as before.
///
/// # Errors
/// The file is no backup, a process has the directory, or there is a store in it.
pub fn restore(file: &Path, directory: &Path, existing: Existing, progress: Tell<'_>) -> Result<Report, Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let no_backup = |what: String| Error::NoBackup { path: file.to_owned(), what };
    if !has_all_pages(file).map_err(|source| Error::File { path: file.to_owned(), source })? {
        return Err(no_backup("it does not have as many pages as it says".to_owned()));
    }
    let _lock = lock(directory)?;
    if is_store(directory) && existing == Existing::Refuse {
        return Err(Error::StoreExists(directory.to_owned()));
    }
    let source = Connection::open_with_flags(file, READ_ONLY)?;
    match schema::is_ours(&source) {
        Ok(true) => {}
        Ok(false) => return Err(no_backup("it is not a store of this program".to_owned())),
        Err(error) => return Err(no_backup(error.to_string())),
    }
    let copying = directory.join(COPYING);
    let target = Target::create(&copying, directory)?;
    copy(&source, &copying, progress, &mut || Ok(()))?;
    drop(source);
    let mut connection = Connection::open(&copying)?;
    check_pages(&connection).map_err(no_backup)?;
    one_file(&connection)?;
    schema::migrate(&mut connection)?;
    connection.execute("UPDATE id_block SET next = next + ? WHERE id = 1", [LEFT_OUT])?;
    drop(connection);
    let report = check(&copying, progress)?;
    if report.differences > 0 {
        return Ok(report);
    }
    target.file.sync_all().map_err(unusable)?;
    if is_store(directory) {
        put_aside(directory).map_err(unusable)?;
    }
    fs::rename(&copying, directory.join(RESTORED)).and_then(|()| sync_directory(directory)).map_err(unusable)?;
    finish_restore(directory)?;
    Ok(report)
}

/// Whether there is a store in a directory.
pub(crate) fn is_store(directory: &Path) -> bool {
    directory.join(FILE).exists() || directory.join(RESTORED).exists()
}

/// Puts a restored copy in place: the log of the store that was there goes first, because it does not belong to the copy.
pub(super) fn finish_restore(directory: &Path) -> Result<(), Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    let (restored, store) = (directory.join(RESTORED), directory.join(FILE));
    if restored.exists() {
        for name in BESIDE.into_iter().chain([SHARED_MEMORY]) {
            remove(&directory.join(name)).map_err(unusable)?;
        }
        fs::rename(&restored, &store).and_then(|()| sync_directory(directory)).map_err(unusable)?;
    }
    // An empty store here would be taken for the one that was to be restored.
    if !store.exists() && directory.join(COPYING).exists() {
        return Err(Error::RestoreUnfinished(directory.to_owned()));
    }
    Ok(())
}

/// Gives the files of a store a second name in a directory of their own.
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

/// A file that is being written, gone when dropped unless it has got another name.
struct Target {
    path: PathBuf,
    /// Held for its lock: of two that write the same one fails.
    file: File,
}

impl Target {
    /// `whole`: what it becomes.
    fn create(path: &Path, whole: &Path) -> Result<Self, Error> {
        let of = |source| Error::File { path: path.to_owned(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(of)?;
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
        // What cannot be removed has a name that says that it is not whole.
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut path = self.path.as_os_str().to_owned();
            path.push(end);
            drop(remove(Path::new(&path)));
        }
    }
}

/// Copies all pages as of one moment. `go_on` is asked between steps.
fn copy(
    source: &Connection,
    target: &Path,
    progress: Tell<'_>,
    go_on: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut target = Connection::open(target)?;
    // A file that is not whole is thrown away; a whole one is flushed before it gets its name.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    // The snapshot lasts from the first read to the end.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
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
    drop(steps);
    source.execute_batch("COMMIT")?;
    Ok(())
}

/// Has no log beside the file any more.
fn one_file(connection: &Connection) -> Result<(), Error> {
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE")?;
    Ok(())
}

/// Replays a copy, as `daric verify` does.
fn check(copy: &Path, progress: Tell<'_>) -> Result<Report, Error> {
    let connection = open_reader(copy)?;
    check_pages(&connection).map_err(|what| Error::NoBackup { path: copy.to_owned(), what })?;
    let (state, _) = tail::recover(&connection, SETTLE_AFTER)?;
    let directory = copy.parent().unwrap_or(Path::new("."));
    let state = Arc::new(RwLock::new(state));
    let reader = Reader::new(directory, (Vec::new(), connection), state, Arc::<Progress>::default(), Arc::default())?;
    verify(&crate::Reader::Sqlite(Arc::new(reader)), &mut |done, of| progress(Stage::Verifying, done, of))
}

/// Whether a database's file is as long as its head says.
fn has_all_pages(file: &Path) -> std::io::Result<bool> {
    let mut head = [0; 32];
    let file = File::open(file)?;
    match file.read_exact_at(&mut head, 0) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
        read => read?,
    }
    // https://sqlite.org/fileformat2.html#the_database_header: 1 stands for 65,536, which does not fit.
    let page_bytes = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    Ok(file.metadata()?.len() == pages * page_bytes)
}

/// Looks at each page: what is not whole is told.
fn check_pages(connection: &Connection) -> Result<(), String> {
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found.as_deref() {
        Ok("ok") => Ok(()),
        Ok(what) => Err(what.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sync_directory(directory: &Path) -> std::io::Result<()> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use payments::{Digest, Keys, Tries};

    use super::*;
    use crate::sqlite::{Damaged, checkpoint, open_with};

    /// A directory with a store of several steps that no process has open.
    fn store(name: &str) -> PathBuf {
        let home = std::env::temp_dir().join(format!("daric-backup-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&home));
        let (mut writer, flusher, _reader) =
            open_with(&home, 64, checkpoint::START_AT_PAGES, Damaged::Refused).unwrap();
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        for row in 0..80_000u64 {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&row.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
            let key = Digest(key);
            view.log_in_tries.put(key, Tries { key, wrong: 1, locked_until_ms: 0, ends_at_ms: i64::MAX });
        }
        let ticket = writer.commit(view).unwrap();
        flusher.flush(ticket).unwrap();
        home
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
                    open_with(&home, 64, checkpoint::START_AT_PAGES, Damaged::Refused)
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
}

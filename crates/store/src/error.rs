//! Failures of a store. Refusals of decisions are not among them.

use std::io::ErrorKind;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::purpose::Purpose;

/// A failure of the store. Its text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process uses the directory.
    #[error("data directory {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The directory or a file in it cannot be used.
    #[error("data directory {}: {source}", path.display())]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A newer version has changed the schema.
    #[error("the database has schema {found}, this version knows up to {known}: use the newer version")]
    NewerSchema {
        /// The schema of the database.
        found: usize,
        /// The newest schema of this version.
        known: usize,
    },
    /// This version has not migrated the store's schema yet.
    #[error(
        "the database has schema {found}, this version has {known}: use the version that serves the store, or have this one serve it first"
    )]
    OlderSchema {
        /// The schema of the database.
        found: usize,
        /// The schema of this version.
        known: usize,
    },
    /// A file with the name of the new backup exists.
    #[error("{} exists already: a backup overwrites no file", .0.display())]
    BackupExists(PathBuf),
    /// Another process is writing a backup with this name.
    #[error("another backup to {} is under way", .0.display())]
    BackupUnderWay(PathBuf),
    /// A process that needs the store alone at its start opened it while it was being copied.
    #[error("a process opened the store while it was being copied: no backup was made, run it again")]
    BackupDisturbed,
    /// The file does not contain a store.
    #[error("{} cannot be restored: {what}", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}{}", path.display(), to_do(source))]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A restore would replace an existing store.
    #[error("data directory {} has a store already: it is replaced with --replace only", .0.display())]
    StoreExists(PathBuf),
    /// A restore was stopped before its last step, which the next start completes.
    #[error("a restore into {} is not complete: start the server, or run the restore again, and verify then", .0.display())]
    RestoreWaits(PathBuf),
    /// A restore into an empty directory was stopped.
    #[error("a restore into {} was not finished: run it again", .0.display())]
    RestoreUnfinished(PathBuf),
    /// The store of a sandbox was to be used for production, or the other way round.
    #[error("this store was made for {made:?} and is not used for {wanted:?}: give another one")]
    OtherPurpose {
        /// The purpose that it was made for.
        made: Purpose,
        /// The purpose that it was to be used for.
        wanted: Purpose,
    },
    /// The key is not the one that the store was made with: no secret and no token would match.
    #[error("this store was made with another key: give that one (DARIC_KEY, DARIC_OLD_KEYS)")]
    OtherKey,
    /// Values may be sealed with keys that were not given.
    #[error(
        "values of this store may be sealed with keys that were not given: a change of the key was begun, by a server or by `daric rekey`, and \
         not finished. Missing: the keys with the ids {missing}; given: {given}. Give all of them (DARIC_KEY, DARIC_OLD_KEYS), and run `daric \
         rekey` to its end"
    )]
    KeysMissing {
        /// The ids of the keys that are missing.
        missing: String,
        /// The ids of the given keys.
        given: String,
    },
    /// Concurrent commits conflicted with this one. Nothing was done.
    #[error("other commits were in the way: {0}")]
    Conflict(String),
    /// The database cannot be reached or is overloaded. Nothing was done.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A command has a value that no row may hold. Nothing was done, and a retry fails in the same way. The text is only a code: the database's own
    /// text may quote the value.
    #[error("the database does not take a value of this command ({0})")]
    Rejected(String),
    /// There is no disk space for the write. Nothing was done.
    #[error("there is no space left for the database")]
    Full,
    /// The last process ended with a failed flush, and there is no disk space to write its log again.
    #[error(
        "a flush failed in the last process, and there is no space left to write its log anew: make room, then start again"
    )]
    NoRoomAfterFailure,
    /// The database's file is missing, while other files of its store exist.
    #[error(
        "data directory {}: daric.db is not there or empty, and other files of its store are: put it back, restore a backup, or move them away \
         to begin a new store",
        .0.display()
    )]
    DatabaseGone(PathBuf),
    /// Another program has written to the database while a server had it open.
    #[error(
        "data directory {}: another program has written to daric.db while a server had it open; what it changed is not known, and the server \
         ended (the file foreign-writes says when). Restore a backup, or run `daric verify` and start with --accept-loss to take what is there",
        .0.display()
    )]
    ForeignWrites(PathBuf),
    /// The files of a store are of different times, or of different stores.
    #[error(
        "{}: daric.db, daric.sums, daric.db-wal and acknowledged do not belong together: {what}. Together they would be the books of no time. \
         Put those back that were together, or restore a backup; to go on with daric.db alone, which loses what was in its log, move daric.db-wal, daric.db-shm \
         and acknowledged away (where it was not closed, start with --accept-loss then)",
        directory.display()
    )]
    Mixed {
        /// The data directory.
        directory: PathBuf,
        /// Which two files do not belong together, and why.
        what: &'static str,
    },
    /// A file is missing that belongs to a database which was not closed.
    #[error(
        "{}: it is not there, or empty, and belongs to daric.db, which a server had opened and not closed: {what}. Put it back, restore a \
         backup, or start with --accept-loss to go on with what daric.db has",
        path.display()
    )]
    BelongingGone {
        /// The file.
        path: PathBuf,
        /// The consequence.
        what: &'static str,
    },
    /// The write-ahead log ends before the last acknowledged page.
    #[error(
        "{}: the log has lost the last {missing} of {acknowledged} acknowledged pages: results that callers were told are not there, \
         unless another program has opened daric.db since (as sqlite3 without mode=ro) and moved them into it. \
         Restore a backup, or start with --accept-loss to go on with what daric.db has",
        path.display()
    )]
    LogCutShort {
        /// The log.
        path: PathBuf,
        /// How many pages are missing.
        missing: u32,
        /// How many pages were acknowledged.
        acknowledged: u32,
    },
    /// Pages of the database, or their checksums, have changed since they were written.
    #[error("data directory {}: {what}", directory.display())]
    Damaged {
        /// The data directory.
        directory: PathBuf,
        /// Which file is damaged, how, and what to do.
        what: String,
    },
    /// The file in the place of the database is not a database.
    #[error(
        "{}: its first bytes are not those of a database: its header is damaged, or it is another file. Put the right file back, or restore a \
         backup",
        .0.display()
    )]
    NotADatabase(PathBuf),
    /// SQLite cannot read the database's file.
    #[error("{}: SQLite cannot read it ({source}). `daric verify` says more; restore a backup", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// A file beside the database cannot be read or written.
    #[error("{name}, in the data directory: {source}{}", to_do(source))]
    Beside {
        /// The file's name.
        name: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The connection was lost during a commit, and the outcome could not be queried.
    #[error("the outcome of a commit is unknown: {0}")]
    InDoubt(String),
    /// The target database of a move already holds a store.
    #[error("the database is not empty: give another one")]
    NotEmpty,
    /// A move into the database was begun and not finished.
    #[error("a store is being moved into this database and is not whole: run daric migrate-store again, to its end")]
    MoveUnfinished,
    /// Another process is moving a store into the database.
    #[error("another daric migrate-store fills this database")]
    MoveUnderWay,
    /// The database has tables of another program.
    #[error("the database holds tables of another program: give Daric one of its own")]
    Foreign,
    /// The file is a database of another program.
    #[error("daric.db in this directory is a database of another program: give another directory")]
    ForeignFile,
    /// The database's encoding is not UTF-8, so it cannot hold every text.
    #[error("the database's encoding is {0}: create it with ENCODING 'UTF8'")]
    Encoding(String),
    /// The database holds no store.
    #[error("there is no store in this database")]
    NoStore,
    /// The store has never been served, so there is nothing to move.
    #[error("no server has used this store yet: there is nothing to move")]
    NoOrigin,
    /// The URL of a database cannot be used.
    #[error("database address: {0}")]
    Address(String),
    /// SQLite reported an error.
    #[error("sqlite: {0}")]
    Sqlite(rusqlite::Error),
    /// The log could not be flushed: the state of the disk is unknown.
    #[error("the log could not be flushed: {0}")]
    Flush(std::io::Error),
    /// The store failed before, or is closed.
    #[error("the store has failed; open it anew")]
    Failed,
    /// A row that no version can have written.
    #[error("table {table}: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong with the row.
        what: String,
    },
    /// The system provided no random bytes.
    #[error("no randomness: {0}")]
    Entropy(getrandom::Error),
    /// The runtime of the connections could not be created.
    #[error("no runtime: {0}")]
    Runtime(std::io::Error),
    /// A thread could not be started.
    #[error("no thread: {0}")]
    Thread(std::io::Error),
    /// A read ended without a result.
    #[error("a read panicked")]
    ReaderStopped,
}

/// How to continue after a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// Nothing was done; a retry may succeed.
    Again,
    /// Nothing was done. A batch may succeed in parts; a single command will not.
    Halve,
    /// Nothing was done. A retry at once does not help.
    Wait,
    /// Whether it was done must be inquired. The store remains usable.
    Inquire,
    /// Whether it was done is known only after opening the store again.
    Reopen,
}

impl Error {
    /// Whether a start with accepted loss may go on despite this error.
    pub(crate) fn is_a_loss(&self) -> bool {
        match self {
            Self::LogCutShort { .. } | Self::BelongingGone { .. } | Self::Damaged { .. } => true,
            // A note file that is damaged itself.
            Self::File { source, .. } => source.kind() == ErrorKind::InvalidData,
            _ => false,
        }
    }

    /// How to continue after this failure.
    pub fn after(&self) -> After {
        match self {
            Self::Conflict(_) | Self::Unavailable(_) => After::Again,
            // A row that is unreadable or contradicts itself fails only the commands that need it.
            Self::Rejected(_) | Self::Corrupt { .. } => After::Halve,
            Self::Full => After::Wait,
            Self::InDoubt(_) => After::Inquire,
            Self::InUse(_)
            | Self::Directory { .. }
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::BackupExists(_)
            | Self::BackupUnderWay(_)
            | Self::BackupDisturbed
            | Self::NoBackup { .. }
            | Self::File { .. }
            | Self::StoreExists(_)
            | Self::RestoreUnfinished(_)
            | Self::RestoreWaits(_)
            | Self::OtherPurpose { .. }
            | Self::OtherKey
            | Self::KeysMissing { .. }
            | Self::NotEmpty
            | Self::MoveUnfinished
            | Self::MoveUnderWay
            | Self::NoOrigin
            | Self::Foreign
            | Self::Encoding(_)
            | Self::ForeignFile
            | Self::NoRoomAfterFailure
            | Self::LogCutShort { .. }
            | Self::BelongingGone { .. }
            | Self::Mixed { .. }
            | Self::ForeignWrites(_)
            | Self::DatabaseGone(_)
            | Self::Damaged { .. }
            | Self::NotADatabase(_)
            | Self::Unreadable { .. }
            | Self::Beside { .. }
            | Self::NoStore
            | Self::Address(_)
            | Self::Sqlite(_)
            | Self::Flush(_)
            | Self::Failed
            | Self::Entropy(_)
            | Self::Runtime(_)
            | Self::Thread(_)
            | Self::ReaderStopped => After::Reopen,
        }
    }
}

/// What an operator can do about a file that cannot be used: a text to append to the cause.
fn to_do(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::IsADirectory => ". Move the directory away and put the file back, or restore a backup",
        ErrorKind::PermissionDenied => ". Let the user of this process read and write it",
        ErrorKind::StorageFull => ". Make room",
        _ => "",
    }
}

/// The error for a row that no version can have written.
pub(crate) fn corrupt(table: &'static str, what: impl Into<String>) -> Error {
    Error::Corrupt { table, what: what.into() }
}

/// The row, or an error if a row that must exist is missing.
pub(crate) fn expect<T>(row: Option<T>, table: &'static str, what: &str) -> Result<T, Error> {
    row.ok_or_else(|| corrupt(table, what))
}

impl From<schema::Corrupt> for Error {
    fn from(schema::Corrupt { table, what }: schema::Corrupt) -> Self {
        Self::Corrupt { table, what }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(failure) if failure.code == ErrorCode::DiskFull => Self::Full,
            Some(failure) if failure.code == ErrorCode::OperationInterrupted => {
                Self::Unavailable("the read took too long".to_owned())
            }
            Some(failure) if is_permanent(failure.code) => {
                Self::Rejected(format!("SQLite's code {}", failure.extended_code))
            }
            _ => Self::Sqlite(error),
        }
    }
}

/// Whether a value causes the same error at every attempt.
fn is_permanent(code: ErrorCode) -> bool {
    [ErrorCode::ConstraintViolation, ErrorCode::TypeMismatch, ErrorCode::TooBig, ErrorCode::ParameterOutOfRange]
        .contains(&code)
}

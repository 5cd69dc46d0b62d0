//! The stores of the tests.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use cluster::{Cluster, OF_TESTS};
use store::{Flusher, Head, Location, Memory, Reader, TIMEOUT, Writer};
use tokio::runtime::Runtime;

/// The place of a test's store. A directory is deleted on drop; a database stays until its server ends.
pub enum TestStore {
    Directory(PathBuf),
    Database(String),
    Memory(Memory),
}

impl TestStore {
    pub fn open(&self, compact_after: usize) -> (Writer, Flusher, Reader) {
        once_free(|| store::open(&self.location(compact_after)))
    }

    pub fn location(&self, compact_after: usize) -> Location {
        match self {
            Self::Directory(path) => Location::Directory { path: path.clone(), compact_after },
            Self::Database(url) => Location::Database { url: url.clone(), timeout: TIMEOUT },
            Self::Memory(memory) => Location::Memory(memory.clone()),
        }
    }

    pub fn directory(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("daric-store-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self::Directory(path)
    }

    pub fn database() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("contract_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        postgres().create_database(&name).unwrap();
        Self::Database(postgres().url(&name))
    }

    /// Verifies the store, and requires a difference whose line contains `named`. `what` is the text of the failure.
    pub fn verify_names(&self, what: &str, named: &str) {
        let report = self.verified(Vec::new());
        let found = report.listed.iter().any(|line| line.contains(named));
        assert!(report.differences > 0 && found, "{what}: {:?}", report.listed);
    }

    pub fn verify_names_nothing(&self) {
        let report = self.verified(Vec::new());
        assert_eq!((report.differences, report.listed), (0, Vec::new()));
    }

    /// Verifies the store against exported heads of its hash chains.
    pub fn verified(&self, heads: Vec<Head>) -> store::Report {
        let (_held, reader) = once_free(|| store::open_to_read(&self.location(10)));
        store::verify_against(&reader, heads, &mut |_, _| {}).unwrap()
    }

    /// Changes one row by SQL behind the store's back. Panics for a store in memory.
    pub fn tamper(&self, sql: &str) {
        match self {
            Self::Directory(path) => {
                let connection = rusqlite::Connection::open(path.join("daric.db")).unwrap();
                assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
                // Connections of the closed store may still be open, so that closing this one would not checkpoint the log: it is done here.
                let busy = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
                while connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], busy).unwrap() != 0 {
                    std::thread::yield_now();
                }
                // The changed page does not match its checksum, and the store is opened with the loss accepted: the tests are about rows.
                drop(connection);
                drop(once_free(|| store::open_accepting_loss(&self.location(10))));
            }
            Self::Database(url) => {
                let name = url.rsplit('/').next().unwrap();
                let changed =
                    postgres().sql(name, &format!("WITH changed AS ({sql} RETURNING 1) SELECT count(*) FROM changed"));
                assert_eq!(changed.unwrap().trim(), "1", "{sql}");
            }
            Self::Memory(_) => panic!("it knows no SQL: {sql}"),
        }
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Self::Directory(path) = self {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// Repeats until the lock is free: another test that starts a program holds the lock file open between fork and exec.
fn once_free<T>(open: impl Fn() -> Result<T, store::Error>) -> T {
    loop {
        match open() {
            Err(store::Error::InUse(_)) => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

/// Runs a test in an empty store of each kind.
pub fn in_each_store(test: &str, run: impl Fn(&TestStore)) {
    in_each_database(test, &run);
    run(&TestStore::Memory(Memory::default()));
}

/// Runs a test in an empty store of each kind that has SQL.
pub fn in_each_database(test: &str, run: impl Fn(&TestStore)) {
    for test_store in [TestStore::directory(test), TestStore::database()] {
        run(&test_store);
    }
}

/// The PostgreSQL server of all tests of this program.
pub fn postgres() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(&std::env::temp_dir(), OF_TESTS).unwrap())
}

/// Waits for a read. Tests run outside a runtime, because writers block.
pub fn now<T>(read: impl Future<Output = Result<T, store::Error>>) -> T {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap()).block_on(read).unwrap()
}

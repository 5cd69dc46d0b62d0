//! Where a test keeps its store. A test with `#[apply(each_store)]` runs on SQLite and on PostgreSQL.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use cluster::{Cluster, OF_TESTS};
use rstest_reuse::template;
use store::{Location, TIMEOUT};

use super::Directory;

/// An empty store of one test.
pub enum TestStore {
    Directory(Directory),
    Database(String),
}

impl TestStore {
    pub fn directory() -> Self {
        Self::Directory(Directory::new(&format!("place-{}", next())))
    }

    pub fn database() -> Self {
        let name = format!("place_{}", next());
        postgres().create_database(&name).unwrap();
        Self::Database(postgres().url(&name))
    }

    pub fn location(&self) -> Location {
        match self {
            Self::Directory(directory) => directory.location(100),
            Self::Database(url) => Location::Database { url: url.clone(), timeout: TIMEOUT },
        }
    }
}

fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// One server for all tests of this program.
fn postgres() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(&std::env::temp_dir(), OF_TESTS).unwrap())
}

#[template]
#[rstest::rstest]
#[case::sqlite(crate::common::test_store::TestStore::directory())]
#[case::postgres(crate::common::test_store::TestStore::database())]
fn each_store(#[case] test_store: TestStore) {}

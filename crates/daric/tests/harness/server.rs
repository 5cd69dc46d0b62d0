//! A `daric` process with a separate store.
//!
//! Layout of a `Home`: `data/` (the store, unless it is a database), `stderr.log` and `stdout.log` (appended to over restarts).
//! A test with `#[apply(each_store)]` runs on SQLite and on PostgreSQL; the PostgreSQL server lives as long as the test program.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Once, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use cluster::{Cluster, OF_TESTS};
use rstest_reuse::template;

/// Longer than a start or a graceful stop (10 s) takes: a test that waits longer has found a hang.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The part of the ready line after `http` or `https`.
const READY: &str = "://127.0.0.1:";

#[derive(Clone, Copy)]
enum Engine {
    Sqlite,
    Postgres,
}

thread_local! {
    /// The engine of the stores of homes that this thread makes.
    static ENGINE: Cell<Engine> = const { Cell::new(Engine::Sqlite) };
}

/// While it exists, homes that this thread makes keep their stores in one engine.
pub struct OnStore(());

impl OnStore {
    pub fn sqlite() -> Self {
        ENGINE.set(Engine::Sqlite);
        Self(())
    }

    pub fn postgres() -> Self {
        ENGINE.set(Engine::Postgres);
        Self(())
    }
}

impl Drop for OnStore {
    fn drop(&mut self) {
        ENGINE.set(Engine::Sqlite);
    }
}

#[template]
#[rstest::rstest]
#[case::sqlite(crate::harness::server::OnStore::sqlite())]
#[case::postgres(crate::harness::server::OnStore::postgres())]
#[tokio::test(flavor = "multi_thread")]
async fn each_store(#[case] _on: OnStore) {}

/// The same for tests that are not async.
#[template]
#[rstest::rstest]
#[case::sqlite(crate::harness::server::OnStore::sqlite())]
#[case::postgres(crate::harness::server::OnStore::postgres())]
fn each_store_at_once(#[case] _on: OnStore) {}

/// A directory under the system's temporary directory, removed when dropped; and an empty database, if the store is one.
pub struct Home(PathBuf, Option<Database>);

/// A database on the PostgreSQL server of the tests.
struct Database {
    name: String,
    url: String,
}

impl Database {
    /// A new database without a table.
    fn empty() -> Self {
        Self::made(|name| postgres().create_database(name))
    }

    /// A new database with the tables of a store.
    fn with_tables() -> Self {
        Self::made(|name| postgres().copy_database(with_tables(), name))
    }

    fn made(make: impl FnOnce(&str) -> Result<(), cluster::Error>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("home_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        make(&name).unwrap();
        Self { url: postgres().url(&name), name }
    }

    /// A new database, if the test runs on PostgreSQL.
    fn wanted(make: impl FnOnce() -> Self) -> Option<Self> {
        match ENGINE.get() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(make()),
        }
    }
}

/// The path of a temporary file, different for each test and each store.
pub fn temporary(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("daric-{}-{number}-{name}", std::process::id()))
}

/// One PostgreSQL server for all tests of this program.
pub fn postgres() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(&std::env::temp_dir(), OF_TESTS).unwrap())
}

/// A database with the tables of a store and nothing in them. Tests get copies of it, which take a fifth of the time that the migrations take.
fn with_tables() -> &'static str {
    const NAME: &str = "with_tables";
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        postgres().create_database(NAME).unwrap();
        let (url, timeout) = (postgres().url(NAME), store::TIMEOUT);
        // The store has a runtime of its own, which cannot be within that of a test.
        let made = thread::spawn(move || store::open(&store::Location::Database { url, timeout }).map(drop));
        made.join().unwrap().unwrap();
        postgres().sql(NAME, "DELETE FROM node").unwrap();
    });
    NAME
}

impl Home {
    /// A home with the store that the test runs on.
    pub fn new(test: &str) -> Self {
        Self::with(test, Database::wanted(Database::with_tables))
    }

    /// The same without a store.
    pub fn without_store(test: &str) -> Self {
        Self::with(test, Database::wanted(Database::empty))
    }

    /// A home with a store in a directory, whatever store the test runs on.
    pub fn in_directory(test: &str) -> Self {
        Self::with(test, None)
    }

    /// A home with an empty database on the PostgreSQL server of the tests.
    pub fn on_postgres(test: &str) -> Self {
        Self::with(test, Some(Database::empty()))
    }

    /// A home with the database at an address.
    pub fn on(test: &str, url: &str) -> Self {
        Self::with(test, Some(Database { name: test.to_owned(), url: url.to_owned() }))
    }

    fn with(test: &str, database: Option<Database>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("daric-{test}-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Self(path, database),
                // A killed run left its directory, and the process id was assigned again.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("cannot create {}: {error}", path.display()),
            }
        }
    }

    /// The directory of this home.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// The address of the database; empty for a store in a directory.
    pub fn url(&self) -> &str {
        self.1.as_ref().map_or("", |database| &database.url)
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        self.1.as_ref().map_or("", |database| &database.name)
    }

    /// The arguments that name the store.
    pub fn store(&self) -> [String; 2] {
        match &self.1 {
            None => ["--data".to_owned(), self.data().display().to_string()],
            Some(database) => ["--database".to_owned(), database.url.clone()],
        }
    }

    /// Everything that the server has printed so far, on both streams.
    pub fn printed(&self) -> String {
        ["stderr.log", "stdout.log"].map(|name| read_lossy(&self.0.join(name))).concat()
    }

    /// The files of the store (and any other under the data directory) whose bytes contain `text`; a database counts as one file.
    pub fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        if let Some(Database { url, name }) = &self.1 {
            let dump = postgres().run("pg_dump", &["-d", url]).unwrap();
            assert!(dump.contains("CREATE TABLE public.access_token"), "the dump has no tables");
            // A dump has hashes and other bytes as hexadecimal digits.
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            found.extend((dump.contains(text) || dump.contains(&hex)).then(|| PathBuf::from(name)));
            return found;
        }
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        found.extend(self.contents().into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path));
        found
    }

    /// The files of the store, and any other under the data directory, with their bytes; a database counts as one file.
    pub fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        if let Some(Database { url, name }) = &self.1 {
            return vec![(PathBuf::from(name), postgres().run("pg_dump", &["-d", url]).unwrap().into_bytes())];
        }
        let (mut found, mut folders) = (Vec::new(), vec![self.data()]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found
    }
}

impl Drop for Home {
    /// A test whose server has panicked fails.
    fn drop(&mut self) {
        let printed = self.printed();
        // A directory that cannot be removed does not fail a test that passed, and does not hide why a test failed.
        let _ = fs::remove_dir_all(&self.0);
        if thread::panicking() {
            eprintln!("the end of what the server printed:\n{}", tail(&printed));
        } else {
            assert_no_panic(&printed);
        }
    }
}

/// Arguments and environment beyond `daric serve --demo --data … --listen 127.0.0.1:0` with a clean environment.
#[derive(Default, Clone, Copy)]
pub struct Launch<'a> {
    pub args: &'a [&'a str],
    pub env: &'a [(&'a str, &'a str)],
}

/// A running server; dropping it kills it.
pub struct Server {
    child: Option<Child>,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server; returns after its ready line.
    pub fn start(home: &Home, launch: Launch) -> Self {
        Self::start_as(daric(), home, launch)
    }

    /// The same, with a limit of file descriptors.
    pub fn start_with_descriptors(home: &Home, launch: Launch, descriptors: u32) -> Self {
        let mut command = daric();
        let program = command.get_program().to_owned();
        let removed: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
        command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"")]).arg(program);
        for name in removed {
            command.env_remove(name);
        }
        Self::start_as(command, home, launch)
    }

    fn start_as(mut command: Command, home: &Home, launch: Launch) -> Self {
        let stderr = append(&home.0.join("stderr.log"));
        let mut child = command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .args(home.store())
            .args(launch.args)
            .envs(launch.env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let ready = watch(stdout, append(&home.0.join("stdout.log")));
        // Made before the wait, so that a server that does not get ready is killed by the panic below.
        let mut server = Self { child: Some(child), address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        match ready.recv_timeout(TIMEOUT) {
            Ok(address) => server.address = address,
            Err(error) => panic!("no ready line ({error})"),
        }
        server
    }

    /// A value without a server, to be replaced later.
    pub fn none() -> Self {
        Self { child: None, address: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(mut self) {
        let mut child = self.child.take().expect("it runs");
        assert!(child.try_wait().unwrap().is_none(), "the server ended by itself before it was killed");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM; the server must end by itself with exit code 0.
    pub fn stop(mut self) {
        let mut child = self.child.take().expect("it runs");
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait()));
        match receiver.recv_timeout(TIMEOUT) {
            Ok(status) => assert!(status.as_ref().unwrap().success(), "after SIGTERM the server ended with {status:?}"),
            Err(_) => {
                Command::new("kill").args(["-KILL", &id]).status().unwrap();
                panic!("the server did not end within {TIMEOUT:?} of SIGTERM");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // The process may be dead already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A process that is killed when this is dropped.
pub struct KilledOnDrop(pub Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The figures of `verified N transfers, M accounts: ok`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub transfers: u64,
    pub accounts: u64,
}

/// Runs `daric verify` on a store that no server has open; anything but `ok` and exit code 0 fails the test.
pub fn verify(home: &Home) -> Verified {
    let output = daric().arg("verify").args(home.store()).output().expect("the binary starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "verify ended with {}\n{stdout}\n{stderr}", output.status);
    let last = stdout.lines().last().unwrap_or_default();
    verified(last).unwrap_or_else(|| panic!("verify's last line is {last:?}\n{stderr}"))
}

/// Runs `daric verify` on a store that must fail it; returns the error output.
pub fn verify_fails(home: &Home) -> String {
    says_in_vain(daric().arg("verify").args(home.store()))
}

/// Starts a server that must end by itself; returns the error output.
pub fn refused_start(home: &Home, launch: Launch) -> String {
    let mut command = daric();
    command.args(["serve", "--demo", "--listen", "127.0.0.1:0"]).args(home.store());
    says_in_vain(command.args(launch.args).envs(launch.env.iter().copied()))
}

fn says_in_vain(command: &mut Command) -> String {
    let output = command.output().expect("the binary starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!output.status.success(), "{said}");
    said
}

fn verified(line: &str) -> Option<Verified> {
    let (transfers, accounts) =
        line.strip_prefix("verified ")?.strip_suffix(" accounts: ok")?.split_once(" transfers, ")?;
    Some(Verified { transfers: transfers.parse().ok()?, accounts: accounts.parse().ok()? })
}

/// The command of the binary, without the settings in the environment of the tests.
pub fn daric() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DARIC_")) {
        command.env_remove(name);
    }
    command
}

/// Copies the pipe to `log` as long as the process lives, and sends the address when the ready line comes.
fn watch(stdout: ChildStdout, mut log: File) -> mpsc::Receiver<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            writeln!(log, "{line}").unwrap();
            if let Some(address) = ready_address(&line) {
                // Only the first line with an address is received.
                let _ = sender.send(address);
            }
        }
    });
    receiver
}

fn ready_address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(READY)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)))
}

fn append(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

fn read_lossy(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn assert_no_panic(printed: &str) {
    assert!(!printed.contains("a panic"), "the server panicked:\n{}", tail(printed));
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

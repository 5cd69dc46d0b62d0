//! A private PostgreSQL server: its own directory and a free port of the loopback interface, both released when it is dropped.
//!
//! For tests and measurements only. The server also ends when this process is killed: a shell that reads from a pipe of this process
//! stops the server and removes the directory when the pipe closes.
//! Absent: the schema. The caller decides what is in the databases.

mod proxy;

use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub use proxy::{Proxy, ProxyFault};

/// Where Debian's packages install PostgreSQL, one directory a major version.
const ROOT: &str = "/usr/lib/postgresql";
/// Time-out of a start, which usually takes a second or two.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The beginning of the log line of a server that is ready; on a standby the line continues differently.
const READY: &str = "ready to accept";
/// The marker of the log line of a server that gives up.
const FAILED: &str = "FATAL:";
/// Stops the server and removes the directory when the pipe closes. The server's user may have no right to remove an entry of the directory's
/// parent; then [`Cluster`]'s `drop` removes it.
const WATCH: &str = r#"directory=$1; shift
trap '' INT TERM
"$@" &
server=$!
cat > /dev/null
kill -QUIT $server 2> /dev/null
wait $server
rm -rf "$directory" 2> /dev/null"#;

/// Why PostgreSQL is not available.
#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Settings for a faster server that loses its data when the machine stops.
pub const FORGETFUL: &[(&str, &str)] = &[("fsync", "off"), ("full_page_writes", "off")];

/// Settings for a server that has a database for each of many tests, and no standby: it writes as little as it can, and does not look after databases
/// that no test uses any more.
pub const OF_TESTS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("checkpoint_timeout", "1h"),
    ("autovacuum", "off"),
];

/// A self-signed certificate for 127.0.0.1 and its private key: PEM files.
#[derive(Debug)]
pub struct Certified {
    /// The private key.
    pub key: PathBuf,
    /// The certificate.
    pub certificate: PathBuf,
}

/// Makes a certificate in a folder, with an `openssl` command that may write there.
///
/// # Errors
/// The command cannot be started, or fails.
pub fn self_signed(mut openssl: Command, folder: &Path) -> Result<Certified> {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    output_of(openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate))?;
    Ok(Certified { key, certificate })
}

/// A running server. Dropping it stops the server and removes its directory.
pub struct Cluster {
    installation: PathBuf,
    user: User,
    directory: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// Creates a server in a new directory under `parent` and starts it. `settings` override PostgreSQL's defaults.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or one of its programs fails.
    pub fn start(parent: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let mut cluster = Self::prepare(parent)?;
        let data = cluster.data();
        let initdb = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        cluster.run("initdb", &initdb)?;
        cluster.configure(settings)?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// Like [`Cluster::start`] with [`FORGETFUL`], but accepts encrypted connections only; also returns its certificate, which is for 127.0.0.1.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_encrypted(parent: &Path) -> Result<(Self, PathBuf)> {
        let mut cluster = Self::prepare(parent)?;
        let data = cluster.data();
        let initdb = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        cluster.run("initdb", &initdb)?;
        let Certified { key, certificate } =
            self_signed(cluster.user.command(Path::new("openssl")), &cluster.directory)?;
        let (key, shown) = (key.display().to_string(), certificate.display().to_string());
        cluster
            .configure(&[&[("ssl", "on"), ("ssl_cert_file", &shown), ("ssl_key_file", &key)], FORGETFUL].concat())?;
        fs::write(cluster.directory.join("data/pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n")?;
        cluster.launch()?;
        Ok((cluster, certificate))
    }

    /// Creates a standby of this server that streams under the application name `name`.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn standby(&self, parent: &Path, name: &str) -> Result<Self> {
        let mut standby = Self::prepare(parent)?;
        let source = format!("host=127.0.0.1 port={} user=postgres application_name={name}", self.port);
        let data = standby.data();
        standby.run("pg_basebackup", &["-D", &data, "-d", &source, "-R", "-X", "stream", "-c", "fast", "--no-sync"])?;
        standby.configure(&[])?;
        standby.launch()?;
        Ok(standby)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The directory of its Unix socket, which is faster than the loopback interface; `None`: the path is too long for a socket.
    pub fn sockets(&self) -> Option<String> {
        /// A socket's path can have 107 bytes; the file's name takes some of them.
        const LONGEST: usize = 80;
        let path = self.directory.display().to_string();
        (path.len() <= LONGEST).then_some(path)
    }

    /// The address of a database through the socket, or its URL if there is no socket.
    pub fn short_url(&self, database: &str) -> String {
        match self.sockets() {
            Some(sockets) => format!("host={sockets} port={} user=postgres dbname={database}", self.port),
            None => self.url(database),
        }
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// It exists, or the statement fails.
    pub fn create_database(&self, name: &str) -> Result<()> {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\"")).map(|_| ())
    }

    /// Creates a database that is a copy of another one, which is not in use.
    ///
    /// # Errors
    /// It exists, the other one is in use, or the statement fails.
    pub fn copy_database(&self, from: &str, name: &str) -> Result<()> {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{from}\"")).map(|_| ())
    }

    /// Runs a statement with `psql` and returns the selected rows, one a line, columns separated by `|`.
    ///
    /// # Errors
    /// The statement fails.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let port = self.port.to_string();
        let place = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", database];
        self.run("psql", &[&place[..], &["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]].concat())
    }

    /// Opens a `psql` session that lasts until it is dropped, for transactions that hold locks.
    ///
    /// # Errors
    /// `psql` cannot be started.
    pub fn session(&self, database: &str) -> Result<Session> {
        let mut psql = self.user.command(&self.installation.join("psql"));
        psql.args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-U",
            "postgres",
            "-d",
            database,
            "-X",
            "-q",
            "-A",
            "-t",
        ]);
        let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Error("psql has no standard output".to_owned()))?;
        Ok(Session { child, stdout: BufReader::new(stdout) })
    }

    /// Stops the server as a crash would: without a checkpoint and without waiting for sessions.
    ///
    /// # Errors
    /// The server is not running.
    pub fn crash(&mut self) -> Result<()> {
        let data = self.data();
        self.run("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]).map(|_| ())
    }

    /// Promotes a standby, which then accepts writes.
    ///
    /// # Errors
    /// The server is not a standby.
    pub fn promote(&self) -> Result<()> {
        let data = self.data();
        self.run("pg_ctl", &["-D", &data, "-w", "promote"]).map(|_| ())
    }

    /// Runs one of PostgreSQL's programs as the server's user and returns its output.
    ///
    /// # Errors
    /// The program cannot be started, or its exit code is not 0.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        output_of(self.user.command(&self.installation.join(program)).args(arguments))
    }

    fn data(&self) -> String {
        self.directory.join("data").display().to_string()
    }

    fn prepare(parent: &Path) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let installation = newest_installation()?;
        let user = User::choose()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = parent.join(format!("daric-postgres-{}-{number}", std::process::id()));
        // A killed process may have left its directory, and its process id may be in use again.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir(&directory).map_err(|error| Error(format!("{}: {error}", directory.display())))?;
        user.give(&directory)?;
        Ok(Self { installation, user, directory, port: 0, server: None })
    }

    fn configure(&self, settings: &[(&str, &str)]) -> Result<()> {
        let mut file = File::options().append(true).open(self.directory.join("data/postgresql.conf"))?;
        let sockets = self.sockets().unwrap_or_default();
        writeln!(file, "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{sockets}'")?;
        for (name, value) in settings {
            writeln!(file, "{name} = '{value}'")?;
        }
        Ok(())
    }

    fn launch(&mut self) -> Result<()> {
        // The listener closes at the end of the statement, which frees the port again.
        self.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (data, port) = (self.data(), self.port.to_string());
        let mut server = self
            .user
            .command(Path::new("sh"))
            .args(["-c", WATCH, "sh"])
            .arg(&self.directory)
            .arg(self.installation.join("postgres"))
            .args(["-D", &data, "-p", &port])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = server.stderr.take();
        self.server = Some(server);
        let (sender, ready) = mpsc::channel();
        let mut log = File::create(self.directory.join("log"))?;
        thread::spawn(move || {
            let mut was_ready = false;
            for line in stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).lines().map_while(|line| line.ok()))
            {
                let is_ready = line.contains(READY);
                let has_failed = line.contains(FAILED) && !was_ready;
                was_ready |= is_ready;
                // The log helps to analyse a failure; the server runs without it, too.
                let _ = writeln!(log, "{line}");
                if is_ready || has_failed {
                    // Only the first message is received.
                    let _ = sender.send(is_ready);
                }
            }
        });
        if ready.recv_timeout(TIMEOUT) == Ok(true) {
            return Ok(());
        }
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        Err(Error(format!("PostgreSQL did not start:\n{log}")))
    }
}

/// A `psql` session; see [`Cluster::session`].
pub struct Session {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Session {
    /// Runs a statement and returns when it has ended, whether or not it succeeded.
    ///
    /// # Errors
    /// The session has ended.
    pub fn run(&mut self, statement: &str) -> Result<()> {
        const DONE: &str = "the statement is done";
        let stdin = self.child.stdin.as_mut().ok_or_else(|| Error("psql has no standard input".to_owned()))?;
        writeln!(stdin, "{statement};\n\\echo {DONE}")?;
        let mut line = String::new();
        while line.trim() != DONE {
            line.clear();
            if self.stdout.read_line(&mut line)? == 0 {
                return Err(Error("psql has ended".to_owned()));
            }
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // `psql` ends when its input closes, and its locks are released.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.stdin.take());
            let _ = server.wait();
        }
        // The shell could not remove the directory if its user has no right to write in the parent.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn newest_installation() -> Result<PathBuf> {
    let versions =
        fs::read_dir(ROOT).map_err(|error| Error(format!("PostgreSQL is not installed ({ROOT}: {error})")))?;
    let majors = versions.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let servers = majors.filter(|major| Path::new(ROOT).join(major.to_string()).join("bin/initdb").exists());
    let major = servers.max().ok_or_else(|| Error(format!("PostgreSQL's server is not installed under {ROOT}")))?;
    Ok(Path::new(ROOT).join(major.to_string()).join("bin"))
}

/// The user who runs the server: PostgreSQL refuses to run as root.
enum User {
    Ourselves,
    Postgres { uid: u32, gid: u32 },
}

impl User {
    fn choose() -> Result<Self> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self::Ourselves);
        }
        let id = |flag| -> Result<u32> {
            let printed = output_of(Command::new("id").args([flag, "postgres"]))?;
            printed.trim().parse().map_err(|_| Error(format!("id {flag} postgres: {printed}")))
        };
        Ok(Self::Postgres { uid: id("-u")?, gid: id("-g")? })
    }

    fn give(&self, directory: &Path) -> Result<()> {
        if let Self::Postgres { uid, gid } = *self {
            chown(directory, Some(uid), Some(gid))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::Postgres { .. } => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
        };
        // The server's user may have no access to the caller's directory.
        command.current_dir("/");
        command
    }
}

/// Standard output of a command that succeeded.
fn output_of(command: &mut Command) -> Result<String> {
    let output =
        command.output().map_err(|error| Error(format!("cannot start {:?}: {error}", command.get_program())))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(Error(format!("{command:?}: {}\n{errors}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

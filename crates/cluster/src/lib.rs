//! An own PostgreSQL: a private directory, a free port of the loopback, gone without a trace when dropped.
//!
//! For tests and measurements only. The instance also ends when this process is killed: a shell that holds the other end of a pipe
//! stops the server and removes the directory when the pipe closes.
//! Absent: SQL. What is done with the database is the caller's business.

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

pub use proxy::{Proxy, Trouble};

/// Where Debian's packages put it, a directory a major version.
const ROOT: &str = "/usr/lib/postgresql";
/// A start takes a second or two.
const PATIENCE: Duration = Duration::from_secs(60);
/// The line that every server prints; a standby's goes on in its own way.
const READY: &str = "ready to accept";
/// The word of the line with which one gives up.
const FAILED: &str = "FATAL:";
/// Stops the server and removes the directory when the pipe closes. The directory's parent may be closed to this user; then its
/// owner removes what is left.
const WATCH: &str = r#"directory=$1; shift
trap '' INT TERM
"$@" &
server=$!
cat > /dev/null
kill -QUIT $server 2> /dev/null
wait $server
rm -rf "$directory" 2> /dev/null"#;

/// Why there is no PostgreSQL.
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

/// Settings of a server that loses what it holds when the machine stops, and is quicker for that.
pub const FORGETFUL: &[(&str, &str)] = &[("fsync", "off"), ("full_page_writes", "off")];

/// A certificate for 127.0.0.1 that signs itself, and its private key: files (PEM).
#[derive(Debug)]
pub struct Certified {
    /// The private key.
    pub key: PathBuf,
    /// The certificate.
    pub certificate: PathBuf,
}

/// Makes a certificate in a folder, by an `openssl` that may write there.
///
/// # Errors
/// It cannot be run, or says no.
pub fn self_signed(mut openssl: Command, folder: &Path) -> Result<Certified> {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    output_of(openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate))?;
    Ok(Certified { key, certificate })
}

/// A running server; dropping it stops it.
pub struct Cluster {
    installation: PathBuf,
    user: User,
    directory: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// Makes an instance in a fresh directory under `parent` and starts it. `settings` go over PostgreSQL's defaults.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or says no.
    pub fn start(parent: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let mut cluster = Self::prepare(parent)?;
        let data = cluster.data();
        let initdb = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        cluster.run("initdb", &initdb)?;
        cluster.configure(settings)?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// The same, with encrypted connections only; also returns the certificate that it shows, which is for 127.0.0.1.
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

    /// Makes a standby of this server, streaming under the name `name`.
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

    /// The address of a database, as programs take it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The directory of its socket: a shorter way than the loopback. `None`: the path is too long for one.
    pub fn sockets(&self) -> Option<String> {
        /// A socket's path may have 107 bytes; its name takes some.
        const LONGEST: usize = 80;
        let path = self.directory.display().to_string();
        (path.len() <= LONGEST).then_some(path)
    }

    /// The address of a database by the socket where there is one.
    pub fn short_url(&self, database: &str) -> String {
        match self.sockets() {
            Some(sockets) => format!("host={sockets} port={} user=postgres dbname={database}", self.port),
            None => self.url(database),
        }
    }

    /// Its port on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// It exists.
    pub fn create_database(&self, name: &str) -> Result<()> {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\"")).map(|_| ())
    }

    /// Runs a statement and returns what it selects, a row a line, columns separated by `|`.
    ///
    /// # Errors
    /// The statement fails.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let port = self.port.to_string();
        let place = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", database];
        self.run("psql", &[&place[..], &["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]].concat())
    }

    /// Opens a session that lasts until it is dropped: for transactions that hold something.
    ///
    /// # Errors
    /// It cannot be started.
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

    /// Stops the server as a crash would: nothing is flushed, nobody is waited for.
    ///
    /// # Errors
    /// It does not run.
    pub fn crash(&mut self) -> Result<()> {
        let data = self.data();
        self.run("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]).map(|_| ())
    }

    /// Makes a standby take writes.
    ///
    /// # Errors
    /// It is none.
    pub fn promote(&self) -> Result<()> {
        let data = self.data();
        self.run("pg_ctl", &["-D", &data, "-w", "promote"]).map(|_| ())
    }

    /// Runs one of PostgreSQL's programs as the server's user; returns what it prints.
    ///
    /// # Errors
    /// It ends with another exit code than 0.
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
        // A run that was killed left its directory, and its process id came round again.
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
        // The listener goes at the end of the statement, and the port is free again.
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
                // The log is for whoever looks into a failure; without it the server runs all the same.
                let _ = writeln!(log, "{line}");
                if is_ready || has_failed {
                    // Only the first is waited for.
                    let _ = sender.send(is_ready);
                }
            }
        });
        if ready.recv_timeout(PATIENCE) == Ok(true) {
            return Ok(());
        }
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        Err(Error(format!("PostgreSQL did not start:\n{log}")))
    }
}

/// See [`Cluster::session`].
pub struct Session {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Session {
    /// Runs a statement, and returns when it is done.
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
        // Without its input it ends, and what it held is free.
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
        // What the shell could not remove: a parent that is closed to its user.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Whether PostgreSQL is there.
pub fn is_installed() -> bool {
    newest_installation().is_ok()
}

fn newest_installation() -> Result<PathBuf> {
    let versions =
        fs::read_dir(ROOT).map_err(|error| Error(format!("PostgreSQL is not installed ({ROOT}: {error})")))?;
    let majors = versions.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let servers = majors.filter(|major| Path::new(ROOT).join(major.to_string()).join("bin/initdb").exists());
    let major = servers.max().ok_or_else(|| Error(format!("PostgreSQL's server is not installed under {ROOT}")))?;
    Ok(Path::new(ROOT).join(major.to_string()).join("bin"))
}

/// Who runs the server: PostgreSQL refuses to run as root.
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
        // The caller's directory may be closed to that user.
        command.current_dir("/");
        command
    }
}

/// Standard output of a command that succeeded.
fn output_of(command: &mut Command) -> Result<String> {
    let output =
        command.output().map_err(|error| Error(format!("cannot start {:?}: {error}", command.get_program())))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error(format!("{command:?}: {}\n{said}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

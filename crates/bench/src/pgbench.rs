//! The database baseline: pgbench's TPC-B on a private PostgreSQL with its default durability.
//!
//! Shape: initdb, start, load, timed run, stop; the cluster lies in the target directory, on the disk that the server writes to.
//! Absent: TCP. The instance listens on a socket in its own directory only, so no port can clash.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use crate::Result;
use crate::process::{self, Scratch};

pub const DEFAULT_SECONDS: u64 = 15;

/// 100,000 accounts for each; 20 are 300 MB and keep 16 clients from queueing on the same branch row too often.
const SCALE: &str = "20";
const CLIENTS: &str = "16";
const THREADS: &str = "2";

/// What pgbench reports.
#[derive(Serialize)]
pub struct Figures {
    pub version: String,
    pub seconds: u64,
    pub tps: f64,
    pub latency_average_ms: f64,
}

/// Runs the whole baseline and leaves nothing behind.
pub fn run(seconds: u64) -> Result<Figures> {
    eprintln!("pgbench: scale {SCALE}, {CLIENTS} clients, {seconds} s …");
    let bin = newest_installation()?;
    let user = User::choose()?;
    // A socket's path may have 107 bytes, which a checkout's path could exceed.
    let socket = Scratch::create(&std::env::temp_dir(), "bench-pg")?;
    let disk = Scratch::create(&process::target_dir()?, "bench-pg")?;
    for directory in [&socket, &disk] {
        user.give(directory.path())?;
    }
    let cluster = Cluster::start(&bin, &user, disk.path(), socket.path())?;
    cluster.pgbench(&["-i", "-q", "-s", SCALE])?;
    let seconds_text = seconds.to_string();
    let output = cluster.pgbench(&["-M", "prepared", "-c", CLIENTS, "-j", THREADS, "-T", &seconds_text])?;
    let figure = |key| figure_in(&output, key).ok_or_else(|| format!("pgbench printed no {key:?}:\n{output}"));
    Ok(Figures {
        version: user.run(&bin.join("postgres"), &["--version"])?.trim().to_owned(),
        seconds,
        tps: figure("tps = ")?,
        latency_average_ms: figure("latency average = ")?,
    })
}

fn newest_installation() -> Result<PathBuf> {
    const ROOT: &str = "/usr/lib/postgresql";
    let versions = fs::read_dir(ROOT).map_err(|error| format!("PostgreSQL is not installed ({ROOT}: {error})"))?;
    let major = versions.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    let major = major.ok_or_else(|| format!("{ROOT} holds no version"))?;
    Ok(Path::new(ROOT).join(major.to_string()).join("bin"))
}

/// Who runs the instance: PostgreSQL refuses to run as root.
enum User {
    Ourselves,
    Postgres { uid: u32, gid: u32 },
}

impl User {
    fn choose() -> Result<Self> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self::Ourselves);
        }
        let id = |flag| -> Result<u32> { Ok(output_of(Command::new("id").args([flag, "postgres"]))?.trim().parse()?) };
        Ok(Self::Postgres { uid: id("-u")?, gid: id("-g")? })
    }

    fn give(&self, directory: &Path) -> Result<()> {
        if let Self::Postgres { uid, gid } = *self {
            chown(directory, Some(uid), Some(gid))?;
        }
        Ok(())
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::Postgres { .. } => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
        };
        // The caller's directory may be closed to that user.
        output_of(command.args(arguments).current_dir("/"))
    }
}

/// A running instance; stopped when dropped.
struct Cluster<'a> {
    bin: &'a Path,
    user: &'a User,
    data: String,
    socket: String,
}

impl<'a> Cluster<'a> {
    fn start(bin: &'a Path, user: &'a User, disk: &Path, socket: &Path) -> Result<Self> {
        let data = disk.join("data").display().to_string();
        let log = disk.join("log").display().to_string();
        let socket = socket.display().to_string();
        user.run(&bin.join("initdb"), &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])?;
        let mut settings = File::options().append(true).open(Path::new(&data).join("postgresql.conf"))?;
        writeln!(settings, "listen_addresses = ''\nunix_socket_directories = '{socket}'\nport = 5432")?;
        let cluster = Self { bin, user, data, socket };
        cluster.pg_ctl(&["-w", "-l", &log, "start"])?;
        Ok(cluster)
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<String> {
        self.user.run(&self.bin.join("pg_ctl"), &[&["-D", self.data.as_str()], arguments].concat())
    }

    fn pgbench(&self, arguments: &[&str]) -> Result<String> {
        let place = ["-h", self.socket.as_str(), "-p", "5432", "-U", "postgres"];
        self.user.run(&self.bin.join("pgbench"), &[&place, arguments, &["postgres"]].concat())
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.pg_ctl(&["-w", "-m", "fast", "stop"]) {
            eprintln!("bench: {error}");
        }
    }
}

/// Standard output of a command that succeeded.
fn output_of(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn figure_in(output: &str, key: &str) -> Option<f64> {
    output.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_output_of_pgbench() {
        let output = "number of failed transactions: 0 (0.000%)\nlatency average = 5.842 ms\n\
                      initial connection time = 21.064 ms\ntps = 2738.806523 (without initial connection time)\n";
        assert_eq!(figure_in(output, "tps = "), Some(2738.806523));
        assert_eq!(figure_in(output, "latency average = "), Some(5.842));
        assert_eq!(figure_in(output, "stddev = "), None);
    }
}

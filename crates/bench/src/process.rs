//! The measured processes, and their directories.
//!
//! Shape: a command → a `Server` that has printed its address; /proc → CPU seconds and memory; drop → killed, reaped, removed.
//! Absent: HTTP, and the interpretation of figures.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::ops::{Add, Sub};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::result::Result;

/// Time-out of a start. A start replays nothing, so a minute is far more than any store needs.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// Time-out of a graceful stop: three times the server's own limit.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How many lines of a log are printed after a failed run.
const LOG_TAIL_LINES: usize = 20;

/// A directory that is removed when it goes out of scope.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates `PARENT/NAME-<our process id>`.
    pub fn create(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(format!("{name}-{}", std::process::id()));
        fs::create_dir(&path).map_err(|error| format!("cannot create {}: {error}", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("bench: cannot remove {}: {error}", self.0.display());
        }
    }
}

/// Cargo's target directory: on the disk of the checkout, where a temporary directory may be memory.
pub fn target_dir() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).ok_or("this program lies outside a target directory")?;
    Ok(target.to_owned())
}

/// A child process that listens; dropping it kills it.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// The time from spawn to the ready line.
    pub ready_after: Duration,
}

/// The memory of a process from /proc, in KiB.
#[derive(Clone, Copy)]
pub struct Memory {
    pub rss_kib: u64,
    pub peak_rss_kib: u64,
    /// Without mapped pages of files, which the kernel can reclaim.
    pub anonymous_kib: u64,
}

/// CPU time, user and system, in seconds: since the start of each process, or between two moments.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Cpu {
    pub server_cpu_s: f64,
    pub generator_cpu_s: f64,
    /// All other processes, time stolen by the hypervisor, and interrupts that the kernel charges to no process.
    /// A large value means that the figures are those of a busy machine.
    pub other_cpu_s: f64,
}

impl Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            server_cpu_s: self.server_cpu_s + other.server_cpu_s,
            generator_cpu_s: self.generator_cpu_s + other.generator_cpu_s,
            other_cpu_s: self.other_cpu_s + other.other_cpu_s,
        }
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            server_cpu_s: self.server_cpu_s - earlier.server_cpu_s,
            generator_cpu_s: self.generator_cpu_s - earlier.generator_cpu_s,
            // The machine's time is counted in ticks, that of a process exactly: the difference can decrease a little.
            other_cpu_s: (self.other_cpu_s - earlier.other_cpu_s).max(0.0),
        }
    }
}

impl Server {
    /// Starts `command` and waits for the line of its standard output that contains `http://127.0.0.1:PORT`.
    /// All other output is appended to `log`.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let mut log = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log.try_clone()?);
        let spawned = Instant::now();
        let mut child =
            command.spawn().map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
        let stdout = child.stdout.take().ok_or("the child has no standard output")?;
        // From here on, returning drops the server, which kills the child.
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), ready_after: Duration::ZERO };

        let (sender, ready) = mpsc::channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|length| length > 0) {
                if let Some(address) = address_in(&line) {
                    let _ = sender.send((address, spawned.elapsed()));
                    break;
                }
                let _ = log.write_all(line.as_bytes());
                line.clear();
            }
            drop(sender);
            // A full pipe would block the server.
            let _ = io::copy(&mut stdout, &mut log);
        });
        (server.address, server.ready_after) = ready
            .recv_timeout(READY_TIMEOUT)
            .map_err(|error| format!("{:?} printed no address: {error}", command.get_program()))?;
        Ok(server)
    }

    /// The CPU times of the server, of this program and of all other processes until now.
    pub fn cpu(&self) -> Result<Cpu> {
        let server = ticks(&format!("/proc/{}/stat", self.child.id()), process_ticks)?;
        let generator = ticks("/proc/self/stat", process_ticks)?;
        // Read last, so that it is not less than the other two.
        let machine = ticks("/proc/stat", machine_ticks)?;
        let seconds = |ticks: u64| ticks as f64 / ticks_per_second();
        Ok(Cpu {
            server_cpu_s: seconds(server),
            generator_cpu_s: seconds(generator),
            other_cpu_s: seconds(machine.saturating_sub(server + generator)),
        })
    }

    pub fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
                .ok_or_else(|| format!("process {} has no {key} any more", self.child.id()))
        };
        Ok(Memory { rss_kib: kib("VmRSS:")?, peak_rss_kib: kib("VmHWM:")?, anonymous_kib: kib("RssAnon:")? })
    }

    /// Sends SIGTERM and returns how long the process took to end. Any exit status but 0 is an error.
    pub fn stop(mut self) -> Result<Duration> {
        let asked = Instant::now();
        // The shell's builtin `kill`: not every system has the program.
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status()?;
        if !sent.success() {
            return Err("cannot send SIGTERM: the server is gone".into());
        }
        while asked.elapsed() < STOP_TIMEOUT {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() {
                    Ok(asked.elapsed())
                } else {
                    Err(format!("stopped with {status}").into())
                };
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(format!("still running {STOP_TIMEOUT:?} after SIGTERM").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail without harm for a process that `stop` has reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ticks(file: &str, read: fn(&str) -> Option<u64>) -> Result<u64> {
    let stat = fs::read_to_string(file)?;
    Ok(read(&stat).ok_or_else(|| format!("{file} is not understood: {stat}"))?)
}

/// utime + stime, fields 14 and 15 of proc_pid_stat(5). The name, field 2, may contain blanks and brackets.
fn process_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

/// The sum of fields 1 to 8 of proc_stat(5) without 4 and 5, idle and waiting for I/O.
fn machine_ticks(stat: &str) -> Option<u64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    let [user, nice, system, _idle, _io_wait, interrupts, soft_interrupts, steal, ..] = ticks[..] else { return None };
    Some(user + nice + system + interrupts + soft_interrupts + steal)
}

fn ticks_per_second() -> f64 {
    /// The value of Linux on every architecture in use.
    const USUAL: f64 = 100.0;
    static TICKS: OnceLock<f64> = OnceLock::new();
    *TICKS.get_or_init(|| {
        let output = Command::new("getconf").arg("CLK_TCK").output();
        output.ok().and_then(|output| String::from_utf8(output.stdout).ok()?.trim().parse().ok()).unwrap_or(USUAL)
    })
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some(SocketAddr::from(([127, 0, 0, 1], digits.parse().ok()?)))
}

/// The last lines of a log, for the report of a failure.
pub fn log_tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_ready_line() {
        let cases = [
            ("daric ready on http://127.0.0.1:7070\n", Some(7070)),
            ("{\"message\":\"listening\",\"url\":\"http://127.0.0.1:41235/\"}\n", Some(41235)),
            ("http://127.0.0.1:99999", None),
            ("opening the store\n", None),
        ];
        for (line, port) in cases {
            assert_eq!(address_in(line).map(|address| address.port()), port, "{line}");
        }
    }

    #[test]
    fn cpu_time_is_read_behind_any_process_name() {
        let rest = "S 1 7 7 0 -1 4194304 900 0 0 0 120 35 0 0 20 0 3 0 100";
        assert_eq!(process_ticks(&format!("7 (daric) {rest}")), Some(155));
        assert_eq!(process_ticks(&format!("7 (a) b (c) {rest}")), Some(155));
        assert_eq!(process_ticks("7 (daric) S 1"), None);
    }

    #[test]
    fn the_machine_is_busy_when_it_neither_idles_nor_waits_for_io() {
        assert_eq!(machine_ticks("cpu  100 20 30 4000 50 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"), Some(171));
        assert_eq!(machine_ticks("cpu  100 20 30\n"), None);
    }
}

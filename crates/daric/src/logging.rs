//! The log on standard error, one line per request.
//!
//! Lines gather in memory, and a dedicated thread writes them every [`GATHER`], so that no request waits for the log and a line costs no system call.
//! When standard error blocks for so long that [`WAITING`] bytes are waiting, further lines are dropped and counted, and the count is logged: the
//! server continues.

use std::io::{IsTerminal, Write, stderr};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing::error;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::LogForm;

/// How long a line may wait for others.
const GATHER: Duration = Duration::from_millis(20);
/// Maximum number of bytes waiting: minutes of lines under load.
const WAITING: usize = 64 * 1024 * 1024;

/// Lines waiting to be written to standard error.
#[derive(Debug, Default)]
struct Lines {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    left_out: u64,
    ending: bool,
}

/// Writes the remaining lines on drop.
#[derive(Debug)]
pub struct Guard {
    lines: Arc<Lines>,
    thread: Option<JoinHandle<()>>,
}

/// Starts logging. `RUST_LOG` sets the levels (`warn`, or by target: `info,engine=debug`); the default is `info`.
pub fn start(form: LogForm) -> std::io::Result<Guard> {
    let lines = Arc::new(Lines::default());
    let writing = Arc::clone(&lines);
    let thread = std::thread::Builder::new().name("log".into()).spawn(move || write_out(&writing))?;
    let levels = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse::<Targets>().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let writer = Gatherer(Arc::clone(&lines));
    // The filter decides by level; the builder's own limit must not.
    let builder = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(writer).with_target(false);
    match form {
        LogForm::Human => builder.with_ansi(stderr().is_terminal()).finish().with(levels).init(),
        LogForm::Json => builder.json().flatten_event(true).finish().with(levels).init(),
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(Guard { lines, thread: Some(thread) })
}

/// Logs the place of a panic, but not its message: panics of slices and numbers quote their input.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(|location| format!("{}:{}", location.file(), location.line()));
    let thread = std::thread::current();
    metrics::counter!("daric_panics_total").increment(1);
    error!(location = location.unwrap_or_default(), thread = thread.name().unwrap_or_default(), "a panic");
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.lines.waiting.lock().ending = true;
        self.lines.arrived.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_out(lines: &Lines) {
    let mut bytes = Vec::new();
    loop {
        let (left_out, ending) = {
            let mut waiting = lines.waiting.lock();
            while waiting.bytes.is_empty() && !waiting.ending {
                lines.arrived.wait(&mut waiting);
            }
            if !waiting.ending {
                // Wait for further lines, to write them together.
                lines.arrived.wait_for(&mut waiting, GATHER);
            }
            std::mem::swap(&mut bytes, &mut waiting.bytes);
            (std::mem::take(&mut waiting.left_out), waiting.ending)
        };
        if left_out > 0 {
            let _ = writeln!(bytes, "{left_out} log lines were left out: standard error took none");
        }
        // If standard error fails, there is no place to report it.
        let _ = stderr().write_all(&bytes);
        bytes.clear();
        if ending && lines.waiting.lock().bytes.is_empty() {
            return;
        }
    }
}

/// Takes formatted lines.
#[derive(Clone, Debug)]
struct Gatherer(Arc<Lines>);

impl Write for &Gatherer {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let mut waiting = self.0.waiting.lock();
        if waiting.bytes.len() > WAITING {
            waiting.left_out += 1;
            return Ok(line.len());
        }
        let first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        drop(waiting);
        if first {
            self.0.arrived.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Gatherer {
    type Writer = &'a Gatherer;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

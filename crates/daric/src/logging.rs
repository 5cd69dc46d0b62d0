//! The log: one line a request, on standard error, written by a thread of its own so that no request waits for it.

use std::io::{BufWriter, IsTerminal, stderr};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::settings::LogForm;

/// Bytes written at once when lines come fast.
const BUFFER: usize = 64 * 1024;

/// Starts logging; lines still in memory are written when the guard goes. `RUST_LOG` filters, `info` unless set.
pub fn start(form: LogForm) -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(BufWriter::with_capacity(BUFFER, stderr()));
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    match form {
        LogForm::Human => builder.with_ansi(stderr().is_terminal()).init(),
        LogForm::Json => builder.json().flatten_event(true).init(),
    }
    guard
}

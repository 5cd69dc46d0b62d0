//! Why a command fails, and its exit code.

use std::io::ErrorKind;
use std::process::ExitCode;

/// The exit codes of all commands, for help and documents.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a problem was found, or the server refused the call
  2  wrong usage
  3  the server cannot be reached
  4  waited in vain";

/// Why a command fails. The text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server refused the call, or something on this machine does not work.
    #[error("{0}")]
    Refused(String),
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// The server gave no answer.
    #[error("{0}")]
    Unreachable(String),
    /// What was waited for did not come in time.
    #[error("{0}")]
    InVain(String),
    /// The reader of standard output is gone, as `head` is after its last line: nothing to report.
    #[error("standard output is closed")]
    OutputClosed,
}

impl Failure {
    /// The exit code, as [`EXIT_CODES`] lists it.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::OutputClosed => 0,
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
            Self::InVain(_) => 4,
        })
    }

    /// A failure to write to standard output.
    pub fn of_output(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Refused(format!("standard output cannot be written to: {error}")),
        }
    }

    /// A failure to read or write a file.
    pub fn of_file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Refused(format!("{}: {error}", path.display()))
    }
}

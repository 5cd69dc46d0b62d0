//! Why the sandbox cannot do what a test asks for.

use std::io;
use std::path::PathBuf;

use serde_json::Value;

/// Why the sandbox cannot do what a test asks for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no program.
    #[error("no program `daric`: put it on PATH, or name it in DARIC_BINARY")]
    NoProgram,
    /// The program cannot be started, or its directory cannot be made.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Start(PathBuf, #[source] io::Error),
    /// The server ended, or did not get ready; with what it printed.
    #[error("the server {0}:\n{1}")]
    NotReady(String, String),
    /// The server cannot be reached.
    #[error("{0}")]
    Unreachable(#[from] ureq::Error),
    /// The operator API refused a call.
    #[error("{call} is answered {status}: {message}")]
    Refused {
        /// Method and path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// The field that is meant, if one is.
        field: Option<String>,
        /// What to do next.
        message: String,
    },
    /// What a test waited for did not happen in time.
    #[error("no {0} within {1} seconds")]
    NotInTime(String, u8),
    /// A reply, or a value of the caller's, is not as it has to be.
    #[error("{0}")]
    Unexpected(String),
}

impl Error {
    /// The refusal of a call, with what its body says.
    pub(crate) fn refused(call: String, status: u16, body: &str) -> Self {
        let reply: Option<Value> = serde_json::from_str(body).ok();
        let error = reply.and_then(|reply| reply.get("error").cloned()).unwrap_or_default();
        let text = |name: &str| error[name].as_str().map(str::to_owned);
        Self::Refused {
            call,
            status,
            field: text("field"),
            message: text("message").unwrap_or_else(|| body.to_owned()),
        }
    }
}

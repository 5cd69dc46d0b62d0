//! What a command needs: a server, and where its results go.

use std::time::{Duration, Instant};

use crate::client::{Call, Client, Reply};
use crate::failure::Failure;
use crate::output::Output;
use crate::server_flags::ServerFlags;

/// The longest that one call waits for a result; longer waits are several calls.
const WAIT: Duration = Duration::from_secs(30);

/// A server, and the output.
#[derive(Debug)]
pub struct Session {
    /// The server.
    pub client: Client,
    /// The output.
    pub output: Output,
}

impl Session {
    /// The session that the flags describe.
    ///
    /// # Errors
    /// The address or the certificates cannot be used.
    pub fn new(flags: &ServerFlags) -> Result<Self, Failure> {
        Ok(Self { client: Client::new(flags)?, output: Output::new(flags.json) })
    }

    /// Sends a call and prints its answer.
    ///
    /// # Errors
    /// The call fails.
    pub fn show(&self, call: Call, columns: &[&str]) -> Result<(), Failure> {
        let reply = self.client.done(call)?;
        self.output.answer(reply.text()?, columns)
    }

    /// Sends a call that returns nothing, and prints one sentence about it.
    ///
    /// # Errors
    /// The call fails.
    pub fn acknowledge(&self, call: Call, done: &str) -> Result<(), Failure> {
        let reply = self.client.done(call)?;
        match (self.output.is_json(), reply.body.is_empty()) {
            (true, true) => self.output.json(r#"{"status":"done"}"#),
            (true, false) => self.output.json(reply.text()?),
            (false, _) => crate::output::line(done),
        }
    }

    /// Repeats a call that waits on the server until its list has rows. `None`: it has none when the time is over.
    ///
    /// # Errors
    /// A call fails.
    pub fn wait_for(&self, call: &Call, timeout: Duration) -> Result<Option<Reply>, Failure> {
        let until = Instant::now() + timeout;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // The server waits for whole seconds.
            let reply = self.client.done(call.clone().waiting(left.min(WAIT)))?;
            if reply.text()?.trim() != "[]" {
                return Ok(Some(reply));
            }
            if left <= Duration::from_secs(1) {
                return Ok(None);
            }
        }
    }
}

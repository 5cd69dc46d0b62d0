//! Runs the commands of the binary that call a server.

use std::net::SocketAddr;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::server::daric;

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Self { code: output.status.code().expect("it ended by itself"), stdout, stderr }
    }

    /// The JSON value that it printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

/// Runs a command against a server, with the demo world's token.
pub fn run(address: SocketAddr, args: &[&str]) -> Ran {
    run_with(address, args, &[])
}

/// The same, with further variables.
pub fn run_with(address: SocketAddr, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = daric();
    command.args(args).env("DARIC_URL", format!("http://{address}")).envs(env.iter().copied());
    Ran::of(command.stdin(Stdio::null()).output().expect("the binary starts"))
}

/// Runs a command that must succeed; returns what it printed.
pub fn done(address: SocketAddr, args: &[&str]) -> String {
    let ran = run(address, args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    ran.stdout
}

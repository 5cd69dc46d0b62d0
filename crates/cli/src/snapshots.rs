//! `daric snapshot` and `daric reset`: the state of a sandbox.

use clap::{Args, Subcommand};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::json;

use crate::client::{Call, LONG_WORK};
use crate::failure::Failure;
use crate::server_flags::ServerFlags;
use crate::session::Session;

const SNAPSHOTS: &str = "/admin/v1/snapshots";

/// What `daric snapshot` takes.
#[derive(Args, Debug)]
pub struct SnapshotFlags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Keeps the state of the sandbox under a name
    #[command(after_long_help = "Example:\n  daric snapshot save with-a-paid-invoice")]
    Save {
        /// The name
        name: String,
    },
    /// Puts the sandbox back into a kept state
    #[command(after_long_help = "Example:\n  daric snapshot load with-a-paid-invoice")]
    Load {
        /// The name
        name: String,
    },
    /// Lists the kept states
    #[command(after_long_help = "Example:\n  daric snapshot list --json")]
    List,
    /// Forgets a kept state
    #[command(after_long_help = "Example:\n  daric snapshot drop with-a-paid-invoice")]
    Drop {
        /// The name
        name: String,
    },
}

/// Saves, loads, lists or drops snapshots.
///
/// # Errors
/// The server does not answer, is no sandbox, or refuses the call.
pub fn run(flags: &SnapshotFlags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let at = |name: &str| format!("{SNAPSHOTS}/{}", utf8_percent_encode(name, NON_ALPHANUMERIC));
    match &flags.command {
        Command::Save { name } => {
            let call = Call::post(SNAPSHOTS, &json!({"name": name})).within(LONG_WORK);
            session.acknowledge(call, &format!("saved as {name}"))
        }
        Command::Load { name } => {
            let call = Call::new(Method::POST, format!("{}/load", at(name))).within(LONG_WORK);
            session.acknowledge(call, &format!("loaded {name}"))
        }
        Command::List => session.show(Call::get(SNAPSHOTS), &[]),
        Command::Drop { name } => session.acknowledge(Call::new(Method::DELETE, at(name)), &format!("dropped {name}")),
    }
}

/// What `daric reset` takes.
#[derive(Args, Debug)]
pub struct ResetFlags {
    #[command(flatten)]
    server: ServerFlags,
}

/// Empties the sandbox, and makes the demo world again.
///
/// # Errors
/// The server does not answer, or is no sandbox.
pub fn reset(flags: &ResetFlags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let call = Call::new(Method::POST, "/admin/v1/reset").within(LONG_WORK);
    session
        .acknowledge(call, "reset: the demo world is as on its first day, and the clock runs with the machine's time")
}

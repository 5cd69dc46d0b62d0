//! `daric clock`: reads and moves the sandbox's clock.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::client::{Call, LONG_WORK};
use crate::failure::Failure;
use crate::instant;
use crate::server_flags::{ServerFlags, iso_duration};
use crate::session::Session;

const CLOCK: &str = "/admin/v1/clock";

/// What `daric clock` takes.
#[derive(Args, Debug)]
pub struct Flags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Shows the clock
    #[command(after_long_help = "Example:\n  daric clock now --json | jq -r .jalali")]
    Now,
    /// Stops the clock where it is
    #[command(after_long_help = "Example:\n  daric clock freeze")]
    Freeze,
    /// Moves the clock on, and runs what falls due on the way
    #[command(after_long_help = "Example:\n  daric clock advance 2h45m")]
    Advance {
        /// How far: 2h45m, 30d, PT1H. Days and longer units are those of Tehran's calendar
        #[arg(value_name = "DURATION", value_parser = iso_duration)]
        by: String,
    },
    /// Stops the clock at an instant, and runs what falls due on the way
    #[command(
        after_long_help = "Examples:\n  daric clock set 2026-11-21T11:00:00+03:30\n  daric clock set '1405-08-30 11:00'"
    )]
    Set {
        /// RFC 3339, or a date with or without a time in Tehran: 1405-08-30, '1405-08-30 11:00', '2026-11-21 11:00'
        #[arg(value_name = "INSTANT", value_parser = instant::rfc3339)]
        to: String,
    },
    /// Lets the clock run with the machine's time, or from one due job to the next
    #[command(after_long_help = "Examples:\n  daric clock run system\n  daric clock run idle")]
    Run {
        /// With which time
        #[arg(value_name = "MODE")]
        mode: Mode,
    },
    /// Lists what is due, earliest first
    #[command(after_long_help = "Example:\n  daric clock due --limit 5")]
    Due {
        /// The maximum number of rows
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
    },
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Mode {
    /// The machine's time.
    System,
    /// From due job to due job, until none is due within 31 days.
    Idle,
}

/// Reads or moves the clock.
///
/// # Errors
/// The server does not answer, is no sandbox, or refuses the move.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let form = match &flags.command {
        Command::Now => return session.show(Call::get(CLOCK), &[]),
        Command::Due { limit } => {
            return session.show(Call::get("/admin/v1/clock/due").maybe("limit", *limit), &["at", "kind", "what"]);
        }
        Command::Freeze => json!({"freeze": "now"}),
        Command::Advance { by } => json!({"advance": by}),
        Command::Set { to } => json!({"set": to}),
        Command::Run { mode: Mode::System } => json!({"run": "system"}),
        Command::Run { mode: Mode::Idle } => json!({"run": "idle"}),
    };
    session.show(Call::post(CLOCK, &form).within(LONG_WORK), &[])
}

//! The commands of `daric` that call a server: a client of its operator API.
//!
//! Shape: [`Command`] is the command line, one file a command; [`run`] runs one and returns its exit code. A command is a [`session::Session`] (which
//! server, which form of output) and calls. `admin`, `api`, completions and manual pages use the OpenAPI document that the program is built with
//! ([`Program`]).
//! Absent: the server's own crates, except for the calendar; `daric doctor`, which looks at a store (crate `daric`).

pub mod admin;
mod api;
pub mod client;
mod clock;
pub mod description;
mod export;
pub mod failure;
mod faults;
mod fields;
mod follow;
mod generated;
mod instant;
mod listen;
mod ordered;
pub mod output;
mod requests;
mod seed;
pub mod server_flags;
mod session;
mod sms;
mod snapshots;
mod values;
mod wait;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use crate::description::Description;
use crate::failure::Failure;

/// What the commands need of the program that they are part of.
#[derive(Clone, Copy)]
pub struct Program {
    /// The whole command line, with all operations.
    pub command: fn() -> clap::Command,
    /// The description of the API.
    pub description: fn() -> &'static Description,
}

/// A command that calls a server, or prints what the program knows of itself.
#[derive(Subcommand)]
pub enum Command {
    /// Waits until the server is ready
    #[command(after_long_help = "Example:\n  daric serve --demo & daric wait --timeout 20s && ./tests")]
    Wait(wait::Flags),
    /// Lists all magic values of a sandbox, and the objects of the demo world
    #[command(after_long_help = "Example:\n  daric values --json | jq -r '.trackIds[].value'")]
    Values(values::Flags),
    /// Reads and moves the clock of a sandbox
    #[command(after_long_help = "Example:\n  daric clock set '1405-08-30 11:00' && daric clock advance 2h45m")]
    Clock(clock::Flags),
    /// Lists, arms and disarms the faults of a sandbox
    #[command(after_long_help = "Example:\n  daric fault arm rail_timeout --client drops")]
    Fault(faults::FaultFlags),
    /// Lists and arms named series of faults
    #[command(after_long_help = "Example:\n  daric scenario list")]
    Scenario(faults::ScenarioFlags),
    /// Lists, follows and awaits SMS
    #[command(after_long_help = "Examples:\n  daric sms --follow\n  daric sms wait --to 09123456789 --otp")]
    Sms(sms::Flags),
    /// Shows the calls to businesses as they are made, and forwards them to a program
    #[command(
        after_long_help = "Examples:\n  daric listen --business 201\n  daric listen --forward http://127.0.0.1:3000/paid --secret demo-shop-webhook-secret"
    )]
    Listen(listen::Flags),
    /// Lists and follows the requests to a sandbox
    #[command(
        after_long_help = "Examples:\n  daric logs --follow --dialect finnotech\n  daric logs --status 4xx --limit 5"
    )]
    Logs(requests::LogFlags),
    /// Shows one request to a sandbox
    #[command(after_long_help = "Example:\n  daric requests show 17 --curl")]
    Requests(requests::RequestFlags),
    /// Saves and loads the state of a sandbox
    #[command(after_long_help = "Example:\n  daric snapshot save clean && ./test && daric snapshot load clean")]
    Snapshot(snapshots::SnapshotFlags),
    /// Empties a sandbox, and makes the demo world again
    #[command(after_long_help = "Example:\n  daric reset")]
    Reset(snapshots::ResetFlags),
    /// Makes the objects of a world file in a sandbox
    #[command(after_long_help = "Example:\n  daric seed world.toml")]
    Seed(seed::Flags),
    /// Writes a list of the operator API to a file, as CSV or NDJSON
    #[command(after_long_help = export::EXAMPLES)]
    Export(export::Flags),
    /// Calls any operation of the operator API
    #[command(after_long_help = "\
Examples:
  daric admin list-accounts --limit 5
  daric admin register-client --body @client.json
  daric admin get-order --id 1001 --json

`daric admin OPERATION --help` shows the fields of its body.")]
    Admin(admin::Invocation),
    /// Calls any path of the server
    #[command(after_long_help = "\
Examples:
  daric api get accounts -d limit=5
  daric api post /admin/v1/tokens -d client=drops -d type=CODE -d bank=062 -d deposits=0302876214008
  daric api put day-close -d on=true -H 'If-Match: *'
  daric api get '/oak/v2/clients/drops/deposits/0302876214008/balance?trackId=b-1' -H \"Authorization: Bearer $T\"

The operator token is sent to paths below /admin/ only.")]
    Api(api::Flags),
    /// Prints the OpenAPI document of all calls
    #[command(after_long_help = "Example:\n  daric openapi > openapi.json")]
    Openapi,
    /// Prints completions for a shell
    #[command(after_long_help = "Example:\n  daric completions bash > /etc/bash_completion.d/daric")]
    Completions(generated::CompletionFlags),
    /// Prints or writes manual pages
    #[command(after_long_help = "Example:\n  daric man --dir /usr/local/share/man/man1")]
    Man(generated::ManFlags),
}

/// Runs a command.
pub fn run(command: &Command, program: Program) -> ExitCode {
    match execute(command, program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

/// Writes a failure to standard error, and returns its exit code.
pub fn report(failure: &Failure) -> ExitCode {
    if !matches!(failure, Failure::OutputClosed) {
        // If standard error cannot be written to, only the exit code reports the failure.
        let _ = writeln!(std::io::stderr(), "daric: {failure}");
    }
    failure.exit_code()
}

fn execute(command: &Command, program: Program) -> Result<(), Failure> {
    let description = program.description;
    match command {
        Command::Wait(flags) => wait::run(flags),
        Command::Values(flags) => values::run(flags),
        Command::Clock(flags) => clock::run(flags),
        Command::Fault(flags) => faults::run(flags, description()),
        Command::Scenario(flags) => faults::run_scenario(flags, description()),
        Command::Sms(flags) => sms::run(flags),
        Command::Listen(flags) => listen::run(flags),
        Command::Logs(flags) => requests::logs(flags),
        Command::Requests(flags) => requests::requests(flags),
        Command::Snapshot(flags) => snapshots::run(flags),
        Command::Reset(flags) => snapshots::reset(flags),
        Command::Seed(flags) => seed::run(flags),
        Command::Export(flags) => export::run(flags, description()),
        Command::Admin(invocation) => admin::run(invocation, description()),
        Command::Api(flags) => api::run(flags, description()),
        Command::Openapi => generated::openapi(description()),
        Command::Completions(flags) => generated::completions(flags, (program.command)()),
        Command::Man(flags) => generated::man(flags, (program.command)()),
    }
}

//! `daric`: settings, wiring and the command line.

mod backup;
mod certificate;
mod demo;
mod doctor;
mod hardening;
mod listen;
mod logging;
mod migrate_store;
mod rekey;
mod routes;
mod serve;
mod service_manager;
mod settings;
mod sockets;
mod start;
mod trace_export;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use cli::Program;
use cli::description::Description;
use cli::failure::EXIT_CODES;
use edge::Mode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One payment server for the wire protocols of Finnotech, PayStar and POD.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    #[command(after_long_help = "Example:\n  daric serve --demo")]
    Serve(Box<settings::Flags>),
    /// Replays the whole ledger and compares every balance.
    #[command(after_long_help = "Example:\n  daric verify --data /var/lib/daric")]
    Verify(verify::Flags),
    /// Copies the store of a directory to one file, beside a running server, and verifies the copy.
    #[command(after_long_help = "Example:\n  daric backup --data /var/lib/daric /backups/monday.daric")]
    Backup(backup::BackupFlags),
    /// Verifies a backup, and puts it into a directory.
    #[command(after_long_help = "Example:\n  daric restore --data /var/lib/daric /backups/monday.daric")]
    Restore(backup::RestoreFlags),
    /// Moves a store from a directory to a PostgreSQL database, and verifies both.
    #[command(
        after_long_help = "Example:\n  DARIC_DATABASE=postgres://daric@db/daric daric migrate-store --from /var/lib/daric"
    )]
    MigrateStore(migrate_store::Flags),
    /// Seals everything anew with the current key, so that older ones are not needed any more. Servers that run on the database need both keys.
    #[command(after_long_help = "Example:\n  DARIC_KEY=NEW DARIC_OLD_KEYS=OLD daric rekey --data /var/lib/daric")]
    Rekey(rekey::Flags),
    /// Looks for what keeps a server from starting or from keeping its promises, and says what to do.
    #[command(after_long_help = doctor::EXAMPLES)]
    Doctor(Box<doctor::Flags>),
    #[command(flatten)]
    OfServer(Box<cli::Command>),
}

/// Exit code for wrong usage, the same as clap's.
const USAGE: u8 = 2;

/// The calls that this program knows, as a sandbox describes them: production has a part of them.
fn description() -> &'static Description {
    static DESCRIPTION: LazyLock<Description> =
        LazyLock::new(|| Description::new(openapi::whole(&admin::document(Mode::Sandbox))));
    &DESCRIPTION
}

/// The command line, with a command for each operation of the operator API below `admin`. These are made when `admin` is used.
fn command_line() -> clap::Command {
    let with_operations = |command| cli::admin::with_operations(command, description());
    Arguments::command().mut_subcommand("admin", |admin| admin.defer(with_operations))
}

fn main() -> ExitCode {
    let matches = command_line().get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match arguments.command {
        Command::Serve(flags) => match settings::Settings::gather(*flags) {
            Ok(settings) => finish(serve::serve(settings)),
            Err(error) => {
                complain(&error);
                ExitCode::from(USAGE)
            }
        },
        Command::Verify(flags) => finish(verify::verify(flags)),
        Command::Backup(flags) => finish(backup::backup(&flags)),
        Command::Restore(flags) => finish(backup::restore(&flags)),
        Command::Rekey(flags) => finish(rekey::rekey(flags)),
        Command::MigrateStore(flags) => finish(migrate_store::migrate_store(&flags)),
        Command::Doctor(flags) => match matches.subcommand_matches("doctor") {
            Some(given) => doctor::doctor(*flags, given, &command_line()),
            None => ExitCode::from(USAGE),
        },
        Command::OfServer(command) => cli::run(&command, Program { command: command_line, description }),
    }
}

fn finish(result: Result<ExitCode, Box<dyn std::error::Error>>) -> ExitCode {
    result.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

/// If standard error cannot be written to, only the exit code reports the error.
fn complain(error: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "daric: {error}");
}

#[cfg(test)]
mod tests {
    use super::command_line;

    /// Names, values and help texts are consistent in all commands, also in those of the operations.
    #[test]
    fn the_command_line_is_consistent() {
        let mut arguments = command_line();
        arguments.build();
        arguments.debug_assert();
    }

    /// A flag is declared once, so that its value, variable and help are the same in all commands.
    #[test]
    fn commands_that_work_on_a_store_take_its_place_in_the_same_way() {
        let arguments = command_line();
        let taken = |command: &str, flag: &str| {
            let command = arguments.find_subcommand(command).expect(command);
            format!("{:?}", command.get_arguments().find(|known| known.get_id() == flag).expect(flag))
        };
        for flag in ["data", "database"] {
            assert_eq!(taken("verify", flag), taken("rekey", flag), "{flag}");
        }
    }

    /// The help of every command has an example.
    #[test]
    fn the_long_help_of_every_command_has_an_example() {
        let mut arguments = command_line();
        arguments.build();
        let mut waiting: Vec<&clap::Command> = arguments.get_subcommands().collect();
        let mut looked_at = 0;
        while let Some(command) = waiting.pop() {
            if command.get_name() == "help" {
                continue;
            }
            waiting.extend(command.get_subcommands());
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{}", command.get_name());
            looked_at += 1;
        }
        assert!(looked_at > 80, "{looked_at}");
    }
}

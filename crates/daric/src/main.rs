//! `daric`: settings, wiring and the command line.

mod backup;
mod demo;
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
mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One payment server for the wire protocols of Finnotech, PayStar and POD.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve(Box<settings::Flags>),
    /// Replays the whole ledger and compares every balance.
    Verify(verify::Flags),
    /// Copies the store of a directory to one file, beside a running server, and verifies the copy.
    Backup(backup::BackupFlags),
    /// Verifies a backup, and puts it into a directory.
    Restore(backup::RestoreFlags),
    /// Moves a store from a directory to a PostgreSQL database, and verifies both.
    MigrateStore(migrate_store::Flags),
    /// Seals everything anew with the current key, so that older ones are not needed any more. Servers that run on the database need both keys.
    Rekey(rekey::Flags),
}

/// Exit code for wrong usage, the same as clap's.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
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
    use clap::CommandFactory;

    use super::Arguments;

    /// A flag is declared once, so that its value, variable and help are the same in all commands.
    #[test]
    fn commands_that_work_on_a_store_take_its_place_in_the_same_way() {
        let arguments = Arguments::command();
        arguments.clone().debug_assert();
        let taken = |command: &str, flag: &str| {
            let command = arguments.find_subcommand(command).expect(command);
            format!("{:?}", command.get_arguments().find(|known| known.get_id() == flag).expect(flag))
        };
        for flag in ["data", "database"] {
            assert_eq!(taken("verify", flag), taken("rekey", flag), "{flag}");
        }
    }
}
